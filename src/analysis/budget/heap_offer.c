/* At the end: from the moments that were picked, and the leaks, to the rows. */
#include <errno.h>
#include <inttypes.h>

#include "budget/heaps.h"
#include "memprof/base/text.h"

/* ---- when that was ---- */

static void add_place(struct strbuf *s, const struct pick_time *time)
{
	const char *text = time->label[0] ? time->label : time->time;
	const char *quote = time->label[0] ? "'" : "";

	if (!time->label[0] && time->file && time->line)
		strbuf_printf(s, ", line %" PRIu64, time->line);
	if (text[0]) {
		strbuf_printf(s, ", %s", quote);
		text_clean(s, text);
		strbuf_puts(s, quote);
	}
}

/* In the words that it is found by in a log: "dump 3, line 1204, 07:21:10". In the check's arena; NULL where there is
 * only one. */
static const char *moment_text(struct check_heaps *h, const struct heaps_side *s, const struct named_heap *heap,
			       const struct pick *pick)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct pick_time *time = &pick->time;
	const char *slash = time->file ? strrchr(time->file, '/') : NULL;

	if ((pick->n_dump ? s->n_dumps : heap->n_figures) < 2)
		return NULL;
	strbuf_printf(&text, "%s %" PRIu64, pick->n_dump ? "dump" : "sample", time->number);
	if (time->file && s->several_files)
		strbuf_printf(&text, " of %s", slash ? slash + 1 : time->file);
	add_place(&text, time);
	if (strbuf_error(&text) < 0)
		h->error = -ENOMEM;
	return arena_text(&h->check->arena, strbuf_text(&text), text.n_bytes);
}

/* ---- picks ---- */

/* NULL: the row is not about the heap. */
static const struct pick *find_pick(const struct named_heap *heap, size_t i_row)
{
	for (size_t i = 0; heap && i < heap->n_picks; i++)
		if (heap->picks[i].i_row == i_row)
			return heap->picks[i].worst ? heap->picks[i].worst : &heap->picks[i];
	return NULL;
}

/* Not the last moment of a heap that was gone by then. */
static const struct pick *set_pick(const struct check_heaps *h, size_t i_row, enum check_side side,
				   const struct named_heap *heap)
{
	const struct pick *pick = find_pick(heap, i_row);
	bool is_last = heaps_row(h, i_row)->entry->when == WHEN_LAST;

	if (!pick || !pick->set ||
	    (is_last && !pick->ended && pick->n_dump > 0 && pick->n_dump != h->sides[side].n_dumps))
		return NULL;
	return pick;
}

/* What all heaps of an input have for a row. */
struct row_picks {
	bool fits, set, of_dump; /* the row is about one; which has a moment for it; of a dump */
};

static struct row_picks find_row(const struct heaps_side *s, size_t i_row)
{
	struct row_picks ret = { .fits = false };

	for (size_t i = 0; i < s->n_heaps; i++) {
		const struct pick *pick = find_pick(&s->heaps[i], i_row);
		ret.fits |= pick != NULL;
		ret.set |= pick && pick->set;
		ret.of_dump |= pick && pick->set && pick->n_dump > 0;
	}
	return ret;
}

static const struct named_heap *in_baseline(const struct check_heaps *h, const struct named_heap *heap)
{
	const struct heaps_side *s = &h->sides[CHECK_BASE];
	uint32_t number = names_find(&s->names, heap->name, strlen(heap->name));

	return number == NAMES_NONE ? NULL : &s->heaps[number];
}

/* ---- why there is nothing ---- */

/* Of a heap, or of the input as a whole where heap is NULL. */
static void cannot(struct check_heaps *h, struct check_row *row, enum check_side side, const struct named_heap *heap,
		   const char *why, const char *advice)
{
	const char *where = side == CHECK_BASE ? "in the baseline" : "";
	const char *name = heap && strcmp(heap->name, row->entry->pattern) != 0 ? heap->name : "";

	check_cannot(h->check, row, advice, "%s%s%s%s%s", name, *name && *where ? " " : "", where,
		     *name || *where ? ": " : "", why);
}

static void cannot_find(struct check_heaps *h, struct check_row *row, const char *where, const char *noun,
			const char *pattern, const struct names *names)
{
	struct suggestions others = { .pattern = pattern,
				      .arena = &h->check->arena,
				      .quoted = pattern == row->entry->label };

	for (uint32_t i = 0; i < names->n_entries; i++)
		suggestions_add(&others, slice_of(names_text(names, i)));
	check_cannot_find(h->check, row, where, noun, &others);
}

