#include "agent_board.h"
#include "agent_pool.h"
#include "unit.h"

/* The two mallocs of newlib, in memory laid out by hand, with the words of this machine; tests/device/test-newlib.py
 * has the real ones. */
enum { WORD = sizeof(uintptr_t) };

static uintptr_t sbrk_end;
static uintptr_t sbrk_now(void) { return sbrk_end; }
static void *free_list;
MEMPROF_POOL_NANO(nano, "C heap", WIRE_MEMORY_SRAM, pool_where, sbrk_now, &free_list, 16);
MEMPROF_POOL_DLMALLOC(dlmalloc, "C heap", WIRE_MEMORY_SRAM, pool_where, sbrk_now, 16);

/* malloc'ed as large as it is, so that a read beyond is found. */
static uintptr_t *words;

static void lay_out(size_t n_words, size_t n_left)
{
	words = aligned_alloc(2 * WORD, (n_words + n_left + 1) / 2 * 2 * WORD);
	assert_non_null(words);
	memset(words, 0x5a, (n_words + n_left) * WORD);
	pool_address = (uintptr_t)words;
	pool_bytes = (n_words + n_left) * WORD;
	sbrk_end = pool_address + n_words * WORD;
	pool_is_there = true;
}

static bool is_damaged(const struct memprof_pool *pool) { return pool_stat(pool, WIRE_STAT_DAMAGED) == 1; }

/* Chunks in words, with the one of their size; negative ones are free. No size that differs in a bit would end where
 * another chunk does: that is no damage that can be seen. */
static const int nano_chunks[] = { 4, -39, 7, 5, -705, 15, 192, -3, 10 };
enum { N_NANO = sizeof(nano_chunks) / sizeof(nano_chunks[0]), NANO_WORDS = 980 };

static void nano_build(size_t n_left)
{
	void **link = &free_list;
	size_t at = 0;

	lay_out(NANO_WORDS, n_left);
	for (size_t i = 0; i < N_NANO; i++) {
		size_t n = (size_t)abs(nano_chunks[i]);

		words[at] = n * WORD;
		if (nano_chunks[i] < 0) {
			*link = &words[at];
			link = (void **)&words[at + 1];
		}
		at += n;
	}
	*link = NULL;
	assert_int_equal(at, NANO_WORDS);
}

UNIT_TEST(nano_is_counted)
{
	nano_build(100);
	assert_false(is_damaged(&nano));
	assert_u64_equal(pool_stat(&nano, WIRE_STAT_TOTAL), (NANO_WORDS + 100) * WORD);
	assert_u64_equal(pool_stat(&nano, WIRE_STAT_USED), 233 * WORD - 6 * 8);
	assert_u64_equal(pool_stat(&nano, WIRE_STAT_FREE), 847 * WORD - 4 * 8);
	assert_u64_equal(pool_stat(&nano, WIRE_STAT_USED_BLOCKS), 6);
	assert_u64_equal(pool_stat(&nano, WIRE_STAT_FREE_BLOCKS), 4); /* what sbrk has not given is one */
	assert_u64_equal(pool_stat(&nano, WIRE_STAT_LARGEST_FREE), 705 * WORD - 8);
	assert_u64_equal(pool_stat(&nano, WIRE_STAT_LARGEST_FIT), 705 * WORD - 8);
	assert_u64_equal(pool_stat(&nano, WIRE_STAT_PEAK), NANO_WORDS * WORD);
	free(words);
	nano_build(1000);
	assert_u64_equal(pool_stat(&nano, WIRE_STAT_LARGEST_FIT), 1000 * WORD - 8);
	sbrk_end = pool_address; /* nothing was ever allocated */
	free_list = NULL;
	assert_false(is_damaged(&nano));
	assert_u64_equal(pool_stat(&nano, WIRE_STAT_USED_BLOCKS), 0);
	assert_u64_equal(pool_stat(&nano, WIRE_STAT_LARGEST_FIT), pool_bytes - 8);
	pool_is_there = false;
	assert_false(nano.walk(&nano, memprof_count_block, NULL));
	free(words);
}

static void flip_each_bit(const struct memprof_pool *pool, uintptr_t *word, unsigned from_bit)
{
	uintptr_t right = *word;

	assert_false(is_damaged(pool));
	for (unsigned bit = from_bit; bit < 8 * WORD; bit++) {
		*word = right ^ (uintptr_t)1 << bit;
		assert_true(is_damaged(pool));
	}
	*word = right;
}

static void wrong_ends_are_found(const struct memprof_pool *pool)
{
	uintptr_t right = sbrk_end;

	for (sbrk_end = pool_address - 2 * WORD; sbrk_end < pool_address + pool_bytes + 8; sbrk_end++)
		assert_true(is_damaged(pool) || (sbrk_end >= pool_address && sbrk_end <= pool_address + pool_bytes));
	sbrk_end = right;
}

UNIT_TEST(damage_of_nano_is_found)
{
	nano_build(0);
	flip_each_bit(&nano, (uintptr_t *)&free_list, 0);
	for (size_t i = 0, at = 0; i < N_NANO; at += (size_t)abs(nano_chunks[i++])) {
		flip_each_bit(&nano, &words[at], 0);
		if (nano_chunks[i] < 0)
			flip_each_bit(&nano, &words[at + 1], 0);
	}
	free(words);
	nano_build(50);
	wrong_ends_are_found(&nano);
	free(words);
}

/* Chunks in pairs of words, the last one top; 0: two heads of one word each, as after a part of a page. */
static const int dl_chunks[] = { 6, -55, 14, 2, -656, 18, -10, 192, -10, 0, 28, 46 };
enum { N_DL = sizeof(dl_chunks) / sizeof(dl_chunks[0]), DL_WORDS = 2 * 1039, TOP_PAIRS = 46 };

