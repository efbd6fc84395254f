#include "memprof/image/ldscript.h"

#include <errno.h>
#include <string.h>

#include "ldscript/parts.h"
#include "memprof/base/text.h"

/* ---- reading ---- */

static int read_text(struct ld_context *ctx, const struct ldscript_text *text)
{
	struct ld_open_file open = { .name = text->name, .depth = 0 };
	struct ld_reader in;

	ctx->open = &open;
	ld_parse(ctx, text, &in);
	ctx->open = NULL;
	return in.error;
}

/* --defsym NAME=EXPRESSION is a script of its own, before the others. */
static int read_defsym(struct ld_context *ctx, const char *defsym)
{
	CLEANUP(strbuf_deinit) struct strbuf text = STRBUF_INIT;
	const char *sign = strchr(defsym, '=');

	if (!sign || sign == defsym || !sign[1])
		return diag_set(ctx->diag, -EINVAL, "--defsym takes NAME=VALUE, not '%.80s'", defsym);
	strbuf_printf(&text, "%.*s = %s;", (int)MIN(sign - defsym, 4096), defsym, sign + 1);
	if (strbuf_error(&text) < 0)
		return -ENOMEM;
	struct ldscript_text script = { .name = "--defsym", .bytes = strbuf_text(&text), .n_bytes = text.n_bytes };
	return read_text(ctx, &script);
}

static int read_all(struct ld_context *ctx, const struct ldscript_text *texts, size_t n_texts)
{
	int r = 0;

	for (size_t i = 0; i < ctx->options->n_defsyms && r == 0; i++)
		r = read_defsym(ctx, ctx->options->defsyms[i]);
	for (size_t i = 0; i < n_texts && r == 0; i++)
		r = read_text(ctx, &texts[i]);
	if (r == 0)
		r = ld_solve(ctx);
	return r < 0 ? r : arena_error(&ctx->script->arena);
}

int ldscript_read(struct ldscript *ret, const struct ldscript_text *texts, size_t n_texts,
		  const struct ldscript_options *options, struct diag *diag)
{
	static const struct ldscript_options none = { 0 };
	struct ld_context ctx = { .script = ret, .options = options ? options : &none, .diag = diag };

	*ret = (struct ldscript){ 0 };
	ret->symbol_names.arena = ctx.region_names.arena = ctx.link_names.arena = &ret->arena;
	int r = read_all(&ctx, texts, n_texts);
	vec_deinit(&ctx, ops);
	vec_deinit(&ctx, steps);
	vec_deinit(&ctx, regions);
	vec_deinit(&ctx, symbols);
	vec_deinit(&ctx, region_of_name);
	names_deinit(&ctx.region_names);
	names_deinit(&ctx.link_names);
	return r == -ENOMEM ? diag_set(diag, r, "out of memory") : r;
}

void ldscript_deinit(struct ldscript *s)
{
	vec_deinit(s, regions);
	vec_deinit(s, symbols);
	vec_deinit(s, sections);
	vec_deinit(s, notes);
	names_deinit(&s->symbol_names);
	arena_deinit(&s->arena);
	*s = (struct ldscript){ 0 };
}

/* ---- the preprocessor ---- */

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* p: behind the '#' that begins a line. "#line" and "# 12" are left by a preprocessor that ran already. */
static bool is_directive(const char *p, const char *end)
{
	static const char *const names[] = {
		"define", "undef", "if",      "ifdef", "ifndef",  "elif",
		"else",   "endif", "include", "error", "warning", "pragma",
	};

	while (p < end && is_blank(*p))
		p++;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i]);
		if (text_starts(p, (size_t)(end - p), names[i]) &&
		    (p + n == end || !((p[n] >= 'a' && p[n] <= 'z') || p[n] == '_')))
			return true;
	}
	return false;
}

bool ldscript_needs_cpp(const char *bytes, size_t n_bytes)
{
	const char *end = bytes + n_bytes;

	for (const char *p = bytes; p && p < end; p = p ? p + 1 : p) {
		while (p < end && is_blank(*p))
			p++;
		if (p < end && *p == '#' && is_directive(p + 1, end))
			return true;
		p = memchr(p, '\n', (size_t)(end - p));
	}
	return false;
}

/* ---- questions ---- */

const struct ldscript_symbol *ldscript_symbol(const struct ldscript *s, const char *name)
{
	uint32_t number = names_find(&s->symbol_names, name, strlen(name));

	return number == NAMES_NONE || number >= s->n_symbols ? NULL : &s->symbols[number];
}

bool ldscript_value(const struct ldscript *s, const char *name, uint64_t *ret)
{
	const struct ldscript_symbol *symbol = ldscript_symbol(s, name);

	if (!symbol || !symbol->value.known)
		return false;
	*ret = symbol->value.value;
	return true;
}

/* ---- what a script tells of an image ---- */

static int add_regions(struct image *image, const struct ldscript *s)
{
	int n = 0;

	if (image->n_regions)
		return 0;
	for (size_t i = 0; i < s->n_regions; i++) {
		const struct ldscript_region *from = &s->regions[i];
		if (!from->origin.known) {
			image_note(image, "the origin of region %.80s of %.80s is not known: %.200s", from->name,
				   from->at.file ? from->at.file : "the script", from->origin.why);
			continue;
		}
		struct image_region *to = image_add_region(image);
		if (!to)
			return -ENOMEM;
		to->name = arena_text(&image->arena, from->name, strlen(from->name));
		to->attributes = arena_text(&image->arena, from->attributes, strlen(from->attributes));
		to->origin = from->origin.value;
		to->length_bytes = from->length.known ? from->length.value : NOT_KNOWN;
		if (!from->length.known)
			image_note(image, "the length of region %.80s is not known: %.200s", from->name,
				   from->length.why);
		n++;
	}
	return arena_error(&image->arena) < 0 ? -ENOMEM : n;
}

static bool is_not_loaded(const struct ldscript *s, const char *name)
{
	for (size_t i = 0; i < s->n_sections; i++)
		if (strcmp(s->sections[i].type, "NOLOAD") == 0 && strcmp(s->sections[i].name, name) == 0)
			return true;
	return false;
}

static int mark_not_loaded(struct image *image, const struct ldscript *s)
{
	int n = 0;

	for (size_t i = 0; i < image->n_sections; i++) {
		struct image_section *section = &image->sections[i];
		if (section->by_elf || section->nobits || !section->alloc || !is_not_loaded(s, section->name))
			continue;
		section->nobits = true;
		n++;
	}
	return n;
}

int image_learn_from_ldscript(struct image *image, const struct ldscript *s)
{
	int n = add_regions(image, s);

	return n < 0 ? n : n + mark_not_loaded(image, s);
}
