/* The free room after a firmware. */
#include <string.h>

#include "memprof/layout/layout.h"
#include "resolve_parts.h"

/* The room ends where a span of the first kinds begins, or where one of the second kinds that holds the firmware ends.
 * Other kinds are parts of a firmware. */
enum {
	NEXT = SPAN_BIT(SPAN_REGION) | SPAN_BIT(SPAN_BOOTLOADER) | SPAN_BIT(SPAN_TABLE) | SPAN_BIT(SPAN_PARTITION) |
	       SPAN_BIT(SPAN_FILESYSTEM) | SPAN_BIT(SPAN_HEAP) | SPAN_BIT(SPAN_STACK) | SPAN_BIT(SPAN_POOL),
	HOLDER = SPAN_BIT(SPAN_MEMORY) | SPAN_BIT(SPAN_REGION) | SPAN_BIT(SPAN_PARTITION),
};

struct room_end {
	const struct layout_span *span;
	uint64_t offset_bytes; /* from the start of the firmware */
	bool at_end;           /* of the span */
};

/* At one address a span that begins there precedes one that ends there, and a file system precedes its region. */
static bool is_nearer(const struct room_end *a, const struct room_end *b)
{
	if (!b->span || a->offset_bytes != b->offset_bytes)
		return !b->span || a->offset_bytes < b->offset_bytes;
	return a->at_end < b->at_end || (a->at_end == b->at_end && a->span->kind == SPAN_FILESYSTEM);
}

static bool holds(const struct layout_span *span, uint64_t start)
{
	return SPAN_BIT(span->kind) & HOLDER && span->start <= start && layout_last(span) >= start &&
	       layout_last(span) - start < UINT64_MAX;
}

/* If no known span holds the firmware, the next span may be on another chip. */
static bool has_holder(const struct layout *l, const char *space, uint64_t start)
{
	for (size_t i = 0; i < l->n_spans; i++)
		if (strcmp(l->spans[i].space, space) == 0 && holds(&l->spans[i], start))
			return true;
	return false;
}

static void search_space(const struct layout *l, const char *space, uint64_t start, struct room_end *nearest)
{
	size_t n_spans = has_holder(l, space, start) ? l->n_spans : 0;

	for (size_t i = 0; i < n_spans; i++) {
		const struct layout_span *span = &l->spans[i];
		if (strcmp(span->space, space) != 0)
			continue;
		struct room_end end = { span, span->start - start, false };
		if (holds(span, start))
			end = (struct room_end){ span, layout_last(span) - start + 1, true };
		else if (span->start <= start || !(SPAN_BIT(span->kind) & NEXT))
			continue;
		if (is_nearer(&end, nearest))
			*nearest = end;
	}
}

bool layout_find_room_after(struct layout *l, uint64_t start, uint64_t end, struct layout_room_after *ret)
{
	struct room_end nearest = { 0 };

	if (end <= start)
		return false;
	search_space(l, LAYOUT_CPU, start, &nearest);
	for (size_t i = 0; i < l->n_mappings; i++) {
		const struct layout_mapping *m = &l->mappings[i];
		if (strcmp(m->space, LAYOUT_CPU) == 0 && start >= m->start && start - m->start < m->size_bytes)
			search_space(l, m->to_space, m->to_start + (start - m->start), &nearest);
	}
	if (!nearest.span)
		return false;
	const char *called = layout_call(l, nearest.span->kind, nearest.span->name);
	uint64_t used_bytes = end - start, room_bytes = nearest.offset_bytes;
	int64_t bytes = room_bytes >= used_bytes ? (int64_t)MIN(room_bytes - used_bytes, (uint64_t)INT64_MAX) :
						   -(int64_t)MIN(used_bytes - room_bytes, (uint64_t)INT64_MAX);
	*ret = (struct layout_room_after){ bytes, nearest.span->name, nearest.at_end,
					   nearest.at_end ? arena_printf(&l->arena, "the end of %s", called) : called };
	return true;
}
