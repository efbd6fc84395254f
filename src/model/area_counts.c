/* One pass over one area, a word of 64 blocks at a time. Three bit masks say which of them are
 * free, tails and heads, and nearly every figure is how many bits are set in a mask that follows
 * from these by shifts. So objects of two blocks or more are counted by their second blocks, which
 * are the tails right after heads.
 *
 * The tails of many objects are found by one addition: a tail right after a head, added to all
 * tails as one number, carries through its run and clears it. What is cleared belongs to the heads
 * whose first tails were added (mask_tails_of).
 *
 * So an object costs nothing by itself. What costs is every kind of head that a word has, none of
 * which is special, and every free run, as its length must be known. */
#include <string.h>

#include "memprof/model/blocks.h"
#include "memprof/model/pool_state.h"

enum { WORD = BLOCKS_MASK, LETTERS = 128 };

/* Two sums that grow together (add_set). */
struct pair {
	uint64_t a, b;
};

struct pass {
	struct pair kinds[LETTERS]; /* by letter: objects; blocks, in the head's word only */
	struct pair later;          /* second blocks of objects; third ones */

	/* What may go on in the next word. */
	uint64_t head, second; /* 1 if the last block is a head; a second block */
	uint64_t object;       /* 1 if it belongs to an object, ... */
	uint32_t object_start; /* ... which begins here ... */
	uint8_t object_kind;   /* ... and is of this kind */
	uint32_t free_run;     /* blocks of the free run so far that it belongs to */
};

/* The same for two masks at the price of one. */
static inline void add_set(uint64_t a, uint64_t b, struct pair *ret)
{
#ifdef __SSE2__
	const __m128i odd = _mm_set1_epi8(0x55), low = _mm_set1_epi8(0x33), half = _mm_set1_epi8(0x0f);
	__m128i *sums = (__m128i *)(void *)ret;
	__m128i bits = _mm_set_epi64x((int64_t)b, (int64_t)a);

	bits = _mm_sub_epi8(bits, _mm_and_si128(_mm_srli_epi64(bits, 1), odd));
	bits = _mm_add_epi8(_mm_and_si128(bits, low), _mm_and_si128(_mm_srli_epi64(bits, 2), low));
	bits = _mm_and_si128(_mm_add_epi8(bits, _mm_srli_epi64(bits, 4)), half);
	bits = _mm_sad_epu8(bits, _mm_setzero_si128());
	_mm_storeu_si128(sums, _mm_add_epi64(_mm_loadu_si128(sums), bits));
#else
	ret->a += mask_n_set(a);
	ret->b += mask_n_set(b);
#endif
}

/* Whether n < 64 bits in a row are set; for n = 0, whether any is. In whatever order, the halves
 * that n is cut into add up to every distance below n. */
static bool has_run(uint64_t bits, uint32_t n)
{
	for (; n > 1; n -= n / 2)
		bits &= bits >> n / 2;
	return bits != 0;
}

static inline void add_blocks(uint8_t kind, uint32_t n, struct area_counts *ret)
{
	ret->kind_blocks[kind % LETTERS] += n;
	ret->n_used += n;
}

static inline void add_free_run(uint32_t n, struct area_counts *ret)
{
	unsigned class = 31u - (unsigned)__builtin_clz(n);

	ret->n_free += n;
	ret->n_free_runs++;
	ret->class_runs[class]++;
	ret->class_blocks[class] += n;
	ret->max_free = MAX(ret->max_free, n);
}

static void count_free(uint64_t is_free, struct pass *pass, struct area_counts *ret)
{
	if (is_free == UINT64_MAX) {
		pass->free_run += WORD;
		return;
	}
	if (pass->free_run > 0) {
		add_free_run(pass->free_run + mask_n_low_set(is_free), ret);
		is_free &= is_free + 1;
	}
	pass->free_run = (uint32_t)__builtin_clzll(~is_free);
	is_free &= UINT64_MAX >> pass->free_run;
	while (is_free != 0) {
		/* A carry through the lowest run leaves the bit after it. */
		uint64_t after = is_free + (is_free & -is_free);
		add_free_run((uint32_t)(__builtin_ctzll(after) - __builtin_ctzll(is_free)), ret);
		is_free &= after;
	}
}

static void count_objects(const uint8_t kinds[WORD], uint32_t at, uint64_t tail, uint64_t head, struct pass *pass,
			  struct area_counts *ret)
{
	uint64_t owned = mask_tails_of(head << 1 | pass->object, tail), orphans = tail & ~owned;
	uint64_t second = tail & (head << 1 | pass->head);
	uint64_t third = tail & (second << 1 | pass->second);

