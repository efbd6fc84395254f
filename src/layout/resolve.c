/* The tree of spans, gaps and conflicts. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/layout/layout.h"
#include "resolve_parts.h"

/* ---- order ---- */

/* The flash first, then the processor's addresses, then others by name. */
static int space_rank(const char *name)
{
	return strcmp(name, LAYOUT_FLASH) == 0 ? 0 : strcmp(name, LAYOUT_CPU) == 0 ? 1 : 2;
}

static int by_rank(const void *a, const void *b)
{
	const struct layout_space *x = a, *y = b;
	int ranks = space_rank(x->name) - space_rank(y->name);

	return ranks ? ranks : strcmp(x->name, y->name);
}

static void sort_spaces(struct layout *l)
{
	uint32_t *now = arena_zeroed(&l->arena, l->n_spaces + 1, sizeof(*now));

	if (!now || l->n_spaces == 0)
		return;
	for (uint32_t i = 0; i < l->n_spaces; i++)
		l->spaces[i].first = i; /* its old number */
	qsort(l->spaces, l->n_spaces, sizeof(*l->spaces), by_rank);
	for (uint32_t i = 0; i < l->n_spaces; i++) {
		now[l->spaces[i].first] = i;
		l->spaces[i].first = LAYOUT_NONE;
	}
	for (size_t i = 0; i < l->n_spans; i++)
		l->spans[i].i_space = now[l->spans[i].i_space];
}

/* Outer spans come first. Of two spans of one kind with the same bounds the first one claimed is the outer one: next
 * has the order of claims. */
static int by_place(const void *a, const void *b)
{
	const struct layout_span *x = a, *y = b;

	if (x->i_space != y->i_space)
		return x->i_space < y->i_space ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->size_bytes != y->size_bytes)
		return x->size_bytes > y->size_bytes ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->next < y->next ? -1 : x->next > y->next;
}

static void sort_spans(struct layout *l)
{
	for (size_t i = 0; i < l->n_spans; i++)
		l->spans[i].next = (uint32_t)i;
	if (l->n_spans > 0)
		qsort(l->spans, l->n_spans, sizeof(*l->spans), by_place);
}

/* ---- which kinds contain which ---- */

#define BIT(kind) SPAN_BIT(kind)
enum {
	ANY_SPAN = BIT(N_SPAN_KINDS) - 1,
	ROOM_SPANS = BIT(SPAN_HEAP) | BIT(SPAN_STACK) | BIT(SPAN_POOL) | BIT(SPAN_RESERVED)
};

static const unsigned may_hold[N_SPAN_KINDS] = {
	[SPAN_MEMORY] = ANY_SPAN & ~BIT(SPAN_MEMORY),
	[SPAN_REGION] = ANY_SPAN & ~BIT(SPAN_MEMORY),
	[SPAN_BOOTLOADER] = BIT(SPAN_FIRMWARE) | BIT(SPAN_SECTION) | BIT(SPAN_RESERVED),
	[SPAN_TABLE] = BIT(SPAN_RESERVED),
	[SPAN_PARTITION] = ANY_SPAN & ~(BIT(SPAN_MEMORY) | BIT(SPAN_TABLE) | BIT(SPAN_PARTITION)),
	[SPAN_FIRMWARE] = BIT(SPAN_SECTION) | BIT(SPAN_RESERVED) | BIT(SPAN_REGION) | BIT(SPAN_BOOTLOADER),
	[SPAN_FILESYSTEM] = 0,
	[SPAN_HEAP] = ROOM_SPANS | BIT(SPAN_SECTION) | BIT(SPAN_REGION), /* one over several banks */
	[SPAN_STACK] = BIT(SPAN_STACK) | BIT(SPAN_RESERVED) | BIT(SPAN_SECTION) | BIT(SPAN_REGION),
	[SPAN_POOL] = ROOM_SPANS | BIT(SPAN_SECTION) | BIT(SPAN_REGION),
	[SPAN_RESERVED] = ROOM_SPANS | BIT(SPAN_SECTION),
	[SPAN_SECTION] = ROOM_SPANS | BIT(SPAN_FILESYSTEM), /* a ROM file system that is linked in */
};

