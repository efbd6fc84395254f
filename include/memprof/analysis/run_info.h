/* What running a program did to the heap. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/report.h"

/* Figures are NOT_KNOWN where nothing told them. */
enum { RUN_MARKS_MAX = 64 };
struct run_mark {
	char label[64];       /* clean */
	struct pool_state at; /* the sample taken for it */
};
/* A global, and what is named by it after the program and a collection. */
enum { RUN_OWNERS_MAX = 10 };
struct run_owner {
	char path[80], kind[32], class[48]; /* clean; class "": of no class in Python */
	char most[48];                      /* the class or kind that takes most of it */
	uint64_t n_most, n_objects, n_bytes;
};
/* What memprof could not remove from the board. */
enum { RUN_LEFT_MAX = 10 };
struct run_left {
	const char *name, *by_hand; /* by_hand: Python that removes it; NULL: a reset does */
};
struct run_info {
	const char *script;
	bool raised, stopped, restarted;
	bool lost;                            /* the board went away, or stopped answering, while it ran */
	bool unanswered;                      /* afterwards the board had no memory left to be asked */
	int exit_code;                        /* of a process that ended by itself; -1 */
	struct run_mark marks[RUN_MARKS_MAX]; /* the last of n_marks, as a ring */
	char exception[160];                  /* the last line of the traceback; a board's bytes; "" if none */
	uint64_t duration_us;
	uint64_t n_samples, n_marks;
	uint64_t sampling_us; /* of duration_us: tables were sent; of leaks: it stood still for samples. NOT_KNOWN */
	struct pool_state before, after, collected; /* collected: after gc.collect() */
	uint64_t own_bytes;                         /* of what is in use in these: memprof's hooks. NOT_KNOWN */
	uint64_t peak_used_bytes, lowest_lfb_bytes; /* of the samples and of before and after */
	struct area_counts before_counts, collected_counts;
	uint32_t block_bytes;
	struct run_owner owners[RUN_OWNERS_MAX]; /* largest first */
	size_t n_owners;
	bool has_owners;                /* its memory could be read */
	bool has_holder;                /* the first owner holds most of what the program has left */
	uint64_t n_read_bytes, read_us; /* for that */
	/* Of a board with other pools: all pools as they were last, without blocks; allocations and failures are those
	 * since the program began. */
	struct heap pools;
	struct run_left left[RUN_LEFT_MAX];
	size_t n_left;
};
