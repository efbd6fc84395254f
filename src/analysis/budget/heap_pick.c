/* Figures of a heap at one moment, and which moment of all a limit goes by. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "budget/heaps.h"
#include "memprof/base/glob.h"
#include "memprof/base/text.h"

/* ---- figures ---- */

static bool is_reported(const struct heap_pool *pool)
{
	return pool->reported.used_bytes != NOT_KNOWN && pool->reported.free_bytes != NOT_KNOWN;
}

static bool is_whole_table(const struct candidate *s) { return s->pool->n_blocks > 0 && !s->cut; }

static void count(struct candidate *s)
{
	if (s->is_counted)
		return;
	s->is_counted = true;
	pool_count(s->pool, &s->counts);
	s->by_counts = pool_state_of_counts(s->pool, &s->counts);
	s->summary = s->by_counts;
	if (s->cut && is_reported(s->pool))
		pool_state_believe(s->pool, &s->summary);
	else if (s->cut)
		s->summary =
			(struct pool_state){ s->pool->reported.total_bytes, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, 0, -1 };
}

void candidate_kinds(struct candidate *s, struct kinds *ret)
{
	count(s);
	*ret = (struct kinds){ .block_bytes = is_whole_table(s) ? s->pool->block_bytes : 0 };
	memcpy(ret->n_blocks, s->counts.kind_blocks, sizeof(ret->n_blocks));
}

/* Missing rows may have room; that they have none the board knows. Rows of one entry ask for the same size. */
static uint64_t times_that_fit(struct candidate *s, uint64_t size_bytes)
{
	size_bytes = MAX(size_bytes, UINT64_C(1));
	if (s->fit.size_bytes != size_bytes) {
		s->fit = (struct fit){ .size_bytes = size_bytes };
		report_fits(s->pool, &s->by_counts, &s->fit, 1);
	}
	return s->cut && (s->fit.n_times > 0 || !is_reported(s->pool)) ? NOT_KNOWN : s->fit.n_times;
}

static struct figure_value value_of(struct candidate *s, const struct check_row *row)
{
	size_t kind = (unsigned char)row->entry->kind % ARRAY_SIZE(s->counts.kind_blocks);
	bool of_table = kind || row->limit->spec->figure == FIGURE_OBJECTS;

	count(s);
	if (of_table && !is_whole_table(s))
		return figure_bytes(NOT_KNOWN);
	switch (row->limit->spec->figure) {
	case FIGURE_USED:
		return figure_bytes(kind ? (uint64_t)s->counts.kind_blocks[kind] * s->pool->block_bytes :
					   s->summary.used_bytes);
	case FIGURE_OBJECTS:
		return figure_bytes(kind ? s->counts.kind_objects[kind] : s->counts.n_objects);
	case FIGURE_FREE:
		return figure_bytes(s->summary.free_bytes);
	case FIGURE_LARGEST_FREE:
		return figure_bytes(s->summary.lfb_bytes);
	case FIGURE_FRAGMENTATION:
		return figure_ratio(s->summary.fragmentation);
	default:
		return figure_bytes(times_that_fit(s, row->limit->fits_bytes));
	}
}

static bool has_capacity(enum figure_kind figure)
{
	return figure == FIGURE_USED || figure == FIGURE_FREE || figure == FIGURE_LARGEST_FREE;
}

/* ---- which moment ---- */

static bool is_percent(const struct check_row *row)
{
	bool of_bytes = row->limit->spec->unit == UNIT_BYTES;

	return of_bytes && !check_is_growth(row) && row->limit->amount.is == AMOUNT_PERCENT;
}

/* The higher, the rather a row goes by that moment. A heap may grow: of a percent it is the part that counts, as in
 * check_offer. */
static double rank(const struct check_row *row, const struct pick *p)
{
	const struct limit_spec *spec = row->limit->spec;
	double amount = spec->unit == UNIT_RATIO ? p->value.ratio : (double)p->value.amount;
	double badness = is_percent(row) ? check_closeness(amount, (double)p->capacity_bytes, spec->least) :
			 limit_spec_highest_is_worst(spec) ? amount :
							     -amount;

	return row->entry->when == WHEN_MIN ? -amount :
	       row->entry->when == WHEN_MAX ? amount :
	       row->entry->when == WHEN_ANY ? -badness :
					      badness; /* also of the last: two pools of a dump may have one name */
}

