/* The pools reported by an agent: Python's heap, which is the first, and others, with figures and tables. */
#pragma once

#include "agent/snapshot.h"
#include "memprof/event.h"

struct agent_pool {
	bool used;
	uint8_t id;
	bool described; /* by a POOL; always for Python's heap */
	bool confirmed; /* by a POOL since the last HELLO */
	char name[EVENT_NAME_BYTES];
	enum pool_kind kind;
	enum heap_memory memory;
	uint64_t start, size_bytes; /* NOT_KNOWN */
	bool has_stats;             /* and no frame was lost since */
	bool in_round;              /* of figures that belong to no snapshot (agent_link_end_round) */
	uint64_t stats_at_ms;
	bool damaged;
	struct heap_reported reported;
	struct heap_window window; /* since the last heap that was reported; window_us 0: none came */
	bool window_ends;          /* that was reported: the next one begins anew */
	struct agent_snapshot snapshot;
};

/* pools[0] is Python's heap. */
struct agent_pools {
	struct agent_pool pools[HEAP_POOLS_MAX];
};

void agent_pools_deinit(struct agent_pools *p);
void agent_pools_clear(struct agent_pools *p); /* for a new session; keeps its memory */

struct agent_pool *agent_pools_find(struct agent_pools *p, uint8_t id); /* or NULL */

/* Limit for the rows of a pool's table: all pools together have at most HEAP_BLOCKS_MAX blocks. */
uint32_t agent_pools_rows_max(const struct agent_pools *p, const struct agent_pool *pool);

/* Payloads of POOL, POOL_GONE, STATS. 0 or -EBADMSG. STATS of an unknown pool are dropped: *ret is NULL. */
int agent_pools_read_pool(struct agent_pools *p, struct agent_fields *f);
int agent_pools_read_gone(struct agent_pools *p, struct agent_fields *f);
int agent_pools_read_stats(struct agent_pools *p, struct agent_fields *f, struct agent_pool **ret);

/* The payload of ALLOCATIONS, which adds to the pool's window. 0 or -EBADMSG. */
int agent_pools_read_allocations(struct agent_pools *p, struct agent_fields *f);
void agent_pools_end_windows(struct agent_pools *p); /* a heap was reported */

void agent_pools_frames_lost(struct agent_pools *p); /* stats may be outdated */
/* At each HELLO: removes pools without a POOL since the previous one, unless frames were lost. */
void agent_pools_hello(struct agent_pools *p, bool frames_lost);

/* Builds the heap of an event from all pools as known now. with_table: of Python's heap. 0 or -ENOMEM. */
int agent_pools_heap(const struct agent_pools *p, bool with_table, struct heap *ret);
