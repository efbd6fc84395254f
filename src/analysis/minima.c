/* A collection is a fall. But not every fall is one: what lists and strings leave behind when they
 * grow is freed at once (m_renew, m_del), and samples are noisy. So a minimum counts if the way down
 * to it, and the way up from it, are at least a quarter of what a usual fall is. Usual is the fall
 * that half of all that has fallen lies in, counting from the longest: many small dips do not
 * make it small. The very longest fall is left out of that; it may be the end of the program.
 *
 * The first and the last sample are never minima: nothing fell before the one, and the other may
 * go on falling. Equal samples in a row are one, the first of them.
 *
 * Turns are collected until there are enough of them to know the threshold. When more minima come
 * than are kept, of every two in a row the lower one stays, and from then on of every two (four,
 * eight ...) that come: so all that are kept were chosen in the same way, early or late, and a
 * series that does not rise does not begin to. */
#include "minima.h"

#include <math.h>
#include <stdlib.h>

#include "memprof/number.h"

static int longest_first(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y) - (x > y);
}

static void find_threshold(struct minima *m)
{
	double falls[MINIMA_TURNS_MAX], sum = 0, so_far = 0;
	size_t n = 0;

	for (size_t i = 1; i < m->n_turns; i++)
		if (m->turns[i].level < m->turns[i - 1].level)
			falls[n++] = m->turns[i - 1].level - m->turns[i].level;
	if (n == 0 || (n < MINIMA_FALLS_LEAST && m->threshold > 0))
		return;
	qsort(falls, n, sizeof(*falls), longest_first);
	size_t i = n > 1;
	for (size_t k = i; k < n; k++)
		sum += falls[k];
	while (i + 1 < n && (so_far += falls[i]) < sum / 2)
		i++;
	m->threshold = falls[MIN(i, n - 1)] / 4;
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
static void follow(struct minima *m, const struct trend_minimum *turn)
{
	double v = turn->level, least = m->threshold;

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
		if (v <= m->candidate.level - least)
			m->way = MINIMA_DOWN;
		if (m->way == MINIMA_DOWN || v > m->candidate.level)
			m->candidate = *turn;
		break;
	case MINIMA_DOWN:
		if (v >= m->candidate.level + least) {
			keep(m, &m->candidate);
			m->way = MINIMA_UP;
		}
		if (m->way == MINIMA_UP || v < m->candidate.level)
			m->candidate = *turn;
		break;
	}
}

/* Follows all turns but keeps the last, from which the next fall begins. */
static void settle(struct minima *m)
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
		settle(m);
	m->turns[m->n_turns++] = m->last;
}

void minima_add(struct minima *m, const struct trend_minimum *sample)
{
	if (m->n_seen++ == 0) {
		m->last = *sample;
		m->start_low = m->start_high = sample->level;
		turn(m);
		return;
	}
	if (sample->level == m->last.level)
		return;
	bool rises = sample->level > m->last.level;
	if (m->n_turns > 0 && rises != m->rises && m->turns[m->n_turns - 1].i_sample != m->last.i_sample)
		turn(m);
	m->rises = rises;
	m->last = *sample;
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
	if (m->turns[m->n_turns - 1].i_sample != m->last.i_sample)
		turn(m);
	settle(m);
}
