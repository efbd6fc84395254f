#include "memprof/image/memory.h"

#include "unit.h"

static struct memory m;

UNIT_BEFORE(set_up) { m = (struct memory){ 0 }; }

UNIT_AFTER(tear_down)
{
	memory_deinit(&m);
	memory_deinit(&m); /* it is safe twice */
}

static const uint8_t abc[] = "abcdefghijklmnopqrstuvwxyz";

static void assert_bytes(uint64_t address, size_t n_asked, const char *expected)
{
	uint8_t bytes[64];

	assert_u64_equal(memory_read(&m, address, bytes, n_asked), strlen(expected));
	assert_memory_equal(bytes, expected, strlen(expected));
}

UNIT_TEST(an_empty_memory_is_one_hole)
{
	uint64_t n;

	memory_finalize(&m);
	assert_false(memory_run(&m, 0, &n));
	assert_u64_equal(n, NOT_KNOWN);
	assert_bytes(0, 4, "");
	assert_null(memory_why(&m, 7, &n));
	assert_u64_equal(n, NOT_KNOWN);
}

UNIT_TEST(ranges_are_found_in_order_of_address)
{
	uint64_t n;

	assert_int_equal(memory_add(&m, 0x200, abc + 10, 4), 0);
	assert_int_equal(memory_add(&m, 0x100, abc, 4), 0);
	assert_int_equal(memory_add(&m, 0x104, abc + 20, 2), 0);
	assert_int_equal(memory_add(&m, 0x300, abc, 0), 0);
	memory_finalize(&m);
	assert_int_equal(m.n_ranges, 3);
	assert_true(memory_run(&m, 0x100, &n));
	assert_u64_equal(n, 6); /* the two that touch */
	assert_true(memory_run(&m, 0x105, &n));
	assert_u64_equal(n, 1);
	assert_false(memory_run(&m, 0x106, &n));
	assert_u64_equal(n, 0x200 - 0x106);
	assert_false(memory_run(&m, 0x204, &n));
	assert_u64_equal(n, NOT_KNOWN);
	assert_bytes(0x100, 64, "abcduv");
	assert_bytes(0x103, 2, "du");
	assert_bytes(0x1ff, 2, "");
	assert_u64_equal(m.doubled_bytes, 0);
}

UNIT_TEST(what_begins_first_keeps_its_bytes)
{
	memory_add(&m, 0x104, abc, 8);      /* "abcdefgh" at 104..10b */
	memory_add(&m, 0x100, abc + 10, 8); /* "klmnopqr" at 100..107 */
	memory_add(&m, 0x102, abc + 12, 2); /* the same as is there */
	memory_finalize(&m);
	assert_bytes(0x100, 64, "klmnopqrefgh");
	assert_u64_equal(m.doubled_bytes, 4);
}

UNIT_TEST(the_end_of_all_addresses)
{
	uint64_t n;

	assert_int_equal(memory_add(&m, UINT64_MAX, abc, 1), -EINVAL);
	assert_int_equal(memory_add(&m, UINT64_MAX - 3, abc, 4), -EINVAL);
	assert_int_equal(memory_add(&m, UINT64_MAX - 4, abc, 4), 0);
	assert_int_equal(memory_add_void(&m, UINT64_MAX, 1, ""), -EINVAL);
	memory_finalize(&m);
	assert_true(memory_run(&m, UINT64_MAX - 4, &n));
	assert_u64_equal(n, 4);
	assert_false(memory_run(&m, UINT64_MAX, &n));
	assert_bytes(UINT64_MAX - 2, 64, "cd");
}

UNIT_TEST(reasons_for_holes)
{
	uint64_t n;

	memory_add_void(&m, 0x100, 16, "zeroed");
	memory_add_void(&m, 0x200, 16, "refused");
	assert_string_equal(memory_why(&m, 0x10f, &n), "zeroed");
	assert_u64_equal(n, 1);
	assert_null(memory_why(&m, 0x110, &n));
	assert_u64_equal(n, 0xf0);
}

UNIT_TEST(segments_of_an_elf)
{
	struct image image;
	struct diag diag = { 0 };
	uint64_t n;

	image_init(&image, "test.elf");
	struct image_segment *s = vec_add(&image, segments);
	*s = (struct image_segment){
		.vma = 0x20000000, .lma = 0x1000, .file_offset = 4, .file_bytes = 6, .memory_bytes = 10
	};
	assert_int_equal(memory_add_segments(&m, &image, abc, 26, false, &diag), 0);
	memory_finalize(&m);
	assert_bytes(0x20000000, 64, "efghij");
	assert_non_null(memory_why(&m, 0x20000006, &n));
	assert_u64_equal(n, 4);
	memory_deinit(&m);
	assert_int_equal(memory_add_segments(&m, &image, abc, 26, true, &diag), 0);
	memory_finalize(&m);
	assert_bytes(0x1000, 64, "efghij");
	assert_null(memory_why(&m, 0x1006, &n));
	memory_deinit(&m);

	for (uint64_t n_file = 0; n_file < 10; n_file++) /* cut anywhere before its end */
		assert_int_equal(memory_add_segments(&m, &image, abc, n_file, false, &diag), -EINVAL);
	s->file_offset = UINT64_MAX;
	assert_int_equal(memory_add_segments(&m, &image, abc, 26, false, &diag), -EINVAL);
	s->file_offset = 4;
	s->vma = UINT64_MAX - 2;
	assert_int_equal(memory_add_segments(&m, &image, abc, 26, false, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "last address"));
	image_deinit(&image);
}

