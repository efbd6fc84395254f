/* The room behind a firmware. */
#include <string.h>

#include "memprof/layout/layout.h"
#include "resolve_parts.h"

/* Kinds that end the room with their start, and kinds around the firmware that end it with their end. The kinds that a
 * firmware consists of do neither. */
enum {
	BEGIN = SPAN_BIT(SPAN_REGION) | SPAN_BIT(SPAN_BOOTLOADER) | SPAN_BIT(SPAN_TABLE) | SPAN_BIT(SPAN_PARTITION) |
		SPAN_BIT(SPAN_FILESYSTEM) | SPAN_BIT(SPAN_HEAP) | SPAN_BIT(SPAN_STACK) | SPAN_BIT(SPAN_POOL),
	HOLD = SPAN_BIT(SPAN_MEMORY) | SPAN_BIT(SPAN_REGION) | SPAN_BIT(SPAN_PARTITION),
};

struct search {
	const struct layout_span *found;
	uint64_t at; /* the end of the room, from the start of the firmware */
	bool at_end;
};

/* Of two at one address the one that begins there, and a file system rather than its region. */
static bool is_better(const struct search *s, const struct layout_span *span, uint64_t at, bool at_end)
{
	if (!s->found || at != s->at)
		return !s->found || at < s->at;
	return at_end < s->at_end || (at_end == s->at_end && span->kind == SPAN_FILESYSTEM);
}

static void consider(struct search *s, const struct layout_span *span, uint64_t at, bool at_end)
{
	if (is_better(s, span, at, at_end))
		*s = (struct search){ span, at, at_end };
}

static bool holds(const struct layout_span *span, uint64_t start)
{
	return SPAN_BIT(span->kind) & HOLD && span->start <= start && layout_last(span) >= start &&
	       layout_last(span) - start < UINT64_MAX;
}

/* Whether a known span holds the firmware: otherwise the next span may be on another chip. */
static bool is_known_room(const struct layout *l, const char *space, uint64_t start)
{
	for (size_t i = 0; i < l->n_spans; i++)
		if (strcmp(l->spans[i].space, space) == 0 && holds(&l->spans[i], start))
			return true;
	return false;
}

static void search_space(const struct layout *l, const char *space, uint64_t start, struct search *s)
{
	size_t n_spans = is_known_room(l, space, start) ? l->n_spans : 0;

	for (size_t i = 0; i < n_spans; i++) {
		const struct layout_span *span = &l->spans[i];
		if (strcmp(span->space, space) != 0)
			continue;
		if (span->start > start && SPAN_BIT(span->kind) & BEGIN)
			consider(s, span, span->start - start, false);
		else if (holds(span, start))
			consider(s, span, layout_last(span) - start + 1, true);
	}
}

bool layout_find_room_after(struct layout *l, uint64_t start, uint64_t end, struct layout_room_after *ret)
{
	struct search s = { 0 };

	if (end <= start)
		return false;
	search_space(l, LAYOUT_CPU, start, &s);
	for (size_t i = 0; i < l->n_mappings; i++) {
		const struct layout_mapping *m = &l->mappings[i];
		if (strcmp(m->space, LAYOUT_CPU) == 0 && start >= m->start && start - m->start < m->size_bytes)
			search_space(l, m->to_space, m->to_start + (start - m->start), &s);
	}
	if (!s.found)
		return false;
	const char *called = layout_call(l, s.found->kind, s.found->name);
	uint64_t taken_bytes = end - start;
	int64_t bytes = s.at >= taken_bytes ? (int64_t)MIN(s.at - taken_bytes, (uint64_t)INT64_MAX) :
					      -(int64_t)MIN(taken_bytes - s.at, (uint64_t)INT64_MAX);
	*ret = (struct layout_room_after){ bytes, s.found->name, s.at_end,
					   s.at_end ? arena_printf(&l->arena, "the end of %s", called) : called };
	return true;
}
