/* The pools that an agent told of: Python's own heap, which is the first, and others, with their figures and tables. */
#ifndef MEMPROF_AGENT_POOLS_H
#define MEMPROF_AGENT_POOLS_H

#include "agent/snapshot.h"
#include "memprof/event.h"

struct agent_pool {
	bool used;
	uint8_t id;
	bool described; /* POOL came, or it is Python's heap */
	bool confirmed; /* ... since the last HELLO */
	char name[EVENT_NAME_BYTES];
	enum pool_kind kind;
	enum heap_memory memory;
	uint64_t start, size_bytes; /* NOT_KNOWN */
	bool told;                  /* STATS came, and no frame was lost since */
	uint64_t told_at_ms;
	bool damaged;
	struct heap_reported reported;
	struct agent_snapshot snapshot;
};

/* pools[0] is Python's heap. */
struct agent_pools {
	struct agent_pool pools[HEAP_POOLS_MAX];
};

void agent_pools_deinit(struct agent_pools *p);
void agent_pools_clear(struct agent_pools *p); /* of another session; keeps its memory */

struct agent_pool *agent_pools_find(struct agent_pools *p, uint8_t id); /* NULL: not told of */

/* How many rows the table of a pool may have: HEAP_BLOCKS_MAX blocks in all pools together. */
uint32_t agent_pools_rows_max(const struct agent_pools *p, const struct agent_pool *pool);

/* 0, or -EBADMSG. Of STATS of a pool that is not there nothing is kept: *ret is NULL. */
int agent_pools_take_pool(struct agent_pools *p, struct fields *f);
int agent_pools_take_gone(struct agent_pools *p, struct fields *f);
int agent_pools_take_stats(struct agent_pools *p, struct fields *f, struct agent_pool **ret);

void agent_pools_frames_lost(struct agent_pools *p); /* figures may have changed since they were told */
void agent_pools_hello(struct agent_pools *p,
		       bool frames_lost); /* pools that were not told of since the one before are gone */

/* Builds the heap of an event: all pools as they are known now. with_table: of Python's heap. 0 or -ENOMEM. */
int agent_pools_heap(const struct agent_pools *p, bool with_table, struct heap *ret);

#endif
