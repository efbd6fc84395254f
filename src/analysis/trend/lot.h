/* Lots for samples that stand for others: xorshift32 (Marsaglia 2003), so the same ones in every run. */
#ifndef MEMPROF_TREND_LOT_H
#define MEMPROF_TREND_LOT_H

#include <stdint.h>

#define LOT_FIRST UINT32_C(2463534242)

/* Evenly one of 0 to n - 1, but for a bias below n / 2^32. */
static inline uint64_t lot_draw(uint32_t *lot, uint64_t n)
{
	*lot ^= *lot << 13;
	*lot ^= *lot >> 17;
	*lot ^= *lot << 5;
	return *lot % n;
}

#endif
