/* Partitions against limits: what is used of them, by whom that is told, and what cannot be told. */
#include <stdio.h>

#include "budget/check_private.h"
#include "made_budget.h"
#include "memprof/image/partitions.h"
#include "memprof/model/board.h"

static struct made_budget b;
static struct check c;
static struct layout now, base;

static int begin(void **state)
{
	(void)state;
	b = (struct made_budget){ 0 };
	c = (struct check){ 0 };
	return 0;
}

static int end(void **state)
{
	(void)state;
	check_deinit(&c);
	layout_deinit(&now);
	layout_deinit(&base);
	return 0;
}

static const char two_slots[] =
	"nvs,data,nvs,0x9000,0x6000\notadata,data,ota,,0x2000\n"
	"ota_0,app,ota_0,0x20000,0x200000\nota_1,app,ota_1,,0x180000\nvfs,data,fat,,0x40000\n";

/* The table, and a firmware of so many bytes; NOT_KNOWN: none. */
static void lay_out(struct layout *l, const char *csv, uint64_t app_bytes)
{
	struct partition_options options = { NOT_KNOWN, 0x1000, NOT_KNOWN };
	struct partition_table t;
	struct diag diag = { .text = "" };

	if (partition_table_read(&t, "p.csv", csv, strlen(csv), &options, &diag) != 0)
		fail_msg("%s", diag.text);
	layout_partitions(l, &t, 4 << 20, true);
	if (app_bytes != NOT_KNOWN)
		layout_app(l, &t, app_bytes, "firmware.bin");
	partition_table_deinit(&t); /* the layout keeps nothing of it */
}

static void judge(bool with_base)
{
	assert_int_equal(layout_resolve(&now), 0);
	assert_int_equal(layout_resolve(&base), 0);
	assert_int_equal(check_begin(&c, &b.budget), 0);
	c.given[CHECK_OF_PARTITIONS] = true;
	c.given[CHECK_OF_BASELINE_PARTITIONS] = with_base;
	assert_int_equal(check_layout(&c, &now, with_base ? &base : NULL), 0);
	check_judge(&c);
}

/* ---- firmware ---- */

UNIT_TEST_WITH(the_firmware_is_in_every_app_partition, begin, end)
{
	made(&b, SUBJECT_PARTITION, "ota_0", "max_used", WHOLE(0x170000));
	made(&b, SUBJECT_PARTITION, "ota_1", "min_free", WHOLE(0x10000));
	made(&b, SUBJECT_PARTITION, "ota_*", "min_free", WHOLE(0x10001));
	made(&b, SUBJECT_PARTITION, "ota_1", "max_used", PERCENT(0.95));
	lay_out(&now, two_slots, 0x170000);
	judge(false);
	assert_row(&c, 0, "pass 1507328 of 1507328, 0 left");
	assert_row(&c, 1, "pass 65536 of 65536, 0 left");
	assert_row(&c, 2, "fail 65536 of 65537, -1 left (ota_1)");
	assert_row(&c, 3, "fail 1507328 of 1494220, -13108 left");
	assert_u64_equal(c.rows[1].capacity_bytes, 0x180000);
}

/* The layout shows it cut at the partition's end; that is no way to pass. */
UNIT_TEST_WITH(a_firmware_that_does_not_fit_leaves_less_than_nothing, begin, end)
{
	made(&b, SUBJECT_PARTITION, "ota_0", "max_used", PERCENT(1));
	made(&b, SUBJECT_PARTITION, "ota_0", "min_free", WHOLE(0));
	made(&b, SUBJECT_PARTITION, "ota_1", "min_free", WHOLE(0));
	lay_out(&now, two_slots, 0x200010);
	judge(false);
	assert_row(&c, 0, "fail 2097168 of 2097152, -16 left");
	assert_row(&c, 1, "fail -16 of 0, -16 left");
	assert_row(&c, 2, "fail -524304 of 0, -524304 left");
}

UNIT_TEST_WITH(a_firmware_grows_against_the_older_one, begin, end)
{
	made(&b, SUBJECT_PARTITION, "ota_0", "max_growth", WHOLE(0x100));
	made(&b, SUBJECT_PARTITION, "ota_0", "max_growth", WHOLE(0xff));
	made(&b, SUBJECT_PARTITION, "ota_1", "max_free_loss", PERCENT(0.01));
	made(&b, SUBJECT_PARTITION, "vfs", "max_growth", WHOLE(1));
	made(&b, SUBJECT_PARTITION, "*", "max_growth", WHOLE(0x100));
	lay_out(&now, two_slots, 0x100100);
	lay_out(&base, two_slots, 0x100000);
	judge(true);
	assert_row(&c, 0, "pass 256 of 256, 0 left");
	assert_row(&c, 1, "fail 256 of 255, -1 left");
	assert_row(&c, 2, "pass 256 of 5242, 4986 left");
	assert_row(&c, 3, "error: no input reports its used bytes");
	assert_row(&c, 4, "pass 256 of 256, 0 left (ota_0)");
	assert_true(c.rows[0].now.amount == 0x100100 && c.rows[0].base.amount == 0x100000);
}

