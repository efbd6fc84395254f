#include "memprof/analysis/hex.h"

#include "unit.h"

static const uint8_t abc[] = "abcdefghijklmnopqrstuvwxyz";

static void assert_row(struct hex_walk *w, uint64_t address, const char *bytes)
{
	struct hex_row row;

	assert_int_equal(hex_next(w, &row), HEX_ROW);
	assert_u64_equal(row.address, address);
	assert_u64_equal(row.n_bytes, strlen(bytes));
	assert_memory_equal(row.bytes, bytes, strlen(bytes));
}

static void assert_hole(struct hex_walk *w, uint64_t address, uint64_t n, const char *why)
{
	struct hex_row row;

	assert_int_equal(hex_next(w, &row), HEX_HOLE);
	assert_u64_equal(row.address, address);
	assert_u64_equal(row.n_bytes, n);
	if (why)
		assert_string_equal(row.why, why);
	else
		assert_null(row.why);
}

static void assert_end(struct hex_walk *w)
{
	struct hex_row row;

	assert_int_equal(hex_next(w, &row), HEX_END);
	assert_int_equal(hex_next(w, &row), HEX_END);
}

UNIT_TEST(rows_begin_at_multiples)
{
	struct memory m = { 0 };
	struct hex_walk w;

	memory_add(&m, 0x1005, abc, 20);
	memory_add(&m, 0x1019, abc, 2);
	memory_finalize(&m);
	hex_walk_init(&w, &m, 0x1005, 22, 8);
	assert_row(&w, 0x1005, "abc");
	assert_row(&w, 0x1008, "defghijk");
	assert_row(&w, 0x1010, "lmnopqrs");
	assert_row(&w, 0x1018, "tab"); /* over the seam of the two */
	assert_end(&w);
	hex_walk_init(&w, &m, 0x1006, 1, 16);
	assert_row(&w, 0x1006, "b");
	assert_end(&w);
	hex_walk_init(&w, &m, 0x1006, 0, 16);
	assert_end(&w);
	memory_deinit(&m);
}

UNIT_TEST(holes_have_reasons)
{
	struct memory m = { 0 };
	struct hex_walk w;

	memory_add(&m, 0x1004, abc, 4);
	memory_add(&m, 0x100a, abc, 2);
	memory_add_void(&m, 0x1010, 0x10, "zeroed");
	memory_finalize(&m);
	hex_walk_init(&w, &m, 0x1000, 0x40, 16);
	assert_hole(&w, 0x1000, 4, NULL);
	assert_row(&w, 0x1004, "abcd");
	assert_hole(&w, 0x1008, 2, NULL);
	assert_row(&w, 0x100a, "ab");
	assert_hole(&w, 0x100c, 4, NULL);
	assert_hole(&w, 0x1010, 0x10, "zeroed");
	assert_hole(&w, 0x1020, 0x20, NULL);
	assert_end(&w);
	memory_deinit(&m);
}

/* Rows and holes together are the stretch, whatever the memory is. */
UNIT_TEST(nothing_is_left_out)
{
	uint32_t random = 3;

	for (unsigned round = 0; round < 300; round++) {
		struct memory m = { 0 };
		struct hex_walk w;
		struct hex_row row;
		for (unsigned i = next_random(&random) % 6; i > 0; i--) {
			memory_add(&m, next_random(&random) % 100, abc, next_random(&random) % 26);
			memory_add_void(&m, next_random(&random) % 100, next_random(&random) % 26, "x");
		}
		memory_finalize(&m);
		uint64_t at = next_random(&random) % 60, end = at + next_random(&random) % 60;
		hex_walk_init(&w, &m, at, end - at, round % 2 ? 8 : 16);
		for (int what; (what = hex_next(&w, &row)) != HEX_END; at += row.n_bytes) {
			uint64_t n;
			assert_u64_equal(row.address, at);
			assert_true(row.n_bytes > 0 && at + row.n_bytes <= end);
			assert_int_equal(what == HEX_ROW, memory_run(&m, at, &n));
			if (what == HEX_ROW)
				assert_true(at / w.n_columns == (at + row.n_bytes - 1) / w.n_columns);
		}
		assert_u64_equal(at, end);
		memory_deinit(&m);
	}
}

