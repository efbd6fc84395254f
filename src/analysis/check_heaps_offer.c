/* At the end: from the moments that were picked, and the leaks, to the rows. */
#include <errno.h>
#include <string.h>

#include "check_heaps.h"
#include "memprof/text.h"

/* ---- why there is nothing ---- */

static void add_seen(struct strbuf *s, const char *before, const struct seen *seen)
{
	if (seen->n > 0)
		strbuf_printf(s, "%s %s", before, seen->n == 1 ? "is" : "are");
	for (size_t i = 0; i < seen->n; i++) {
		strbuf_puts(s, i ? ", '" : " '");
		text_visible(s, seen->texts[i], strlen(seen->texts[i]), false);
		strbuf_putc(s, '\'');
	}
	if (seen->more)
		strbuf_puts(s, " and others");
}

static bool is_set(const struct pick *pick)
{
	return pick->set;
}

static bool is_fit(const struct pick *pick)
{
	return pick->fits;
}

static bool is_of_dump(const struct pick *pick)
{
	return pick->set && pick->n_dump > 0;
}

static bool any_pick(const struct heaps_side *s, size_t i_row, bool (*is)(const struct pick *pick))
{
	for (size_t i = 0; i < s->n_heaps; i++)
		if (s->heaps[i].picks[i_row].fits && is(&s->heaps[i].picks[i_row]))
			return true;
	return false;
}

/* What is amiss with the input as a whole, so that no heap in it can tell. NULL: nothing. */
static const char *blocked(struct check_heaps *h, size_t i_row, enum check_side side)
{
	const struct heaps_side *s = &h->sides[side];
	const struct heap_row *row = &h->rows[i_row];

	if (s->too_many[i_row])
		return "more heaps are called that than can be followed; a pattern that fits fewer is needed";
	if (row->row->entry->when != WHEN_LAST || row_is(row, FIGURE_LEAK) || s->cut == HEAP_WHOLE)
		return NULL;
	if (any_pick(s, i_row, is_set) && !any_pick(s, i_row, is_of_dump))
		return NULL;            /* that heap is told of otherwise */
	return arena_printf(&h->check->arena, "the last dump is cut: %s", heap_problem_text(s->cut));
}

static void say_missing(struct check_heaps *h, size_t i_row, enum check_side side, struct strbuf *s)
{
	const struct heaps_side *of = &h->sides[side];

	if (of->n_moments == 0) {
		strbuf_puts(s, "there is no dump");
	} else if (!any_pick(of, i_row, is_fit)) {
		strbuf_puts(s, "no heap is called that");
		add_seen(s, "; there", &of->pools);
	} else if (h->rows[i_row].row->entry->when == WHEN_MARK) {
		strbuf_puts(s, of->labels.n ? "no mark is like that" : "there is no mark");
		add_seen(s, "; there", &of->labels);
	} else {
		strbuf_puts(s, "no dump has that heap");
	}
}

/* Nothing was offered to the row, and nothing said. */
static void cannot_find(struct check_heaps *h, size_t i_row, enum check_side side)
{
	struct strbuf s CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct check_row *row = h->rows[i_row].row;

	if (row->value.known || row->fault)
		return;
	say_missing(h, i_row, side, &s);
	check_cannot(h->check, row, "%s%s", side == CHECK_BASE ? "in the baseline " : "", strbuf_text(&s));
	if (strbuf_error(&s) < 0)
		h->error = -ENOMEM;
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

static void offer(struct check_heaps *h, struct check_row *row, struct check_figure *figure, const struct causes *causes)
{
	figure->causes = causes->of;
	figure->n_causes = causes->n;
	check_offer(h->check, row, figure);
}

static void offer_leak(struct check_heaps *h, size_t i_row, const struct named_heap *heap)
{
	struct check_row *row = h->rows[i_row].row;
	const struct named_heap *was = in_baseline(h, heap);
	const struct leak *leak = heap->leak, *old = was ? was->leak : NULL;
	struct check_figure figure = { .name = heap->name, .now = leak->per_hour, .capacity_bytes = NOT_KNOWN };
	struct causes causes;

	if (old)
		figure.base = old->per_hour;
	causes_of_growth(&leak->best.last, &leak->best.first, &causes);
	if (leak->fault)
		check_cannot(h->check, row, "%s: %s", heap->name, leak->fault);
	else if (row_grows(&h->rows[i_row]) && !old)
		cannot_find(h, i_row, CHECK_BASE);
	else if (row_grows(&h->rows[i_row]) && old->fault)
		check_cannot(h->check, row, "%s in the baseline: %s", heap->name, old->fault);
	else
		offer(h, row, &figure, &causes);
}

/* Of these only a table tells. */
static bool is_counted(const struct heap_row *row)
{
	return row_is(row, FIGURE_OBJECTS) || row_is(row, FIGURE_FITS) || row->row->entry->kind;
}

static void offer_pick(struct check_heaps *h, size_t i_row, const struct named_heap *heap, const struct pick *now)
{
	struct check_row *row = h->rows[i_row].row;
	const struct pick *was = pick_of(h, i_row, CHECK_BASE, in_baseline(h, heap));
	struct check_figure figure = { .name = heap->name, .now = now->value, .capacity_bytes = now->capacity_bytes };
	struct causes causes = { .n = 0 };

	if (was)
		figure.base = was->value;
	if (now->kinds)
		causes_of_kinds(now->kinds, was ? was->kinds : NULL, row->entry->kind, &causes);
	else if (now->kept)
		causes_of_culprits(now->kept, &causes);
	if (!now->value.known && is_counted(&h->rows[i_row]))
		check_cannot(h->check, row, "%s: only a whole block table tells that; log micropython.mem_info(1)", heap->name);
	else if (row_grows(&h->rows[i_row]) && !was && any_pick(&h->sides[CHECK_BASE], i_row, is_set))
		check_cannot(h->check, row, "%s: the baseline does not have it", heap->name);
	else if (row_grows(&h->rows[i_row]) && !was)
		cannot_find(h, i_row, CHECK_BASE);
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
		check_cannot(h->check, h->rows[i_row].row, "%s: the last dump does not have it", heap->name);
}

static void offer_row(struct check_heaps *h, size_t i_row)
{
	const struct heaps_side *now = &h->sides[CHECK_NOW];
	const struct heap_row *row = &h->rows[i_row];
	bool compares = row_grows(row) && h->sides[CHECK_BASE].n_moments > 0;
	const char *fault = blocked(h, i_row, CHECK_NOW);

	if (fault) {
		check_cannot(h->check, row->row, "%s", fault);
		return;
	}
	fault = compares ? blocked(h, i_row, CHECK_BASE) : NULL;
	if (fault) {
		check_cannot(h->check, row->row, "in the baseline %s", fault);
		return;
	}
	for (size_t i = 0; i < now->n_heaps; i++)
		if (now->heaps[i].picks[i_row].fits)
			offer_heap(h, i_row, &now->heaps[i]);
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
	for (size_t i = 0; i < N_CHECK_SIDES; i++) {
		check_heap_ends(c, (enum check_side)i);
		work_out_leaks(h, &h->sides[i]);
	}
	for (size_t i = 0; i < h->n_rows && !h->error; i++) {
		offer_row(h, i);
		cannot_find(h, i, CHECK_NOW);
	}
	return h->error ? h->error : arena_error(&c->arena);
}