static bool replaces(const struct check_row *row, const struct pick *old, const struct pick *p)
{
	bool same_dump = p->n_dump && old->n_dump == p->n_dump;

	if (!old->set || (row->entry->when == WHEN_LAST && !same_dump))
		return true;
	if (!old->known || !p->known)
		return p->known;
	return rank(row, p) > rank(row, old);
}

/* Whether the row's moment may be this one by its label. */
static bool is_labelled(const struct check_row *row, const struct candidate *s)
{
	return row->entry->when != WHEN_MARK || (s->label[0] && glob_match(row->entry->label, s->label));
}

/* ---- what it is made of ---- */

static uint64_t bytes_of(const struct kinds *kinds, size_t letter)
{
	return (uint64_t)kinds->n_blocks[letter] * kinds->block_bytes;
}

static void name_kind(size_t letter, char ret[96])
{
	const char *name = block_kind_name((uint8_t)letter);
	bool is_letter = letter > ' ' && letter < 0x7f;

	if (strcmp(name, block_kind_name(0)) == 0) /* no name at all */
		snprintf(ret, 96, is_letter ? "kind %c" : "kind 0x%02x", (unsigned)letter);
	else
		snprintf(ret, 96, letter == BLOCK_HEAD ? "%s objects" : "%s", name);
}

static void keep_parts_of(const struct check_ranking *ranking, struct heap_parts *ret)
{
	ret->n = ranking->n;
	for (size_t i = 0; i < ranking->n; i++) {
		const struct check_candidate *kind = &ranking->best[i];
		name_kind(kind->i, ret->names[i]);
		ret->parts[i] = (struct figure_part){ .delta_bytes = kind->delta_bytes,
						      .size_bytes = kind->size_bytes };
	}
}

/* kind: this one alone; 0: all. */
static struct check_top rank_kinds(const struct kinds *now, const struct kinds *was, char kind)
{
	bool both = now->block_bytes && was && was->block_bytes;
	struct check_top top = { .grown.n = 0 };

	for (size_t i = 0; i < ARRAY_SIZE(now->n_blocks); i++) {
		int64_t delta = both ? (int64_t)(bytes_of(now, i) - bytes_of(was, i)) : FIGURE_NO_DELTA;
		if (!kind || (char)i == kind)
			check_top_add(&top, (struct check_candidate){
						    .i = i, .delta_bytes = delta, .size_bytes = bytes_of(now, i) });
	}
	return top;
}

void heap_parts_that_grew(const struct kinds *now, const struct kinds *was, struct heap_parts *ret)
{
	const struct check_top top = rank_kinds(now, was, 0);

	keep_parts_of(&top.grown, ret);
}

void heap_parts_of_kinds(const struct kinds *now, const struct kinds *was, char kind, struct heap_parts *ret)
{
	const struct check_top top = rank_kinds(now, was, kind);

	keep_parts_of(check_top_parts(&top), ret);
}

/* "str 32 B at 0x2001f3a0", "other object and 3 more, 160 B at 0x2001f3a0"; the first object may be only the rest of
 * one. */
static void name_culprit(const struct culprit *k, char ret[96])
{
	const char *kind = block_kind_name(k->kind);
	const char *what = k->kind == BLOCK_HEAD ? " object" : "";
	int n_kind = (int)strcspn(kind, ",");
	char more[32] = "";

	if (k->n_objects > 1)
		snprintf(more, sizeof(more), " and %" PRIu32 " more,", k->n_objects - 1);
	snprintf(ret, 96, "%.*s%s%s %" PRIu64 " B at 0x%" PRIx64 " (largest free +%" PRIu64 " B)", n_kind, kind, what,
		 more, k->size_bytes, k->start, k->gain_bytes);
}

/* What is in the way of a larger free block. */
static void find_culprits(struct candidate *s)
{
	struct culprit culprits[CHECK_CAUSES_MAX];
	struct heap_parts *ret = &s->culprits;

	if (s->has_culprits || s->summary.lfb_bytes == NOT_KNOWN)
		return;
	s->has_culprits = true;
	ret->n = report_culprits(s->pool, s->summary.lfb_bytes, CHECK_CAUSES_MAX, culprits);
	for (size_t i = 0; i < ret->n; i++) {
		name_culprit(&culprits[i], ret->names[i]);
		ret->parts[i] = (struct figure_part){ .delta_bytes = FIGURE_NO_DELTA,
						      .size_bytes = culprits[i].size_bytes,
						      .named_size = true };
	}
}