UNIT_TEST(only_ascii_is_shown)
{
	for (unsigned i = 0; i < 256; i++)
		assert_int_equal(hex_char((uint8_t)i), i >= ' ' && i <= '~' ? (char)i : '.');
}

UNIT_TEST(addresses)
{
	static const struct {
		const char *text, *name;
		uint64_t offset;
	} good[] = {
		{ "0x20001230", NULL, 0x20001230 },
		{ "4096", NULL, 4096 },
		{ "0", NULL, 0 },
		{ "gc_alloc", "gc_alloc", 0 },
		{ "gc_alloc+0x10", "gc_alloc", 16 },
		{ "gc.0+2K", "gc.0", 2048 },
		{ "a+b", "a+b", 0 },
		{ "a+b+4", "a+b", 4 },
		{ ".data", ".data", 0 },
		{ "operator+", "operator+", 0 },
		{ "+", "+", 0 },
	};
	static const char *const bad[] = { "", "0x", "12 ", "0x12z", "1_000", "+4", "0xffffffffffffffff" };
	struct hex_address address;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(hex_address_parse(good[i].text, &address), 0);
		assert_u64_equal(address.offset, good[i].offset);
		assert_int_equal(address.name == NULL, good[i].name == NULL);
		if (address.name) {
			assert_int_equal(address.n_name, strlen(good[i].name));
			assert_memory_equal(address.name, good[i].name, address.n_name);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (hex_address_parse(bad[i], &address) == 0)
			fail_msg("'%s' is taken", bad[i]);
}

UNIT_TEST(decimal_digits_that_were_meant_otherwise)
{
	uint64_t value = 7;

	assert_true(hex_reading("10000000", &value));
	assert_u64_equal(value, 0x10000000);
	assert_false(hex_reading("0x10000000", &value));
	assert_false(hex_reading("1000a", &value));
	assert_false(hex_reading("", &value));
	assert_false(hex_reading("99999999999999999999", &value));
	assert_u64_equal(value, 0x10000000);
}

UNIT_TEST(names_are_found)
{
	struct heap_pool *pool;
	struct image image;
	struct heap heap;
	uint64_t start = 1, size = 1;

	heap_init(&heap);
	image_init(&image, "test");
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
	pool->block_bytes = 16;
	assert_int_equal(heap_add_area(pool, 0x1000), 0);
	assert_int_equal(heap_append(pool, BLOCK_FREE, 4), 0);
	heap_seal(&heap);
	assert_int_equal(image_add_symbol(&image, SLICE("gc_alloc"), 0x80, 12), 0);
	assert_int_equal(image_add_symbol(&image, SLICE("label"), 0x90, 0), 0);
	assert_int_equal(image_add_value(&image, SLICE("_heap_end"), 0x2000), 0);
	struct image_section *s = image_begin_section(&image, ".data", 5);
	s->vma = 0x3000;
	s->lma = 0x500;
	s->size_bytes = 7;
	assert_true(hex_find(&image, &heap, false, "gc.0", 4, &start, &size));
	assert_u64_equal(start, 0x1000);
	assert_u64_equal(size, 64);
	assert_true(hex_find(&image, &heap, false, "gc_alloc+4", 8, &start, &size));
	assert_u64_equal(start, 0x80);
	assert_u64_equal(size, 12);
	assert_true(hex_find(&image, NULL, false, "label", 5, &start, &size));
	assert_u64_equal(size, NOT_KNOWN);
	assert_true(hex_find(&image, NULL, false, "_heap_end", 9, &start, &size));
	assert_u64_equal(start, 0x2000);
	assert_true(hex_find(&image, NULL, false, ".data", 5, &start, &size));
	assert_u64_equal(start, 0x3000);
	assert_true(hex_find(&image, NULL, true, ".data", 5, &start, &size));
	assert_u64_equal(start, 0x500);
	assert_false(hex_find(&image, NULL, true, "gc_alloc", 8, &start, &size));
	assert_false(hex_find(&image, &heap, false, "gc.1", 4, &start, &size));
	assert_false(hex_find(&image, &heap, false, "gc_all", 6, &start, &size));
	assert_false(hex_find(NULL, NULL, false, "x", 1, &start, &size));
	heap_deinit(&heap);
	image_deinit(&image);
}
