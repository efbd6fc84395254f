/* What imports cost, against their limits. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "budget/check_private.h"
#include "memprof/analysis/imports.h"

/* ---- figures ---- */

static struct figure_value figure_of(const struct check_row *row, const struct import_row *import)
{
	switch (row->limit->spec->figure) {
	case FIGURE_KEPT:
		return figure_signed(import->kept_bytes);
	case FIGURE_PEAK:
		return figure_bytes(import->peak_bytes);
	default:
		return figure_bytes(import->after_lfb_bytes);
	}
}

static bool is_sound(const struct import_row *import) { return !import->raised && !import->cut; }

/* Of imports with one name the one that cost the most. What was not imported kept nothing, needed nothing. */
static struct figure_value before(const struct check_row *row, const struct imports *base, const char *name,
				  bool *ret_least)
{
	bool highest = row->limit->spec->figure != FIGURE_LARGEST_FREE, there = base->n_more > 0;
	struct figure_value ret = { .known = false };

	*ret_least = false;
	for (size_t i = 0; i < base->n_rows; i++) {
		const struct import_row *import = &base->rows[i];
		struct figure_value value = figure_of(row, import);
		if (strcmp(import->name, name) != 0)
			continue;
		there = true;
		if (!is_sound(import) || !value.known)
			continue;
		*ret_least |= import->peak_is_least;
		if (!ret.known || (highest ? value.amount > ret.amount : value.amount < ret.amount))
			ret = value;
	}
	return there || !highest ? ret : figure_bytes(0);
}

/* ---- causes ---- */

/* What is kept by a name in all, however often and wherever it was imported. */
static int64_t kept_by(const struct imports *imports, const char *name)
{
	int64_t kept_bytes = 0;

	for (size_t i = 0; i < imports->n_rows; i++)
		if (strcmp(imports->rows[i].name, name) == 0)
			kept_bytes += imports->rows[i].kept_bytes;
	return kept_bytes;
}

/* The imports within it that kept most; against a baseline those that keep more than before, if some do. */
static void find_causes(const struct imports *now, const struct imports *base, uint32_t i_row, struct check_top *ret)
{
	*ret = (struct check_top){ .n = 0 };
	for (int by_delta = base != NULL; by_delta >= 0 && ret->n == 0; by_delta--) {
		for (size_t i = 0; i < now->n_rows; i++) {
			const struct import_row *nested = &now->rows[i];
			struct check_candidate candidate = { .i = i, .delta_bytes = FIGURE_NO_DELTA };
			if (nested->parent != i_row || nested->kept_bytes <= 0)
				continue;
			candidate.size_bytes = (uint64_t)nested->kept_bytes;
			if (by_delta)
				candidate.delta_bytes = nested->kept_bytes - kept_by(base, nested->name);
			if (!by_delta || candidate.delta_bytes > 0)
				check_top_add(ret, candidate);
		}
	}
}

/* ---- rows ---- */

/* What a row finds among the imports that fit it. */
struct search {
	const struct imports *now, *base;
	uint32_t i_worst;         /* IMPORTS_NONE: none that can be judged */
	struct check_row worst;   /* … as it would be judged */
	const char *name, *doubt; /* the first one that cannot be judged, and why; NULL */
};

/* Why a figure proves nothing; NULL: it does. That a bound from below keeps the limit is no proof; that
 * growth above a baseline's bound breaks it is none either. */
static const char *doubt(const struct check_row *row, const struct import_row *import, bool base_is_least, bool breaks)
{
	bool is_peak = row->limit->spec->figure == FIGURE_PEAK;
	bool is_above = is_peak && row->limit->spec->growth && base_is_least;

	if (import->cut)
		return "its end did not come, so what it costs is not known";
	if (import->raised)
		return "it ended in an exception, so what it would cost is not known";
	if (is_peak && import->peak_is_least && !breaks)
		return "the board could tell only that it needed at least so much, and that keeps the limit";
	if (is_above && breaks)
		return "in the baseline the board could tell only that it needed at least so much";
	return NULL;
}

