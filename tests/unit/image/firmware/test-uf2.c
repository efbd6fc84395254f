#include "memprof/image/uf2.h"

#include "unit.h"

static struct uf2 uf2;

UNIT_AFTER(tear_down)
{
	uf2_deinit(&uf2);
	uf2_deinit(&uf2); /* it is safe twice */
}

enum { N_MAX = 64, BLOCK = UF2_BLOCK_BYTES };
enum { RP2040 = 0xe48bff56, ABSOLUTE_FAMILY = 0xe48bff57, RP2350 = 0xe48bff59 };

struct file {
	uint8_t bytes[N_MAX * BLOCK + 10];
	size_t n_bytes;
};

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static uint8_t *add(struct file *f, uint32_t family, uint32_t address, uint32_t number, uint32_t n_blocks)
{
	uint8_t *b = f->bytes + f->n_bytes;

	assert_true(f->n_bytes + BLOCK <= sizeof(f->bytes));
	memset(b, 0, BLOCK);
	put32(b, 0x0a324655);
	put32(b + 4, 0x9e5d5157);
	put32(b + 8, family ? UF2_HAS_FAMILY : 0);
	put32(b + 12, address);
	put32(b + 16, 256);
	put32(b + 20, number);
	put32(b + 24, n_blocks);
	put32(b + 28, family);
	for (unsigned i = 0; i < 256; i++)
		b[32 + i] = (uint8_t)(number + i);
	put32(b + 508, 0x0ab16f30);
	f->n_bytes += BLOCK;
	return b;
}

static void add_run(struct file *f, uint32_t family, uint32_t address, uint32_t n_blocks)
{
	for (uint32_t i = 0; i < n_blocks; i++)
		add(f, family, address + i * 256, i, n_blocks);
}

static void read_file(const struct file *f)
{
	struct diag diag = { .text = "" };
	uint8_t *copy = exact_copy(f->bytes, f->n_bytes);

	if (uf2_read(&uf2, "f.uf2", copy, f->n_bytes, &diag) != 0)
		fail_msg("%s", diag.text);
	free(copy);
}

UNIT_TEST(blocks_in_a_row_are_one_range)
{
	struct file f = { .n_bytes = 0 };
	uint8_t content[10 * 256];

	add_run(&f, RP2040, 0x10000000, 10);
	assert_true(uf2_is(f.bytes, f.n_bytes));
	read_file(&f);
	assert_int_equal(uf2.n_families, 1);
	assert_int_equal(uf2.n_ranges, 1);
	assert_int_equal(uf2.n_faults, 0);
	assert_u64_equal(uf2.families[0].used_bytes, 2560);
	assert_u64_equal(uf2.ranges[0].start, 0x10000000);
	assert_u64_equal(uf2.ranges[0].size_bytes, 2560);
	assert_string_equal(uf2_family_name(uf2.families[0].id), "RP2040");
	assert_null(uf2_family_name(12345));
	uf2_family_bytes(&uf2, &uf2.families[0], f.bytes, f.n_bytes, content);
	for (unsigned i = 0; i < sizeof(content); i++)
		assert_int_equal(content[i], (uint8_t)(i / 256 + i % 256));
}

/* As picotool writes for the RP2350: a block against erratum E10, then the firmware. */
UNIT_TEST(families_are_told_apart)
{
	struct file f = { .n_bytes = 0 };

	add(&f, ABSOLUTE_FAMILY, 0x10ffff00, 0, 2);
	add_run(&f, RP2350, 0x10000000, 8);
	add(&f, ABSOLUTE_FAMILY, 0x10ffff00, 0, 2);
	add_run(&f, RP2040, 0x10000000, 4);
	add_run(&f, RP2350, 0x10001000, 3); /* a second file behind the first: numbers begin anew */
	read_file(&f);
	assert_int_equal(uf2.n_faults, 0);
	assert_int_equal(uf2.n_families, 3);
	assert_u64_equal(uf2.families[0].n_blocks, 0);
	assert_u64_equal(uf2.families[0].used_bytes, 0);
	assert_u64_equal(uf2.families[1].used_bytes, 11 * 256);
	assert_int_equal(uf2.families[1].n_ranges, 2);
	assert_u64_equal(uf2.ranges[uf2.families[1].i_range].start, 0x10000000);
	assert_u64_equal(uf2.ranges[uf2.families[1].i_range + 1].start, 0x10001000);
	assert_u64_equal(uf2.families[2].used_bytes, 4 * 256);
}

UNIT_TEST(used_is_the_union)
{
	struct file f = { .n_bytes = 0 };
	uint8_t content[768];

	add(&f, 0, 0x1200, 0, 4);
	add(&f, 0, 0x1000, 1, 4);
	add(&f, 0, 0x1100, 2, 4);
	put32(add(&f, 0, 0x1180, 3, 4) + 16, 128);
	read_file(&f);
	assert_int_equal(uf2.n_ranges, 1);
	assert_u64_equal(uf2.families[0].used_bytes, 768);
	assert_u64_equal(uf2.ranges[0].size_bytes, 768);
	uf2_family_bytes(&uf2, &uf2.families[0], f.bytes, f.n_bytes, content);
	assert_int_equal(content[0], 1);
	assert_int_equal(content[256], 2);
	assert_int_equal(content[256 + 128], 3); /* the last one written */
	assert_int_equal(content[512], 0);
}

