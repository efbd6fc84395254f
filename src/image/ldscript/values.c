/* Values as others see them: known, or why not. */
#include <inttypes.h>
#include <string.h>

#include "ldscript/parts.h"

static const char *why(struct ld_work *w, const struct ld_value *value)
{
	struct arena *a = &w->to->arena;
	const char *symbol = value->state == LD_NEEDS_SYMBOL || value->state == LD_WAITS_SYMBOL ||
					     value->state == LD_CIRCLE ?
				     names_text(&w->to->symbol_names, value->what) :
				     "";
	const char *region = value->state == LD_NO_REGION || value->state == LD_REGION_BELOW ||
					     value->state == LD_WAITS_REGION ?
				     names_text(&w->region_names, value->what) :
				     "";

	switch (value->state) {
	case LD_NEEDS_SYMBOL:
		return arena_printf(a, "%.80s needs the link, or --defsym %.80s=VALUE", symbol, symbol);
	case LD_NEEDS_DOT:
		return "where '.' is needs the link";
	case LD_NEEDS_LINK:
		return arena_printf(a, "%.80s needs the link", names_text(&w->link_names, value->what));
	case LD_NEEDS_SECTION:
		return "it counts from the beginning of an output section, which needs the link";
	case LD_NO_REGION:
		return arena_printf(a, "there is no region %.80s", region);
	case LD_REGION_BELOW:
		return arena_printf(a, "region %.80s has no value yet at that place", region);
	case LD_WAITS_REGION:
		return arena_printf(a, "region %.80s has no value", region);
	case LD_WAITS_SYMBOL:
	case LD_CIRCLE:
		return arena_printf(a, "%.80s goes round in a circle", symbol);
	case LD_SHIFTED:
		return arena_printf(a, "it is shifted by %" PRIu32 " bits", value->what);
	case LD_NEGATIVE:
		return arena_printf(a, "it would be %" PRId64, (int64_t)value->number);
	case LD_DIVIDED:
		return "it is divided by 0";
	case LD_KNOWN:
		break;
	}
	return "";
}

/* Reasons repeat: in esp32.rom.ld there are thousands. The last one is kept. */
struct said {
	struct ld_value value;
	const char *why;
};

static struct ldscript_value public_value(struct ld_work *w, const struct ld_value *value, struct said *said)
{
	if (value->state == LD_KNOWN)
		return (struct ldscript_value){ .known = true, .value = value->number, .why = "" };
	if (!said->why || said->value.state != value->state || said->value.what != value->what ||
	    said->value.number != value->number)
		*said = (struct said){ *value, why(w, value) };
	return (struct ldscript_value){ .why = said->why };
}

void ld_publish(struct ld_work *w)
{
	struct said said = { .why = NULL };

	for (uint32_t i = 0; i < w->n_symbols; i++) {
		const struct ld_symbol *s = &w->symbols[i];
		struct ld_value value = s->n_all ? s->value : (struct ld_value){ .state = LD_NEEDS_SYMBOL, .what = i };
		w->to->symbols[i].value = public_value(w, &value, &said);
		w->to->symbols[i].provided = s->n_all && !s->n_plain;
	}
	for (size_t i = 0; i < w->n_regions; i++) {
		w->to->regions[i].origin = public_value(w, &w->regions[i].origin_value, &said);
		w->to->regions[i].length = public_value(w, &w->regions[i].length_value, &said);
	}
}
