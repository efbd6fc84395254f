/* Programs on a heap that allocates first-fit, as py/gc.c does, and collects when it is full. */
#include "memprof/analysis/survival.h"

#include <math.h>

#include "memprof/base/number.h"
#include "trend/private.h"
#include "unit.h"

enum { N_BLOCKS = 600, BLOCK_BYTES = 16, N_AREAS_MAX = 2 };

static struct {
	uint8_t kinds[N_AREAS_MAX][N_BLOCKS];
	bool kept[N_AREAS_MAX][N_BLOCKS]; /* of heads */
	uint32_t n_areas, from, n_collections;
	uint64_t base;
} board;
static struct survival *survival;
static bool guessed;
static uint64_t now_us = NOT_KNOWN, allocated_bytes = NOT_KNOWN; /* since the collection before */

static void begin(void)
{
	memset(&board, 0, sizeof(board));
	memset(board.kinds, BLOCK_FREE, sizeof(board.kinds));
	board.n_areas = 1;
	board.base = 0x20000000;
	survival = survival_new();
	assert_non_null(survival);
}

static void drop(uint32_t at)
{
	uint32_t area = at / N_BLOCKS, i = at % N_BLOCKS;

	do
		board.kinds[area][i++] = BLOCK_FREE;
	while (i < N_BLOCKS && board.kinds[area][i] == BLOCK_TAIL);
}

static void collect(void)
{
	for (uint32_t i = 0; i < board.n_areas * N_BLOCKS; i++)
		if (block_is_head(board.kinds[i / N_BLOCKS][i % N_BLOCKS]) && !board.kept[i / N_BLOCKS][i % N_BLOCKS])
			drop(i);
	board.from = 0;
	board.n_collections++;
}

static bool fits(uint32_t at, uint32_t n)
{
	if (at % N_BLOCKS + n > N_BLOCKS)
		return false;
	for (uint32_t k = 0; k < n; k++)
		if (board.kinds[at / N_BLOCKS][at % N_BLOCKS + k] != BLOCK_FREE)
			return false;
	return true;
}

/* Where it is. */
static uint32_t allocate(uint8_t kind, uint32_t n, bool kept)
{
	for (int tries = 0; tries < 2; tries++) {
		for (uint32_t at = board.from; at < board.n_areas * N_BLOCKS; at++) {
			if (!fits(at, n))
				continue;
			memset(&board.kinds[at / N_BLOCKS][at % N_BLOCKS], BLOCK_TAIL, n);
			board.kinds[at / N_BLOCKS][at % N_BLOCKS] = kind;
			board.kept[at / N_BLOCKS][at % N_BLOCKS] = kept;
			if (n == 1)
				board.from = at;
			return at;
		}
		collect();
	}
	fail_msg("the heap is full");
	return 0;
}

static void look(bool collected)
{
	struct heap heap;
	struct heap_pool *pool;

	heap_init(&heap);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
	pool->block_bytes = BLOCK_BYTES;
	pool->guessed_kinds = guessed;
	pool->collected_after_bytes = allocated_bytes;
	for (uint32_t i = 0; i < board.n_areas; i++) {
		assert_int_equal(heap_add_area(pool, board.base + i * 0x100000), 0);
		uint8_t *kinds = heap_extend(pool, N_BLOCKS);
		memcpy(kinds, board.kinds[i], N_BLOCKS);
		for (uint32_t k = 0; guessed && k < N_BLOCKS; k++)
			kinds[k] = block_is_head(kinds[k]) ? BLOCK_HEAD : kinds[k];
	}
	heap_seal(&heap);
	assert_int_equal(survival_add(survival, &heap.pools[0], collected, now_us), 0);
	heap_deinit(&heap);
}

static struct survival_result result(void)
{
	struct survival_result r;

	assert_int_equal(survival_work_out(survival, &r), 0);
	return r;
}

static struct survival_result finish(void)
{
	struct survival_result r = result();

	survival_free(survival);
	return r;
}

/* The start-up, and a turn: some garbage of several kinds and sizes. */
static void start(void)
{
	begin();
	for (int i = 0; i < 20; i++)
		allocate(BLOCK_DICT, 2, true);
	look(false);
}

static void make_garbage(uint32_t turn)
{
	allocate(BLOCK_TUPLE, 1 + turn % 3, false);
	allocate(BLOCK_STR, 1, false);
	allocate(BLOCK_HEAD, 2 + turn % 2, false);
}

