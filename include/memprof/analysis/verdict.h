/* What is said of a heap as a whole, as data: views word and colour it. docs/analysis.md says when it is what. Pure: no
 * I/O, no clock. */
#pragma once

#include "memprof/analysis/boots.h"
#include "memprof/analysis/pools.h"

enum verdict_state {
	VERDICT_OK,
	VERDICT_WATCHING, /* room for now; too few collections to tell whether it leaks */
	VERDICT_SUSPECTED,
	VERDICT_LEAKING,
	VERDICT_GROWING, /* a backlog */
	VERDICT_FRAGMENTED,
	VERDICT_FULL, /* or nearly, or a size that is needed does not fit */
	VERDICT_DAMAGED,
	VERDICT_FAILED, /* an allocation, and no leak is known that made it */
	VERDICT_UNKNOWN,
};
const char *verdict_state_name(enum verdict_state state); /* as in the JSON */

enum severity {
	SEVERITY_FINE,
	SEVERITY_LOOK,
	SEVERITY_ACT, /* it has failed, or will */
};

struct verdict {
	enum verdict_state state;
	enum severity severity;
	struct pool_state room;                       /* of the worst pool, now; all of it may be not known */
	size_t n_pools;                               /* that it may be about */
	bool no_collector;                            /* bytes_per_collection is that of a sample */
	char pool[EVENT_NAME_BYTES];                  /* which it is about, or its group; "" */
	const char *holder;                           /* of what grows; borrowed; NULL */
	char line[64];                                /* that allocates it: "app.py:14"; "" */
	double bytes_per_collection, bytes_per_hour;  /* of a leak; NAN */
	uint64_t ends_least_us, ends_most_us;         /* nothing is left then; both, or NOT_KNOWN */
	uint64_t n_collections, n_needed, n_boots;    /* seen, and before a leak is judged; boots with figures */
	uint64_t first_floor_bytes, last_floor_bytes; /* in use after the first and last collection; NOT_KNOWN */
};

/* Of one moment's pools, and what came before it. Any of the first three may be NULL: not known. has_failed: an
 * allocation has. */
void verdict_of(const struct pool_standings *pools, const struct trend_result *trend, const struct boot_info *boot,
		bool has_failed, struct verdict *ret);

/* The same of boots that go on, at most once a second of any clock; without a holder. judged_us: of the last time, 0 at
 * first. False: *ret is as it was. */
bool verdict_renew(const struct boots *boots, const struct pool_standings *pools, uint64_t now_us, uint64_t *judged_us,
		   struct verdict *ret);

bool verdict_accuses(const struct verdict *verdict); /* a leak, or growth */
