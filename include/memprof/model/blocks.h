/* Operations on many blocks: runs, eight blocks at a time, and masks, one bit for each of 64 blocks. */
#pragma once

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "memprof/model/heap.h"

/* The first block from i on that is not of this kind; at most end. */
static inline uint32_t blocks_run_end(const uint8_t *kinds, uint32_t i, uint32_t end, uint8_t kind)
{
	/* Most runs are short; long ones are compared by eight blocks. */
	const uint64_t eight = UINT64_C(0x0101010101010101) * kind;
	uint64_t word;

	while (i < end && kinds[i] == kind) {
		i++;
		while (end - i >= 8 && (memcpy(&word, kinds + i, 8), word == eight))
			i += 8;
	}
	return i;
}

/* The first block of the run of this kind that ends before i; at least begin; i if there is none. */
static inline uint32_t blocks_run_begin(const uint8_t *kinds, uint32_t i, uint32_t begin, uint8_t kind)
{
	const uint64_t eight = UINT64_C(0x0101010101010101) * kind;
	uint64_t word;

	while (i > begin && kinds[i - 1] == kind) {
		i--;
		while (i - begin >= 8 && (memcpy(&word, kinds + i - 8, 8), word == eight))
			i -= 8;
	}
	return i;
}

/* ---- masks: bit i is block i of 64 ---- */

enum { BLOCKS_MASK = 64 };

/* Blocks of this kind. */
#ifdef __SSE2__
static inline uint64_t blocks_equal_16(const uint8_t kinds[16], __m128i kind)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)kinds);

	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, kind));
}

static inline uint64_t blocks_mask(const uint8_t kinds[BLOCKS_MASK], uint8_t kind)
{
	__m128i wanted = _mm_set1_epi8((char)kind);

	return blocks_equal_16(kinds, wanted) | blocks_equal_16(kinds + 16, wanted) << 16 |
	       blocks_equal_16(kinds + 32, wanted) << 32 | blocks_equal_16(kinds + 48, wanted) << 48;
}

static inline uint64_t blocks_same_16(const uint8_t a[16], const uint8_t b[16])
{
	return blocks_equal_16(a, _mm_loadu_si128((const __m128i *)(const void *)b));
}

/* Blocks of the same kind in both. */
static inline uint64_t blocks_mask_same(const uint8_t a[BLOCKS_MASK], const uint8_t b[BLOCKS_MASK])
{
	return blocks_same_16(a, b) | blocks_same_16(a + 16, b + 16) << 16 | blocks_same_16(a + 32, b + 32) << 32 |
	       blocks_same_16(a + 48, b + 48) << 48;
}
#else
static inline uint64_t blocks_mask(const uint8_t kinds[BLOCKS_MASK], uint8_t kind)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < BLOCKS_MASK; i++)
		mask |= (uint64_t)(kinds[i] == kind) << i;
	return mask;
}

static inline uint64_t blocks_mask_same(const uint8_t a[BLOCKS_MASK], const uint8_t b[BLOCKS_MASK])
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < BLOCKS_MASK; i++)
		mask |= (uint64_t)(a[i] == b[i]) << i;
	return mask;
}
#endif

/* Number of bits set, by pairs, nibbles, bytes, and in total. */
static inline uint32_t mask_n_set(uint64_t bits)
{
	bits -= bits >> 1 & UINT64_C(0x5555555555555555);
	bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
	bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (uint32_t)(bits * UINT64_C(0x0101010101010101) >> 56);
}

/* Number of bits set below the lowest one that is not. */
static inline uint32_t mask_n_low_set(uint64_t bits)
{
	return bits == UINT64_MAX ? BLOCKS_MASK : (uint32_t)__builtin_ctzll(~bits);
}

/* The runs of tails that begin in one of these blocks. */
static inline uint64_t mask_tails_of(uint64_t begins, uint64_t tail) { return tail & ~(tail + (tail & begins)); }
