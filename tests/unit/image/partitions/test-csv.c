/* Places and words of faults, notes, encodings. */

#include "memprof/image/partitions.h"
#include "unit.h"

static struct partition_table table;

UNIT_AFTER(tear_down) { partition_table_deinit(&table); }

static const struct partition_options unknown = PARTITION_OPTIONS_INIT;
static const struct partition_options esp32 = { NOT_KNOWN, 0x1000, NOT_KNOWN };

UNIT_TEST(faults_have_their_place_and_advice)
{
	static const struct {
		const char *text;
		unsigned line, col;
		const char *summary;
	} rows[] = {
		{ "# x\r\n\r\nn,data,nvs,0x9000,010K\r\n", 3, 19,
		  "size \"010K\": bad number; expected a number such as 4096, 0x1000, 4K or 1M" },
		{ "a,data,fat,,4K\rb,data,fat,,4K\rc,dato,fat,,4K", 3, 3, "type \"dato\": unknown keyword" },
		{ "  n ,  data ,  ${SUB},0x9000,0x6000\n", 1, 16, "subtype \"${SUB}\": variables" },
		{ "$NAME,data,nvs,0x9000,0x6000\n", 1, 1, "name \"$NAME\": variables" },
		{ "n,data,nvs,-5,0x6000\n", 1, 12, "must not be negative" },
		{ "n,data,nvs,,0x6000,encrypted: readonly\n", 1, 20, "unknown flag" },
		{ "n,data,nvs,,0x6000,Encrypted\n", 1, 20, "unknown flag" },
		{ "n,data,fat,0x20000,-0x10000\n", 1, 20, "ends at 0x10000, before its start at 0x20000" },
		{ "n,data,fat,,1984KB\n", 1, 13, "size \"1984KB\": bad number; expected" },
		{ "n,data,fat,4K # four,4K\n", 1, 12, "bad number" },
		{ "n,data,fat,,\n", 1, 13, "size \"\": must not be empty; expected a size such as 0x6000, 24K or 1M" },
		{ "n,app,0,0x18000,1M\nm,data,fat,0x110000,1M\n", 1, 1,
		  "partition \"n\": offset 0x18000 is misaligned" },
		{ "n,data,fat,0xA000,1M\nm,app,0,0x18000,1M\no,data,fat,0x9000,4K\n", 2, 1,
		  "offset 0x18000 is misaligned" },
		{ "n,data,fat,,99999999999999999999M\n", 1, 13, "more than 32 bits" },
		{ "n,data,fat,,4095M\nm,data,fat,,1M\n", 2, 1, "partition \"m\": ends beyond 32 bits: at 0x100009000" },
		{ "n,256,0,,4K\n", 1, 3, "from 0 to 0xff" },
		{ "n,-1,0,,4K\n", 1, 3, "from 0 to 0xff" },
		{ "n,data,300,,4K\n", 1, 8, "from 0 to 0xff" },
		{ "b,bootloader,ota,,\n", 1, 19, "depends on the chip" },
		{ "a,app,ota_99,,64K\n", 1, 7, "the slots are ota_0 to ota_15" },
		{ "abcdefghijklmnopX,data,fat,,4K\nabcdefghijklmnopY,data,fat,,4K\n", 2, 1,
		  "same name (first 16 bytes) as the partition in line 1" },
		{ "n,data,coredump,,64K,readonly\n", 1, 1, "must not be readonly: coredump" },
		{ "n,data,nvs,,0,readonly\n", 1, 1, "read-only nvs needs 0x1000" },
		{ "o,data,tee_ota,,4K\n", 1, 1, "data, tee_ota must be 0x2000" },
		{ "\033]0;x\a,\033[31m,nvs,,4K\n", 1, 8, "type \"\\x1b[31m\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct diag diag = { .text = "" };
		int r = partition_table_read(&table, "t.csv", rows[i].text, strlen(rows[i].text), &unknown, &diag);
		if (r != -EINVAL || diag.at.line != rows[i].line || diag.at.col != rows[i].col ||
		    !strstr(diag.text, rows[i].summary))
			fail_msg("%s: %d, %" PRIu64 ":%u: %s", rows[i].text, r, diag.at.line, diag.at.col, diag.text);
		partition_table_deinit(&table);
	}
}

#define APP "app,app,ota_0,,64K\n"
UNIT_TEST(what_is_taken_with_a_doubt_is_a_note)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *summary;
	} rows[] = {
		{ "n,data,foo,,4K\n" APP, 1, "ESP-IDF has no subtype \"foo\"" },
		{ "#\na,data,fat,,0x123\n" APP, 2, "the size of \"a\", 0x123, is not a multiple of 0x1000" },
		{ "a,data,fat,,0\n" APP, 1, "\"a\" is empty" },
		{ ",data,fat,,4K\n" APP, 1, "the name is empty" },
		{ "abcdefghijklmnopq,data,fat,,4K\n" APP, 1, "the board sees \"abcdefghijklmnop\"" },
		{ "factory,data,fat,,4K\n" APP, 1, "\"factory\" is also the name" },
		{ "a,0x10,0,,4K\n" APP, 1, "type 0x10 of \"a\" is reserved" },
		{ "b,bootloader,primary,N/A,N/A\n" APP, 1, "which is not known: assumed to be 0" },
		{ "", 0, "the table has no rows: the board has nothing to boot" },
		{ "n,data,nvs,,24K\n", 0, "no partition of type app: the board has nothing to boot" },
		{ "a,app,ota_0,,64K\nb,app,ota_1,,64K\n", 0,
		  "2 slots for updates (ota_0 …), but no data, ota partition" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct diag diag = { .text = "" };
		if (partition_table_read(&table, "t.csv", rows[i].text, strlen(rows[i].text), &unknown, &diag) != 0)
			fail_msg("%s: %s", rows[i].text, diag.text);
		assert_int_equal(table.n_notes, 1);
		assert_int_equal(table.notes[0].line, rows[i].line);
		if (!strstr(table.notes[0].text, rows[i].summary))
			fail_msg("\"%s\" is not in %s", rows[i].summary, table.notes[0].text);
		partition_table_deinit(&table);
	}
}

