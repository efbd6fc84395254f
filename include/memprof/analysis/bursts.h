/* Allocations that were observed in bursts, one after the other, and how many each stands for. Before a burst, random
 * amounts of memory are allocated, so bursts are spread as the bytes are. But a burst begins after an allocation that
 * is not in it, large ones more often than small ones; so its bytes are compared with those of the bursts around it,
 * which have the same program at work, and not with its own. docs/sites.md has how well that does. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct burst {
	uint64_t step_bytes;          /* to the burst before it, on average */
	uint64_t n_bytes;             /* of its allocations that were observed */
	unsigned n_observed, n_in_it; /* of how many that took place in it; n_in_it may be less than is true */
	double weight;                /* out: allocations of the program for each of its own; 0: it has none */
};

/* With so much memory free after a collection, the next one comes before the program has allocated step_bytes on
 * average. If a burst follows it with this chance only, bursts are step_bytes apart all the same. */
double bursts_chance(uint64_t free_bytes, uint64_t step_bytes);

/* after_bytes: allocated since the last one, which all of them stand for. */
void bursts_weigh(struct burst *bursts, size_t n_bursts, uint64_t after_bytes);

/* What one allocation of a burst stands for. */
struct burst_part {
	size_t i_burst;
	uint32_t line; /* any number below n_lines */
	double bytes;  /* with its burst's weight */
};

/* How many independent samples are as exact as these bursts, for the line whose share varies most from burst to burst
 * (the variance of a ratio estimator), but not more than so few bursts can tell. parts: in the order of their bursts.
 * *ret is at least 1; 0 of no parts. 0 or -ENOMEM. */
int bursts_independent(const struct burst_part *parts, size_t n_parts, size_t n_lines, double *ret);

/* An allocation of a burst whose block is in use at the end. */
struct burst_left {
	uint32_t i_block;
	double blocks;      /* that it stands for */
	double part;        /* out: so much of that is there, 1 at most */
	uint8_t size_class; /* private */
};
/* first, last: the kinds (model/heap.h) of all blocks at the beginning, and at the end. */
void bursts_left(struct burst_left *left, size_t n_left, const uint8_t *first, const uint8_t *last, size_t n_blocks,
		 uint32_t block_bytes);
