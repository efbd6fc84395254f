/* A collection is a fall, but not every fall is a collection: growing lists and strings free their old
 * memory at once (m_renew, close()), and samples are noisy. A log without a collection has only such
 * dips, so a fall must also be large in itself. A minimum counts if the fall to it and the rise from it
 * are at least 5 % of the pool (an eighth of the range of all samples if its total is not known), and a
 * third of a usual fall. The usual fall is the weighted median of the large ones: falls at least as long
 * make up half of their sum, so many dips do not lower it.
 *
 * The first and the last sample are never minima: there is no fall before the first, and the series may
 * go on falling after the last. Equal samples in a row are one, the first of them.
 *
 * Turns are collected until they suffice for the threshold. When the list of minima is full, the lower
 * one of each two neighbours stays, and from then on one of each two (four, eight ...) new ones. So all
 * that are kept were chosen in the same way, early or late, and a level series does not seem to rise. */
#include "trend/minima.h"

#include <math.h>
#include <stdlib.h>

#include "memprof/base/number.h"

static const double LEAST_OF_TOTAL = 0.05, LEAST_OF_RANGE = 0.125, LEAST_OF_USUAL = 1.0 / 3;

static int longest_first(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y) - (x > y);
}

static double least_fall(const struct minima *m)
{
	return m->total > 0 ? m->total * LEAST_OF_TOTAL : (m->highest - m->lowest) * LEAST_OF_RANGE;
}

static void find_threshold(struct minima *m)
{
	double falls[MINIMA_TURNS_MAX], least = least_fall(m), sum = 0, so_far = 0;
	size_t n = 0, i = 0;

	for (size_t k = 1; k < m->n_turns; k++) {
		double fall = m->turns[k - 1].at.level - m->turns[k].at.level;
		if (fall > 0 && fall >= least) {
			falls[n++] = fall;
			sum += fall;
		}
	}
	m->threshold = MAX(m->threshold, least);
	if (n == 0 || (n < MINIMA_FALLS_LEAST && m->has_usual))
		return;
	qsort(falls, n, sizeof(*falls), longest_first);
	while (i + 1 < n && (so_far += falls[i]) < sum / 2)
		i++;
	m->threshold = MAX(least, falls[i] * LEAST_OF_USUAL);
	m->has_usual = true;
}

static void keep(struct minima *m, const struct trend_minimum *found)
{
	if (m->n_group == 0 || found->level < m->group.level)
		m->group = *found;
	if (++m->n_group < MAX(m->n_per_minimum, 1u))
		return;
	m->n_group = 0;
	m->kept[m->n_kept++] = m->group;
	if (m->n_kept < TREND_MINIMA_MAX)
		return;
	for (size_t i = 0; i < TREND_MINIMA_MAX / 2; i++) {
		const struct trend_minimum *a = &m->kept[2 * i], *b = a + 1;
		m->kept[i] = b->level < a->level ? *b : *a;
	}
	m->n_kept = TREND_MINIMA_MAX / 2;
	m->n_per_minimum = 2 * MAX(m->n_per_minimum, 1u);
}

/* The way up ends at the candidate: what it rose by from sample to sample. */
static void note_rise(struct minima *m)
{
	const struct minima_turn *from = &m->bottom, *to = &m->candidate;

	if (to->i_seen > from->i_seen && to->at.level > from->at.level)
		m->rise = (to->at.level - from->at.level) / (double)(to->i_seen - from->i_seen);
}

/* One turn on the way up and down in steps of at least the threshold. */
static void follow(struct minima *m, const struct minima_turn *turn)
{
	double v = turn->at.level, least = m->threshold;

	switch (m->way) {
	case MINIMA_START:
		if (m->bottom.i_seen == 0 || v < m->start_low)
			m->bottom = *turn;
		m->start_low = MIN(m->start_low, v);
		m->start_high = MAX(m->start_high, v);
		if (v <= m->start_high - least)
			m->way = MINIMA_DOWN;
		else if (v >= m->start_low + least)
			m->way = MINIMA_UP;
		m->candidate = *turn;
		break;
	case MINIMA_UP:
		if (v <= m->candidate.at.level - least) {
			note_rise(m);
			m->way = MINIMA_DOWN;
		}
		if (m->way == MINIMA_DOWN || v > m->candidate.at.level)
			m->candidate = *turn;
		break;
	case MINIMA_DOWN:
		if (v >= m->candidate.at.level + least) {
			m->candidate.at.rise = m->rise;
			keep(m, &m->candidate.at);
			m->bottom = m->candidate;
			m->way = MINIMA_UP;
		}
		if (m->way == MINIMA_UP || v < m->candidate.at.level)
			m->candidate = *turn;
		break;
	}
}

/* Follows all turns but keeps the last, from which the next fall begins. */
static void follow_turns(struct minima *m)
{
	find_threshold(m);
	if (m->threshold > 0)
		for (size_t i = 0; i < m->n_turns; i++)
			follow(m, &m->turns[i]);
	m->turns[0] = m->turns[m->n_turns - 1];
	m->n_turns = 1;
}

static void turn(struct minima *m)
{
	if (m->n_turns == MINIMA_TURNS_MAX)
		follow_turns(m);
	m->turns[m->n_turns++] = m->last;
}

void minima_add(struct minima *m, const struct trend_minimum *sample)
{
	struct minima_turn here = { *sample, ++m->n_seen };
	double level = sample->level;

	if (m->n_seen == 1) {
		m->last = here;
		m->lowest = m->highest = m->start_low = m->start_high = level;
		turn(m);
		return;
	}
	m->lowest = MIN(m->lowest, level);
	m->highest = MAX(m->highest, level);
	if (level == m->last.at.level)
		return;
	bool rises = level > m->last.at.level;
	if (rises != m->rises && m->turns[m->n_turns - 1].i_seen != m->last.i_seen)
		turn(m);
	m->rises = rises;
	m->last = here;
}

void minima_add_collected(struct minima *m, const struct trend_minimum *sample, bool first)
{
	if (first) {
		m->n_kept = 0;
		m->n_group = 0;
		m->n_per_minimum = 1;
		m->n_turns = 0;
	}
	keep(m, sample);
}

void minima_finish(struct minima *m)
{
	if (m->n_turns == 0)
		return;
	if (m->turns[m->n_turns - 1].i_seen != m->last.i_seen)
		turn(m);
	follow_turns(m);
}

double minima_usual_rise(const struct minima *m)
{
	double rises[TREND_MINIMA_MAX];
	size_t n = 0;

	for (size_t i = 0; i < m->n_kept; i++)
		if (m->kept[i].rise > 0)
			rises[n++] = m->kept[i].rise;
	if (n == 0)
		return 0;
	qsort(rises, n, sizeof(*rises), longest_first);
	return rises[n / 2];
}
