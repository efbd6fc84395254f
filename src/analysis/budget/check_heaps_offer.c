/* At the end: from the moments that were picked, and the leaks, to the rows. */
#include <errno.h>
#include <string.h>

#include "budget/check_heaps.h"
#include "memprof/base/text.h"

/* ---- why there is nothing ---- */

static bool is_fit(const struct pick *pick) { return pick->fits; }

static bool is_set(const struct pick *pick) { return pick->set; }

static bool is_of_dump(const struct pick *pick) { return pick->set && pick->n_dump > 0; }

static bool any_pick(const struct heaps_side *s, size_t i_row, bool (*is)(const struct pick *pick))
{
	for (size_t i = 0; i < s->n_heaps; i++)
		if (s->heaps[i].picks[i_row].fits && is(&s->heaps[i].picks[i_row]))
			return true;
	return false;
}

/* Says it of a heap, or of the input as a whole where heap is NULL; unless something was said, or offered. */
static void cannot(struct check_heaps *h, struct check_row *row, enum check_side side, const struct named_heap *heap,
		   const char *fault, const char *advice)
{
	const char *where = side == CHECK_BASE ? "in the baseline" : "";
	const char *name = heap && strcmp(heap->name, row->entry->pattern) != 0 ? heap->name : NULL;

	if (row->value.known || row->fault)
		return;
	check_cannot(h->check, row, advice, "%s%s%s%s%s", name ? name : "", name && *where ? " " : "", where,
		     name || *where ? ": " : "", fault);
}

static bool leaves_out(const struct budget_entry *entry, const struct seen *seen)
{
	for (size_t i = 0; i < seen->n; i++)
		if (heap_leaves_out(entry, seen->texts[i]))
			return true;
	return false;
}

static void suggest(struct check_heaps *h, struct check_row *row, const char *noun, const struct seen *seen,
		    const char *pattern)
{
	struct suggestions others = { .pattern = pattern, .arena = &h->check->arena, .quoted = *noun == 'm' };

	for (size_t i = 0; i < seen->n; i++)
		suggestions_add(&others, slice_of(seen->texts[i]));
	check_cannot_find(h->check, row, noun, &others);
}

static void cannot_find(struct check_heaps *h, size_t i_row, enum check_side side)
{
	const struct heaps_side *s = &h->sides[side];
	struct check_row *row = h->rows[i_row].row;

	if (row->value.known || row->fault)
		return;
	if (s->n_moments == 0)
		cannot(h, row, side, NULL, "there is no dump", NULL);
	else if (!any_pick(s, i_row, is_fit) && leaves_out(row->entry, &s->pools))
		check_cannot_except(h->check, row);
	else if (!any_pick(s, i_row, is_fit))
		suggest(h, row, "heap", &s->pools, row->entry->pattern);
	else if (row->entry->when == WHEN_MARK)
		suggest(h, row, "mark", &s->labels, row->entry->label);
	else
		cannot(h, row, side, NULL, "no dump has that heap", NULL);
	if (side == CHECK_BASE && row->fault && strncmp(row->fault, "in the", 6) != 0)
		row->fault = arena_printf(&h->check->arena, "in the baseline: %s", row->fault);
}

/* Whether something is amiss with the input as a whole, so that no heap in it can tell. That is said. */
static bool is_blocked(struct check_heaps *h, size_t i_row, enum check_side side)
{
	const struct heaps_side *s = &h->sides[side];
	const struct heap_row *row = &h->rows[i_row];

	if (s->too_many[i_row]) {
		cannot(h, row->row, side, NULL, "more heaps are called that than can be followed",
		       "give a pattern that fits fewer");
		return true;
	}
	if (row->row->entry->when != WHEN_LAST || row_is(row, FIGURE_LEAK) || s->cut == HEAP_WHOLE)
		return false;
	if (any_pick(s, i_row, is_set) && !any_pick(s, i_row, is_of_dump))
		return false; /* that heap is told of otherwise */
	cannot(h, row->row, side, NULL,
	       arena_printf(&h->check->arena, "the last dump is cut: %s", heap_problem_text(s->cut)),
	       "log it once more, to its end");
	return true;
}

/* ---- figures ---- */

static const struct named_heap *in_baseline(const struct check_heaps *h, const struct named_heap *heap)
{
	const struct heaps_side *s = &h->sides[CHECK_BASE];
	uint32_t number = names_find(&s->names, heap->name, strlen(heap->name));

	return number == NAMES_NONE ? NULL : &s->heaps[number];
}

/* Not the last moment of a heap that was gone by then. */
static const struct pick *pick_of(const struct check_heaps *h, size_t i_row, enum check_side side,
				  const struct named_heap *heap)
{
	const struct pick *pick = heap ? &heap->picks[i_row] : NULL;
	bool is_last = h->rows[i_row].row->entry->when == WHEN_LAST;

	if (!pick || !pick->set || (is_last && pick->n_dump > 0 && pick->n_dump != h->sides[side].n_dumps))
		return NULL;
	return pick;
}

static void offer(struct check_heaps *h, struct check_row *row, struct figure *figure, const struct causes *causes)
{
	figure->parts = causes->of;
	figure->n_parts = causes->n;
	check_offer(h->check, row, figure);
	if (!check_wants_causes(row))
		row->n_causes = 0;
}

