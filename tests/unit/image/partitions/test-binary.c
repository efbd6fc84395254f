/* The binary table: cut, damaged, moved, and in dumps. */
#include <md5.h>

#include "memprof/image/partitions.h"
#include "sample.h"
#include "unit.h"

static struct partition_table parts;

UNIT_AFTER(tear_down) { partition_table_deinit(&parts); }

enum { ENTRY = 32, TABLE = PARTITION_TABLE_BYTES };
static const struct partition_options anywhere = PARTITION_OPTIONS_INIT;

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void put_row(uint8_t *entry, const char *name, unsigned type, unsigned subtype, uint32_t offset, uint32_t size)
{
	memset(entry, 0, ENTRY);
	entry[0] = 0xaa;
	entry[1] = 0x50;
	entry[2] = (uint8_t)type;
	entry[3] = (uint8_t)subtype;
	put32(entry + 4, offset);
	put32(entry + 8, size);
	memcpy(entry + 12, name, strlen(name));
}

static void put_sum(uint8_t *table, size_t n_rows)
{
	uint8_t *entry = table + n_rows * ENTRY;
	MD5_CTX md5;

	memset(entry, 0xff, ENTRY);
	entry[0] = entry[1] = 0xeb;
	MD5Init(&md5);
	MD5Update(&md5, table, n_rows * ENTRY);
	MD5Final(entry + 16, &md5);
}

/* nvs and an app, of which the rest is up to the test. */
static void small_table(uint8_t table[TABLE], bool sum)
{
	memset(table, 0xff, TABLE);
	put_row(table, "nvs", 1, 2, 0x9000, 0x6000);
	put_row(table + ENTRY, "factory", 0, 0, 0x10000, 0x10000);
	if (sum)
		put_sum(table, 2);
}

static int read_bytes(struct partition_table *t, const uint8_t *bytes, size_t n_bytes, struct diag *diag)
{
	uint8_t *copy = exact_copy(bytes, n_bytes);

	*diag = (struct diag){ .text = "" };
	int r = partition_table_read(t, "t.bin", copy, n_bytes, &anywhere, diag);
	free(copy);
	return r;
}

static void assert_fails(const uint8_t *bytes, size_t n_bytes, const char *summary)
{
	struct partition_table t;
	struct diag diag;

	assert_int_equal(read_bytes(&t, bytes, n_bytes, &diag), -EINVAL);
	if (!strstr(diag.text, summary) || strcmp(diag.at.file, "t.bin") != 0)
		fail_msg("\"%s\" is not in %s", summary, diag.text);
	partition_table_deinit(&t);
}

UNIT_TEST(tables_cut_anywhere_are_refused)
{
	struct sample s;
	struct diag diag;
	size_t n_whole = 0;

	sample_read("partitions/micropython-partitions-4MiBplus.bin", &s);
	for (size_t n = 2; n <= s.n_bytes; n++) {
		int r = read_bytes(&parts, s.bytes, n, &diag);
		/* Whole once the end mark is there: three rows, the sum, the mark. */
		assert_int_equal(r, n >= 5 * ENTRY ? 0 : -EINVAL);
		assert_true(r == 0 || strstr(diag.text, "truncated"));
		n_whole += r == 0;
		partition_table_deinit(&parts);
	}
	assert_int_equal(n_whole, s.n_bytes - 5 * ENTRY + 1);
	sample_free(&s);
}

UNIT_TEST(the_sum_is_checked)
{
	struct sample s;
	struct diag diag;

	sample_read("partitions/bad-md5.bin", &s);
	assert_fails(s.bytes, s.n_bytes, "checksum (MD5, at 0x60)");
	sample_free(&s);
	sample_read("partitions/no-md5.bin", &s);
	assert_int_equal(read_bytes(&parts, s.bytes, s.n_bytes, &diag), 0);
	assert_false(parts.md5);
	assert_int_equal(parts.n_rows, 3);
	partition_table_deinit(&parts);
	sample_free(&s);
	sample_read("partitions/micropython-partitions-4MiBplus.bin", &s);
	for (size_t i = 0; i < 4 * ENTRY; i++) { /* not one bit of it may be another */
		s.bytes[i] ^= 0x10;
		assert_int_equal(read_bytes(&parts, s.bytes, s.n_bytes, &diag),
				 i >= 3 * ENTRY + 2 && i < 3 * ENTRY + 16 ? 0 : -EINVAL);
		partition_table_deinit(&parts);
		s.bytes[i] ^= 0x10;
	}
	sample_free(&s);
}

