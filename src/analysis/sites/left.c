/* What is left of the allocations of bursts. One that is large stands for several, though there may be no more than
 * one: of each class of sizes, no more is left than the heap has got. */
#include "memprof/analysis/bursts.h"
#include "memprof/analysis/sites.h"
#include "memprof/model/heap.h"

/* Blocks of the object that begins there. */
static size_t n_blocks_at(const uint8_t *kinds, size_t i, size_t n_blocks)
{
	size_t n = 1;

	while (i + n < n_blocks && kinds[i + n] == BLOCK_TAIL)
		n++;
	return n;
}

void bursts_left(struct burst_left *left, size_t n_left, const uint8_t *first, const uint8_t *last, size_t n_blocks,
		 uint32_t block_bytes)
{
	double there[SITES_N_SIZES] = { 0 }, estimated[SITES_N_SIZES] = { 0 };

	for (size_t i = 0; i < n_blocks; i++) {
		if (last[i] != BLOCK_HEAD || first[i] != BLOCK_FREE)
			continue;
		size_t n = n_blocks_at(last, i, n_blocks);
		there[sites_size_class((uint64_t)n * block_bytes)] += (double)n;
	}
	for (size_t i = 0; i < n_left; i++) {
		size_t n = n_blocks_at(last, left[i].i_block, n_blocks);
		left[i].size_class = (uint8_t)sites_size_class((uint64_t)n * block_bytes);
		estimated[left[i].size_class] += left[i].blocks;
	}
	for (size_t i = 0; i < n_left; i++) {
		size_t c = left[i].size_class;
		left[i].part = estimated[c] > there[c] ? there[c] / estimated[c] : 1;
	}
}