static void offer_leak(struct check_heaps *h, size_t i_row, const struct named_heap *heap)
{
	struct check_row *row = h->rows[i_row].row;
	const struct named_heap *was = in_baseline(h, heap);
	const struct leak *leak = heap->leak, *old = was ? was->leak : NULL;
	struct figure figure = {
		.name = slice_of(heap->name),
		.value = leak->per_hour,
		.capacity_bytes = NOT_KNOWN,
	};
	struct causes causes;

	if (old)
		figure.base = old->per_hour;
	causes_of_growth(&leak->best.last, &leak->best.first, &causes);
	if (leak->fault)
		cannot(h, row, CHECK_NOW, heap, leak->fault, leak->advice);
	else if (check_is_growth(row) && !old)
		cannot_find(h, i_row, CHECK_BASE);
	else if (check_is_growth(row) && old->fault)
		cannot(h, row, CHECK_BASE, heap, old->fault, old->advice);
	else
		offer(h, row, &figure, &causes);
}

/* Of these only a table tells. */
static bool is_counted(const struct heap_row *row)
{
	return row_is(row, FIGURE_OBJECTS) || row_is(row, FIGURE_FITS) || row->row->entry->kind;
}

static void cannot_tell(struct check_heaps *h, size_t i_row, enum check_side side, const struct named_heap *heap,
			const struct pick *pick)
{
	const struct heap_row *row = &h->rows[i_row];
	bool counted = is_counted(row);

	if (counted && row->row->entry->when == WHEN_MARK && !pick->tabled) {
		cannot(h, row->row, side, heap, "at a mark only used, free and the largest free block are known",
		       "use min_largest_free, or at: last");
		return;
	}
	cannot(h, row->row, side, heap,
	       counted ? "only a whole block table tells that" : "nothing tells how much that is",
	       counted ? "log micropython.mem_info(1), or take a snapshot" : NULL);
}

static void offer_pick(struct check_heaps *h, size_t i_row, const struct named_heap *heap, const struct pick *now)
{
	struct check_row *row = h->rows[i_row].row;
	const struct pick *was = pick_of(h, i_row, CHECK_BASE, in_baseline(h, heap));
	struct figure figure = {
		.name = slice_of(heap->name),
		.value = now->value,
		.capacity_bytes = now->capacity_bytes,
		.moment = pick_when_text(h, &h->sides[CHECK_NOW], heap, now),
	};
	struct causes causes = { .n = 0 };

	if (was)
		figure.base = was->value;
	if (now->kinds)
		causes_of_kinds(now->kinds, was ? was->kinds : NULL, row->entry->kind, &causes);
	else if (now->kept)
		causes_of_culprits(now->kept, &causes);
	if (!now->value.known)
		cannot_tell(h, i_row, CHECK_NOW, heap, now);
	else if (check_is_growth(row) && !was && any_pick(&h->sides[CHECK_BASE], i_row, is_set))
		cannot(h, row, CHECK_BASE, heap, "it is not there", NULL);
	else if (check_is_growth(row) && !was)
		cannot_find(h, i_row, CHECK_BASE);
	else if (check_is_growth(row) && !was->value.known)
		cannot_tell(h, i_row, CHECK_BASE, heap, was);
	else
		offer(h, row, &figure, &causes);
}

static void offer_heap(struct check_heaps *h, size_t i_row, const struct named_heap *heap)
{
	const struct pick *pick = pick_of(h, i_row, CHECK_NOW, heap);

	if (row_is(&h->rows[i_row], FIGURE_LEAK))
		offer_leak(h, i_row, heap);
	else if (pick)
		offer_pick(h, i_row, heap, pick);
	else if (heap->picks[i_row].set)
		cannot(h, h->rows[i_row].row, CHECK_NOW, heap, "the last dump does not have it", NULL);
}

static void offer_row(struct check_heaps *h, size_t i_row)
{
	const struct heaps_side *now = &h->sides[CHECK_NOW];
	bool compares = check_is_growth(h->rows[i_row].row) && h->sides[CHECK_BASE].n_moments > 0;

	if (is_blocked(h, i_row, CHECK_NOW) || (compares && is_blocked(h, i_row, CHECK_BASE)))
		return;
	for (size_t i = 0; i < now->n_heaps; i++)
		if (now->heaps[i].picks[i_row].fits)
			offer_heap(h, i_row, &now->heaps[i]);
	cannot_find(h, i_row, CHECK_NOW);
}

static void work_out_leaks(struct check_heaps *h, struct heaps_side *s)
{
	for (size_t i = 0; i < s->n_heaps && !h->error; i++)
		if (s->heaps[i].leak)
			h->error = leak_work_out(s->heaps[i].leak, &h->check->arena);
}

int check_heaps_offer(struct check *c)
{
	struct check_heaps *h = check_heaps_of(c);

	if (!h)
		return -ENOMEM;
	for (size_t i = 0; i < N_CHECK_SIDES && !h->error; i++) {
		check_heap_ends(c, (enum check_side)i);
		work_out_leaks(h, &h->sides[i]);
	}
	for (size_t i = 0; i < h->n_rows && !h->error; i++)
		offer_row(h, i);
	return h->error ? h->error : arena_error(&c->arena);
}
