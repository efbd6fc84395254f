/* Another heap than the GC's: what it is, and how its figures are worked out. One small file for each kind in pools/.
 */
#ifndef MEMPROF_POOL_H
#define MEMPROF_POOL_H

#include "memprof/agent.h"

/* Figures of a pool: those whose bit (enum wire_stat) is set in mask, in the order of the bits. */
struct memprof_stats {
	uint32_t mask;
	uintptr_t values[WIRE_N_STATS];
};
void memprof_stat(struct memprof_stats *stats, enum wire_stat which, uintptr_t value);

/* A pool of a board, a const entry in a table of the port; made by the macros of the files in pools/. */
struct memprof_pool {
	const char *name;
	uint8_t kind, memory; /* enum wire_pool_kind, enum wire_memory */
	/* What is walked: its address and size, and 0 while it is not there yet. May be called at any time. */
	bool (*where)(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes);
	/* Works the figures out. Must not call the allocator; bounded by the size of the pool. */
	void (*stats)(const struct memprof_pool *pool, struct memprof_stats *ret);
	/* Its blocks in order of address, for a block table: calls each for the payload of every block. NULL: no table.
	 */
	bool (*walk)(const struct memprof_pool *pool,
		     void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx);
	uint16_t granule_bytes; /* of the block table: a power of two; 0: none */
	const void *ctx;        /* what the functions need */
};

/* Ids are their places in the table, from 1. */
void memprof_send_pool(struct memprof_agent *agent, const struct memprof_pool *pool,
		       uint8_t id); /* POOL, or POOL_GONE */
void memprof_send_stats(struct memprof_agent *agent, const struct memprof_pool *pool, uint8_t id, uint32_t at_ms);
/* Its block table, as a key snapshot of one area, in this call. */
bool memprof_send_blocks(struct memprof_agent *agent, const struct memprof_pool *pool, uint8_t id, uint8_t snapshot);

/* Pools of a board, and what the host knows of them. */
struct memprof_pool_list {
	const struct memprof_pool *const *pools; /* their ids are their places here, from first_id on */
	uint8_t n_pools, first_id;
	uint8_t tables_every;            /* snapshots between two block tables of a pool; 0: none are sent */
	const struct memprof_pool *last; /* one more, behind those in pools; NULL */
	/* private */
	bool describes; /* this round */
	uint8_t n_done; /* of it: figures, then block tables */
	uint8_t n_until, n_tables;
	uint32_t known;      /* of the first 32: those that were there */
	uintptr_t address;   /* of the table that the next call goes on with, */
	uint32_t n_granules; /* and its granules; 0: none */
};
/* What a port's send_pools does: figures of each pool; its description with a HELLO, and when it has come or gone;
 * block tables with the first snapshot after a HELLO, and from then on with every tables_every-th. False: the call has
 * used its time (rolling.h), and the next one goes on. */
bool memprof_send_pools(struct memprof_agent *agent, struct memprof_pool_list *list, bool with_descriptions);

#endif
