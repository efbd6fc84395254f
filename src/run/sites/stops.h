/* Stops of stock firmware, in parts: stops_hook.c puts in what stops it, stops.c reads it at each stop, stops_end.c
 * makes the profile. */
#pragma once

#include "memprof/analysis/bursts.h"
#include "private.h"

enum { SITES_ALLOCATIONS_MAX = 1 << 18 }; /* that are observed, or stops of a timer; about so many */

/* An allocation that was observed: at one stop the stack before it, at the next its blocks. */
struct stops_allocation {
	uint32_t i_frame, n_frames; /* of the profile's samples, the innermost first */
	size_t i_burst;
	uint64_t at_us;
	uint32_t i_block, n_blocks; /* counted over all areas */
	bool is_alive;
	bool is_temporary; /* freed when the next burst began, or at the end */
	double alive_part; /* at the end: of what it stands for */
};

struct stops {
	struct program *program;
	uint64_t id_preparer;  /* what prepares the next stops */
	uint64_t id_finaliser; /* the function that stops */
	uint64_t id_reserve;   /* that of a reserve */
	struct program_areas at;
	struct call_stacks stacks;
	uint8_t *first, *last; /* kinds of blocks after the first stop, and after the stop before */
	size_t n_end_blocks;   /* the collections' before has the kinds of so many at the end; 0: not known */
	bool has_last;
	VEC(struct stops_allocation, allocations);
	VEC(struct burst, bursts);
	struct stops_allocation pending; /* whose blocks the next stop shows, … */
	struct call_stack at_pending;    /* … and where that is: without the hook's own frames */
	bool is_pending;
	unsigned last_position;            /* of the stop before, in its burst */
	uint64_t n_collections, n_lost;    /* but those in bursts; of these since the last floor, not read */
	unsigned n_doubled;                /* the step */
	uint64_t n_floors, n_until_double; /* collections that were handed on; and are before the next doubling */
	uint64_t unsampled_bytes;          /* allocated in steps that no burst followed */
	uint64_t left_us, busy_us; /* the last stop was left then; all stops took so long, and bursts between theirs */
	uint64_t now_us;           /* of the program, by this computer's clock, without what stops took */
	bool was_disturbed;        /* a helper, by a stop */
	bool is_old;               /* functions are of MicroPython 1.18 or older: no frames are found */
};

/* stops.c: all block tables, behind the room of a structure each, as those of a frame. 0, or an error of the reader. */
int stops_read_tables(struct stops *s, struct memory_reader *r);
/* Of those that were alive, what a collection frees, or the program has: the collections' after is what is then. */
void stops_note_dead(struct stops *s);
/* A burst has ended, and the first collection after it. */
void stops_note_temporary(struct stops *s);
void stops_take(struct stops *s); /* of a frame that asks */

/* stops_end.c: the profile of allocations, once the program has ended and no more stops come. */
void stops_make_profile(struct stops *s);
