/* Does what is in use after collections grow? A rule on the curve of these floors alone: the first third of what was
 * allocated is warm-up; in the rest the envelope, the least floor from there on, must rise by more than floors scatter
 * and than they ever fell back, with a rank correlation (Mann 1945) that chance has in 1 of 100 cases, of fewer than 16
 * in 1.5 or 5; its second half must go on, and its end must not be level. docs/analysis.md has the rule and its
 * results. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GROWTH_FLOORS_LEAST = 5 };

struct growth_floor {
	double at;     /* what was allocated until then, in any unit, or a number of collections */
	uint64_t used; /* in any unit */
};

enum growth_pace {
	GROWTH_UNKNOWN, /* too few floors, or they scatter too much */
	GROWTH_NONE,
	GROWTH_SLOWS, /* it may be a table that fills */
	GROWTH_GOES_ON,
};

struct growth {
	enum growth_pace pace;
	bool is_clear;      /* it grows by what would hardly come by chance if one looked each time */
	bool has_ended;     /* it grew, and is level for longer than it ever paused, and an eighth of all */
	size_t begin, end;  /* floors: between these it was judged; 0 with too few of them */
	uint64_t rise;      /* of the envelope between them */
	double least, most; /* of the rise from floor to floor: of its slower, and of its faster half */
};

/* Floors in their order. least: a rise of less is none, and samples may hide as much. Cost: one pass, and 48^2. */
struct growth growth_judge(const struct growth_floor *floors, size_t n, uint64_t least);