static void report_missing(struct check_heaps *h, size_t i_row, enum check_side side)
{
	const struct heaps_side *s = &h->sides[side];
	struct check_row *row = heaps_row(h, i_row);
	const char *where = side == CHECK_BASE ? "in the baseline: " : "";
	bool fits = find_row(s, i_row).fits, left_out = false;

	for (uint32_t i = 0; i < s->pools.n_entries && !fits; i++) {
		size_t n = matcher_find(&h->filter.matcher, slice_of(names_text(&s->pools, i)), false, NULL);
		for (size_t k = 0; k < n; k++)
			left_out |= h->filter.matcher.hits[k].i_entry == i_row;
	}
	if (row->value.known || row->fault)
		return;
	if (s->n_moments == 0)
		cannot(h, row, side, NULL, "there is no dump", NULL);
	else if (left_out)
		check_cannot_except(h->check, row);
	else if (!fits)
		cannot_find(h, row, where, "heap", row->entry->pattern, &s->pools);
	else if (row->entry->when == WHEN_MARK)
		cannot_find(h, row, where, "mark", row->entry->label, &s->labels);
	else
		cannot(h, row, side, NULL, "no dump has that heap", NULL);
}

/* Whether something is wrong with the input as a whole, so that no heap in it counts: reported. */
static bool is_blocked(struct check_heaps *h, size_t i_row, enum check_side side)
{
	const struct heaps_side *s = &h->sides[side];
	struct check_row *row = heaps_row(h, i_row);
	struct row_picks picks = find_row(s, i_row);

	if (s->too_many[i_row]) {
		cannot(h, row, side, NULL, "more heaps match than can be followed",
		       "give a pattern that matches fewer");
		return true;
	}
	if (row->entry->when != WHEN_LAST || leak_tells(row->limit->spec->figure) || s->cut == HEAP_WHOLE)
		return false;
	if (picks.set && !picks.of_dump) /* that heap's figures are no dumps */
		return false;
	cannot(h, row, side, NULL,
	       arena_printf(&h->check->arena, "the last dump is cut: %s", heap_problem_text(s->cut)),
	       "log it once more, to its end");
	return true;
}

static void report_unknown(struct check_heaps *h, size_t i_row, enum check_side side, const struct named_heap *heap,
			   const struct pick *pick)
{
	struct check_row *row = heaps_row(h, i_row);
	enum figure_kind figure = row->limit->spec->figure;
	bool of_table = figure == FIGURE_OBJECTS || figure == FIGURE_FITS || row->entry->kind;

	if (of_table && row->entry->when == WHEN_MARK && !pick->has_table)
		cannot(h, row, side, heap, "at a mark only used, free and the largest free block are known",
		       "use min_largest_free, or at: last");
	else if (of_table)
		cannot(h, row, side, heap, "only a whole block table has that figure",
		       "log micropython.mem_info(1), or take a snapshot");
	else
		cannot(h, row, side, heap, "no moment has that figure", NULL);
}

/* ---- figures ---- */

static void offer(struct check_heaps *h, struct check_row *row, struct figure *figure, struct heap_parts *parts)
{
	for (size_t i = 0; i < parts->n; i++)
		parts->parts[i].name = parts->names[i];
	figure->parts = parts->parts;
	figure->n_parts = parts->n;
	check_offer(h->check, row, figure);
	if (!check_wants_causes(row))
		row->n_causes = 0;
}

/* What is not known for certain is known to be within the limit. */
static bool is_surely_within(const struct check_row *row, const struct leak *leak)
{
	return leak->at_most.known && !check_is_growth(row) &&
	       (uint64_t)leak->at_most.amount <= row->limit->amount.whole;
}

static void offer_severity(struct check_heaps *h, struct check_row *row, const struct named_heap *heap)
{
	const struct figure figure = { .name = slice_of(heap->name),
				       .value = heap->leak->severity,
				       .capacity_bytes = NOT_KNOWN };

	check_offer(h->check, row, &figure);
}