UNIT_TEST(byte_order_marks_are_honoured)
{
	static const char utf8[] = "\xef\xbb\xbfn,data,fat,,4K";
	assert_int_equal(partition_table_read(&table, "t.csv", utf8, sizeof(utf8) - 1, &unknown, NULL), 0);
	assert_string_equal(table.rows[0].name, "n");
}

/* Boot loader and table have fixed places, whatever stands in their columns; others of them are placed. */
UNIT_TEST(fixed_rows_take_no_part_in_placing)
{
	static const char text[] =
		"n,data,nvs,,0x6000\npt,partition_table,primary,junk,junk\nbl,bootloader,primary,,\n"
		"b2,bootloader,ota,,N/A\np2,partition_table,ota,,\nx,data,fat,,4K\n";
	static const struct {
		uint64_t offset, size;
	} rows[] = {
		{ 0x9000, 0x6000 }, { 0x8000, 0x1000 },  { 0x1000, 0x7000 },
		{ 0xf000, 0x7000 }, { 0x16000, 0x1000 }, { 0x17000, 0x1000 },
	};
	struct diag diag = { .text = "" };

	if (partition_table_read(&table, "t.csv", text, strlen(text), &esp32, &diag) != 0)
		fail_msg("%s", diag.text);
	assert_int_equal(table.n_rows, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_u64_equal(table.rows[i].offset, rows[i].offset);
		assert_u64_equal(table.rows[i].size_bytes, rows[i].size);
	}
	assert_u64_equal(partition_table_end(&table), 0x18000);
}

UNIT_TEST(another_table_offset_moves_the_first_row)
{
	static const char text[] = "n,data,nvs,,0x6000\na,app,factory,,1M\n";
	struct partition_options options = { 0x10000, NOT_KNOWN, NOT_KNOWN };

	assert_int_equal(partition_table_read(&table, "t.csv", text, strlen(text), &options, NULL), 0);
	assert_u64_equal(table.rows[0].offset, 0x11000);
	assert_u64_equal(table.rows[1].offset, 0x20000);
}