UNIT_TEST_WITH(what_is_left_out_is_not_judged, begin, end)
{
	static const char *const except[] = { "ota_1" };

	for (int i = 0; i < 2; i++) {
		struct budget_entry *entry = made(&b, SUBJECT_PARTITION, i ? "ota_1" : "ota_*", "min_free",
						  WHOLE(0x90001));
		entry->except = except;
		entry->n_except = 1;
	}
	lay_out(&now, two_slots, 0x170000);
	judge(false);
	assert_row(&c, 0, "fail 589824 of 589825, -1 left (ota_0)");
	assert_row(&c, 1, "error: 'except' leaves out everything named 'ota_1'");
}

UNIT_TEST_WITH(every_app_partition_has_one_pattern, begin, end)
{
	static const char *const except[] = { "ota_1" };

	made(&b, SUBJECT_PARTITION, "type:app", "min_free", WHOLE(0x10001));
	made(&b, SUBJECT_PARTITION, "type:app", "max_growth", WHOLE(0x100));
	struct budget_entry *but = made(&b, SUBJECT_PARTITION, "type:app", "min_free", WHOLE(0x90001));
	but->except = except;
	but->n_except = 1;
	made(&b, SUBJECT_PARTITION, "type:data", "min_free", WHOLE(0));
	lay_out(&now, two_slots, 0x170000);
	lay_out(&base, two_slots, 0x170000);
	judge(true);
	assert_row(&c, 0, "fail 65536 of 65537, -1 left (ota_1)");
	assert_row(&c, 1, "pass 0 of 256, 256 left (ota_0)");
	assert_row(&c, 2, "fail 589824 of 589825, -1 left (ota_0)");
	assert_int_equal(c.rows[3].status, CHECK_ERROR);
	end(NULL);
	lay_out(&now, "factory,app,factory,0x20000,0x200000\n", NOT_KNOWN);
	judge(false);
	assert_row(&c, 0, "error: no partition is known to hold the firmware");
	assert_string_equal(c.rows[0].advice, "give the firmware with --bin FILE");
}

UNIT_TEST_WITH(a_new_partition_grows_from_nothing, begin, end)
{
	static const char one[] = "nvs,data,nvs,0x9000,0x6000\nfactory,app,factory,0x20000,0x200000\n";

	made(&b, SUBJECT_PARTITION, "ota_1", "max_growth", WHOLE(0xfffff));
	made(&b, SUBJECT_PARTITION, "factory", "max_used", WHOLE(0x200000));
	lay_out(&now, two_slots, 0x100000);
	lay_out(&base, one, 0x100000);
	judge(true);
	assert_row(&c, 0, "fail 1048576 of 1048575, -1 left");
	assert_row(&c, 1, "error: no partition named 'factory' any more; the baseline has 1048576 B of it");
}

UNIT_TEST_WITH(an_older_layout_without_a_firmware_tells_nothing, begin, end)
{
	made(&b, SUBJECT_PARTITION, "ota_0", "max_growth", WHOLE(1));
	lay_out(&now, two_slots, 0x100000);
	lay_out(&base, two_slots, NOT_KNOWN);
	judge(true);
	assert_row(&c, 0, "error: the baseline does not report its used bytes");
	end(NULL);
	lay_out(&now, two_slots, 0x100000);
	judge(true); /* one without any partitions */
	assert_row(&c, 0, "error: the baseline does not report its used bytes");
	end(NULL);
	lay_out(&now, two_slots, 0x100000);
	judge(false);
	assert_row(&c, 0, "error: no older firmware was given to compare with");
}

/* ---- what is there ---- */