/* What stays cannot have grown: that it has not says nothing. */
UNIT_TEST(a_heap_that_is_full_all_along)
{
	struct survival_result r;

	begin();
	for (int i = 0; i < 292; i++)
		allocate(BLOCK_DICT, 2, true);
	look(false);
	for (uint32_t turn = 0; turn < 600; turn++) {
		make_garbage(turn);
		look(false);
	}
	r = finish();
	assert_true(r.n_collections >= 20);
	assert_true(r.is_full);
	assert_int_equal(r.verdict, LEAK_UNKNOWN);
}

UNIT_TEST(nothing_stays)
{
	struct survival_result r;

	start();
	for (uint32_t turn = 0; turn < 2400; turn++) {
		make_garbage(turn);
		if (turn % 23 == 0)
			look(false);
	}
	r = finish();
	assert_int_equal(r.verdict, LEAK_STEADY);
	assert_false(r.is_full);
	assert_true(r.n_collections >= 20 && r.n_collections <= board.n_collections);
	assert_true(isnan(r.bytes_per_collection));
	assert_true(r.floor_bytes >= 40 * BLOCK_BYTES && r.floor_bytes <= 44 * BLOCK_BYTES);
	assert_int_equal(r.n_stays, 0);
}

/* One list more stays of each collection, allocated so many turns after it. */
static struct survival_result leak_a_list(uint32_t n_turns)
{
	uint32_t n_collections = 0, since = 0;

	start();
	for (uint32_t turn = 0; board.n_collections < 30; turn++) {
		make_garbage(turn);
		if (board.n_collections > n_collections && ++since == n_turns) {
			n_collections = board.n_collections;
			since = 0;
			allocate(BLOCK_LIST, 3, true);
		}
		if (turn % 11 == 0)
			look(false);
	}
	return finish();
}

UNIT_TEST(one_list_stays_of_each_collection)
{
	struct survival_result r = leak_a_list(40);

	assert_int_equal(r.verdict, LEAK_LEAKING);
	assert_true(r.n_collections >= 28 && r.n_collections <= 30);
	assert_true(fabs(r.bytes_per_collection - 3 * BLOCK_BYTES) < 8);
	assert_int_equal(r.n_stays, 1);
	assert_int_equal(r.stays[0].kind, BLOCK_LIST);
	assert_int_equal(r.stays[0].bytes, 3 * BLOCK_BYTES);
	assert_true(fabs(r.stays[0].objects_per_collection - 1) < 0.2);
	assert_int_equal(r.stays[0].n_addresses, SURVIVAL_ADDRESSES_MAX);
	assert_true(r.stays[0].addresses[0] > 0x20000000 && r.stays[0].addresses[0] < r.stays[0].addresses[1]);
}

/* One of many short-lived objects is there in the last table by chance. */
UNIT_TEST(what_does_not_come_again_is_no_stay)
{
	uint32_t n_collections = 0;
	struct survival_result r;

	start();
	for (uint32_t turn = 0; board.n_collections < 30; turn++) {
		make_garbage(turn);
		if (board.n_collections > n_collections && turn % 40 == 0) {
			n_collections = board.n_collections;
			allocate(BLOCK_LIST, 3, true);
			if (n_collections == 20)
				allocate(BLOCK_DICT, 5, true);
		}
		if (turn % 11 == 0)
			look(false);
	}
	r = finish();
	assert_int_equal(r.verdict, LEAK_LEAKING);
	assert_int_equal(r.n_stays, 1);
	assert_int_equal(r.stays[0].kind, BLOCK_LIST);
}

/* Objects that stay until the heap is almost full, and collections after which nothing more does: n_after of them, each
 * after so many blocks of garbage, if the board tells. */
static struct survival_result fill_the_heap(uint32_t n_after, bool tells, uint32_t garbage_blocks)
{
	uint32_t n_kept = 40;

	allocated_bytes = tells ? 18 * BLOCK_BYTES : NOT_KNOWN;
	start();
	for (uint32_t turn = 0; n_kept < N_BLOCKS - N_BLOCKS / 14; turn++) {
		n_kept += 3;
		allocate(BLOCK_LIST, 3, true);
		if (turn % 6 == 0) {
			collect();
			look(true);
		}
	}
	allocated_bytes = tells ? garbage_blocks * BLOCK_BYTES : NOT_KNOWN;
	for (uint32_t i = 0; i < n_after; i++) {
		collect();
		look(true);
	}
	allocated_bytes = NOT_KNOWN;
	return finish();
}