/* Overlapping heaps of two inputs: of the firmware and of a dump. */
static bool are_of_two_builds(const struct layout_span *a, const struct layout_span *b)
{
	return a->kind == SPAN_HEAP && b->kind == SPAN_HEAP && a->n_from && b->n_from && a->from[0] != b->from[0];
}

static void report_overlap(struct layout *l, const struct layout_span *a, const struct layout_span *b)
{
	uint64_t first = MAX(a->start, b->start), last = MIN(layout_last(a), layout_last(b));

	if (layout_is_reported_at_origin(l, a, first, last) || layout_is_reported_at_origin(l, b, first, last))
		return;
	layout_conflict(l, &(struct layout_range){ a->space, first, last - first + 1 }, a->name, b->name,
			"%s and %s overlap by %" PRIu64 " B%s", layout_call(l, a->kind, a->name),
			layout_call(l, b->kind, b->name), last - first + 1,
			are_of_two_builds(a, b) ? ", and neither contains the other: are they of one build?" : "");
}

static const char *first_from(const struct layout_span *span) { return span->n_from > 0 ? span->from[0] : "one input"; }

static void report_nesting(struct layout *l, const struct layout_span *outer, const struct layout_span *inner)
{
	const char *outer_name = layout_call(l, outer->kind, outer->name);

	if (outer->kind == SPAN_MEMORY && inner->kind == SPAN_MEMORY && outer->start == inner->start &&
	    outer->size_bytes != inner->size_bytes)
		layout_conflict(l, &(struct layout_range){ outer->space, outer->start, 0 }, outer->name, inner->name,
				"%s has %" PRIu64 " B by %s, %" PRIu64 " B by %s", outer_name, outer->size_bytes,
				first_from(outer), inner->size_bytes, first_from(inner));
	else if (!layout_is_reported_at_origin(l, outer, inner->start, layout_last(inner)) &&
		 !layout_is_reported_at_origin(l, inner, inner->start, layout_last(inner)))
		layout_conflict(l, &(struct layout_range){ inner->space, inner->start, inner->size_bytes }, inner->name,
				outer->name, "%s lies in %s", layout_call(l, inner->kind, inner->name), outer_name);
}

/* ---- spans over several memories ---- */

struct resolution {
	uint64_t *covered_from; /* of each span: the start of the first one across its end, or UINT64_MAX */
	bool *over_chips;       /* of each span that is no memory: partly in one, or around one */
	uint32_t *crossed_by;   /* of each region: a mirror across its end, which is no conflict with it; of a mirror
				   likewise. Or LAYOUT_NONE */
	uint32_t *chips;        /* the memories */
	uint32_t n_chips;
};

static void find_chips(const struct layout *l, struct resolution *s)
{
	for (uint32_t i = 0; i < l->n_spans; i++)
		if (l->spans[i].kind == SPAN_MEMORY)
			s->chips[s->n_chips++] = i;
}

/* Whether there is memory at an address, of a chip or by a mapping. *ret_last: its last address. */
static bool has_memory(const struct layout *l, const struct resolution *s, const char *space, uint64_t from,
		       uint64_t *ret_last)
{
	bool found = false;

	for (uint32_t i = 0; i < s->n_chips; i++) {
		const struct layout_span *chip = &l->spans[s->chips[i]];
		if (chip->space != space || from < chip->start || from > layout_last(chip))
			continue;
		*ret_last = found ? MAX(*ret_last, layout_last(chip)) : layout_last(chip);
		found = true;
	}
	for (size_t i = 0; i < l->n_mappings; i++) {
		const struct layout_mapping *m = &l->mappings[i];
		uint64_t last = m->start + (m->size_bytes - 1);
		if (m->space != space || from < m->start || from > last)
			continue;
		*ret_last = found ? MAX(*ret_last, last) : last;
		found = true;
	}
	return found;
}

