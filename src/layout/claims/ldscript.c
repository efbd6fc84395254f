/* Claims of a linker script. */
#include <inttypes.h>
#include <string.h>

#include "bounds.h"
#include "memprof/image/esp_memory.h"
#include "memprof/image/image.h"
#include "memprof/image/ldscript.h"
#include "memprof/layout/layout.h"
#include "resolve_parts.h"

static const char *place_text(struct layout *l, struct place at)
{
	return arena_printf(&l->arena, "%s:%" PRIu64, at.file ? at.file : "linker script", at.line);
}

/* ---- regions ---- */

static bool is_known(const struct ldscript_region *r) { return r->origin.known && r->length.known; }

/* Whether a region that is known is a window onto flash. */
static bool is_window(const struct ldscript *s, const struct ldscript_region *r)
{
	const struct esp_memory *memory = NULL;

	for (size_t i = 0; i < s->n_regions && !memory; i++)
		if (is_known(&s->regions[i]))
			memory = esp_memory_of_ram(s->regions[i].origin.value, s->regions[i].length.value);
	return esp_memory_is_window(memory, r->origin.value, r->length.value,
				    image_access_of(r->attributes) == IMAGE_ACCESS_WRITE);
}

static bool is_memory(const struct ldscript *s, const struct ldscript_region *r)
{
	return is_known(r) && r->length.value > 0 && !is_window(s, r) &&
	       r->length.value - 1 <= UINT64_MAX - r->origin.value;
}

static void claim_region(struct layout *l, const struct ldscript *s, const struct ldscript_region *r)
{
	const char *from = place_text(l, r->at);

	if (!is_known(r))
		layout_note(l, "%s: region %s is not in the table: %s", from, r->name,
			    r->origin.known ? r->length.why : r->origin.why);
	else if (is_window(s, r))
		layout_note(l, "%s is an address window, not memory: not in the table", r->name);
	else if (is_memory(s, r))
		layout_claim_range(l, LAYOUT_CPU, SPAN_REGION, r->name, r->origin.value, r->length.value, from);
	else if (r->length.value)
		layout_note(l, "%s: region %s extends beyond the last address: not in the table", from, r->name);
}

/* ---- spans between symbols ---- */

/* Whether a range begins in a known region and ends outside of it. */
static bool exceeds_region(const struct ldscript *s, uint64_t start, uint64_t size_bytes)
{
	bool in_region = false;

	for (size_t i = 0; i < s->n_regions; i++) {
		const struct ldscript_region *r = &s->regions[i];
		if (!is_memory(s, r) || start < r->origin.value || start - r->origin.value >= r->length.value)
			continue;
		in_region = true;
		if (size_bytes <= r->length.value - (start - r->origin.value))
			return false;
	}
	return in_region;
}

/* Whether the symbols are known, valid or not. */
static bool claim_bounds(struct layout *l, const struct ldscript *s, const struct layout_bounds *b)
{
	uint64_t start, end;

	if (!ldscript_value(s, b->start, &start) || !ldscript_value(s, b->end, &end) || (b->end_is_size && end == 0))
		return false;
	const char *from = place_text(l, ldscript_symbol(s, b->start)->at);
	uint64_t size_bytes = b->end_is_size ? end : end - start;
	if (!b->end_is_size && end <= start) /* OpenMV's end symbol is a length */
		layout_note(l, "%s: %s is not below %s: there is no %s between them", from, b->start, b->end, b->name);
	else if (size_bytes - 1 > UINT64_MAX - start || size_bytes >> 63)
		layout_note(l, "%s: %s is not the size of a %s: 0x%" PRIx64, from, b->end, b->name, size_bytes);
	else if (exceeds_region(s, start, size_bytes))
		layout_note(l, "%s: the %s from %s on ends outside of the region in which it begins: not in the table",
			    from, b->name, b->start);
	else
		layout_claim_range(l, LAYOUT_CPU, b->kind, b->name, start, size_bytes, from);
	return true;
}

/* Bounds whose values depend on the link (a heap after .bss) are skipped. */
static void claim_all_bounds(struct layout *l, const struct ldscript *s)
{
	bool have[N_BOUNDS_GROUPS] = { false };

	for (size_t i = 0; i < N_LAYOUT_BOUNDS; i++) {
		const struct layout_bounds *b = &layout_bounds[i];
		if (b->end && b->firmware != BOUNDS_OF_ESP_IDF && !(b->group && have[b->group]) &&
		    claim_bounds(l, s, b))
			have[b->group] = true;
	}
}

static void claim_esp8266(struct layout *l, const struct ldscript *s, const struct ldscript_region *r,
			  uint64_t flash_bytes)
{
	struct layout_esp8266 e = { .flash_bytes = flash_bytes, .from = place_text(l, r->at) };

	if (!is_memory(s, r) || strcmp(r->name, LAYOUT_ESP8266_REGION) != 0)
		return;
	for (size_t i = 0; i < s->n_regions; i++)
		if (strcmp(s->regions[i].name, LAYOUT_ESP8266_ROMFS) == 0 && is_known(&s->regions[i]))
			e.romfs_bytes = s->regions[i].length.value;
	e.start = r->origin.value;
	e.size_bytes = r->length.value;
	layout_esp8266(l, &e);
}

void layout_ldscript(struct layout *l, const struct ldscript *s, uint64_t flash_bytes)
{
	for (size_t i = 0; i < s->n_regions; i++) {
		claim_region(l, s, &s->regions[i]);
		claim_esp8266(l, s, &s->regions[i], flash_bytes);
	}
	claim_all_bounds(l, s);
	for (size_t i = 0; i < s->n_notes; i++)
		layout_note(l, "%s: %s", place_text(l, s->notes[i].at), s->notes[i].text);
}
