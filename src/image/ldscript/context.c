/* What the readers of a script share: its names and notes. */
#include <stdarg.h>

#include "ldscript/parts.h"

void ld_note(struct ld_context *ctx, struct place at, const char *format, ...)
{
	va_list ap;

	if (ctx->script->n_notes_all++ >= LDSCRIPT_NOTES_MAX)
		return;
	va_start(ap, format);
	const char *text = arena_vprintf(&ctx->script->arena, format, ap);
	va_end(ap);
	struct ldscript_note *note = vec_add(ctx->script, notes);
	if (note)
		*note = (struct ldscript_note){ at, text };
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