/* A span may continue from one bank into the next, but not where there is no memory. */
static void check_over_chips(struct layout *l, const struct resolution *s, const struct layout_span *span)
{
	uint64_t hole = span->start, last = 0;

	while (has_memory(l, s, span->space, hole, &last)) {
		if (last >= layout_last(span))
			return;
		hole = last + 1;
	}
	const struct layout_span *near = NULL; /* the chip before or behind the hole */
	bool before = hole == span->start;
	for (uint32_t i = 0; i < s->n_chips; i++) {
		const struct layout_span *chip = &l->spans[s->chips[i]];
		bool fits = chip->space == span->space && (before ? chip->start > hole : layout_last(chip) < hole);
		if (fits && (!near || (before ? chip->start < near->start : layout_last(chip) > layout_last(near))))
			near = chip;
	}
	if (!near)
		return;
	uint64_t n_bytes = before ? near->start - hole : layout_last(span) - hole + 1;
	layout_conflict(l, &(struct layout_range){ span->space, hole, n_bytes }, span->name, near->name,
			"%s %s %" PRIu64 " B %s %s", layout_call(l, span->kind, span->name),
			before ? "begins" : "extends", n_bytes, before ? "before" : "beyond the end of",
			layout_call(l, near->kind, near->name));
}

/* ---- the tree ---- */

/* Of two spans, of which neither holds the other. */
static void add_overlap(struct layout *l, uint32_t at, uint32_t i, struct resolution *s)
{
	if (layout_is_mirror_in_region(&l->spans[at], &l->spans[i]))
		s->crossed_by[i] = at;
	else
		report_overlap(l, &l->spans[at], &l->spans[i]);
}

/* What lies in a region may overlap the mirror across its end. */
static void check_crossed(struct layout *l, uint32_t holder, uint32_t i, struct resolution *s)
{
	uint32_t at = s->crossed_by[holder];

	if (at == LAYOUT_NONE ||
	    !layout_overlap(l->spans[at].start, l->spans[at].size_bytes, l->spans[i].start, l->spans[i].size_bytes))
		return;
	const struct layout_span *outer = &l->spans[at], *span = &l->spans[i];
	if (outer->start > span->start || layout_last(outer) < layout_last(span))
		add_overlap(l, at, i, s);
	else if (layout_is_mirror_in_region(outer, span))
		s->crossed_by[i] = at;
	else if (!(may_hold[outer->kind] & BIT(span->kind)))
		report_nesting(l, outer, span);
}

/* Walks from the last span outwards. The spans are sorted: one that ends before this one holds no later one either. */
static void find_parent(struct layout *l, uint32_t i, struct resolution *s)
{
	struct layout_span *span = &l->spans[i];
	uint32_t at = i > 0 && l->spans[i - 1].i_space == span->i_space ? i - 1 : LAYOUT_NONE;
	bool held = false;

	for (; at != LAYOUT_NONE; at = l->spans[at].parent) {
		const struct layout_span *outer = &l->spans[at];
		if (layout_last(outer) < span->start)
			continue;
		if (layout_last(outer) < layout_last(span)) {
			if ((outer->kind == SPAN_MEMORY) != (span->kind == SPAN_MEMORY))
				s->over_chips[outer->kind == SPAN_MEMORY ? i : at] = true;
			else
				add_overlap(l, at, i, s);
			s->covered_from[at] = MIN(s->covered_from[at], span->start);
			continue;
		}
		if (outer->kind != SPAN_MEMORY && span->kind == SPAN_MEMORY)
			s->over_chips[at] = true;
		else if (!held && !(may_hold[outer->kind] & BIT(span->kind)))
			report_nesting(l, outer, span);
		if (!held)
			check_crossed(l, at, i, s);
		held = true;
		if (outer->depth + 1 < LAYOUT_DEPTH_MAX)
			break;
	}
	span->parent = at;
	span->depth = at == LAYOUT_NONE ? 0 : l->spans[at].depth + 1;
}