/* It died of a MemoryError, after some vain collections; or it is a cache that fills the heap. */
UNIT_TEST(a_leak_that_has_filled_the_heap)
{
	struct survival_result r = fill_the_heap(0, false, 0);
	uint32_t n_growing = (uint32_t)r.n_collections;

	assert_int_equal(r.verdict, LEAK_LEAKING);
	for (uint32_t n_after = 1; n_after < n_growing / 10; n_after++)
		assert_int_equal(fill_the_heap(n_after, false, 0).verdict, LEAK_LEAKING);
	for (uint32_t n_after = n_growing / 4; n_after <= 3 * n_growing; n_after *= 2)
		assert_int_not_equal(fill_the_heap(n_after, false, 0).verdict, LEAK_LEAKING);
	for (uint32_t n_after = 1; n_after < n_growing / 2; n_after += 3)
		assert_int_equal(fill_the_heap(n_after, true, 1).verdict, LEAK_LEAKING);
	for (uint32_t n_after = n_growing / 4; n_after <= 3 * n_growing; n_after *= 2)
		assert_int_not_equal(fill_the_heap(n_after, true, 20).verdict, LEAK_LEAKING);
}

/* They lie where all memory is allocated anew after a collection. */
UNIT_TEST(lists_that_may_be_garbage) { assert_int_equal(leak_a_list(1).verdict, LEAK_UNKNOWN); }

/* Every item goes after a while, which is longer and longer. */
UNIT_TEST(a_queue_grows)
{
	static uint32_t queue[2000];
	struct survival_result r;
	size_t n_put = 0, n_taken = 0;

	start();
	for (uint32_t turn = 0; board.n_collections < 30; turn++) {
		make_garbage(turn);
		queue[n_put++] = allocate(BLOCK_TUPLE, 2, true);
		if (turn % 12)
			drop(queue[n_taken++]);
		if (turn % 7 == 0)
			look(false);
	}
	r = finish();
	assert_int_equal(r.verdict, LEAK_GROWING);
	assert_true(r.bytes_per_collection > BLOCK_BYTES);
	assert_int_equal(r.n_stays, 0);
}

/* A string that is made anew, and longer, in each turn. */
UNIT_TEST(a_string_grows)
{
	struct survival_result r;
	uint32_t last;

	start();
	last = allocate(BLOCK_HEAD, 8, true);
	for (uint32_t turn = 0; board.n_collections < 24; turn++) {
		make_garbage(turn);
		uint32_t longer = allocate(BLOCK_HEAD, 8 + turn / 25, true);
		board.kept[last / N_BLOCKS][last % N_BLOCKS] = false;
		last = longer;
		if (turn % 5 == 0)
			look(false);
	}
	r = finish();
	assert_int_equal(r.verdict, LEAK_GROWING);
}

/* Beside a cache that has filled: not known, but never steady. */
UNIT_TEST(a_string_grows_beside_a_cache)
{
	struct survival *s = survival_new();
	struct survival_result r;

	s->block_bytes = BLOCK_BYTES;
	s->n_blocks = 16384;
	s->n_tables = s->cycle = 400;
	for (uint32_t i = 0; i < 400; i++) {
		uint32_t cache = 1000 + 20 * MIN(i, 168), string = 10 + i / 3;
		s->floors[s->n_floors++] =
			(struct survival_floor){ .certain = cache, .all = cache + string, .largest = string, .at = i };
	}
	assert_int_equal(survival_work_out(s, &r), 0);
	survival_free(s);
	assert_int_equal(r.verdict, LEAK_UNKNOWN);
}

/* Collections come less often later on: their rate by the clock is that of those that are judged. */
UNIT_TEST(time_between_collections)
{
	uint64_t at_10_us = 0;

	start();
	now_us = 0;
	for (uint32_t turn = 0; board.n_collections < 30; turn++) {
		make_garbage(turn);
		if (turn % 40 == 0)
			allocate(BLOCK_LIST, 3, true);
		now_us += board.n_collections < 10 ? 100 : 1000;
		at_10_us = board.n_collections <= 10 ? now_us : at_10_us;
		if (turn % 11 == 0)
			look(false);
	}
	double us = (double)(now_us - at_10_us) / 20;
	struct survival_result r = finish();
	now_us = NOT_KNOWN;
	assert_int_equal(r.verdict, LEAK_LEAKING);
	assert_true(fabs(r.us_per_collection - us) < 0.1 * us);
}

