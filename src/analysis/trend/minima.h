/* Finds the heap after its collections in a series of samples: the local minima of what is used.
 * What is kept does not grow with the series. */
#ifndef MEMPROF_MINIMA_H
#define MEMPROF_MINIMA_H

#include "memprof/analysis/trend.h"

enum { MINIMA_TURNS_MAX = 512, MINIMA_RISES_MAX = 512, MINIMA_FALLS_LEAST = 5 };

struct minima_turn {
	struct trend_minimum at;
	uint64_t i_seen; /* as n_seen: other pools may have samples in between */
};

/* All-zero is the starting state. */
struct minima {
	uint64_t n_seen; /* samples */
	bool rises;      /* up to the last */

	struct minima_turn last;                    /* the last sample, or the first of several equal ones */
	struct minima_turn turns[MINIMA_TURNS_MAX]; /* where it turned; in turn up and down */
	size_t n_turns;
	double threshold;               /* a fall of less is no collection; 0: not known yet */
	bool has_usual;                 /* it goes by a usual fall, too */
	double steps[MINIMA_RISES_MAX]; /* by which it rose from sample to sample: some, drawn by lot */
	uint64_t n_steps;               /* of all */
	uint32_t lot;                   /* trend/lot.h */
	double usual_step;              /* their median */

	enum { MINIMA_START, MINIMA_UP, MINIMA_DOWN } way;
	double start_low, start_high; /* while MINIMA_START */
	struct minima_turn candidate; /* the highest on the way up, the lowest on the way down */

	struct trend_minimum kept[TREND_MINIMA_MAX];
	size_t n_kept;
	uint64_t n_per_minimum;     /* 0: 1 */
	struct trend_minimum group; /* the lowest of n_group, which are fewer than that */
	uint64_t n_group;
};

void minima_add(struct minima *m, const struct trend_minimum *sample);

/* A sample that was taken right after a collection. The first of them forgets what was found
 * without; after it minima_add is not to be called. */
void minima_add_collected(struct minima *m, const struct trend_minimum *sample, bool first);

/* Decides on what still waits, in place: work on a copy if more samples may come. Afterwards usual_step is that of all
 * samples; 0 if all were collected, or none rose. */
void minima_finish(struct minima *m);

#endif