/* Backwards, so that each span is put in front of its next siblings. */
static void link_children(struct layout *l)
{
	for (size_t i = 0; i < l->n_spans; i++)
		l->spans[i].first_child = LAYOUT_NONE;
	for (uint32_t i = (uint32_t)l->n_spans; i-- > 0;) {
		struct layout_span *span = &l->spans[i];
		uint32_t *first = span->parent == LAYOUT_NONE ? &l->spaces[span->i_space].first :
								&l->spans[span->parent].first_child;
		span->next = *first;
		*first = i;
	}
}

/* Spans behind the end of a chip. */
static void find_spans_beyond(struct layout *l)
{
	for (size_t k = 0; k < l->n_spaces; k++) {
		const struct layout_span *chip = NULL;
		if (strcmp(l->spaces[k].name, LAYOUT_CPU) == 0)
			continue;
		for (uint32_t i = l->spaces[k].first; i != LAYOUT_NONE; i = l->spans[i].next) {
			if (l->spans[i].kind == SPAN_MEMORY)
				chip = &l->spans[i];
			else if (chip && l->spans[i].start > layout_last(chip))
				layout_conflict(l,
						&(struct layout_range){ l->spans[i].space, l->spans[i].start,
									l->spans[i].size_bytes },
						l->spans[i].name, chip->name, "%s lies beyond the end of %s",
						layout_call(l, l->spans[i].kind, l->spans[i].name),
						layout_call(l, chip->kind, chip->name));
		}
	}
}

/* ---- unplaced spans ---- */

static bool is_placed(const struct layout *l, const struct layout_unplaced *u)
{
	for (size_t i = 0; i < l->n_spans; i++) {
		const struct layout_span *span = &l->spans[i];
		bool is_heap = span->kind == SPAN_HEAP || span->kind == SPAN_POOL;
		if ((is_heap || span->kind == u->kind) && span->space == u->space && span->start >= u->start &&
		    span->start - u->start < u->size_bytes)
			return true;
	}
	return false;
}

static void note_unplaced(struct layout *l)
{
	char human[NUMBER_HUMAN_BYTES];

	for (size_t i = 0; i < l->n_unplaced; i++) {
		const struct layout_unplaced *u = &l->unplaced[i];
		if (!is_placed(l, u))
			layout_note(l, "%s: the linker places %s, %s, somewhere in %s", u->from, u->name,
				    number_human(u->wanted_bytes, human), u->memory);
	}
}

/* ---- gaps ---- */

static void add_gap(struct layout *l, const char *space, uint64_t start, uint64_t last, uint32_t in)
{
	LAYOUT_ADD(l, gaps, ((struct layout_gap){ space, start, last - start + 1, in }));
}

/* Between the siblings from first on, from an address on. Returns the first address behind them; 0: there is none. */
static uint64_t find_gaps(struct layout *l, uint32_t first, uint64_t from, uint32_t in)
{
	for (uint32_t i = first; i != LAYOUT_NONE; i = l->spans[i].next) {
		const struct layout_span *span = &l->spans[i];
		if (span->start > from)
			add_gap(l, span->space, from, span->start - 1, in);
		if (layout_last(span) == UINT64_MAX)
			return 0;
		from = MAX(from, layout_last(span) + 1);
	}
	return from;
}

static int gap_by_place(const void *a, const void *b)
{
	const struct layout_gap *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->in < y->in ? -1 : x->in > y->in;
}

/* Memories, regions and partitions contain gaps; all bytes of other spans are their own. */
static bool has_gaps(const struct layout *l, const struct layout_span *span)
{
	enum { CONTAINERS = BIT(SPAN_MEMORY) | BIT(SPAN_REGION) | BIT(SPAN_PARTITION) };

	if (span->first_child == LAYOUT_NONE || !(BIT(span->kind) & CONTAINERS))
		return false;
	for (uint32_t i = span->parent; i != LAYOUT_NONE; i = l->spans[i].parent)
		if (!(BIT(l->spans[i].kind) & CONTAINERS))
			return false;
	return true;
}