/* odd: of the words of top, as of a part of a page. */
static void dl_build(size_t n_left, size_t odd)
{
	size_t at = 0, before = 0, last_free = 0;
	bool used = true;

	lay_out(DL_WORDS + odd, n_left);
	for (size_t i = 0; i < N_DL; i++) {
		size_t n = 2 * (size_t)abs(dl_chunks[i]);

		if (!used)
			words[at] = before * WORD;
		words[at + 1] = (n ? n + (i + 1 == N_DL ? odd : 0) : 1) * WORD | used;
		if (n == 0)
			words[at + 2] = WORD | 1;
		used = dl_chunks[i] >= 0;
		if (!used) { /* one bin, outside */
			words[at + 2] = (uintptr_t)&free_list;
			words[at + 3] = last_free ? (uintptr_t)&words[last_free] : (uintptr_t)&free_list;
			if (last_free)
				words[last_free + 2] = (uintptr_t)&words[at];
			last_free = at;
		}
		before = n;
		at += n ? n : 4;
	}
	assert_int_equal(at, DL_WORDS);
}

UNIT_TEST(dlmalloc_is_counted)
{
	for (size_t odd = 0; odd < 2; odd++) {
		dl_build(10, odd);
		assert_false(is_damaged(&dlmalloc));
		assert_u64_equal(pool_stat(&dlmalloc, WIRE_STAT_TOTAL), pool_bytes);
		assert_u64_equal(pool_stat(&dlmalloc, WIRE_STAT_USED), 2 * 260 * WORD - 6 * WORD);
		/* top reaches up to the limit of sbrk */
		assert_u64_equal(pool_stat(&dlmalloc, WIRE_STAT_FREE),
				 2 * 731 * WORD - 4 * WORD + (2 * TOP_PAIRS + odd + 10 - 2) * WORD);
		assert_u64_equal(pool_stat(&dlmalloc, WIRE_STAT_USED_BLOCKS), 6);
		assert_u64_equal(pool_stat(&dlmalloc, WIRE_STAT_FREE_BLOCKS), 5);
		assert_u64_equal(pool_stat(&dlmalloc, WIRE_STAT_LARGEST_FREE), 2 * 656 * WORD - WORD);
		assert_u64_equal(pool_stat(&dlmalloc, WIRE_STAT_LARGEST_FIT), 2 * 656 * WORD - WORD);
		free(words);
	}
}

/* What sbrk gives comes in pages, and four words of top stay. */
UNIT_TEST(dlmalloc_grows_by_pages)
{
	enum { PAGE = 4096, STAYS = 5 * WORD };

	dl_build(3 * PAGE / WORD - 1, 0);
	assert_u64_equal(pool_stat(&dlmalloc, WIRE_STAT_LARGEST_FIT), 2 * 656 * WORD - WORD);
	free(words);
	dl_build(3 * PAGE / WORD, 0);
	assert_u64_equal(pool_stat(&dlmalloc, WIRE_STAT_LARGEST_FIT), 3 * PAGE - STAYS);
	sbrk_end = pool_address; /* at first by as much as is asked for */
	assert_u64_equal(pool_stat(&dlmalloc, WIRE_STAT_LARGEST_FIT), pool_bytes - STAYS);
	assert_u64_equal(pool_stat(&dlmalloc, WIRE_STAT_USED_BLOCKS), 0);
	pool_is_there = false;
	assert_false(dlmalloc.walk(&dlmalloc, memprof_count_block, NULL));
	free(words);
}

UNIT_TEST(damage_of_dlmalloc_is_found)
{
	dl_build(0, 0);
	for (size_t i = 0, at = 0; i < N_DL; i++) {
		/* that the chunk before is free, no other word tells */
		flip_each_bit(&dlmalloc, &words[at + 1], i > 0 && dl_chunks[i - 1] < 0);
		if (dl_chunks[i] == 0)
			flip_each_bit(&dlmalloc, &words[at + 2], 0);
		if (dl_chunks[i] < 0)
			flip_each_bit(&dlmalloc, &words[at + 2 * (size_t)-dl_chunks[i]], 0);
		for (size_t link = 2; link < 4 && dl_chunks[i] < 0; link++) {
			uintptr_t right = words[at + link];

			for (unsigned bit = 0; bit < 8 * WORD; bit++) { /* what is no chunk may be a bin */
				uintptr_t wrong = right ^ (uintptr_t)1 << bit;
				bool is_inside = wrong >= pool_address && wrong < sbrk_end;

				words[at + link] = wrong;
				assert_true(!is_inside || is_damaged(&dlmalloc));
			}
			words[at + link] = right;
		}
		at += dl_chunks[i] ? 2 * (size_t)abs(dl_chunks[i]) : 4;
	}
	free(words);
	dl_build(50, 0);
	free_list = NULL;
	wrong_ends_are_found(&dlmalloc);
	free(words);
}

/* Whatever is there: no read outside, and an end. */
UNIT_TEST(any_bytes_are_walked)
{
	uint32_t random = 7;

	for (int round = 0; round < 4000; round++) {
		const struct memprof_pool *pool = round % 2 ? &nano : &dlmalloc;

		if (round % 2)
			nano_build((size_t)round % 3 * 20);
		else
			dl_build((size_t)round % 3 * 20, 0);
		for (uint32_t k = next_random(&random) % 40; k > 0; k--)
			((uint8_t *)words)[next_random(&random) % pool_bytes] = (uint8_t)next_random(&random);
		pool_stat(pool, WIRE_STAT_DAMAGED);
		free(words);
	}
}
