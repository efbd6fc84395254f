/* Which objects stay? MicroPython never moves an object, so an object is known by its address, kind and size from one
 * block table to the next. An object is born in the collection cycle in which it is first seen, cycle 0
 * being that before the first collection, and survives until its blocks hold something else. Of what a steady program
 * allocates, nothing survives for long; of a leak, something of every cycle does. docs/analysis.md has the rule and its
 * results.
 *
 * Memory: 5.2 bytes a block of the heap, and 100 KB. Pure. */
#pragma once

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
	uint8_t kind;                               /* enum block_kind */
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
	double bytes_least, bytes_most;   /* the same of its slower, and of its faster half */
	double us_per_collection;         /* of the judged ones; NAN */
	uint64_t floor_bytes;             /* what was in use before the last collection and still is after it */
	uint64_t rise_bytes;              /* by which what stays for good rose over the judged collections */
	uint32_t grows_from;              /* the first cycle of these */
	bool slows;                       /* of growing: less and less is added, as to a table that fills */
	bool is_clear;                    /* of growth: as in growth.h */
	bool is_full;                     /* after each of them: it could not have grown, so it is not called steady */
	struct survival_stay
		stays[SURVIVAL_STAYS_MAX]; /* of a leak; most bytes first, of the first 256 kinds and sizes */
	size_t n_stays;
};

struct survival;

struct survival *survival_new(void);    /* NULL: out of memory */
void survival_free(struct survival *s); /* NULL is fine */

/* The next complete block table of a sealed pool, which is copied. collected: it directly follows a collection. Areas
 * may come and go; if none is as before, it is another heap, and all begins anew. at_us: when, or NOT_KNOWN. 0, or
 * -ENOMEM: what was seen is lost. Cost: one pass over both tables, and after a collection one more. */
int survival_add(struct survival *s, const struct heap_pool *pool, bool collected, uint64_t at_us);

/* Whether the object there was born in this cycle or later, or is another one than that of the last table. */
bool survival_is_younger(const struct survival *s, uint64_t address, uint64_t n_bytes, uint32_t cycle);

uint64_t survival_n_collections(const struct survival *s); /* so far */

/* What was in use after collections, each, or the least of several in a row; i below the number of them. */
struct survival_floor_bytes {
	uint64_t used_bytes;
	uint64_t allocated_bytes; /* until then; NOT_KNOWN */
};
size_t survival_n_floors(const struct survival *s);
struct survival_floor_bytes survival_floor_bytes(const struct survival *s, size_t i);

/* More tables may be added afterwards. 0, or -ENOMEM: *ret is untouched. Cost: one pass over the table, and 100 KB. */
int survival_work_out(const struct survival *s, struct survival_result *ret);
