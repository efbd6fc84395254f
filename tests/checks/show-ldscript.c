/* Prints what memprof makes of linker scripts, for tests/checks/ldscript-truth.
 *
 * usage: show-ldscript [--defsym NAME=VALUE]... FILE...
 *
 *     region NAME ATTRIBUTES ORIGIN LENGTH      ("-": not known, and why on the next line)
 *     symbol NAME VALUE
 *     section NAME REGION LOAD_REGION
 *     note FILE:LINE:COL: TEXT
 *
 * or FILE:LINE:COL: error: TEXT, and 1. Included files are looked for as they are named. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/image/ldscript.h"

enum { MANY = 256 };

static int read_file(void *ctx, const char *name, const char *from, struct ldscript_text *ret, struct diag *diag)
{
	static char *bytes[MANY], names[MANY][256];
	static size_t n_files;
	FILE *file = n_files < MANY ? fopen(name, "rb") : NULL;

	(void)ctx, (void)from, (void)diag;
	if (!file)
		return -ENOENT;
	bytes[n_files] = malloc(LDSCRIPT_TEXT_MAX_BYTES + 1);
	if (!bytes[n_files])
		abort();
	snprintf(names[n_files], sizeof(names[0]), "%s", name);
	*ret = (struct ldscript_text){ .name = names[n_files],
				       .bytes = bytes[n_files],
				       .n_bytes = fread(bytes[n_files], 1, LDSCRIPT_TEXT_MAX_BYTES + 1, file) };
	fclose(file);
	n_files++;
	return 0;
}

static void print(const struct ldscript_value *v)
{
	if (v->known)
		printf(" 0x%" PRIx64, v->value);
	else
		printf(" -");
}

static void print_all(const struct ldscript *s)
{
	for (size_t i = 0; i < s->n_regions; i++) {
		const struct ldscript_region *r = &s->regions[i];
		printf("region %s %s", r->name, *r->attributes ? r->attributes : "-");
		print(&r->origin);
		print(&r->length);
		printf("\n");
		if (!r->origin.known || !r->length.known)
			printf("  %s; %s\n", r->origin.why, r->length.why);
	}
	for (uint32_t i = 0; i < s->n_symbols; i++) {
		printf("symbol %s", names_text(&s->symbol_names, i));
		print(&s->symbols[i].value);
		printf("\n");
		if (!s->symbols[i].value.known)
			printf("  %s\n", s->symbols[i].value.why);
	}
	for (size_t i = 0; i < s->n_sections; i++)
		printf("section %s %s\n", s->sections[i].name, s->sections[i].type);
	for (size_t i = 0; i < s->n_notes; i++)
		printf("note %s:%" PRIu64 ":%u: %s\n", s->notes[i].at.file, s->notes[i].at.line, s->notes[i].at.col,
		       s->notes[i].text);
}

int main(int argc, char **argv)
{
	static struct ldscript_text texts[MANY];
	static const char *defsyms[MANY];
	struct ldscript_options options = { .defsyms = defsyms, .include = read_file };
	struct diag diag = { .text = "" };
	struct ldscript s;
	size_t n_texts = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--defsym") == 0 && i + 1 < argc && options.n_defsyms < MANY)
			defsyms[options.n_defsyms++] = argv[++i];
		else if (n_texts == MANY || read_file(NULL, argv[i], NULL, &texts[n_texts++], NULL) < 0)
			return 2;
	}
	int r = ldscript_read(&s, texts, n_texts, &options, &diag);
	if (r == 0)
		print_all(&s);
	else
		printf("%s:%" PRIu64 ":%u: error: %s\n", diag.at.file ? diag.at.file : "", diag.at.line, diag.at.col,
		       diag.text);
	ldscript_deinit(&s);
	return r < 0;
}
