#include "budget/filter.h"

#include <errno.h>
#include <inttypes.h>

/* Comparing names costs much more than finding one; of more that are missing the first get suggestions. */
enum { SUGGESTED_MAX = 64 };

static bool adds_up(enum figure_subject subject) { return subject >= SUBJECT_SECTION && subject <= SUBJECT_FROZEN; }

bool filter_same_regions(const struct budget_entry *entry, const char *in)
{
	return entry->in == in || (entry->in && in && strcmp(entry->in, in) == 0);
}

int filter_init(struct filter *f, struct check *c, enum figure_subject subject, const char *in)
{
	*f = (struct filter){ .c = c, .subject = subject, .takes = FILTER_VALUES };
	matcher_init(&f->matcher, subject);
	for (size_t i = 0; i < c->n_rows; i++) {
		struct check_row *row = &c->rows[i];
		if (!row->limit || row->entry->subject != subject || !filter_same_regions(row->entry, in))
			continue;
		struct accumulator *a = matcher_add(&f->matcher, row->entry) < 0 ? NULL : vec_add(f, limits);
		if (!a)
			return -ENOMEM;
		a->row = row;
		a->names.arena = &f->arena;
		a->others = (struct suggestions){ .pattern = row->entry->pattern, .arena = &f->arena };
	}
	return 0;
}

void filter_deinit(struct filter *f)
{
	for (size_t i = 0; i < f->n_limits; i++) {
		vec_deinit(&f->limits[i], sums);
		names_deinit(&f->limits[i].names);
	}
	vec_deinit(f, limits);
	matcher_deinit(&f->matcher);
	arena_deinit(&f->arena);
}

/* ---- figures ---- */

/* Sizes of a bad input may add up to anything. */
static void add(uint64_t *sum, struct figure_value value)
{
	if (value.known && (__builtin_add_overflow(*sum, (uint64_t)value.amount, sum) || *sum > INT64_MAX))
		*sum = INT64_MAX;
}

static struct sum *sum_of(struct filter *f, struct accumulator *a, struct image_slice name)
{
	size_t i = a->row->entry->each ? names_add(&a->names, name.text, name.n_bytes) : 0;
	struct sum *sum = i == NAMES_NONE ? NULL : i < a->n_sums ? &a->sums[i] : vec_add(a, sums);

	if (sum && !sum->name)
		sum->name = arena_text(&f->arena, name.text, name.n_bytes);
	else if (sum && !slice_is(name, sum->name))
		sum->name = a->row->entry->pattern;
	return sum;
}

static int add_to_sum(struct filter *f, struct accumulator *a, const struct figure *figure, bool is_gone)
{
	struct sum *sum = sum_of(f, a, is_gone ? figure->old_name : figure->name);

	if (!sum)
		return -ENOMEM;
	add(&sum->base_bytes, figure->base);
	if (!is_gone) {
		add(&sum->now_bytes, figure->value);
		sum->n_now++;
	}
	return arena_error(&f->arena);
}

static int take_now(struct filter *f, struct accumulator *a, const struct figure *figure)
{
	bool wanted = f->takes & (check_is_growth(a->row) ? FILTER_GROWTH : FILTER_VALUES);

	a->i_last = f->n_figures;
	a->found = true;
	if (f->takes & FILTER_VALUES)
		add(&a->found_bytes, figure->value);
	if (wanted && adds_up(f->subject))
		return add_to_sum(f, a, figure, false);
	if (wanted && a->row->limit->spec->figure == figure->kind)
		check_offer(f->c, a->row, figure);
	return 0;
}

static int take_gone(struct filter *f, struct accumulator *a, const struct figure *figure)
{
	bool counts = check_is_growth(a->row) && !a->row->entry->each && a->i_last != f->n_figures;

	return counts ? add_to_sum(f, a, figure, true) : 0;
}

/* What fits by its name of now counts with what it was before, whatever its name was. What fits by its old name alone
 * has left the limit, but was there. */
int filter_take(void *ctx, const struct figure *figure)
{
	struct filter *f = ctx;
	const struct match_hit *hits = NULL;
	int r = 0;

	f->n_figures++;
	size_t n = figure->name.text ? matcher_find(&f->matcher, figure->name, figure->c_name, figure->group) : 0;
	hits = f->matcher.hits;
	for (size_t i = 0; i < n && r == 0; i++)
		r = hits[i].left_out ? 0 : take_now(f, &f->limits[hits[i].i_entry], figure);
	n = figure->old_name.text ? matcher_find(&f->matcher, figure->old_name, figure->old_c_name, NULL) : 0;
	for (size_t i = 0; i < n && r == 0; i++)
		r = hits[i].left_out ? 0 : take_gone(f, &f->limits[hits[i].i_entry], figure);
	return r;
}