/* Behind each other in the file, last address first, among blocks of another family. */
UNIT_TEST(ranges_of_a_family_one_behind_the_other)
{
	struct file f = { .n_bytes = 0 };
	uint8_t content[4 * 256];

	for (unsigned i = 0; i < 4; i++) {
		add(&f, RP2350, 0x10000000 + (3 - i) * 0x200, i, 4);
		add(&f, RP2040, 0x10000000, i, 4);
	}
	read_file(&f);
	assert_int_equal(uf2.families[0].n_ranges, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_u64_equal(uf2.ranges[uf2.families[0].i_range + i].offset_bytes, 256 * i);
	uf2_family_bytes(&uf2, &uf2.families[0], f.bytes, f.n_bytes, content);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(content[256 * i + 1], (uint8_t)(3 - i + 1));
}

UNIT_TEST(what_is_not_for_flash_is_left_out)
{
	struct file f = { .n_bytes = 0 };

	put32(add(&f, 0, 0x2000, 0, 1) + 8, UF2_NOT_MAIN_FLASH);
	put32(add(&f, 0, 0x2000, 0, 1) + 8, UF2_FILE_CONTAINER);
	add(&f, RP2040, 0x10000000, 0, 1);
	read_file(&f);
	assert_u64_equal(uf2.n_skipped, 2);
	assert_int_equal(uf2.n_families, 1);
	assert_u64_equal(uf2.families[0].used_bytes, 256);
}

UNIT_TEST(bad_blocks_are_named)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *summary;
	} rows[] = {
		{ 0, 0, "does not begin" },
		{ 4, 1, "does not begin" },
		{ 508, 7, "does not end" },
		{ 16, 477, "more than 476" },
		{ 16, 0xffffffff, "more than 476" },
		{ 20, 9, "beyond its own count" },
		{ 12, 0xffffff80, "32-bit addresses" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct file f = { .n_bytes = 0 };
		add_run(&f, RP2040, 0x10000000, 4);
		put32(f.bytes + BLOCK + rows[i].at, rows[i].value);
		read_file(&f);
		assert_u64_equal(uf2.n_faults, 2); /* it, and the next one, whose turn it is not */
		assert_u64_equal(uf2.faults[0].block, 1);
		assert_u64_equal(uf2.faults[0].offset, BLOCK);
		assert_non_null(strstr(uf2.faults[0].what, rows[i].summary));
		assert_u64_equal(uf2.faults[1].block, 2);
		assert_non_null(strstr(uf2.faults[1].what, "out of sequence"));
		assert_u64_equal(uf2.families[0].used_bytes, 3 * 256);
		uf2_deinit(&uf2);
	}
}

UNIT_TEST(files_cut_anywhere_say_so)
{
	struct file f = { .n_bytes = 0 };
	struct diag diag;

	add_run(&f, RP2040, 0x10000000, 3);
	for (size_t n = 0, whole = f.n_bytes; n < whole; n++) {
		f.n_bytes = n;
		if (n < BLOCK) {
			assert_int_equal(uf2_read(&uf2, "f", f.bytes, n, &diag), -EINVAL);
			assert_non_null(strstr(diag.text, "no valid UF2 block"));
			uf2_deinit(&uf2);
			continue;
		}
		read_file(&f);
		assert_u64_equal(uf2.n_faults, n % BLOCK ? 2 : 1);
		assert_non_null(strstr(uf2.faults[0].what, "more should follow"));
		assert_u64_equal(uf2.faults[0].block, n / BLOCK - 1);
		uf2_deinit(&uf2);
	}
}

UNIT_TEST(other_faults_of_order)
{
	struct file f = { .n_bytes = 0 };

	add(&f, RP2040, 0x1000, 0, 2);
	add(&f, RP2040, 0x1100, 1, 3);
	add(&f, RP2040, 0x1100, 1, 3);
	for (unsigned i = 0; i < 30; i++)
		add(&f, RP2040, 0x2000, 0, 5);
	read_file(&f);
	assert_non_null(strstr(uf2.faults[0].what, "another count"));
	assert_u64_equal(uf2.faults[1].block, 2);
	assert_non_null(strstr(uf2.faults[1].what, "out of sequence"));
	assert_u64_equal(uf2.n_faults, 2 + 30 + 1); /* more than are kept */
}

UNIT_TEST(too_many_families_are_no_uf2)
{
	struct file f = { .n_bytes = 0 };
	struct diag diag;

	for (uint32_t i = 1; i <= UF2_FAMILIES_MAX + 1; i++)
		add(&f, i, 0x1000, 0, 1);
	assert_int_equal(uf2_read(&uf2, "f", f.bytes, f.n_bytes, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "more than 32 families"));
}
