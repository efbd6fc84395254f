/* Numbers worked out from a heap. Pure functions: nothing is allocated that is not said here, no
 * I/O, no clock. Every figure is defined in docs/analysis.md. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/event.h"
#include "memprof/model/heap.h"
#include "memprof/model/pool_state.h"

enum {
	REPORT_CULPRITS_MAX = 64,
	REPORT_NEEDS_MAX = 16,
	REPORT_DIFFERENCES_MAX = 8,
	REPORT_HOLES_MAX = 8,
};

/* A maximal run of used blocks between two free runs of one area, and what freeing it would make. */
struct culprit {
	uint64_t start; /* device address */
	uint64_t size_bytes;
	uint32_t n_objects;
	uint8_t kind;             /* of its first object; BLOCK_TAIL if it begins inside one */
	uint64_t lfb_after_bytes; /* the free run it would leave */
	uint64_t gain_bytes;      /* over the largest free block of the pool */
};

/* One size that somebody needs in one piece. */
struct fit {
	uint64_t size_bytes;
	uint64_t n_times; /* NOT_KNOWN without a whole block table, unless it is 0 */
	bool once;        /* at least once, also where n_times is not known */
	bool grows;       /* the heap can grow by itself for it (SPLIT_HEAP_AUTO) */
	double unusable;  /* part of what is free that lies in runs too short for it, 0..1 */
	/* Where it would fit with the fewest used bytes moved away: objects are whole. */
	bool has_window;
	uint64_t window_start, window_bytes, window_used_bytes;
	uint32_t window_objects;
};

enum difference_field {
	DIFF_TOTAL,
	DIFF_USED,
	DIFF_FREE,
	DIFF_ONE_BLOCKS,
	DIFF_TWO_BLOCKS,
	DIFF_MAX_BLOCK,
	DIFF_MAX_FREE
};
struct difference {
	enum difference_field field;
	uint64_t reported, counted;
};
const char *difference_name(enum difference_field field); /* as in reported{} of the JSON */

struct pool_report {
	const struct heap_pool *pool; /* borrowed */
	bool has_table;
	struct pool_state state; /* pool_state_counted */
	uint64_t overhead_bytes, unknown_bytes;
	struct area_counts counts; /* all zero without a table */
	struct fit fits[REPORT_NEEDS_MAX];
	size_t n_fits;
	struct culprit culprits[REPORT_CULPRITS_MAX];
	size_t n_culprits;
	struct difference differences[REPORT_DIFFERENCES_MAX];
	size_t n_differences;
};

struct report_options {
	uint64_t needs[REPORT_NEEDS_MAX];
	/* Of which pool each is asked; "": of all. "caps" is also "caps.0", "caps.1" ... */
	char need_pools[REPORT_NEEDS_MAX][EVENT_NAME_BYTES];
	size_t n_needs;    /* 0: 1K 4K 16K 64K */
	size_t n_culprits; /* at most REPORT_CULPRITS_MAX */
};
/* Whether need I is asked of a pool of this name. */
bool report_is_needed(const struct report_options *options, size_t i, const char *pool_name);

/* Fills all of *ret from a sealed heap. Cost: three passes over the blocks. */
void report_pool(const struct heap_pool *pool, bool complete, const struct report_options *options,
		 struct pool_report *ret);

/* The runs of all areas that are most in the way of a block larger than lfb_bytes, best first, at most n_max of them.
 * Answers how many. Cost: a pass over the blocks. */
size_t report_culprits(const struct heap_pool *pool, uint64_t lfb_bytes, size_t n_max, struct culprit *ret);

/* Appends the name of what holds it, clean; nothing where the pool's owners are not known, or have no name for it. */
void report_owner(const struct heap_pool *pool, const struct culprit *culprit, struct strbuf *out);

/* How often each of n sizes fits, where that is known: n_times, once, grows and unusable of fits with size_bytes set, n
 * at most REPORT_NEEDS_MAX. counted: of pool_state_counted. Other allocators than Python's need room for a block's
 * header, align sizes and search by classes of sizes; that is counted. Cost: a pass over the blocks. */
void report_fits(const struct heap_pool *pool, const struct pool_state *counted, struct fit *fits, size_t n);

/* ---- why an allocation failed ---- */

enum cause {
	CAUSE_OUT_OF_MEMORY,
	CAUSE_FRAGMENTED,
	CAUSE_FITS_NOW,
	CAUSE_NOT_FULL, /* more was free; the largest block is not known */
	CAUSE_OTHER_POOL,
	CAUSE_LOCKED,
	CAUSE_UNKNOWN
};
const char *cause_name(enum cause cause); /* as in the JSON */

/* A free run and what borders it. */
struct hole {
	uint64_t start, size_bytes;
	uint8_t left, right; /* kinds of the objects beside it; BLOCK_UNKNOWN at an area's edge */
	uint64_t left_bytes, right_bytes;
};

/* What of a dump an error needs, kept when the dump itself is gone. */
struct reference_snapshot {
	uint64_t n_dump; /* which dump; 0: none, but figures in first_line, or nothing if that is 0 */
	uint64_t first_line, last_line;
	struct pool_state summary;
	uint64_t largest_area_bytes; /* no allocation is larger than its area; NOT_KNOWN without a whole table */
	uint64_t growth_bytes;       /* how far the heap may still grow; NOT_KNOWN where its size is not */
	uint32_t block_bytes;        /* 0: not known, */
	uint64_t max_free_blocks;    /* but so many of them are free in one piece; NOT_KNOWN */
	struct hole holes[REPORT_HOLES_MAX]; /* the longest free runs, longest first */
	size_t n_holes;
	uint64_t n_holes_dump; /* which dump they are from: a table may stand beside figures */
};
void report_reference(const struct heap_pool *pool, uint64_t n_dump, uint64_t first_line, uint64_t last_line,
		      struct reference_snapshot *ret);

/* Why it failed, given the heap near it. asked_bytes is NOT_KNOWN if not said. */
enum cause report_cause(enum failure failure, uint64_t asked_bytes, const struct reference_snapshot *near);

/* Whether that is more than the largest area of the heap has, and can come to have. */
bool report_never_fits(uint64_t asked_bytes, const struct reference_snapshot *near);

/* ---- the one sentence ---- */

enum health { /* the worse, the later */
	      HEALTH_UNKNOWN,
	      HEALTH_ROOM,
	      HEALTH_SPLIT, /* not fragmented, but the areas share what is free: no block has more than half of it */
	      HEALTH_FRAGMENTED, /* within its areas */
	      HEALTH_NEARLY_FULL,
	      HEALTH_FULL,
	      HEALTH_DAMAGED /* its figures end where its allocator's data is wrong */
};
const char *health_name(enum health health); /* as in the JSON; NULL: not known */
enum health summary_health(const struct pool_state *summary);
enum health report_health(const struct pool_report *report);

/* The figures that it goes by: what was counted, or, if rows are missing, what the board says. */
struct pool_state report_judged(const struct pool_report *report);