static void name_gaps(struct layout *l, size_t i_space, const uint64_t *covered_from)
{
	const struct layout_space *space = &l->spaces[i_space];
	size_t n_before = l->n_gaps;

	if (strcmp(space->name, LAYOUT_CPU) != 0)
		find_gaps(l, space->first, 0, LAYOUT_NONE);
	for (uint32_t i = space->first; i < l->n_spans && l->spans[i].i_space == i_space; i++) {
		const struct layout_span *span = &l->spans[i];
		if (!has_gaps(l, span))
			continue;
		uint64_t behind = find_gaps(l, span->first_child, span->start, i);
		uint64_t last = covered_from[i] == UINT64_MAX ? layout_last(span) : covered_from[i] - 1;
		if (behind != 0 && behind <= last)
			add_gap(l, span->space, behind, last, i);
	}
	if (l->n_gaps > n_before)
		qsort(l->gaps + n_before, l->n_gaps - n_before, sizeof(*l->gaps), gap_by_place);
}

/* ---- rows ---- */

static void add_gap_row(struct layout *l, uint32_t i_space, uint32_t i)
{
	uint32_t in = l->gaps[i].in;

	LAYOUT_ADD(l, rows,
		   ((struct layout_row){ i_space, in == LAYOUT_NONE ? 0 : l->spans[in].depth + 1, LAYOUT_NONE, i }));
}

/* Spans are in table order; a gap comes before the first span that begins behind it. */
static void make_rows(struct layout *l)
{
	uint32_t gap = 0, span = 0;

	for (uint32_t k = 0; k < l->n_spaces; k++) {
		for (; span < l->n_spans && l->spans[span].i_space == k; span++) {
			for (; gap < l->n_gaps && l->gaps[gap].space == l->spaces[k].name &&
			       l->gaps[gap].start < l->spans[span].start;
			     gap++)
				add_gap_row(l, k, gap);
			LAYOUT_ADD(l, rows, ((struct layout_row){ k, l->spans[span].depth, span, LAYOUT_NONE }));
		}
		for (; gap < l->n_gaps && l->gaps[gap].space == l->spaces[k].name; gap++)
			add_gap_row(l, k, gap);
	}
}

int layout_resolve(struct layout *l)
{
	sort_spaces(l);
	sort_spans(l);
	layout_add_mirrors(l);
	sort_spans(l);
	struct resolution s = {
		.covered_from = arena_zeroed(&l->arena, l->n_spans + 1, sizeof(*s.covered_from)),
		.over_chips = arena_zeroed(&l->arena, l->n_spans + 1, sizeof(*s.over_chips)),
		.crossed_by = arena_zeroed(&l->arena, l->n_spans + 1, sizeof(*s.crossed_by)),
		.chips = arena_zeroed(&l->arena, l->n_spans + 1, sizeof(*s.chips)),
	};
	if (!s.covered_from || !s.over_chips || !s.crossed_by || !s.chips || arena_error(&l->arena))
		return -ENOMEM;
	find_chips(l, &s);
	memset(s.covered_from, 0xff, l->n_spans * sizeof(*s.covered_from));
	memset(s.crossed_by, 0xff, l->n_spans * sizeof(*s.crossed_by));
	for (uint32_t i = 0; i < l->n_spans; i++)
		find_parent(l, i, &s);
	for (uint32_t i = 0; i < l->n_spans; i++)
		if (s.over_chips[i])
			check_over_chips(l, &s, &l->spans[i]);
	link_children(l);
	find_spans_beyond(l);
	layout_find_board_mismatches(l);
	layout_note_regions(l);
	layout_region_figures(l);
	for (size_t i = 0; i < l->n_spaces; i++)
		name_gaps(l, i, s.covered_from);
	make_rows(l);
	note_unplaced(l);
	return l->error < 0 ? l->error : arena_error(&l->arena);
}
