#include "figures/reader.h"

#include "memprof/base/number.h"

/* ---- patterns of several lines ---- */

static struct figures_open *open_of(struct figures_reader *r, const struct figures_pattern *pattern)
{
	for (size_t i = 0; i < FIGURES_OPEN_MAX; i++)
		if (r->open[i].pattern == pattern)
			return &r->open[i];
	return NULL;
}

/* Its first line came, again perhaps. */
static void open_reading(struct figures_reader *r, const struct figures_pattern *pattern, uint64_t number,
			 const struct figures_reading *reading)
{
	struct figures_open *o = open_of(r, pattern);

	if (!o)
		o = open_of(r, NULL);
	if (!o) { /* the one that has waited longest gives way */
		o = &r->open[0];
		for (size_t i = 1; i < FIGURES_OPEN_MAX; i++)
			o = r->open[i].last_line < o->last_line ? &r->open[i] : o;
	}
	*o = (struct figures_open){ .pattern = pattern, .i_line = 1, .last_line = number, .reading = *reading };
}

/* The line that is waited for. */
static bool go_on(struct figures_open *o, const char *text, size_t n_bytes, uint64_t number, bool *ret_done,
		  struct figures_reading *ret)
{
	if (!figures_match(o->pattern, o->i_line, text, n_bytes, &o->reading))
		return false;
	o->last_line = number;
	*ret_done = ++o->i_line == o->pattern->n_lines;
	if (*ret_done) {
		*ret = o->reading;
		o->pattern = NULL;
	}
	return true;
}

/* Whether a line is one of a pattern. *ret_done: it is the last one. */
static bool read_line(struct figures_reader *r, const struct figures_pattern *pattern, const char *text, size_t n_bytes,
		      uint64_t number, bool *ret_done, struct figures_reading *ret)
{
	struct figures_open *o = pattern->n_lines > 1 ? open_of(r, pattern) : NULL;

	if (o && go_on(o, text, n_bytes, number, ret_done, ret))
		return true;
	*ret = FIGURES_READING_NOTHING;
	ret->first_line = number;
	if (!figures_match(pattern, 0, text, n_bytes, ret))
		return false;
	*ret_done = pattern->n_lines == 1;
	if (!*ret_done)
		open_reading(r, pattern, number, ret);
	return true;
}

/* Whether another firmware's figures are the ones, of those of which one is. */
static bool is_settled_elsewhere(const struct figures_reader *r, const struct figures_pattern *pattern)
{
	return pattern->settles && r->is_settled && r->settled != pattern->group;
}

static void count_figures(struct figures_reader *r, const struct figures_pattern *pattern)
{
	if (!pattern->settles || r->n_of[pattern->group] == FIGURES_SETTLED_LEAST)
		return;
	if (++r->n_of[pattern->group] < FIGURES_SETTLED_LEAST || r->is_settled)
		return;
	r->is_settled = true;
	r->settled = pattern->group;
}

/* Those that wait for a line, too; too many lines have passed for some. */
static bool add_open(struct figures_reader *r, const struct figures *figures, uint64_t number, struct figures_set *set)
{
	bool any = false;

	for (size_t i = 0; i < FIGURES_OPEN_MAX; i++) {
		struct figures_open *o = &r->open[i];
		if (o->pattern && number > o->last_line + FIGURES_APART_MAX)
			o->pattern = NULL;
		any |= o->pattern != NULL;
	}
	for (size_t i = 0; any && i < figures->n; i++)
		if (figures->patterns[i]->n_lines > 1 && open_of(r, figures->patterns[i]))
			set->bits[i / 64] |= UINT64_C(1) << i % 64;
	return any;
}

bool figures_reader_line(struct figures_reader *r, const struct figures *figures, const char *text, size_t n_bytes,
			 uint64_t number, const struct figures_pattern **ret_pattern, struct figures_reading *ret)
{
	struct figures_reading reading;
	struct figures_set set;
	unsigned group = 0; /* of the first pattern that has the line */
	bool taken = false, done;

	*ret_pattern = NULL;
	r->is_sure = false;
	bool any = figures_candidates(figures, text, n_bytes, &set);
	if (!add_open(r, figures, number, &set) && !any)
		return false;
	for (size_t i = 0; i < figures->n; i++) {
		const struct figures_pattern *pattern = figures->patterns[i];
		if (!set.bits[i / 64])
			i |= 63;
		if (!(set.bits[i / 64] >> i % 64 & 1))
			continue;
		/* Its line may be the first one of another firmware's figures, which has had whole ones. */
		bool too_late = *ret_pattern || (taken && pattern->group != group && r->n_of[group] > 0);
		if ((too_late && pattern->n_lines == 1) || is_settled_elsewhere(r, pattern) ||
		    !read_line(r, pattern, text, n_bytes, number, &done, &reading))
			continue;
		group = taken ? group : pattern->group;
		taken = true;
		r->is_sure |= done || !pattern->settles || r->n_of[pattern->group] > 0;
		if (!done || *ret_pattern)
			continue;
		*ret_pattern = pattern;
		*ret = reading;
		count_figures(r, pattern);
	}
	return taken;
}

const char *figures_reader_firmware(const struct figures_reader *r, const struct figures *figures)
{
	return r->is_settled && figures->names[r->settled][0] ? figures->names[r->settled] : NULL;
}

/* ---- figures ---- */

/* a - b, if both are known and b is not more. */
static uint64_t less(uint64_t a, uint64_t b) { return a != NOT_KNOWN && b != NOT_KNOWN && b <= a ? a - b : NOT_KNOWN; }

static uint64_t either(uint64_t value, uint64_t otherwise) { return value != NOT_KNOWN ? value : otherwise; }

static uint64_t in_bytes(const struct figures_reading *reading, enum figure figure)
{
	uint64_t value = reading->value[figure], block = reading->value[FIGURE_BLOCK];

	if (!(reading->in_blocks & 1u << figure) || value == NOT_KNOWN)
		return value;
	return block != NOT_KNOWN && block > 0 && value <= (NOT_KNOWN - 1) / block ? value * block : NOT_KNOWN;
}

bool figures_suffice(const struct figures_reading *r)
{
	return MIN(MIN(r->value[FIGURE_FREE], r->value[FIGURE_USED]),
		   MIN(r->value[FIGURE_LARGEST], r->value[FIGURE_LEAST])) != NOT_KNOWN;
}

void figures_report(const struct figures_reading *reading, struct heap_reported *ret)
{
	uint64_t used = in_bytes(reading, FIGURE_USED), free = in_bytes(reading, FIGURE_FREE);
	uint64_t size = in_bytes(reading, FIGURE_SIZE);
	bool both = used != NOT_KNOWN && free != NOT_KNOWN && used < NOT_KNOWN - free;

	if (both && size < used + free)
		size = NOT_KNOWN; /* of something else */
	*ret = HEAP_REPORTED_NOTHING;
	ret->total_bytes = either(size, both ? used + free : NOT_KNOWN);
	ret->used_bytes = either(used, less(size, free));
	ret->free_bytes = either(free, less(size, used));
	ret->largest_free_bytes = in_bytes(reading, FIGURE_LARGEST);
	ret->least_free_bytes = in_bytes(reading, FIGURE_LEAST);
	ret->peak_bytes = in_bytes(reading, FIGURE_MOST);
}
