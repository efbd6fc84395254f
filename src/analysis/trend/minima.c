/* A collection is a fall of several times what used usually rises by from one sample to the next, whatever the size of
 * the heap. But not every such fall is one: growing lists and strings free their old memory at once (m_renew, close()).
 * So a minimum counts if the fall to it and the rise from it are at least three usual rises, and a third of a usual
 * fall. The usual rise is the median; the usual fall is the weighted median of the large ones: falls at least as long
 * make up half of their sum, so many dips do not lower it.
 *
 * The first and the last sample are never minima: there is no fall before the first, and the series may
 * go on falling after the last. Equal samples in a row are one, the first of them.
 *
 * Turns are collected until they suffice for the threshold. When the list of minima is full, the lower
 * one of each two neighbours stays, and from then on one of each two (four, eight ...) new ones. So all
 * that are kept were chosen in the same way, early or late, and a level series does not seem to rise. */
#include "trend/private.h"

#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"

static const double LEAST_RISES = 3, LEAST_OF_USUAL = 1.0 / 3;

static int longest_first(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y) - (x > y);
}

static void find_threshold(struct minima *m)
{
	double falls[MINIMA_TURNS_MAX], steps[MINIMA_RISES_MAX], sum = 0, so_far = 0;
	size_t n_steps = (size_t)MIN(m->n_steps, (uint64_t)MINIMA_RISES_MAX), n = 0, i = 0;

	if (n_steps > 0) {
		memcpy(steps, m->steps, n_steps * sizeof(*steps));
		qsort(steps, n_steps, sizeof(*steps), longest_first);
		m->usual_step = steps[n_steps / 2];
	}
	double least = LEAST_RISES * m->usual_step;
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

/* One turn on the way up and down in steps of at least the threshold. */
static void follow(struct minima *m, const struct minima_turn *turn)
{
	double v = turn->at.level, least = m->threshold;

	switch (m->way) {
	case MINIMA_START:
		m->start_low = MIN(m->start_low, v);
		m->start_high = MAX(m->start_high, v);
		if (v <= m->start_high - least)
			m->way = MINIMA_DOWN;
		else if (v >= m->start_low + least)
			m->way = MINIMA_UP;
		m->candidate = *turn;
		break;
	case MINIMA_UP:
		if (v <= m->candidate.at.level - least)
			m->way = MINIMA_DOWN;
		if (m->way == MINIMA_DOWN || v > m->candidate.at.level)
			m->candidate = *turn;
		break;
	case MINIMA_DOWN:
		if (v >= m->candidate.at.level + least) {
			keep(m, &m->candidate.at);
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

/* Each rise has the same chance to be among those kept. */
static void note_step(struct minima *m, double step)
{
	uint64_t at = m->n_steps++;

	if (at >= MINIMA_RISES_MAX)
		at = lot_draw(&m->lot, m->n_steps);
	if (at < MINIMA_RISES_MAX)
		m->steps[at] = step;
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
		m->lot = LOT_FIRST;
		m->start_low = m->start_high = level;
		turn(m);
		return;
	}
	if (level == m->last.at.level)
		return;
	bool rises = level > m->last.at.level;
	if (rises)
		note_step(m, level - m->last.at.level);
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