UNIT_TEST_WITH(what_nobody_tells_cannot_be_judged, begin, end)
{
	made(&b, SUBJECT_PARTITION, "ota_0", "max_used", WHOLE(1));
	made(&b, SUBJECT_PARTITION, "bootloader", "max_used", WHOLE(1));
	made(&b, SUBJECT_PARTITION, "factry", "max_used", WHOLE(1));
	made(&b, SUBJECT_PARTITION, "ota0", "max_used", WHOLE(1));
	lay_out(&now, two_slots, NOT_KNOWN);
	judge(false);
	assert_row(&c, 0, "error: no input reports its used bytes");
	assert_non_null(strstr(c.rows[0].advice, "--bin FILE"));
	assert_row(&c, 1, "error: no input reports its used bytes");
	assert_row(&c, 2, "error: no partition named 'factry'; there are nvs, otadata, ota_0 and others");
	assert_row(&c, 3, "error: no partition named 'ota0'; did you mean ota_0?");
}

/* A dump of the flash holds images of some size: what is there now, unless a firmware is to go there. */
UNIT_TEST_WITH(a_dump_tells_what_it_holds, begin, end)
{
	for (int with_app = 0; with_app < 2; with_app++) {
		struct partition rows[] = {
			{ .name = "factory",
			  .type = PARTITION_TYPE_APP,
			  .offset = 0x10000,
			  .size_bytes = 0x100000,
			  .used_bytes = 0x80000 },
			{ .name = "data",
			  .type = PARTITION_TYPE_DATA,
			  .offset = 0x110000,
			  .size_bytes = 0x10000,
			  .used_bytes = NOT_KNOWN },
		};
		struct partition_table t = { .name = "flash.bin",
					     .table_offset = 0x8000,
					     .bootloader_offset = 0x1000,
					     .bootloader_bytes = 0x5000,
					     .flash_bytes = 0x400000,
					     .rows = rows,
					     .n_rows = 2 };
		begin(NULL);
		made(&b, SUBJECT_PARTITION, "factory", "max_used", WHOLE(0x80000));
		made(&b, SUBJECT_PARTITION, "bootloader", "min_free", WHOLE(0x2000));
		layout_partitions(&now, &t, NOT_KNOWN, true);
		if (with_app)
			layout_app(&now, &t, 0x80001, "new.bin");
		judge(false);
		assert_row(&c, 0, with_app ? "fail 524289 of 524288, -1 left" : "pass 524288 of 524288, 0 left");
		assert_row(&c, 1, "pass 8192 of 8192, 0 left");
		end(NULL);
	}
}

/* ---- file systems ---- */

UNIT_TEST_WITH(a_live_board_tells_of_its_files, begin, end)
{
	struct board_info board = { .known = true,
				    .platform = "esp32",
				    .flash_bytes = 4 << 20,
				    .n_device_blocks = NOT_KNOWN,
				    .device_block_bytes = NOT_KNOWN,
				    .flash_user_start = NOT_KNOWN };

	board.n_filesystems = 1;
	board.filesystems[0] = (struct board_filesystem){ .path = "/", .total_bytes = 0x3e000, .free_bytes = 0x1e000 };
	made(&b, SUBJECT_PARTITION, "vfs", "max_used", WHOLE(0x20000));
	made(&b, SUBJECT_PARTITION, "vfs", "min_free", WHOLE(0x1e001));
	made(&b, SUBJECT_PARTITION, "/", "max_used", PERCENT(0.5));
	lay_out(&now, two_slots, NOT_KNOWN);
	layout_live(&now, &board, "sim:esp32");
	judge(false);
	assert_row(&c, 0, "pass 131072 of 131072, 0 left");
	assert_row(&c, 1, "fail 122880 of 122881, -1 left");
	assert_row(&c, 2, "pass 131072 of 131072, 0 left");
}

/* ---- spans in a partition ---- */

static void claim(enum span_kind kind, const char *name, uint64_t start, uint64_t size_bytes, uint64_t used_bytes,
		  uint64_t free_bytes)
{
	layout_claim(&now, &(struct layout_claim){ LAYOUT_FLASH, start, size_bytes, name, kind, used_bytes, free_bytes,
						   "test" });
}