UNIT_TEST(damage_is_named_by_its_place)
{
	uint8_t b[TABLE];

	small_table(b, false);
	b[ENTRY] = 0x12;
	assert_fails(b, TABLE, "the entry at 0x20 of the partition table begins with 12 50");
	small_table(b, true);
	put_row(b + 3 * ENTRY, "late", 1, 0x81, 0x20000, 0x1000);
	assert_fails(b, TABLE, "an entry at 0x60, behind the checksum");
	small_table(b, false);
	put_row(b + 2 * ENTRY, "odd", 1, 0x81, 0x20100, 0x1000);
	assert_fails(b, TABLE, "entry 3, partition \"odd\": offset 0x20100 is misaligned");
	small_table(b, false);
	put_row(b + 2 * ENTRY, "far", 1, 0x81, 0xfffff000, 0x2000);
	assert_fails(b, TABLE, "beyond 32 bits");
	small_table(b, false);
	put_row(b + 2 * ENTRY, "low", 1, 0x81, 0x1f000, 0x2000);
	assert_fails(b, TABLE, "overlaps \"factory\", which takes 0x10000 to 0x20000");
	put_row(b + 2 * ENTRY, "long", 1, 0x81, 0x20000, 0x1001); /* by one byte */
	put_row(b + 3 * ENTRY, "next", 1, 0x81, 0x21000, 0x1000);
	assert_fails(b, TABLE, "overlaps \"long\", which takes 0x20000 to 0x21001");
	small_table(b, false);
	put_row(b + 2 * ENTRY, "\033[2J", 1, 0x81, 0x20100, 0x1000);
	assert_fails(b, TABLE, "partition \"\\x1b[2J\"");
}

UNIT_TEST(a_full_table_has_95_rows)
{
	uint8_t b[TABLE + ENTRY];
	struct diag diag;
	char name[8];

	memset(b, 0xff, sizeof(b));
	for (unsigned i = 0; i < 96; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		if (i == 95)
			assert_int_equal(read_bytes(&parts, b, TABLE, &diag), 0);
		put_row(b + i * ENTRY, name, 1, 0x81, 0x10000 + i * 0x1000, 0x1000);
	}
	assert_int_equal(parts.n_rows, PARTITIONS_MAX);
	partition_table_deinit(&parts);
	assert_fails(b, sizeof(b), "no end mark");
}

UNIT_TEST(names_of_16_bytes_have_no_nul)
{
	uint8_t b[TABLE];
	struct diag diag;

	small_table(b, false);
	put_row(b + 2 * ENTRY, "abcdefghijklmnop", 1, 0x81, 0x20000, 0x1000);
	b[2 * ENTRY + 28] = 0x06;
	assert_int_equal(read_bytes(&parts, b, TABLE, &diag), 0);
	assert_string_equal(parts.rows[2].name, "abcdefghijklmnop");
	assert_int_equal(parts.n_notes, 1);
	assert_string_equal(parts.notes[0].text, "\"abcdefghijklmnop\" has unknown flags 0x4");
	assert_int_equal(parts.notes[0].line, 3);
}

UNIT_TEST(rows_of_boot_loader_and_table_tell_their_places)
{
	uint8_t b[TABLE];
	struct diag diag;

	memset(b, 0xff, TABLE);
	put_row(b, "bl", 2, 0, 0x2000, 0xe000);
	put_row(b + ENTRY, "pt", 3, 0, 0x10000, 0x1000);
	put_row(b + 2 * ENTRY, "nvs", 1, 2, 0x11000, 0x6000);
	assert_int_equal(read_bytes(&parts, b, TABLE, &diag), 0);
	assert_u64_equal(parts.table_offset, 0x10000);
	assert_u64_equal(parts.bootloader_offset, 0x2000);
	partition_table_deinit(&parts);
	put_row(b, "bl", 2, 0, 0x10000, 0xe000);
	assert_fails(b, TABLE, "the bootloader, at 0x10000, must lie below");
	put_row(b, "bl", 2, 0, 0x2000, 0xe000);
	put_row(b + 2 * ENTRY, "nvs", 1, 2, 0xa000, 0x6000);
	assert_fails(b, TABLE, "below the end of the partition table, 0x11000");
}

/* ---- dumps ---- */

