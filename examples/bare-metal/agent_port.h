/* memprof's agent in this firmware. */
#ifndef AGENT_PORT_H
#define AGENT_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POOL_C_HEAP = 1, POOL_MESSAGES, POOL_HISTORY };

/* From the main loop, while no task runs. */
void agent_start(void);
void agent_poll(void);
/* A byte that came in; false: it is not the agent's. */
bool agent_takes(uint8_t byte);
void agent_snapshot(void);

/* From anywhere but an interrupt. n_taken: what the allocator took for it; 0: the request failed. */
void agent_requested(uint8_t pool, size_t n_bytes, size_t n_taken, const void *caller);
void agent_freed(uint8_t pool, size_t n_taken);
/* One that failed was made once more, with success. */
void agent_recovered(uint8_t pool, size_t n_bytes);
/* From the fault handler, which resets the board next. */
void agent_fault(const void *address);

/* pools.c: the place of each in the table is its number; and the tasks. */
struct memprof_pool;
struct memprof_task;
#ifdef WITH_TLSF
enum { N_POOLS = 3 };
#else
enum { N_POOLS = 2 };
#endif
extern const struct memprof_pool *const agent_pools[N_POOLS];
bool agent_tasks(void (*each)(void *ctx, const struct memprof_task *task), void *ctx);

#endif