void filter_offer_sums(struct filter *f)
{
	for (size_t i = 0; i < f->n_limits; i++) {
		struct accumulator *a = &f->limits[i];
		bool is_empty = f->takes & FILTER_GROWTH && check_is_growth(a->row) && a->found && !a->found_bytes &&
				adds_up(f->subject);
		for (size_t k = 0; k < a->n_sums || is_empty; k++) {
			/* Diff leaves out what has no byte now; of that 0 is offered once. */
			struct sum sum = k < a->n_sums ? a->sums[k] : (struct sum){ .name = a->row->entry->pattern };
			struct figure figure = { .name = slice_of(sum.name),
						 .value = figure_bytes(sum.now_bytes),
						 .capacity_bytes = NOT_KNOWN };
			if (check_is_growth(a->row))
				figure.base = figure_bytes(sum.base_bytes);
			if (sum.n_now || is_empty)
				check_offer(f->c, a->row, &figure);
			is_empty = false;
		}
	}
}

/* ---- what is not there ---- */

/* Of a thing with several figures its name comes with each: once is enough. */
static bool is_first(const struct figure *figure)
{
	return figure->kind == FIGURE_USED || figure->kind == FIGURE_SIZE || figure->kind == FIGURE_KEPT ||
	       figure->kind == FIGURE_RETAINED;
}

static bool is_missing(const struct accumulator *a) { return !a->found && check_is_open(a->row); }

bool filter_misses(const struct filter *f)
{
	for (size_t i = 0; i < f->n_limits; i++)
		if (is_missing(&f->limits[i]))
			return true;
	return false;
}

int filter_suggest(void *ctx, const struct figure *figure)
{
	struct filter *f = ctx;
	size_t n = matcher_find(&f->matcher, figure->name, figure->c_name, figure->group), n_suggested = 0;

	for (size_t i = 0; i < n; i++)
		f->limits[f->matcher.hits[i].i_entry].left_out = true; /* nothing else fits */
	for (size_t i = 0; i < f->n_limits && n_suggested < SUGGESTED_MAX && is_first(figure); i++) {
		if (!is_missing(&f->limits[i]))
			continue;
		suggestions_add(&f->limits[i].others, figure->name);
		n_suggested++;
	}
	return 0;
}

int filter_count_gone(void *ctx, const struct figure *figure)
{
	struct filter *f = ctx;
	size_t n = matcher_find(&f->matcher, figure->name, figure->c_name, figure->group);

	for (size_t i = 0; i < n && is_first(figure); i++) {
		struct accumulator *a = &f->limits[f->matcher.hits[i].i_entry];
		if (f->matcher.hits[i].left_out)
			continue;
		a->gone = true;
		add(&a->gone_bytes, figure->value);
	}
	return 0;
}

static void report_gone(struct check *c, const struct accumulator *a)
{
	const char *noun = figure_subject_noun(a->row->entry->subject), *pattern = a->row->entry->pattern;
	const char *verb = check_is_glob(pattern) ? "matches" : "named";

	if (a->gone_bytes)
		check_cannot(c, a->row, NULL, "no %s %s '%s' any more; the baseline has %" PRIu64 " B of it", noun,
			     verb, pattern, a->gone_bytes);
	else
		check_cannot(c, a->row, NULL, "no %s %s '%s' any more; the baseline has it", noun, verb, pattern);
}

void filter_report_missing(struct filter *f)
{
	for (size_t i = 0; i < f->n_limits; i++) {
		const struct accumulator *a = &f->limits[i];
		if (!is_missing(a))
			continue;
		if (a->gone)
			report_gone(f->c, a);
		else if (a->left_out)
			check_cannot_except(f->c, a->row);
		else
			check_cannot_find(f->c, a->row, "", figure_subject_noun(f->subject), &a->others);
		if (f->subject == SUBJECT_GLOBAL && !a->left_out && a->row->fault && !a->row->advice)
			a->row->advice =
				"a global that is a small number, None, or in ROM holds nothing of the heap, and"
				" is not found";
	}
}

/* ---- lists ---- */

int filter_begin(struct filter *f, struct check *c, enum figure_subject subject, figure_list *list, const void *now,
		 const void *base)
{
	int r = filter_init(f, c, subject, NULL);

	f->list = list;
	f->now = now;
	f->takes = FILTER_VALUES | FILTER_GROWTH;
	return r == 0 && f->n_limits ? list(now, base, filter_take, f) : r;
}

void filter_report_more(struct filter *f, uint64_t n_more)
{
	for (size_t i = 0; i < f->n_limits && n_more; i++)
		check_cannot(f->c, f->limits[i].row, NULL, "there were %" PRIu64 " more %ss than can be followed",
			     n_more, figure_subject_noun(f->subject));
}

int filter_end(struct filter *f, int r)
{
	if (r == 0 && filter_misses(f))
		r = f->list(f->now, NULL, filter_suggest, f);
	filter_report_missing(f);
	filter_deinit(f);
	return r < 0 ? r : arena_error(&f->c->arena);
}
