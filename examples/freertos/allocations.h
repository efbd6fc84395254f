/* What is allocated of heap_4, and what failed, for truth.c. */
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <stddef.h>
#include <stdint.h>

enum { N_LIVE_MAX = 128 };
struct live {
	void *address;
	size_t n_bytes;
};
extern struct live live[N_LIVE_MAX];
extern uint32_t n_live, n_allocations, n_failed; /* n_allocations: with those that failed */

#endif
