#include "memprof/image/ldscript.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ldscript/parts.h"
#include "memprof/base/text.h"

/* ---- what the parts share ---- */

int ld_out_of_memory(struct ld_work *w) { return diag_set(w->diag, -ENOMEM, "out of memory"); }

void ld_note(struct ld_work *w, struct place at, enum ldscript_note_kind kind, const char *format, ...)
{
	char text[400];
	va_list ap;

	if (w->to->n_notes_all++ >= LDSCRIPT_NOTES_MAX)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	struct ldscript_note *note = vec_add(w->to, notes);
	if (note)
		*note = (struct ldscript_note){ at, kind, arena_text(&w->to->arena, text, strlen(text)) };
}

uint32_t ld_symbol_of(struct ld_work *w, const char *name, size_t n_bytes, struct place at)
{
	uint32_t number = names_add(&w->to->symbol_names, name, n_bytes);

	if (number == NAMES_NONE || number < w->n_symbols)
		return number == NAMES_NONE ? IMAGE_NONE : number;
	struct ldscript_symbol *public = vec_add(w->to, symbols);
	if (!public || !vec_add(w, symbols))
		return IMAGE_NONE;
	public->at = at;
	return number;
}

uint32_t ld_region_name_of(struct ld_work *w, const char *name, size_t n_bytes)
{
	uint32_t number = names_add(&w->region_names, name, n_bytes);

	if (number == NAMES_NONE || number < w->n_region_of_name)
		return number;
	uint32_t *region = vec_add(w, region_of_name);
	if (!region)
		return NAMES_NONE;
	*region = IMAGE_NONE;
	return number;
}

int ld_count_text(struct ld_work *w, struct place at, size_t n_bytes)
{
	if (n_bytes > LDSCRIPT_TEXT_MAX_BYTES - w->n_text_bytes)
		return diag_at(w->diag, at, -EFBIG, "scripts of more than %d MiB together, what they include among it",
			       LDSCRIPT_TEXT_MAX_BYTES >> 20);
	w->n_text_bytes += n_bytes;
	return 0;
}

static int is_open(const struct ld_work *w, const char *name)
{
	for (const struct ld_open *o = w->open; o; o = o->outer)
		if (strcmp(o->name, name) == 0)
			return 1;
	return 0;
}

int ld_include(struct ld_work *w, struct place at, const char *name, size_t n_bytes, struct ldscript_text *ret,
	       struct ld_open *open)
{
	struct diag diag = { .text = "" };
	const char *file = arena_text(&w->to->arena, name, n_bytes);
	struct ldscript_text text = { 0 };
	int r = -ENOENT;

	if (w->open->depth >= LDSCRIPT_INCLUDE_DEPTH_MAX)
		return diag_at(w->diag, at, -EINVAL, "included more than %d deep", LDSCRIPT_INCLUDE_DEPTH_MAX);
	if (w->n_includes++ >= LDSCRIPT_INCLUDES_MAX)
		return diag_at(w->diag, at, -EINVAL, "more than %d files are included", LDSCRIPT_INCLUDES_MAX);
	if (w->options->include && strlen(file) == n_bytes)
		r = w->options->include(w->options->ctx, file, w->open->name, &text, &diag);
	if (r == -ENOENT) {
		ld_note(w, at, LDSCRIPT_NOTE_LEFT_OUT,
			"%.200s is not there and is left out; -L gives a folder to"
			" look in",
			file);
		return 1;
	}
	if (r < 0)
		return diag_at(w->diag, at, r, "%.*s", (int)sizeof(diag.text) - 1, diag.text);
	if (is_open(w, text.name))
		return diag_at(w->diag, at, -EINVAL, "%.200s includes itself", text.name);
	*ret = text;
	*open = (struct ld_open){ .name = text.name, .outer = w->open, .depth = w->open->depth + 1 };
	return 0;
}

/* ---- reading ---- */

static int read_text(struct ld_work *w, const struct ldscript_text *text)
{
	struct ld_open open = { .name = text->name, .depth = 0 };

	w->open = &open;
	int r = ld_parse(w, text);
	w->open = NULL;
	return r;
}

/* --defsym NAME=EXPRESSION is a script of its own, before the others. */
static int read_defsym(struct ld_work *w, const char *defsym)
{
	CLEANUP(strbuf_deinit) struct strbuf text = STRBUF_INIT;
	const char *sign = strchr(defsym, '=');

	if (!sign || sign == defsym || !sign[1])
		return diag_at(w->diag, (struct place){ .file = "--defsym" }, -EINVAL,
			       "expected NAME=VALUE, here is '%.80s'", defsym);
	strbuf_printf(&text, "%.*s = %s;", (int)MIN(sign - defsym, 4096), defsym, sign + 1);
	if (strbuf_error(&text) < 0)
		return ld_out_of_memory(w);
	struct ldscript_text script = { .name = "--defsym", .bytes = strbuf_text(&text), .n_bytes = text.n_bytes };
	return read_text(w, &script);
}

static int read_all(struct ld_work *w, const struct ldscript_text *texts, size_t n_texts)
{
	int r = 0;

	for (size_t i = 0; i < w->options->n_defsyms && r == 0; i++)
		r = read_defsym(w, w->options->defsyms[i]);
	for (size_t i = 0; i < n_texts && r == 0; i++)
		r = read_text(w, &texts[i]);
	if (r == 0)
		r = ld_solve(w);
	return r == 0 && arena_error(&w->to->arena) < 0 ? ld_out_of_memory(w) : r;
}

int ldscript_read(struct ldscript *ret, const struct ldscript_text *texts, size_t n_texts,
		  const struct ldscript_options *options, struct diag *diag)
{
	static const struct ldscript_options none = { 0 };
	struct ld_work w = { .to = ret, .options = options ? options : &none, .diag = diag };

	*ret = (struct ldscript){ 0 };
	ret->symbol_names.arena = w.region_names.arena = w.link_names.arena = &ret->arena;
	int r = read_all(&w, texts, n_texts);
	vec_deinit(&w, ops);
	vec_deinit(&w, steps);
	vec_deinit(&w, regions);
	vec_deinit(&w, symbols);
	vec_deinit(&w, region_of_name);
	names_deinit(&w.region_names);
	names_deinit(&w.link_names);
	return r;
}

void ldscript_deinit(struct ldscript *s)
{
	vec_deinit(s, regions);
	vec_deinit(s, aliases);
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

const struct ldscript_region *ldscript_region(const struct ldscript *s, const char *name)
{
	for (size_t i = 0; i < s->n_regions; i++)
		if (strcmp(s->regions[i].name, name) == 0)
			return &s->regions[i];
	for (size_t i = 0; i < s->n_aliases; i++)
		if (strcmp(s->aliases[i].name, name) == 0 && s->aliases[i].region != LDSCRIPT_NONE)
			return &s->regions[s->aliases[i].region];
	return NULL;
}

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