/* ---- picks ---- */

void pick_clear(struct pick *pick)
{
	free(pick->kinds);
	free(pick->culprits);
	*pick = (struct pick){ .i_row = pick->i_row, .worst = pick->worst };
}

/* Whether the value may break its limit, or come near it; of growth that shows when the baseline is known. */
static bool may_break(const struct check_row *row, const struct pick *pick)
{
	const struct figure figure = { .value = pick->value, .capacity_bytes = pick->capacity_bytes };

	return pick->known && (check_is_growth(row) || check_would_want_causes(row, &figure));
}

/* A pool cannot be kept: what is wanted of it at the end is found now, if the limit may be broken. */
static int keep_parts(struct pick *pick, struct candidate *s, const struct check_row *row)
{
	enum figure_kind figure = row->limit->spec->figure;
	bool of_kinds = figure == FIGURE_USED || figure == FIGURE_OBJECTS;

	if (of_kinds) {
		pick->kinds = pick->kinds ? pick->kinds : malloc(sizeof(*pick->kinds));
		if (pick->kinds)
			candidate_kinds(s, pick->kinds);
		return pick->kinds ? 0 : -ENOMEM;
	}
	if (s->is_base || s->pool->n_blocks == 0 || !may_break(row, pick)) {
		free(pick->culprits);
		pick->culprits = NULL;
		return 0;
	}
	pick->culprits = pick->culprits ? pick->culprits : malloc(sizeof(*pick->culprits));
	find_culprits(s);
	if (pick->culprits)
		*pick->culprits = s->culprits;
	return pick->culprits ? 0 : -ENOMEM;
}

void pick_consider(struct check_heaps *h, struct pick *pick, struct candidate *s)
{
	const struct check_row *row = heaps_row(h, pick->i_row);
	enum figure_kind figure = row->limit->spec->figure;
	struct pick p = *pick;

	if (leak_tells(figure) || !is_labelled(row, s))
		return;
	p.set = true;
	p.n_dump = s->n_dump;
	p.has_table = s->pool->n_blocks > 0;
	p.damaged = s->pool->damaged;
	p.value = p.damaged ? figure_bytes(NOT_KNOWN) : value_of(s, row);
	p.capacity_bytes = has_capacity(figure) ? s->summary.total_bytes : NOT_KNOWN;
	p.known = p.value.known && !(is_percent(row) && p.capacity_bytes == NOT_KNOWN);
	if (!replaces(row, pick, &p)) {
		pick->damaged |= p.damaged;
		return;
	}
	p.damaged |= pick->damaged && row->entry->when != WHEN_LAST;
	p.time = (struct pick_time){ .number = s->number, .line = s->line, .file = s->file };
	text_copy(p.time.label, sizeof(p.time.label), s->label, strlen(s->label));
	text_copy(p.time.time, sizeof(p.time.time), s->time, strlen(s->time));
	*pick = p;
	if (keep_parts(pick, s, row) < 0)
		h->error = -ENOMEM;
}

void pick_merge(struct check_heaps *h, struct pick *pick, struct pick *from)
{
	bool damaged = (pick->damaged && heaps_row(h, pick->i_row)->entry->when != WHEN_LAST) || from->damaged;

	if (from->set && replaces(heaps_row(h, pick->i_row), pick, from)) {
		pick_clear(pick);
		from->worst = pick->worst;
		*pick = *from;
		*from = (struct pick){ .i_row = from->i_row };
	}
	pick->damaged |= damaged;
	pick_clear(from);
}

void pick_end_input(struct check_heaps *h, struct pick *pick)
{
	const struct check_row *row = heaps_row(h, pick->i_row);
	const struct pick *worst = pick->worst;

	/* one that does not tell is no reason to pass */
	if (!worst || (worst->known && (!pick->known || rank(row, pick) >= rank(row, worst)))) {
		pick->worst = worst ? pick->worst : calloc(1, sizeof(*pick));
		if (!pick->worst) {
			h->error = -ENOMEM;
			return;
		}
		struct pick ended = *pick;
		ended.worst = NULL;
		ended.ended = true;
		pick_clear(pick->worst);
		*pick->worst = ended;
		pick->kinds = NULL;
		pick->culprits = NULL;
	}
	pick_clear(pick);
}
