/* The block under the cursor, against the heap as it is when that is freed; the search, against a list of
 * all objects; and what somebody types. */

#include "tui/map/map.h"

#include "heap-fixture.h"
#include "pools.h"
#include "unit.h"

enum { NO_BLOCK = 999999 };

/* ---- the object of a block ---- */

static void assert_object(const struct heap_pool *pool, uint32_t i_block, const struct map_object *should)
{
	struct map_object is;

	map_object(pool, i_block, 48, &is);
	assert_int_equal(is.kind, should->kind);
	assert_int_equal(is.i_first, should->i_first);
	assert_int_equal(is.n_blocks, should->n_blocks);
	assert_u64_equal(is.address, should->address);
	assert_u64_equal(is.size_bytes, is.n_blocks * 16u);
	assert_int_equal(is.n_free_before, should->n_free_before);
	assert_int_equal(is.n_free_after, should->n_free_after);
	assert_int_equal(is.kind_before, should->kind_before);
	assert_int_equal(is.kind_after, should->kind_after);
	assert_u64_equal(is.freed_bytes, should->freed_bytes);
	assert_u64_equal(is.gain_bytes, should->gain_bytes);
}

UNIT_TEST(objects_and_what_is_beside_them)
{
	/*                                                   0    3  5  6  9     11 14 17   20 */
	const struct heap_pool *pool = pool_of(&heap, 16, "1L 2= 2. 1T 3. 1S 1= 3= 3? 3= 1h", "2. 1A", NULL);
	const uint64_t at = 0x20000000, at_2 = 0x21000000;
	const struct {
		uint32_t i_block;
		struct map_object object;
	} rows[] = {
		/* kind, i_first, n_blocks, address, (size), free beside it, kinds, freed, gain over 48
		 * bytes */
		{ 0, { 'L', 0, 3, at, 0, 0, 2, ' ', 'T', 80, 32 } },
		{ 2, { 'L', 0, 3, at, 0, 0, 2, ' ', 'T', 80, 32 } },
		{ 4, { '.', 3, 2, at + 48, 0, 0, 0, 'L', 'T', 32, 0 } },
		{ 5, { 'T', 5, 1, at + 80, 0, 2, 3, 'L', 'S', 96, 48 } },
		{ 7, { '.', 6, 3, at + 96, 0, 0, 0, 'T', 'S', 48, 0 } },
		{ 13, { 'S', 9, 5, at + 144, 0, 3, 0, 'T', ' ', 128, 80 } },
		{ 15, { ' ', 14, 3, at + 224, 0, 0, 0, 'S', '=', 0, 0 } },
		{ 18, { '=', 17, 3, at + 272, 0, 0, 0, ' ', 'h', 48, 0 } },
		{ 20, { 'h', 20, 1, at + 320, 0, 0, 0, '=', ' ', 16, 0 } },
		{ 21, { '.', 21, 2, at_2, 0, 0, 0, ' ', 'A', 32, 0 } },
		{ 23, { 'A', 23, 1, at_2 + 32, 0, 2, 0, ' ', ' ', 48, 0 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_object(pool, rows[i].i_block, &rows[i].object);
}

static void assert_nothing(const struct map_object *object)
{
	assert_int_equal(object->kind, 0);
	assert_int_equal(object->n_blocks, 0);
	assert_u64_equal(object->size_bytes, 0);
	assert_u64_equal(object->freed_bytes, 0);
}

UNIT_TEST(without_a_block_or_a_figure)
{
	struct map_object object;

	const struct heap_pool *pool = pool_of(&heap, 16, "1T 2.", NULL);
	map_object(pool, 3, 0, &object);
	assert_nothing(&object);
	map_object(pool, 0, NOT_KNOWN, &object);
	assert_u64_equal(object.freed_bytes, 48);
	assert_u64_equal(object.gain_bytes, NOT_KNOWN);
	map_object(pool_of(&heap, 16, NULL), 0, 0, &object);
	assert_nothing(&object);
}

static uint32_t longest_free(const struct heap_pool *pool)
{
	struct area_counts counts = { 0 };

	for (uint32_t i = 0; i < pool->n_areas; i++)
		area_count(&pool->areas[i], &counts);
	return counts.max_free;
}

/* Frees it in the heap itself, looks, and puts it back. */
UNIT_TEST(freeing_gains_what_it_says)
{
	uint32_t random = 41;

	for (int round = 0; round < 300; round++) {
		struct heap_pool *pool = pool_random(&heap, 32, "hTL.. ", 1 + (uint32_t)round % 4, 60, &random);
		uint32_t lfb = longest_free(pool);
		uint8_t was[512];
		for (uint32_t i = 0; i < pool->n_blocks; i++) {
			struct map_object object;
			map_object(pool, i, (uint64_t)lfb * 32, &object);
			assert_true(i - object.i_first < object.n_blocks);
			if (object.kind == BLOCK_UNKNOWN)
				continue;
			assert_true(object.n_blocks <= sizeof(was));
			memcpy(was, pool->kinds + object.i_first, object.n_blocks);
			memset(pool->kinds + object.i_first, BLOCK_FREE, object.n_blocks);
			struct map_object hole;
			map_object(pool, i, 0, &hole);
			assert_u64_equal(object.freed_bytes, hole.size_bytes);
			assert_u64_equal(object.gain_bytes, (uint64_t)(longest_free(pool) - lfb) * 32);
			memcpy(pool->kinds + object.i_first, was, object.n_blocks);
		}
	}
}

/* ---- search ---- */

static const struct map_search any = { 0, 0, NOT_KNOWN, NOT_KNOWN };

static void assert_found(const struct heap_pool *pool, const struct map_search *search, uint32_t i_from, bool backwards,
			 uint32_t should)
{
	uint32_t is = NO_BLOCK;

	assert_int_equal(map_next(pool, search, i_from, backwards, &is), should != NO_BLOCK);
	assert_int_equal(is, should);
}

UNIT_TEST(from_object_to_object)
{
	/*                                                  0     3  5     9     11 12 */
	const struct heap_pool *pool = pool_of(&heap, 16, "1L 2= 2. 1T 3= 2? 1= 1h", "1T 1.", NULL);
	static const uint32_t all[] = { 0, 5, 11, 12, 13 };
	const struct map_search tuples = { 'T', 0, NOT_KNOWN, NOT_KNOWN }, holes = { '.', 0, NOT_KNOWN, NOT_KNOWN };
	const struct map_search here = { 0, 0, NOT_KNOWN, 0x20000000 + 6 * 16 + 3 };
	const struct map_search nowhere = { 0, 0, NOT_KNOWN, 0x10000000 };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		assert_found(pool, &any, i ? all[i - 1] : UINT32_MAX, false, all[i]);
		assert_found(pool, &any, i + 1 < ARRAY_SIZE(all) ? all[i + 1] : UINT32_MAX, true, all[i]);
	}
	assert_found(pool, &any, 13, false, NO_BLOCK);
	assert_found(pool, &any, 0, true, NO_BLOCK);
	assert_found(pool, &any, 2, true, 0); /* from its middle to its beginning */
	assert_found(pool, &tuples, 5, false, 13);
	assert_found(pool, &tuples, UINT32_MAX, true, 13);
	assert_found(pool, &holes, UINT32_MAX, false, 3);
	assert_found(pool, &holes, 3, false, 14);
	assert_found(pool, &holes, 4, true, 3);
	assert_found(pool, &here, 5, false, 6);
	assert_found(pool, &here, UINT32_MAX, false, 6);
	assert_found(pool, &here, 6, false, NO_BLOCK);
	assert_found(pool, &here, 6, true, NO_BLOCK);
	assert_found(pool, &here, 7, true, 6);
	assert_found(pool, &here, UINT32_MAX, true, 6);
	assert_found(pool, &nowhere, UINT32_MAX, false, NO_BLOCK);
	assert_found(pool_of(&heap, 16, NULL), &any, UINT32_MAX, false, NO_BLOCK);
	assert_found(&heap.pools[0], &any, UINT32_MAX, true, NO_BLOCK);
}

/* Block by block, with the object of each. */
static uint32_t slow_next(const struct heap_pool *pool, const struct map_search *search, uint32_t i_from,
			  bool backwards)
{
	uint32_t found = NO_BLOCK;

	for (uint32_t i = 0; i < pool->n_blocks; i++) {
		struct map_object object;
		map_object(pool, i, 0, &object);
		bool is_used = object.kind != BLOCK_FREE && object.kind != BLOCK_UNKNOWN;
		if (object.i_first != i || (search->kind ? object.kind != search->kind : !is_used) ||
		    object.size_bytes < search->min_bytes || object.size_bytes > search->max_bytes)
			continue;
		if (backwards && i < i_from)
			found = i;
		if (!backwards && (i > i_from || i_from == UINT32_MAX) && found == NO_BLOCK)
			found = i;
	}
	return found;
}

UNIT_TEST(any_heap_any_search)
{
	static const uint8_t kinds[] = { 0, 0, '.', 'T', 'L', 'h', '=', 'X' };
	uint32_t random = 1234;

	for (int round = 0; round < 2000; round++) {
		struct heap_pool *pool = pool_random(&heap, 16, "hTL.. =", next_random(&random) % 5, 50, &random);
		struct map_search search = { kinds[next_random(&random) % ARRAY_SIZE(kinds)],
					     next_random(&random) % 5 * 16, NOT_KNOWN, NOT_KNOWN };
		if (next_random(&random) % 2)
			search.max_bytes = search.min_bytes + next_random(&random) % 40;
		for (uint32_t k = 0; k < 5; k++) {
			uint32_t i_from = k ? next_random(&random) % (pool->n_blocks + 2) : UINT32_MAX;
			assert_found(pool, &search, i_from, false, slow_next(pool, &search, i_from, false));
			assert_found(pool, &search, i_from, true, slow_next(pool, &search, i_from, true));
		}
	}
}

/* ---- what somebody types ---- */

UNIT_TEST(what_can_be_searched_for)
{
	static const struct {
		const char *text;
		struct map_search search;
	} rows[] = {
		{ "T", { 'T', 0, NOT_KNOWN, NOT_KNOWN } },
		{ "tuple", { 'T', 0, NOT_KNOWN, NOT_KNOWN } },
		{ "Dict", { 'D', 0, NOT_KNOWN, NOT_KNOWN } },
		{ "bytes", { 'S', 0, NOT_KNOWN, NOT_KNOWN } },
		{ "bytearray", { 'A', 0, NOT_KNOWN, NOT_KNOWN } },
		{ "other", { 'h', 0, NOT_KNOWN, NOT_KNOWN } },
		{ ".", { '.', 0, NOT_KNOWN, NOT_KNOWN } },
		{ "free", { '.', 0, NOT_KNOWN, NOT_KNOWN } },
		{ "=", { '=', 0, NOT_KNOWN, NOT_KNOWN } },
		{ "z", { 'z', 0, NOT_KNOWN, NOT_KNOWN } },
		{ ">4096", { 0, 4097, NOT_KNOWN, NOT_KNOWN } },
		{ ">=4K", { 0, 4096, NOT_KNOWN, NOT_KNOWN } },
		{ "<64", { 0, 0, 63, NOT_KNOWN } },
		{ "<=1.5K", { 0, 0, 1536, NOT_KNOWN } },
		{ "<=0", { 0, 0, 0, NOT_KNOWN } },
		{ ">0x100", { 0, 257, NOT_KNOWN, NOT_KNOWN } },
		{ "100-200", { 0, 100, 200, NOT_KNOWN } },
		{ "1K-1K", { 0, 1024, 1024, NOT_KNOWN } },
		{ "64", { 0, 64, 64, NOT_KNOWN } },
		{ "0x20001234", { 0, 0, NOT_KNOWN, 0x20001234 } },
		{ "  0X0  ", { 0, 0, NOT_KNOWN, 0 } },
		{ "T >64", { 'T', 65, NOT_KNOWN, NOT_KNOWN } },
		{ ". >1K", { '.', 1025, NOT_KNOWN, NOT_KNOWN } },
		{ "tuple > 100", { 'T', 101, NOT_KNOWN, NOT_KNOWN } },
		{ "T>100", { 'T', 101, NOT_KNOWN, NOT_KNOWN } },
		{ "tuple>=  100", { 'T', 100, NOT_KNOWN, NOT_KNOWN } },
		{ "tuples >100 bytes", { 'T', 101, NOT_KNOWN, NOT_KNOWN } },
		{ "Strings 64 B", { 'S', 64, 64, NOT_KNOWN } },
		{ "bytes >64", { 'S', 65, NOT_KNOWN, NOT_KNOWN } },
		{ "100 - 200 bytes lists", { 'L', 100, 200, NOT_KNOWN } },
		{ "= > 64", { '=', 65, NOT_KNOWN, NOT_KNOWN } },
		{ ">1K   list ", { 'L', 1025, NOT_KNOWN, NOT_KNOWN } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct map_search search = { 9, 9, 9, 9 };
		if (map_search_parse(rows[i].text, &search) != 0)
			fail_msg("'%s' is not taken", rows[i].text);
		assert_int_equal(search.kind, rows[i].search.kind);
		assert_u64_equal(search.min_bytes, rows[i].search.min_bytes);
		assert_u64_equal(search.max_bytes, rows[i].search.max_bytes);
		assert_u64_equal(search.address, rows[i].search.address);
	}
}

UNIT_TEST(what_can_not)
{
	static const char *const texts[] = {
		"",
		" ",
		"tupl",
		"tupless",
		">",
		">=",
		"<0",
		"<",
		">x",
		"200-100",
		"-5",
		"5-",
		"1-2-3",
		"0x",
		"0x1g",
		"T L",
		">1 <2",
		"64 128",
		"0x20 T",
		"T 0x20",
		"0x20 0x20",
		"\x1b",
		"\xc3\xa4",
		"\t",
		"T\n",
		">18446744073709551616",
		"0xffffffffffffffff",
		"0x10000000000000000",
		">=1e3",
		"99999999999999999999999999999999999999999999999999999",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct map_search search = { 9, 9, 9, 9 };
		if (map_search_parse(texts[i], &search) != -EINVAL || search.kind != 9 || search.address != 9 ||
		    search.min_bytes != 9 || search.max_bytes != 9)
			fail_msg("'%s' is taken", texts[i]);
	}
}
