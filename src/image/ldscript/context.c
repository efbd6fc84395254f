/* What the readers of a script share: its names, notes and bounds. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ldscript/parts.h"

int ld_no_memory(struct ld_context *ctx) { return diag_set(ctx->diag, -ENOMEM, "out of memory"); }

void ld_note(struct ld_context *ctx, struct place at, enum ldscript_note_kind kind, const char *format, ...)
{
	va_list ap;

	if (ctx->script->n_notes_all++ >= LDSCRIPT_NOTES_MAX)
		return;
	va_start(ap, format);
	const char *text = arena_vprintf(&ctx->script->arena, format, ap);
	va_end(ap);
	struct ldscript_note *note = vec_add(ctx->script, notes);
	if (note)
		*note = (struct ldscript_note){ at, kind, text };
}

uint32_t ld_symbol_number(struct ld_context *ctx, const char *name, size_t n_bytes, struct place at)
{
	uint32_t number = names_add(&ctx->script->symbol_names, name, n_bytes);

	if (number == NAMES_NONE || number < ctx->n_symbols)
		return number == NAMES_NONE ? IMAGE_NONE : number;
	struct ldscript_symbol *public = vec_add(ctx->script, symbols);
	if (!public || !vec_add(ctx, symbols))
		return IMAGE_NONE;
	public->at = at;
	return number;
}

uint32_t ld_region_number(struct ld_context *ctx, const char *name, size_t n_bytes)
{
	uint32_t number = names_add(&ctx->region_names, name, n_bytes);

	if (number == NAMES_NONE || number < ctx->n_region_of_name)
		return number == NAMES_NONE ? IMAGE_NONE : number;
	uint32_t *region = vec_add(ctx, region_of_name);
	if (!region)
		return IMAGE_NONE;
	*region = IMAGE_NONE;
	return number;
}

int ld_count_text(struct ld_context *ctx, struct place at, size_t n_bytes)
{
	if (n_bytes > LDSCRIPT_TEXT_MAX_BYTES - ctx->n_text_bytes)
		return diag_at(ctx->diag, at, -EFBIG, "scripts of more than %d MiB together, included files among them",
			       LDSCRIPT_TEXT_MAX_BYTES >> 20);
	ctx->n_text_bytes += n_bytes;
	return 0;
}

static bool is_open(const struct ld_context *ctx, const char *name)
{
	for (const struct ld_open_file *o = ctx->open; o; o = o->outer)
		if (strcmp(o->name, name) == 0)
			return true;
	return false;
}

int ld_open_include(struct ld_context *ctx, struct place at, const char *name, size_t n_bytes,
		    struct ldscript_text *ret, struct ld_open_file *ret_open)
{
	struct diag diag = { .text = "" };
	const char *file = arena_text(&ctx->script->arena, name, n_bytes);
	struct ldscript_text text = { 0 };
	int r = -ENOENT;

	if (ctx->open->depth >= LDSCRIPT_INCLUDE_DEPTH_MAX)
		return diag_at(ctx->diag, at, -EINVAL, "included more than %d deep", LDSCRIPT_INCLUDE_DEPTH_MAX);
	if (ctx->n_includes++ >= LDSCRIPT_INCLUDES_MAX)
		return diag_at(ctx->diag, at, -EINVAL, "more than %d files are included", LDSCRIPT_INCLUDES_MAX);
	if (ctx->options->include && strlen(file) == n_bytes)
		r = ctx->options->include(ctx->options->ctx, file, ctx->open->name, &text, &diag);
	if (r == -ENOENT) {
		ld_note(ctx, at, LDSCRIPT_NOTE_LEFT_OUT, "%.200s not found: left out; -L adds a folder to search",
			file);
		return 1;
	}
	if (r < 0) /* the place in the file, or that of the INCLUDE */
		return diag_at(ctx->diag, diag.at.line ? diag.at : at, r, "%.*s", (int)sizeof(diag.text) - 1,
			       diag.text);
	if (is_open(ctx, text.name))
		return diag_at(ctx->diag, at, -EINVAL, "%.200s includes itself", text.name);
	*ret = text;
	*ret_open = (struct ld_open_file){ .name = text.name, .outer = ctx->open, .depth = ctx->open->depth + 1 };
	return 0;
}