/* What code may change at run time says nothing of a build; what is copied from flash is stored as it was built. */
UNIT_TEST(constants_of_an_elf)
{
	static const struct image_segment segment = {
		.vma = 0x100,
		.lma = 0x100,
		.file_offset = 2,
		.file_bytes = 12,
		.memory_bytes = 20,
		.write = true,
	};
	static const struct image_section all[] = {
		{ .vma = 0x100, .lma = NOT_KNOWN, .size_bytes = 4, .alloc = true },
		{ .vma = 0x104, .lma = 0x2000, .size_bytes = 4, .alloc = true, .write = true },
		{ .vma = 0x108, .lma = 0x108, .size_bytes = 4, .alloc = true, .write = true },
		{ .vma = 0x10a, .lma = 0x10a, .size_bytes = 3, .alloc = true },
		{ .vma = 0xfe, .lma = 0xfe, .size_bytes = 4, .alloc = true },
		{ .vma = 0x100, .lma = 0x3000, .size_bytes = 4, .alloc = true, .nobits = true },
		{ .vma = 0x100, .lma = 0x4000, .size_bytes = 4 },
		{ .vma = 0x104, .lma = 0x5000, .size_bytes = UINT64_MAX, .alloc = true },
	};
	struct image image;

	image_init(&image, "test.elf");
	*(struct image_segment *)vec_add(&image, segments) = segment;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		*(struct image_section *)vec_add(&image, sections) = all[i];
	assert_int_equal(memory_add_constants(&m, &image, abc, 26), 0);
	memory_finalize(&m);
	assert_int_equal(m.n_ranges, 2);
	assert_bytes(0x100, 64, "cdef");
	assert_bytes(0x2000, 64, "ghij");
	assert_int_equal(m.n_voids, 0);
	memory_deinit(&m);
	assert_int_equal(memory_add_constants(&m, &image, abc, 13), 0); /* the file is cut */
	assert_int_equal(m.n_ranges, 0);
	image_deinit(&image);
}

UNIT_TEST(what_differs_is_counted)
{
	static const struct {
		uint64_t start, n_bytes, from;
	} rows[] = {
		{ 0x100, 4, 0 },
		{ 0x106, 2, 8 },
		{ 0x110, 8, 0 },
	};
	struct memory a = { 0 }, b = { 0 };
	uint64_t n_both;

	assert_u64_equal(memory_differing(&a, &b, &n_both), 0);
	assert_u64_equal(n_both, 0);
	assert_int_equal(memory_add(&a, 0x100, abc, 26), 0);
	memory_finalize(&a);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(memory_add(&b, rows[i].start, abc + rows[i].from, rows[i].n_bytes), 0);
	assert_int_equal(memory_add(&b, 0xf0, abc, 2), 0);
	memory_finalize(&b);
	assert_u64_equal(memory_differing(&a, &b, &n_both), 10);
	assert_u64_equal(n_both, 14);
	assert_u64_equal(memory_differing(&b, &a, &n_both), 10);
	assert_u64_equal(n_both, 14);
	assert_u64_equal(memory_differing(&b, &b, &n_both), 0);
	assert_u64_equal(n_both, 16);
	memory_deinit(&a);
	memory_deinit(&b);
}

/* Any ranges in any order: what is read is what the one that begins first says, by a table of all bytes. */
UNIT_TEST(as_a_table_says)
{
	enum { N = 200, ROUNDS = 300 };
	uint32_t random = 7;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct {
			uint64_t start, n;
		} claims[12];
		size_t n_claims = 1 + next_random(&random) % 12;
		const uint8_t *owner[N] = { 0 };
		m = (struct memory){ 0 };
		uint8_t bytes[12][40];
		for (size_t i = 0; i < n_claims; i++) {
			claims[i].start = next_random(&random) % (N - 40);
			claims[i].n = next_random(&random) % 40;
			for (size_t k = 0; k < 40; k++)
				bytes[i][k] = (uint8_t)next_random(&random);
			memory_add(&m, claims[i].start, bytes[i], claims[i].n);
		}
		for (uint64_t at = 0; at < N; at++) {
			size_t best = n_claims;
			for (uint64_t start = 0; start <= at && best == n_claims; start++)
				for (size_t i = 0; i < n_claims; i++)
					if (claims[i].start == start && at < start + claims[i].n &&
					    (best == n_claims || claims[i].n > claims[best].n))
						best = i;
			if (best < n_claims)
				owner[at] = &bytes[best][at - claims[best].start];
		}
		memory_finalize(&m);
		for (size_t i = 1; i < m.n_ranges; i++)
			assert_true(m.ranges[i - 1].start + m.ranges[i - 1].n_bytes <= m.ranges[i].start);
		for (uint64_t at = 0; at < N; at++) {
			uint8_t byte;
			uint64_t n;
			assert_int_equal(memory_read(&m, at, &byte, 1), owner[at] != NULL);
			if (owner[at])
				assert_int_equal(byte, *owner[at]);
			assert_int_equal(memory_run(&m, at, &n), owner[at] != NULL);
			assert_true(n > 0);
		}
		memory_deinit(&m);
	}
}