/* It fills during the first half. */
UNIT_TEST(a_cache_that_is_full)
{
	struct survival_result r;

	start();
	for (uint32_t turn = 0; board.n_collections < 40; turn++) {
		make_garbage(turn);
		if (turn % 10 == 0 && board.n_collections < 18)
			allocate(BLOCK_STR, 1, true);
		if (turn % 11 == 0)
			look(false);
	}
	r = finish();
	assert_int_equal(r.verdict, LEAK_STEADY);
}

/* So many objects are in use after each collection; the newest go first. */
static enum leak_verdict verdict_of(const uint32_t *levels, size_t n_levels)
{
	uint32_t kept[100], n = 0;

	start();
	for (size_t i = 0; i < n_levels; i++) {
		while (n > levels[i])
			drop(kept[--n]);
		while (n < levels[i])
			kept[n++] = allocate(BLOCK_STR, 1, true);
		look(false);
		collect();
		look(true);
	}
	return finish().verdict;
}

UNIT_TEST(a_cache_that_has_just_filled)
{
	static const uint32_t fills[] = { 10, 20, 30, 40, 50, 60, 70, 80, 90, 90, 90, 90, 90 };

	assert_int_equal(verdict_of(fills, 9), LEAK_LEAKING);
	assert_int_equal(verdict_of(fills, 10), LEAK_LEAKING);
	assert_int_equal(verdict_of(fills, ARRAY_SIZE(fills)), LEAK_UNKNOWN);
}

/* The least does not rise: once everything is dropped, and soon there is as much again. */
UNIT_TEST(what_is_usual_rises)
{
	static const uint32_t levels[] = { 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 40, 40, 40, 40, 5, 40, 40, 40 };

	assert_int_equal(verdict_of(levels, 15), LEAK_STEADY);
	assert_int_equal(verdict_of(levels, ARRAY_SIZE(levels)), LEAK_UNKNOWN);
}

UNIT_TEST(right_after_collections)
{
	struct survival_result r;

	start();
	for (int i = 0; i < 12; i++) {
		if (i == SURVIVAL_COLLECTIONS_LEAST - 1)
			assert_int_equal(result().verdict, LEAK_UNKNOWN);
		allocate(BLOCK_FLOAT, 1, true);
		collect();
		look(true);
	}
	r = finish();
	assert_int_equal(r.n_collections, 12);
	assert_int_equal(r.verdict, LEAK_LEAKING);
	assert_true(fabs(r.bytes_per_collection - BLOCK_BYTES) < 0.01);
	assert_int_equal(r.stays[0].kind, BLOCK_FLOAT);
}

/* MICROPY_GC_SPLIT_HEAP_AUTO adds areas. */
UNIT_TEST(the_heap_grows)
{
	struct survival_result r;

	start();
	for (uint32_t turn = 0; board.n_collections < 30; turn++) {
		make_garbage(turn);
		if (board.n_collections == 12)
			board.n_areas = 2;
		if (turn % 11 == 0)
			look(false);
	}
	r = finish();
	assert_int_equal(r.verdict, LEAK_STEADY);
	assert_true(r.n_collections > 20);
}

UNIT_TEST(another_heap)
{
	struct survival_result r;

	start();
	for (uint32_t turn = 0; turn < 600; turn++) {
		make_garbage(turn);
		look(turn % 5 == 0);
	}
	assert_true(result().n_collections >= 120);
	assert_true(result().floor_bytes > 0);
	board.base = 0x30000000;
	memset(board.kinds, BLOCK_FREE, sizeof(board.kinds));
	allocate(BLOCK_LIST, 2, true);
	look(false);
	assert_int_equal(result().n_collections, 0);
	look(true);
	assert_int_equal(result().n_tables, 2);
	assert_int_equal(result().n_collections, 1);
	assert_int_equal(result().floor_bytes, 2 * BLOCK_BYTES);
	for (int i = 0; i < 9; i++) {
		allocate(BLOCK_FLOAT, 1, true);
		collect();
		look(true);
	}
	r = finish();
	assert_int_equal(r.n_collections, 10);
	assert_int_equal(r.verdict, LEAK_LEAKING);
}