UNIT_TEST(tables_are_found_in_dumps)
{
	static const struct {
		size_t at;
		bool found;
	} rows[] = {
		{ 0x8000, true },  { 0x9000, true },   { 0x10000, true }, { 0x1000, true },
		{ 0x20000, true }, { 0x21000, false }, { 0x8800, false },
	};
	static uint8_t dump[0x22000];
	struct diag diag;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(dump, 0xff, sizeof(dump));
		uint8_t *b = dump + rows[i].at;
		put_row(b, "nvs", 1, 2, 0x30000, 0x6000);
		put_sum(b, 1);
		int r = read_bytes(&parts, dump, sizeof(dump), &diag);
		assert_int_equal(r, rows[i].found ? 0 : -EINVAL);
		if (r == 0) {
			assert_int_equal(parts.source, PARTITION_FROM_DUMP);
			assert_u64_equal(parts.table_offset, rows[i].at);
		} else {
			assert_non_null(strstr(diag.text, "up to 0x20000"));
		}
		partition_table_deinit(&parts);
	}
	/* Where it is said to be, or nowhere. */
	struct partition_options options = { 0x21000, NOT_KNOWN, NOT_KNOWN };
	put_row(dump + 0x21000, "nvs", 1, 2, 0x30000, 0x6000);
	assert_int_equal(partition_table_read(&parts, "d", dump, sizeof(dump), &options, &diag), 0);
	partition_table_deinit(&parts);
	options.table_offset = 0x8000;
	assert_int_equal(partition_table_read(&parts, "d", dump, sizeof(dump), &options, &diag), -EINVAL);
	partition_table_deinit(&parts);
	/* A stray aa 50 is no table: the chain after it is what counts. */
	memset(dump, 0xff, sizeof(dump));
	put_row(dump + 0x8000, "nvs", 1, 2, 0x30000, 0x6000);
	dump[0x8020] = 0;
	put_row(dump + 0x9000, "real", 1, 2, 0x30000, 0x6000);
	assert_int_equal(read_bytes(&parts, dump, sizeof(dump), &diag), 0);
	assert_string_equal(parts.rows[0].name, "real");
}

UNIT_TEST(a_dump_of_a_power_of_two_is_all_of_a_flash)
{
	static uint8_t flash[(1 << 20) + 16];
	static const struct {
		size_t n_bytes;
		uint64_t flash_bytes;
	} rows[] = {
		{ 1 << 20, 1 << 20 },
		{ (1 << 20) + 16, NOT_KNOWN },
		{ 1 << 19, NOT_KNOWN },
		{ (1 << 20) - 1, NOT_KNOWN },
	};
	struct diag diag;

	memset(flash, 0xff, sizeof(flash));
	put_row(flash + 0x8000, "nvs", 1, 2, 0x9000, 0x6000);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(read_bytes(&parts, flash, rows[i].n_bytes, &diag), 0);
		assert_u64_equal(parts.flash_bytes, rows[i].flash_bytes);
		partition_table_deinit(&parts);
	}
}

/* Without a bootloader the chip is that of an app; one that is damaged is a note. */
UNIT_TEST(an_app_in_a_dump_names_the_chip)
{
	static uint8_t flash[1 << 20];
	struct sample app;
	struct diag diag;

	sample_read("esp/app-s3.bin", &app);
	memset(flash, 0xff, sizeof(flash));
	put_row(flash + 0x8000, "factory", 0, 0, 0x10000, 0x10000);
	memcpy(flash + 0x10000, app.bytes, app.n_bytes);
	for (int damaged = 0; damaged < 2; damaged++) {
		flash[0x10000 + app.n_bytes - 1] ^= (uint8_t)damaged; /* of its hash */
		assert_int_equal(read_bytes(&parts, flash, sizeof(flash), &diag), 0);
		assert_string_equal(parts.chip->name, "esp32s3");
		assert_u64_equal(parts.bootloader_offset, 0);
		assert_u64_equal(parts.dump_base, 0);
		assert_int_equal(parts.n_notes, damaged);
		if (damaged)
			assert_non_null(
				strstr(parts.notes[0].text, "the hash of the app image in \"factory\" is wrong"));
		partition_table_deinit(&parts);
	}
	sample_free(&app);
}

UNIT_TEST(what_is_neither_is_refused)
{
	static const uint8_t elf[] = "\177ELF\1\1\1\0\0\0\0", latin[] = "n\xe9,data,fat,,4K\n";

	assert_fails(elf, sizeof(elf), "this is an ELF; give it with --elf");
	assert_fails(elf + 4, sizeof(elf) - 4, "not a partitions.csv (not UTF-8 text)");
	assert_fails(latin, sizeof(latin) - 1, "not UTF-8 text");
}
