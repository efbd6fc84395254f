/* Spans at the second address that a mapping gives them. */
#include <string.h>

#include "memprof/base/search.h"
#include "resolve_parts.h"

/* Kinds mirrored from flash into an address window: sections of the firmware are claimed there already. Kinds mirrored
 * between the two addresses of an SRAM: without reservations, which the script makes for spans at the other address. */
enum {
	FLASH_KINDS = SPAN_BIT(SPAN_FILESYSTEM) | SPAN_BIT(SPAN_PARTITION) | SPAN_BIT(SPAN_TABLE) |
		      SPAN_BIT(SPAN_RESERVED) | SPAN_BIT(SPAN_POOL),
	SRAM_KINDS = SPAN_BIT(SPAN_SECTION) | SPAN_BIT(SPAN_HEAP) | SPAN_BIT(SPAN_POOL) | SPAN_BIT(SPAN_STACK) |
		     SPAN_BIT(SPAN_FILESYSTEM),
};

static bool is_of(const struct layout_span *span, const char *space, unsigned kinds, uint64_t start,
		  uint64_t size_bytes)
{
	return (kinds & SPAN_BIT(span->kind)) && span->space == space &&
	       layout_overlap(span->start, span->size_bytes, start, size_bytes);
}

static bool any_of(const struct layout *l, size_t n, const char *space, unsigned kinds, uint64_t start,
		   uint64_t size_bytes)
{
	for (size_t i = 0; i < n; i++)
		if (is_of(&l->spans[i], space, kinds, start, size_bytes))
			return true;
	return false;
}

/* Whether the mirror is also claimed there. The n spans are sorted. */
static bool is_claimed(const struct layout *l, size_t n, const struct layout_span *mirror)
{
	size_t low = search_while(n, i,
				  l->spans[i].i_space < mirror->i_space || (l->spans[i].i_space == mirror->i_space &&
									    l->spans[i].start < mirror->start));

	for (; low < n && l->spans[low].i_space == mirror->i_space && l->spans[low].start == mirror->start; low++)
		if (l->spans[low].size_bytes == mirror->size_bytes && l->spans[low].kind == mirror->kind)
			return true;
	return false;
}

/* Memories and regions: only mirrors in one of them get a row. */
struct holders {
	uint32_t *spans;
	size_t n;
};

static struct holders find_holders(struct layout *l, size_t n)
{
	struct holders found = { arena_zeroed(&l->arena, n + 1, sizeof(*found.spans)), 0 };

	for (size_t i = 0; found.spans && i < n; i++)
		if (l->spans[i].kind == SPAN_MEMORY || l->spans[i].kind == SPAN_REGION)
			found.spans[found.n++] = (uint32_t)i;
	return found;
}

static bool is_held(const struct layout *l, const struct holders *h, const struct layout_span *mirror)
{
	for (size_t i = 0; i < h->n; i++) {
		const struct layout_span *holder = &l->spans[h->spans[i]];
		if (holder->space == mirror->space &&
		    layout_overlap(holder->start, holder->size_bytes, mirror->start, mirror->size_bytes))
			return true;
	}
	return false;
}

static uint32_t number_of_space(const struct layout *l, const char *space)
{
	for (uint32_t i = 0; i < l->n_spaces; i++)
		if (l->spaces[i].name == space)
			return i;
	return LAYOUT_NONE;
}

/* Adds the part of a span that the mapping shows. */
static bool add_mirror(struct layout *l, size_t n, const struct layout_mapping *m, const struct holders *holders,
		       const struct layout_span *span)
{
	uint64_t first = MAX(span->start, m->to_start);
	uint64_t last = MIN(layout_last(span), m->to_start + (m->size_bytes - 1));
	struct layout_span mirror = *span;

	mirror.space = m->space;
	mirror.i_space = number_of_space(l, m->space);
	mirror.start = m->start + (first - m->to_start);
	mirror.size_bytes = last - first + 1;
	mirror.shown_by = m;
	if (mirror.i_space == LAYOUT_NONE || !is_held(l, holders, &mirror) || is_claimed(l, n, &mirror))
		return false;
	LAYOUT_ADD(l, spans, mirror);
	return true;
}

static void add_mirrors(struct layout *l, size_t n, const struct layout_mapping *m, const struct holders *holders)
{
	unsigned kinds = m->space == m->to_space ? SRAM_KINDS : FLASH_KINDS;
	struct layout_span outer = { .size_bytes = 0 };

	for (size_t i = 0; i < n; i++) {
		struct layout_span span = l->spans[i]; /* the list may move */
		if (!is_of(&span, m->to_space, kinds, m->to_start, m->size_bytes) || span.shown_by)
			continue;
		if (outer.size_bytes > 0 && layout_last(&span) <= layout_last(&outer))
			continue; /* a part of the last mirror */
		if (span.kind == SPAN_PARTITION &&
		    any_of(l, n, m->to_space, SPAN_BIT(SPAN_FIRMWARE), span.start, span.size_bytes))
			continue; /* its sections are claimed */
		if (add_mirror(l, n, m, holders, &span))
			outer = span;
	}
}