/* A collection marks heads, and the mark hides the kind. */
UNIT_TEST(a_marked_head)
{
	start();
	uint32_t list = allocate(BLOCK_LIST, 1, true);
	look(false);
	for (int i = 0; i < 30; i++)
		allocate(BLOCK_TUPLE, 1, false);
	look(false);
	collect();
	board.kinds[0][list] = BLOCK_MARKED;
	look(false);
	struct survival_result r = finish();
	assert_int_equal(r.n_collections, 1);
	assert_int_equal(r.floor_bytes, (40 + 1) * BLOCK_BYTES);
}

/* Tables of which only the last tells the kinds: its objects are no other ones for that. */
UNIT_TEST(kinds_that_are_guessed)
{
	start();
	guessed = true;
	for (uint32_t turn = 0; turn < 12; turn++) {
		for (uint32_t i = 0; i < 20; i++)
			make_garbage(i);
		allocate(BLOCK_LIST, 1, true);
		collect();
		look(true);
	}
	guessed = false;
	collect();
	look(true);
	struct survival_result r = finish();
	assert_int_equal(r.verdict, LEAK_LEAKING);
	assert_int_equal(r.n_stays, 1);
	assert_int_equal(r.stays[0].kind, BLOCK_LIST);
	assert_true(r.bytes_per_collection > 0.8 * BLOCK_BYTES && r.bytes_per_collection < 1.2 * BLOCK_BYTES);
}

/* It stays as old as it is. */
UNIT_TEST(a_buffer_that_becomes_longer)
{
	start();
	uint32_t buffer = allocate(BLOCK_HEAD, 2, true);
	look(false);
	for (int cycle = 0; cycle < 2; cycle++) {
		board.kinds[0][buffer + 2 + (uint32_t)cycle] = BLOCK_TAIL;
		look(false);
		for (int i = 0; i < 30; i++)
			allocate(BLOCK_TUPLE, 1, false);
		look(false);
		collect();
		look(false);
	}
	struct survival_result r = finish();
	assert_int_equal(r.n_collections, 2);
	assert_int_equal(r.floor_bytes, (40 + 4) * BLOCK_BYTES);
}

/* As many blocks are born as go: objects were replaced. */
UNIT_TEST(objects_that_are_replaced)
{
	uint32_t at[12];

	start();
	for (int i = 0; i < 100; i++)
		allocate(BLOCK_FLOAT, 1, true);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++)
		at[i] = allocate(BLOCK_DICT, 2, true);
	look(false);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++)
		board.kinds[0][at[i]] = BLOCK_LIST;
	look(false);
	assert_int_equal(finish().n_collections, 0);
}

/* Few objects go, and many young ones stay. */
UNIT_TEST(a_collection_that_frees_little)
{
	start();
	for (int i = 0; i < 4; i++)
		allocate(BLOCK_TUPLE, 1, false);
	for (int i = 0; i < 100; i++)
		allocate(BLOCK_FLOAT, 1, true);
	look(false);
	collect();
	look(false);
	assert_int_equal(finish().n_collections, 1);
}

/* A new picture takes the place of the last one, behind a gap that is too short for it. */
UNIT_TEST(a_long_buffer)
{
	start();
	collect();
	look(true);
	allocate(BLOCK_TUPLE, 70, false);
	allocate(BLOCK_FLOAT, 1, true);
	uint32_t picture = allocate(BLOCK_HEAD, 90, false);
	for (int i = 0; i < 10; i++)
		allocate(BLOCK_TUPLE, 1, false);
	look(false);
	collect();
	assert_int_equal(allocate(BLOCK_HEAD, 90, false), picture);
	look(false);
	struct survival_result r = finish();
	assert_int_equal(r.n_collections, 2);
	assert_int_equal(r.floor_bytes, (40 + 1) * BLOCK_BYTES);
}

/* More collections than are kept one by one. */
UNIT_TEST(for_a_long_time)
{
	struct survival_result r;
	enum { N = 9000 };

	start();
	for (int i = 0; i < N; i++) {
		if (i % 30 == 0)
			allocate(BLOCK_FLOAT, 1, true);
		collect();
		look(true);
	}
	r = finish();
	assert_int_equal(r.n_collections, N);
	assert_int_equal(r.verdict, LEAK_LEAKING);
	assert_true(fabs(r.bytes_per_collection * 30 / BLOCK_BYTES - 1) < 0.05);
}