static struct check_figure figure_at(const struct check_row *row, const struct search *s, uint32_t i,
				     bool *ret_base_is_least)
{
	const struct import_row *import = &s->now->rows[i];
	struct check_figure figure = {
		.name = import->name,
		.now = figure_of(row, import),
		.capacity_bytes = NOT_KNOWN,
	};

	*ret_base_is_least = false;
	if (s->base)
		figure.base = before(row, s->base, import->name, ret_base_is_least);
	return figure;
}

static void look_at(struct check *c, const struct check_row *row, struct search *s, uint32_t i)
{
	struct check_row probe = *row;
	bool base_is_least;
	struct check_figure figure = figure_at(row, s, i, &base_is_least);

	check_offer(c, &probe, &figure);
	bool breaks = probe.value.known && probe.margin.amount < 0;
	const char *why = doubt(row, &s->now->rows[i], base_is_least, breaks);
	if (!why)
		why = probe.fault;
	if (!why && (s->i_worst == IMPORTS_NONE || check_is_closer(&probe, &s->worst))) {
		s->i_worst = i;
		s->worst = probe;
	} else if (why && !s->doubt) {
		s->doubt = why;
		s->name = why == probe.fault ? NULL : check_other_name(row, figure.name); /* it says it itself */
	}
}

static void offer(struct check *c, struct check_row *row, const struct search *s)
{
	struct figure_part causes[CHECK_CAUSES_MAX];
	struct check_top top;
	bool base_is_least;
	struct check_figure figure = figure_at(row, s, s->i_worst, &base_is_least);

	find_causes(s->now, s->base, s->i_worst, &top);
	for (size_t i = 0; i < top.n; i++)
		causes[i] = (struct figure_part){ s->now->rows[top.best[i].i].name, top.best[i].delta_bytes,
						  top.best[i].size_bytes, false };
	figure.causes = causes;
	figure.n_causes = top.n;
	check_offer(c, row, &figure);
	if (!check_wants_causes(row))
		row->n_causes = 0;
}

static void say_names(struct check *c, struct check_row *row, const struct imports *now)
{
	struct check_near near = { .pattern = row->entry->pattern, .arena = &c->arena };

	for (size_t i = 0; i < now->n_rows; i++) {
		check_near_add(&near, now->rows[i].name, strlen(now->rows[i].name));
		near.left_out |= check_leaves_out(row->entry, now->rows[i].name);
	}
	check_cannot_find(c, row, "import", &near);
}

/* One that keeps the limit does not hide one that nobody knows of; one that breaks it does. */
static void judge_row(struct check *c, struct check_row *row, const struct imports *now, const struct imports *base)
{
	struct search s = { .now = now, .base = base, .i_worst = IMPORTS_NONE };

	for (uint32_t i = 0; i < now->n_rows; i++)
		if (check_fits(row->entry, now->rows[i].name))
			look_at(c, row, &s, i);
	if (s.i_worst != IMPORTS_NONE && (s.worst.margin.amount < 0 || (!s.doubt && now->n_more == 0)))
		offer(c, row, &s);
	else if (s.doubt)
		check_cannot(c, row, "%s%s%s", s.name ? s.name : "", s.name ? ": " : "", s.doubt);
	else if (now->n_more > 0)
		check_cannot(c, row, "there were %" PRIu64 " imports more than can be followed", now->n_more);
	else
		say_names(c, row, now);
}

int check_imports(struct check *c, const struct imports *now, const struct imports *base)
{
	if (now->error || (base && base->error))
		return -ENOMEM;
	for (size_t i = 0; i < c->n_rows; i++)
		if (c->rows[i].limit && c->rows[i].entry->subject == SUBJECT_IMPORT)
			judge_row(c, &c->rows[i], now, base);
	return arena_error(&c->arena);
}
