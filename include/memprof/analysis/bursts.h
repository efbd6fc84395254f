/* Allocations that were observed in bursts, one after the other, and how many each stands for. Before a burst, random
 * amounts of memory are allocated, so bursts are spread as the bytes are. But a burst begins after an allocation that
 * is not in it, large ones more often than small ones; so its bytes are compared with those of the bursts around it,
 * which have the same program at work, and not with its own. docs/sites.md has how well that does. Pure. */
#ifndef MEMPROF_BURSTS_H
#define MEMPROF_BURSTS_H

#include <stddef.h>
#include <stdint.h>

struct burst {
	uint64_t n_bytes;             /* of its allocations that were observed */
	unsigned n_observed, n_in_it; /* of how many that took place in it; n_in_it may be less than is true */
	double weight;                /* out: allocations of the program for each of its own; 0: it has none */
};

/* step_bytes: between two bursts, on average. */
void bursts_weigh(struct burst *bursts, size_t n_bursts, uint64_t step_bytes);

#endif
