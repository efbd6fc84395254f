/* What a firmware's allocator does between two reports: extra/allocations.c counts what a wrapper of the allocator
 * passes on, extra/last_words.c keeps the last failed allocation over a reset. Neither calls the allocator.
 *
 *     void *__wrap_malloc(size_t n_bytes) // linked with --wrap=malloc
 *     {
 *             uintptr_t caller = (uintptr_t)__builtin_return_address(0);
 *             void *block = __real_malloc(n_bytes);
 *
 *             if (block)
 *                     memprof_allocated(&c_heap, n_bytes, malloc_usable_size(block), caller);
 *             else
 *                     memprof_allocation_failed(&c_heap, n_bytes, caller);
 *             return block;
 *     }
 *
 * Counting may be called from any task, and from an interrupt if MEMPROF_LOCK() keeps interrupts out; sending only from
 * where memprof_poll may be called. Each critical section is short: no loop but over the classes of sizes. */
#ifndef MEMPROF_ALLOCATIONS_H
#define MEMPROF_ALLOCATIONS_H

#include "memprof/agent.h"
#include "memprof/memprof_config.h"

enum { MEMPROF_TASK_BYTES = 16 }; /* of a task's name, with its NUL */

/* A failed allocation. */
struct memprof_failure {
	uint32_t at_ms;
	uintptr_t n_bytes;
	uintptr_t caller;       /* return address of the wrapper; 0: not known */
	uintptr_t largest_free; /* largest free block at that time; 0: not known */
	char task[MEMPROF_TASK_BYTES];
};

/* ---- allocations.c ---- */

/* Counts since the last report. */
struct memprof_window {
	uint32_t begin_ms;
	uint32_t n_allocations, n_frees, n_failures, n_large;
	uintptr_t allocated_bytes, freed_bytes; /* allocated: as requested; freed: as taken, if known */
	uintptr_t least_used, most_used, least_free;
	bool has_free;                /* least_free is set */
	uint16_t sizes[WIRE_N_SIZES]; /* requests by size, failed ones too; 65535: as many or more */
};

struct memprof_large {
	uint32_t at_ms;
	uintptr_t n_bytes, caller;
};

/* An allocator; what is NULL or 0 is left out. */
struct memprof_allocator {
	uint8_t pool;                    /* id of its pool; 0: the GC heap */
	uintptr_t large_bytes;           /* a request of so many or more is a large one; 0: none is */
	uint32_t (*now_ms)(void);        /* required: the clock of the port */
	uintptr_t (*free_bytes)(void);   /* free bytes now, in constant time (xPortGetFreeHeapSize) */
	uintptr_t (*largest_free)(void); /* at a failed allocation; may walk the pool */
	const char *(*task)(void);       /* name of the current task */
};

/* One for each allocator, in RAM that is zeroed at the start. Until memprof_allocations_start nothing is counted. */
struct memprof_allocations {
	const struct memprof_allocator *of; /* all of it is private */
	uintptr_t used_bytes;
	struct memprof_window window;
	struct memprof_large large[MEMPROF_LARGE];         /* a ring: the last ones */
	struct memprof_failure failures[MEMPROF_FAILURES]; /* a ring too */
	uint32_t n_large, n_large_sent, n_failures, n_failures_sent;
};

void memprof_allocations_start(struct memprof_allocations *allocations, const struct memprof_allocator *allocator);
/* n_bytes: as requested. n_taken: what memprof_freed gets of that block, such as malloc_usable_size(); 0: not known,
 * then used bytes are not reported. caller: __builtin_return_address(0), or 0. */
void memprof_allocated(struct memprof_allocations *allocations, uintptr_t n_bytes, uintptr_t n_taken, uintptr_t caller);
void memprof_freed(struct memprof_allocations *allocations, uintptr_t n_taken);
void memprof_allocation_failed(struct memprof_allocations *allocations, uintptr_t n_bytes, uintptr_t caller);
/* The last one that failed; NULL: none did. For memprof_last_words_failed. */
const struct memprof_failure *memprof_last_failure(const struct memprof_allocations *allocations);

/* In the port's send_pools, after the figures of all pools: first the windows, then the events. What the channel does
 * not take stays for the next call. */
/* Sends the window if anything was requested or freed in it, and begins another. */
void memprof_send_allocations(struct memprof_agent *agent, struct memprof_allocations *allocations);
/* Sends what failed, and the large requests, that were not sent yet: the last MEMPROF_FAILURES and MEMPROF_LARGE. It
 * may also be called right where an allocation failed, if memprof_poll may be called there. */
void memprof_send_failures(struct memprof_agent *agent, struct memprof_allocations *allocations);

/* ---- last_words.c ---- */

/* In RAM that no start-up code writes: static struct memprof_last_words last_words MEMPROF_NOINIT; */
#define MEMPROF_NOINIT __attribute__((section(".noinit")))

struct memprof_record {
	uint32_t magic;
	struct memprof_failure failure; /* n_bytes 0: none failed */
	uintptr_t fault;                /* address at which the processor stopped; 0: it did not */
	uint8_t pool;
	uint32_t crc; /* of all before it */
};
struct memprof_last_words {
	struct memprof_record now, before; /* this run's; what the run before the last reset left */
};

/* Once, before anything is kept: what is there is from before the reset. Damaged or cold RAM has no record. */
void memprof_last_words_begin(struct memprof_last_words *words);
/* Keeps a failed allocation; of several the last one. */
void memprof_last_words_failed(struct memprof_last_words *words, uint8_t pool, const struct memprof_failure *failure);
/* From a fault handler or a watchdog's interrupt: where the program was. task: or NULL. */
void memprof_last_words_fault(struct memprof_last_words *words, uint32_t at_ms, uintptr_t address, const char *task);
/* Sends what the run before left, if there is a record. Call it in the port's send_pools with each HELLO, so that a
 * host that connects later gets it too. */
void memprof_send_last_words(struct memprof_agent *agent, const struct memprof_last_words *words);

#endif
