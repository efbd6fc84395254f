/* Values as others see them: known, or the reason why not. */
#include <inttypes.h>

#include "ldscript/parts.h"

static const char *why(struct ld_context *ctx, const struct ld_value *value)
{
	struct arena *a = &ctx->script->arena;
	const char *name;

	switch (value->state) {
	case LD_NEEDS_SYMBOL:
		name = names_text(&ctx->script->symbol_names, value->which);
		return arena_printf(a, "%.80s needs the link, or --defsym %.80s=VALUE", name, name);
	case LD_NEEDS_DOT:
		return "the value of '.' needs the link";
	case LD_NEEDS_LINK:
		return arena_printf(a, "%.80s needs the link", names_text(&ctx->link_names, value->which));
	case LD_NEEDS_SECTION:
		return "it is relative to an output section, whose address needs the link";
	case LD_NO_REGION:
		return arena_printf(a, "there is no region %.80s", names_text(&ctx->region_names, value->which));
	case LD_REGION_BELOW:
		return arena_printf(a, "region %.80s has no value yet at that place",
				    names_text(&ctx->region_names, value->which));
	case LD_CYCLE:
		return arena_printf(a, "%.80s depends on itself", names_text(&ctx->script->symbol_names, value->which));
	case LD_SHIFT_TOO_FAR:
		return arena_printf(a, "it is shifted by %" PRIu32 " bits", value->which);
	case LD_NEGATIVE:
		return arena_printf(a, "it would be %" PRId64, (int64_t)value->number);
	case LD_DIVISION_BY_0: /* an error, but beside a cycle (solve.c, ld_solve) */
		return "it divides by 0";
	case LD_KNOWN:
	case LD_PENDING: /* a cycle by now (solve.c, mark_cyclic) */
		break;
	}
	return "";
}

/* Reasons repeat: esp32.rom.ld has thousands. The last one is kept. */
struct last_reason {
	struct ld_value value;
	const char *why;
};

static struct ldscript_value public_value(struct ld_context *ctx, const struct ld_value *value,
					  struct last_reason *last)
{
	if (value->state == LD_KNOWN)
		return (struct ldscript_value){ .known = true, .value = value->number, .why = "" };
	if (!last->why || last->value.state != value->state || last->value.which != value->which ||
	    last->value.number != value->number)
		*last = (struct last_reason){ *value, why(ctx, value) };
	return (struct ldscript_value){ .why = last->why };
}

void ld_publish(struct ld_context *ctx)
{
	struct last_reason last = { .why = NULL };

	for (uint32_t i = 0; i < ctx->n_symbols; i++) {
		const struct ld_symbol *s = &ctx->symbols[i];
		struct ld_value value = s->n_all ? s->value : (struct ld_value){ .state = LD_NEEDS_SYMBOL, .which = i };
		ctx->script->symbols[i].value = public_value(ctx, &value, &last);
	}
	for (size_t i = 0; i < ctx->n_regions; i++) {
		ctx->script->regions[i].origin = public_value(ctx, &ctx->regions[i].origin_value, &last);
		ctx->script->regions[i].length = public_value(ctx, &ctx->regions[i].length_value, &last);
	}
}