void layout_add_mirrors(struct layout *l)
{
	size_t n = l->n_spans;
	struct holders holders = find_holders(l, n);

	for (size_t i = 0; i < l->n_mappings; i++)
		add_mirrors(l, n, &l->mappings[i], &holders);
}

/* A region is only the part that the linker may use: the flash may have more behind it. */
bool layout_is_mirror_in_region(const struct layout_span *a, const struct layout_span *b)
{
	return (a->shown_by && b->kind == SPAN_REGION) || (b->shown_by && a->kind == SPAN_REGION);
}

bool layout_is_reported_at_origin(const struct layout *l, const struct layout_span *mirror, uint64_t first,
				  uint64_t last)
{
	const struct layout_mapping *m = mirror->shown_by;
	uint64_t origin = m ? m->to_start + (first - m->start) : 0;

	for (size_t i = 0; m && i < l->n_conflicts; i++) {
		const struct layout_conflict *c = &l->conflicts[i];
		if (c->space == m->to_space && c->size_bytes > 0 &&
		    layout_overlap(c->start, c->size_bytes, origin, last - first + 1))
			return true;
	}
	return false;
}

/* ---- free bytes of regions ---- */

enum {
	OCCUPYING_KINDS = SPAN_BIT(SPAN_FILESYSTEM) | SPAN_BIT(SPAN_HEAP) | SPAN_BIT(SPAN_STACK) | SPAN_BIT(SPAN_POOL) |
			  SPAN_BIT(SPAN_RESERVED) | SPAN_BIT(SPAN_PARTITION) | SPAN_BIT(SPAN_TABLE),
};

/* Bytes of a region that other spans occupy after those that the linker uses. The spans are sorted. */
static uint64_t occupied_bytes(const struct layout *l, size_t i_region)
{
	const struct layout_span *region = &l->spans[i_region];
	uint64_t last = layout_last(region), from = region->start + region->used_bytes, sum_bytes = 0;

	for (size_t i = 0; i < l->n_spans && region->used_bytes < region->size_bytes; i++) {
		const struct layout_span *span = &l->spans[i];
		if (!is_of(span, region->space, span->shown_by ? FLASH_KINDS | SRAM_KINDS : OCCUPYING_KINDS, from,
			   last - from + 1))
			continue;
		uint64_t first = MAX(span->start, from), end = MIN(layout_last(span), last);
		sum_bytes += end - first + 1;
		if (end == last)
			break;
		from = end + 1;
	}
	return sum_bytes;
}

static bool holds_regions(const struct layout *l, size_t i_region)
{
	const struct layout_span *region = &l->spans[i_region];

	for (uint32_t i = region->first_child; i != LAYOUT_NONE; i = l->spans[i].next)
		if (l->spans[i].kind == SPAN_REGION)
			return true;
	return false;
}

void layout_region_figures(struct layout *l)
{
	for (size_t i = 0; i < l->n_spans; i++) {
		struct layout_span *region = &l->spans[i];
		if (region->kind != SPAN_REGION || region->used_bytes == NOT_KNOWN)
			continue;
		if (region->used_bytes == 0 && holds_regions(l, i)) {
			region->used_bytes = NOT_KNOWN;
			region->free_bytes = NOT_KNOWN;
		} else if (region->free_bytes != NOT_KNOWN) {
			uint64_t unused_bytes = region->size_bytes - MIN(region->used_bytes, region->size_bytes);
			uint64_t taken_bytes = occupied_bytes(l, i);
			region->free_bytes = unused_bytes - MIN(taken_bytes, unused_bytes);
		}
	}
}

/* ---- regions that run over a file system ---- */

/* Of one behind what the linker has placed, so that the firmware is not in it. A part of a linked section is none. */
static bool may_grow_into(const struct layout *l, const struct layout_span *region, const struct layout_span *span)
{
	uint64_t used_bytes = region->used_bytes == NOT_KNOWN ? 1 : region->used_bytes;
	bool is_storage = span->kind == SPAN_FILESYSTEM ||
			  (span->kind == SPAN_PARTITION && region->used_bytes != NOT_KNOWN);

	if (layout_is_reported_at_origin(l, span, span->start, layout_last(span)))
		return false;
	return is_storage && span->space == region->space && span->start > region->start &&
	       span->start - region->start >= used_bytes && span->start <= layout_last(region) &&
	       (span->parent == LAYOUT_NONE || l->spans[span->parent].kind != SPAN_SECTION);
}

void layout_note_regions(struct layout *l)
{
	for (size_t i = 0; i < l->n_spans; i++) {
		const struct layout_span *region = &l->spans[i];
		if (region->kind != SPAN_REGION || strcmp(region->space, LAYOUT_CPU) != 0 || holds_regions(l, i))
			continue;
		for (size_t k = i + 1; k < l->n_spans && l->spans[k].start <= layout_last(region); k++) {
			if (!may_grow_into(l, region, &l->spans[k]))
				continue;
			layout_note(l, "region %s runs over %s: the linker does not stop a firmware that grows into it",
				    region->name, layout_call(l, l->spans[k].kind, l->spans[k].name));
			break;
		}
	}
}