static void offer_leak(struct check_heaps *h, size_t i_row, const struct named_heap *heap)
{
	struct check_row *row = heaps_row(h, i_row);
	const struct named_heap *was = in_baseline(h, heap);
	const struct leak *leak = heap->leak, *old = was ? was->leak : NULL;
	bool within = leak->unknown && is_surely_within(row, leak);
	struct figure figure = { .name = slice_of(heap->name),
				 .value = within ? leak->at_most : leak->per_hour,
				 .capacity_bytes = NOT_KNOWN };
	struct heap_parts parts;

	if (old)
		figure.base = old->per_hour;
	heap_parts_that_grew(&leak->best.last, &leak->best.first, &parts);
	if (leak->unknown && !within)
		cannot(h, row, CHECK_NOW, heap, leak->unknown, leak->advice);
	else if (check_is_growth(row) && !old)
		report_missing(h, i_row, CHECK_BASE);
	else if (check_is_growth(row) && old->unknown)
		cannot(h, row, CHECK_BASE, heap, old->unknown, old->advice);
	else
		offer(h, row, &figure, &parts);
}

static void offer_pick(struct check_heaps *h, size_t i_row, const struct named_heap *heap, const struct pick *now)
{
	struct check_row *row = heaps_row(h, i_row);
	const struct pick *was = set_pick(h, i_row, CHECK_BASE, in_baseline(h, heap));
	struct figure figure = { .name = slice_of(heap->name),
				 .value = now->value,
				 .capacity_bytes = now->capacity_bytes,
				 .moment = moment_text(h, &h->sides[CHECK_NOW], heap, now) };
	struct heap_parts parts = { .n = 0 };

	if (was)
		figure.base = was->value;
	if (now->kinds)
		heap_parts_of_kinds(now->kinds, was ? was->kinds : NULL, row->entry->kind, &parts);
	else if (now->culprits)
		parts = *now->culprits;
	if (now->damaged)
		cannot(h, row, CHECK_NOW, heap, "its allocator's own data is damaged: something wrote past a block",
		       "find what wrote there; until then its figures mean nothing");
	else if (!now->value.known)
		report_unknown(h, i_row, CHECK_NOW, heap, now);
	else if (check_is_growth(row) && !was && find_row(&h->sides[CHECK_BASE], i_row).set)
		cannot(h, row, CHECK_BASE, heap, "it is not there", NULL);
	else if (check_is_growth(row) && !was)
		report_missing(h, i_row, CHECK_BASE);
	else if (check_is_growth(row) && !was->value.known)
		report_unknown(h, i_row, CHECK_BASE, heap, was);
	else
		offer(h, row, &figure, &parts);
}

static void offer_row(struct check_heaps *h, size_t i_row)
{
	const struct heaps_side *now = &h->sides[CHECK_NOW];
	struct check_row *row = heaps_row(h, i_row);
	bool compares = check_is_growth(row) && h->sides[CHECK_BASE].n_moments > 0;

	if (is_blocked(h, i_row, CHECK_NOW) || (compares && is_blocked(h, i_row, CHECK_BASE)))
		return;
	for (size_t i = 0; i < now->n_heaps; i++) {
		const struct named_heap *heap = &now->heaps[i];
		const struct pick *any = find_pick(heap, i_row), *pick = set_pick(h, i_row, CHECK_NOW, heap);
		if (any && leak_tells(row->limit->spec->figure) && h->check->each_input)
			cannot(h, row, CHECK_NOW, heap, "each log of a folder leaks by itself",
			       "use memprof leaks --exit-code FOLDER, or give one log");
		else if (any && row->limit->spec->figure == FIGURE_LEAK)
			offer_leak(h, i_row, heap);
		else if (any && row->limit->spec->figure == FIGURE_SEVERITY)
			offer_severity(h, row, heap);
		else if (pick)
			offer_pick(h, i_row, heap, pick);
		else if (any && any->set)
			cannot(h, row, CHECK_NOW, heap, "the last dump does not have it", NULL);
	}
	report_missing(h, i_row, CHECK_NOW);
}

int check_heaps_offer(struct check *c)
{
	struct check_heaps *h = check_heaps_of(c);

	if (!h)
		return -ENOMEM;
	for (size_t side = 0; side < N_CHECK_SIDES && !h->error; side++) {
		struct heaps_side *s = &h->sides[side];
		check_end_input(c, (enum check_side)side);
		for (size_t i = 0; i < s->n_heaps && !h->error; i++)
			if (s->heaps[i].leak)
				h->error = leak_work_out(s->heaps[i].leak, &c->arena);
	}
	for (size_t i = 0; i < h->filter.n_limits && !h->error; i++)
		offer_row(h, i);
	return h->error ? h->error : arena_error(&c->arena);
}