	add_set(second, third, &pass->later);
	if (orphans != 0) /* of objects whose heads are in a missing row */
		add_blocks(BLOCK_TAIL, mask_n_set(orphans), ret);
	if (pass->object) {
		uint32_t n = mask_n_low_set(tail);
		add_blocks(pass->object_kind, n, ret);
		ret->max_object = MAX(ret->max_object, at + n - pass->object_start);
	}
	/* Objects that end here too: max_object tails in a row are an object that is larger. */
	ret->max_object = MAX(ret->max_object, head != 0);
	while (ret->max_object < WORD && has_run(owned, ret->max_object))
		ret->max_object++;
	for (uint64_t left = head; left != 0;) {
		uint8_t kind = kinds[__builtin_ctzll(left)];
		uint64_t mine = blocks_mask(kinds, kind);
		add_set(mine, mine | mask_tails_of(mine << 1, tail), &pass->kinds[kind % LETTERS]);
		left &= ~mine;
	}
	if (head != 0) {
		uint32_t i_last = WORD - 1 - (uint32_t)__builtin_clzll(head);
		pass->object_start = at + i_last;
		pass->object_kind = kinds[i_last];
	}
	pass->object = (head | owned) >> (WORD - 1);
	pass->head = head >> (WORD - 1);
	pass->second = second >> (WORD - 1);
}

static void count_word(const uint8_t kinds[WORD], uint32_t at, struct pass *pass, struct area_counts *ret)
{
	uint64_t is_free = blocks_mask(kinds, BLOCK_FREE), tail = blocks_mask(kinds, BLOCK_TAIL);
	uint64_t unknown = blocks_mask(kinds, BLOCK_UNKNOWN);

	if (unknown != 0)
		ret->n_unknown += mask_n_set(unknown);
	count_free(is_free, pass, ret);
	count_objects(kinds, at, tail, ~(is_free | tail | unknown), pass, ret);
}

void area_count(const struct heap_area *area, struct area_counts *ret)
{
	uint32_t n_last = area->n_blocks % WORD, n_whole = area->n_blocks - n_last, n_objects = 0;
	struct pass pass = { .free_run = 0 };
	uint32_t max_free = ret->max_free, n_free = ret->n_free; /* of the areas before */
	uint8_t last[WORD];

	if (area->n_blocks == 0)
		return;
	ret->max_free = 0;
	/* The last word is filled up with unknown blocks, at least one: they end what is open. */
	memset(last, BLOCK_UNKNOWN, sizeof(last));
	memcpy(last, area->kinds + n_whole, n_last);
	for (uint32_t at = 0; at <= n_whole; at += WORD)
		count_word(at < n_whole ? area->kinds + at : last, at, &pass, ret);
	ret->n_unknown -= WORD - n_last;
	ret->n_longest += ret->max_free;
	ret->max_free = MAX(max_free, ret->max_free);
	ret->n_free_areas += ret->n_free > n_free;

	for (unsigned i = 0; i < LETTERS; i++) {
		ret->kind_objects[i] += (uint32_t)pass.kinds[i].a;
		n_objects += (uint32_t)pass.kinds[i].a;
		add_blocks((uint8_t)i, (uint32_t)pass.kinds[i].b, ret);
	}
	ret->n_objects += n_objects;
	ret->n_one += n_objects - (uint32_t)pass.later.a;
	ret->n_two += (uint32_t)(pass.later.a - pass.later.b);
}

void pool_count(const struct heap_pool *pool, struct area_counts *ret)
{
	*ret = (struct area_counts){ 0 };
	for (uint32_t i = 0; i < pool->n_areas; i++)
		area_count(&pool->areas[i], ret);
}

/* ---- figures alone ---- */

/* The longest free run so far; *open: how much of it lies at the end of this word. */
static uint32_t longest_free(uint64_t is_free, uint32_t *open, uint32_t longest)
{
	if (is_free == UINT64_MAX) {
		*open += WORD;
		return longest;
	}
	longest = MAX(longest, *open + mask_n_low_set(is_free));
	*open = (uint32_t)__builtin_clzll(~is_free);
	while (longest < WORD - 1 && has_run(is_free, longest + 1))
		longest++;
	return longest;
}

void area_count_figures(const struct heap_area *area, struct area_counts *ret)
{
	uint32_t n_last = area->n_blocks % WORD, n_whole = area->n_blocks - n_last, open = 0, longest = 0;
	struct pair blocks = { 0, 0 }; /* free ones; tails */
	uint32_t n_unknown = 0;
	uint8_t last[WORD];

	memset(last, BLOCK_UNKNOWN, sizeof(last)); /* as in area_count */
	if (n_last > 0)
		memcpy(last, area->kinds + n_whole, n_last);
	for (uint32_t at = 0; at <= n_whole; at += WORD) {
		const uint8_t *kinds = at < n_whole ? area->kinds + at : last;
		uint64_t is_free = blocks_mask(kinds, BLOCK_FREE), unknown = blocks_mask(kinds, BLOCK_UNKNOWN);
		add_set(is_free, blocks_mask(kinds, BLOCK_TAIL), &blocks);
		if (unknown != 0)
			n_unknown += mask_n_set(unknown);
		longest = longest_free(is_free, &open, longest);
	}
	n_unknown -= WORD - n_last;
	ret->n_unknown += n_unknown;
	ret->n_free += (uint32_t)blocks.a;
	ret->n_used += area->n_blocks - n_unknown - (uint32_t)blocks.a;
	ret->n_objects += area->n_blocks - n_unknown - (uint32_t)(blocks.a + blocks.b);
	ret->n_longest += longest;
	ret->max_free = MAX(ret->max_free, longest);
}
