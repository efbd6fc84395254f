/* The table of data/uf2/make-uf2, which begins at byte 512 of the flash. */
#include "memprof/input/picobin_file.h"

#include "tests_dir.h"
#include "unit.h"

#define DATA TESTS_DIR "/data/"

static int find_in(const char *name, struct picobin_table *ret, struct diag *diag)
{
	struct blob blob;

	assert_int_equal(blob_read(name, &blob, NULL), 0);
	int r = picobin_file_find(ret, &blob, diag);
	blob_deinit(&blob);
	return r;
}

UNIT_TEST(a_table_in_any_file)
{
	static const char *const names[] = { DATA "uf2/rp2350.bin", DATA "uf2/rp2350.uf2",
					     DATA "uf2/two-families.uf2" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct picobin_table table = { .n_partitions = 0 };
		struct diag diag = { .text = "" };
		if (find_in(names[i], &table, &diag) != 0)
			fail_msg("%s: %s", names[i], diag.text);
		assert_u64_equal(table.found_at, 512);
		assert_int_equal(table.n_partitions, 2);
		assert_string_equal(table.partitions[0].name, "app");
		assert_int_equal(table.partitions[0].first_sector, 2);
		assert_int_equal(table.partitions[0].last_sector, 255);
		assert_string_equal(table.partitions[1].name, "");
		assert_int_equal(table.partitions[1].first_sector, 256);
	}
}

UNIT_TEST(files_without_a_table)
{
	static const struct {
		const char *name;
		int result;
	} rows[] = {
		{ DATA "uf2/bad-block.uf2", -EINVAL },        { DATA "uf2/skipped.uf2", -EINVAL },
		{ DATA "esp/app-s3.bin", PICOBIN_NONE },      { DATA "synthetic/empty.txt", PICOBIN_NONE },
		{ DATA "synthetic/hello.txt", PICOBIN_NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct picobin_table table = { .n_partitions = 77 };
		struct diag diag = { .text = "" };
		assert_int_equal(find_in(rows[i].name, &table, &diag), rows[i].result);
		assert_int_equal(table.n_partitions, 77);
		if (rows[i].result < 0) {
			assert_string_equal(diag.at.file, rows[i].name);
			assert_non_null(strstr(diag.text, "no partition table of an RP2350"));
		}
	}
}

/* Blocks that are not for the main flash. */
UNIT_TEST(a_uf2_without_a_family)
{
	struct blob blob;
	struct picobin_table table = { .n_partitions = 77 };
	struct diag diag = { .text = "" };

	assert_int_equal(blob_read(DATA "uf2/skipped.uf2", &blob, NULL), 0);
	blob.n_bytes = 1024;
	assert_int_equal(picobin_file_find(&table, &blob, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "no partition table of an RP2350"));
	assert_int_equal(table.n_partitions, 77);
	blob_deinit(&blob);
}

/* The last block of the file holds the end of the table. */
UNIT_TEST(files_cut_at_any_length)
{
	static const char *const names[] = { DATA "uf2/rp2350.bin", DATA "uf2/rp2350.uf2" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct blob whole;
		assert_int_equal(blob_read(names[i], &whole, NULL), 0);
		for (size_t n = 0; n + 4 < whole.n_bytes; n++) { /* the flash ends in "rest" */
			struct blob cut = { .name = "cut", .bytes = malloc(n + !n), .n_bytes = n };
			struct picobin_table table;
			struct diag diag = { .text = "" };
			assert_non_null(cut.bytes);
			memcpy(cut.bytes, whole.bytes, n);
			assert_int_not_equal(picobin_file_find(&table, &cut, &diag), 0);
			free(cut.bytes);
		}
		blob_deinit(&whole);
	}
}