UNIT_TEST_WITH(what_lies_in_a_partition_fills_it, begin, end)
{
	made(&b, SUBJECT_PARTITION, "main", "max_used", WHOLE(0x3000));
	made(&b, SUBJECT_PARTITION, "main", "min_free", WHOLE(0xd000));
	made(&b, SUBJECT_PARTITION, "mixed", "max_used", WHOLE(0x3800));
	made(&b, SUBJECT_PARTITION, "mixed", "min_free", WHOLE(0xc000));
	made(&b, SUBJECT_PARTITION, "unknown", "max_used", WHOLE(1));
	made(&b, SUBJECT_PARTITION, "files", "max_used", WHOLE(1));
	claim(SPAN_MEMORY, "flash", 0, 0x100000, NOT_KNOWN, NOT_KNOWN);
	claim(SPAN_PARTITION, "main", 0x10000, 0x10000, NOT_KNOWN, NOT_KNOWN);
	claim(SPAN_FIRMWARE, "firmware", 0x10000, 0x3000, NOT_KNOWN, NOT_KNOWN);
	claim(SPAN_SECTION, ".text", 0x10000, 0x2000, NOT_KNOWN, NOT_KNOWN);
	claim(SPAN_PARTITION, "mixed", 0x20000, 0x10000, NOT_KNOWN, NOT_KNOWN);
	claim(SPAN_FIRMWARE, "firmware", 0x20000, 0x3000, NOT_KNOWN, NOT_KNOWN);
	claim(SPAN_FILESYSTEM, "fs", 0x28000, 0x2000, 0x800, 0x1000);
	claim(SPAN_PARTITION, "unknown", 0x30000, 0x10000, NOT_KNOWN, NOT_KNOWN);
	claim(SPAN_FIRMWARE, "firmware", 0x30000, 0x3000, NOT_KNOWN, NOT_KNOWN);
	claim(SPAN_FILESYSTEM, "files", 0x38000, 0x2000, NOT_KNOWN, NOT_KNOWN);
	judge(false);
	assert_row(&c, 0, "pass 12288 of 12288, 0 left");
	assert_row(&c, 1, "pass 53248 of 53248, 0 left");
	assert_row(&c, 2, "pass 14336 of 14336, 0 left");
	assert_row(&c, 3, "pass 49152 of 49152, 0 left");
	assert_row(&c, 4, "error: no input reports its used bytes");
	assert_row(&c, 5, "error: no input reports its used bytes");
	assert_string_equal(c.rows[5].advice, "give the board with --live: it has that");
}

/* Figures that cannot be, and more of them than a partition holds. */
UNIT_TEST_WITH(figures_that_lie_do_not_wrap, begin, end)
{
	made(&b, SUBJECT_PARTITION, "a", "max_used", WHOLE(0x10000));
	made(&b, SUBJECT_PARTITION, "a", "min_free", WHOLE(0));
	made(&b, SUBJECT_PARTITION, "b", "min_free", WHOLE(1));
	made(&b, SUBJECT_PARTITION, "ota_0", "min_free", WHOLE(0));
	made(&b, SUBJECT_PARTITION, "", "min_free", WHOLE(0));
	made(&b, SUBJECT_PARTITION, "b", "max_used", WHOLE(0xffff));
	claim(SPAN_PARTITION, "a", 0x700000, 0x10000, UINT64_MAX - 1, UINT64_MAX - 1);
	claim(SPAN_PARTITION, "b", 0x710000, 0x10000, NOT_KNOWN, NOT_KNOWN);
	claim(SPAN_FILESYSTEM, "fs1", 0x710000, 0x8000, UINT64_MAX - 1, UINT64_MAX - 1);
	claim(SPAN_FILESYSTEM, "fs2", 0x718000, 0x8000, UINT64_MAX - 1, 0);
	claim(SPAN_PARTITION, "", 0x720000, 0x10000, 1, 1);
	lay_out(&now, two_slots, UINT64_MAX - 1);
	judge(false);
	assert_int_equal(c.rows[0].status, CHECK_FAIL);
	assert_row(&c, 1, "pass 65536 of 0, 65536 left");
	assert_row(&c, 2, "pass 32768 of 1, 32767 left");
	assert_int_equal(c.rows[3].status, CHECK_FAIL);
	assert_int_equal(c.rows[4].status, CHECK_ERROR);
	assert_row(&c, 5, "fail 65536 of 65535, -1 left");
}

UNIT_TEST_WITH(what_another_space_shows_counts_once, begin, end)
{
	made(&b, SUBJECT_PARTITION, "main", "max_used", WHOLE(0));
	claim(SPAN_MEMORY, "flash", 0, 0x100000, NOT_KNOWN, NOT_KNOWN);
	claim(SPAN_PARTITION, "main", 0x10000, 0x10000, 0x10, 0xfff0);
	layout_map(&now, &(struct layout_mapping){ LAYOUT_CPU, LAYOUT_FLASH, 0x40000000, 0x100000, 0 });
	layout_claim(&now,
		     &(struct layout_claim){ LAYOUT_CPU, 0x40000000, 0x100000, "FLASH", SPAN_REGION, 0, 0, "test" });
	judge(false);
	assert_row(&c, 0, "fail 16 of 0, -16 left");
}
