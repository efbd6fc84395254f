/* Which objects stay? MicroPython never moves an object, so an object is known by its address, kind and size from one
 * block table to the next. An object is born in the collection cycle in which it is first seen, and survives until its
 * blocks hold something else. What a steady program allocates is gone a few cycles later; what a leak keeps stays, of
 * every cycle. docs/analysis.md has the rule and its results.
 *
 * Memory: 13 bytes a block of the heap, and 50 KB. Pure. */
#ifndef MEMPROF_SURVIVAL_H
#define MEMPROF_SURVIVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/model/heap.h"

enum {
	SURVIVAL_COLLECTIONS_LEAST = 5, /* before any verdict */
	SURVIVAL_STAYS_MAX = 8,
	SURVIVAL_ADDRESSES_MAX = 4,
};

enum leak_verdict {
	LEAK_UNKNOWN,
	LEAK_STEADY,
	LEAK_GROWING, /* a backlog: every item is freed, but later and later */
	LEAK_LEAKING, /* something stays of every cycle */
};
const char *leak_verdict_name(enum leak_verdict verdict); /* as in the JSON */

/* Objects of one kind and size that stay. */
struct survival_stay {
	uint8_t kind;
	uint64_t bytes;                             /* of each */
	uint64_t n_objects;                         /* born in the judged cycles and still there */
	double objects_per_collection;              /* n_objects / judged cycles */
	uint64_t addresses[SURVIVAL_ADDRESSES_MAX]; /* of some, lowest first */
	size_t n_addresses;
};

struct survival_result {
	enum leak_verdict verdict;
	uint64_t n_tables, n_collections; /* seen */
	double tables_per_collection;     /* NAN */
	double bytes_per_collection;      /* of a leak or a backlog; NAN */
	uint64_t floor_bytes;             /* what was in use before the last collection and still is after it */
	uint64_t rise_bytes;              /* by which that rose over the judged collections */
	struct survival_stay stays[SURVIVAL_STAYS_MAX]; /* of a leak; most bytes first */
	size_t n_stays;
};

struct survival;

struct survival *survival_new(void);    /* NULL: out of memory */
void survival_free(struct survival *s); /* NULL is fine */

/* The next complete block table of the same pool. collected: it directly follows a collection. 0 or -ENOMEM: the pool
 * is then followed from the next table on. Cost: one pass over both tables. */
int survival_add(struct survival *s, const struct heap_pool *pool, bool collected);

/* More tables may be added afterwards. Cost: one pass over the table. 0 or -ENOMEM. */
int survival_work_out(const struct survival *s, struct survival_result *ret);

#endif
