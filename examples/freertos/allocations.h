/* What is allocated of heap_4, and what failed. */
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An allocation that failed and was not reported yet; false: there is none. From the agent's task. */
bool allocation_failed(size_t *ret_n_bytes);

/* For truth.c: what is allocated. */
enum { N_LIVE_MAX = 128 };
struct live {
	void *address;
	size_t n_bytes;
};
extern struct live live[N_LIVE_MAX];
extern uint32_t n_live, n_allocations, n_failed; /* n_allocations: with those that failed */

#endif
