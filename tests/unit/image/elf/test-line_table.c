#include "elf/line_table.h"

#include <dwarf.h>

#include "memprof/base/number.h"
#include "unit.h"

enum {
	LINE_BASE = -5,
	LINE_RANGE = 14,
	OPCODE_BASE = 13,
	NAMES_MAX = 4,
	HEADER_4_BYTES = 6 + 12 + 21, /* of parameters and names */
	HEADER_5_BYTES = 6 + 12 + 12 + 8 + 38,
};
#define SPECIAL(line, operations) ((line)-LINE_BASE + LINE_RANGE * (operations) + OPCODE_BASE)
#define PARAMETERS                (uint8_t) LINE_BASE, LINE_RANGE, OPCODE_BASE, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1
#define HEADER_4(min, operations) 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, min, operations, 1, PARAMETERS, FILES_4
#define HEADER_5                  0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 1, 1, 1, PARAMETERS, FOLDERS_5, FILES_5
#define SET_ADDRESS(low, high)    0, 5, DW_LNE_set_address, low, high, 0, 0
#define END_SEQUENCE              0, 1, DW_LNE_end_sequence
#define FILES_4                   '/', 's', 0, 'i', 0, 0, 'm', '.', 'c', 0, 0, 0, 0, 'a', '.', 'h', 0, 2, 0, 0, 0
#define FOLDERS_5                 1, DW_LNCT_path, DW_FORM_line_strp, 2, 0, 0, 0, 0, 3, 0, 0, 0
#define FILES_5                                                                                                       \
	3, DW_LNCT_path, DW_FORM_string, DW_LNCT_MD5, DW_FORM_data16, DW_LNCT_directory_index, DW_FORM_udata, 2, 'm', \
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0, 'h', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,   \
		11, 12, 13, 14, 15, 16, 1

static struct line_table table;

UNIT_AFTER(end)
{
	line_table_deinit(&table);
	table = (struct line_table){ 0 };
}

/* The lengths of a table are put in: version 4 after version, 5 after its two bytes of sizes. */
static int read_with(unsigned version, uint8_t *bytes, size_t n_bytes, size_t names_max)
{
	static const uint8_t names[] = "/b\0inc";
	struct line_sections sections = { .lines = { bytes, n_bytes }, .names = { names, sizeof(names) } };
	size_t i_header = version >= 5 ? 8 : 6;

	bytes[0] = (uint8_t)(n_bytes - 4);
	bytes[4] = (uint8_t)version;
	bytes[i_header] = version >= 5 ? HEADER_5_BYTES : HEADER_4_BYTES;
	return line_table_read(&table, &sections, 0, 4) == 0 ? line_table_read_files(&table, names_max) : -EINVAL;
}

static int read(unsigned version, uint8_t *bytes, size_t n_bytes)
{
	return read_with(version, bytes, n_bytes, NAMES_MAX);
}

static void assert_row(uint64_t address, uint32_t file, uint32_t line, bool is_end)
{
	struct line_row row;

	assert_true(line_table_next(&table, &row));
	assert_int_equal(row.address, address);
	assert_int_equal(row.file, file);
	assert_int_equal(row.line, line);
	assert_int_equal(row.is_end, is_end);
}

static void assert_file(size_t i, const char *folder, const char *name)
{
	assert_true(i < table.n_files);
	if (folder)
		assert_string_equal(table.files[i].folder, folder);
	else
		assert_null(table.files[i].folder);
	assert_string_equal(table.files[i].name, name);
}

static void assert_no_row(void)
{
	struct line_row row;

	assert_false(line_table_next(&table, &row));
}

/* ---- */

UNIT_TEST(rows_of_version_4)
{
	uint8_t bytes[] = { HEADER_4(2, 1),
			    SET_ADDRESS(0x00, 0x10),
			    DW_LNS_advance_line,
			    9,
			    DW_LNS_copy,
			    DW_LNS_set_file,
			    2,
			    DW_LNS_set_column,
			    0x85,
			    1,
			    SPECIAL(-2, 3),
			    DW_LNS_const_add_pc,
			    DW_LNS_negate_stmt,
			    0,
			    2,
			    0x80,
			    7, /* an extended opcode that nobody knows */
			    DW_LNS_fixed_advance_pc,
			    4,
			    1,
			    DW_LNS_advance_pc,
			    0x80,
			    1,
			    DW_LNS_copy,
			    END_SEQUENCE,
			    SET_ADDRESS(0, 0),
			    SPECIAL(0, 0),
			    END_SEQUENCE };

	assert_int_equal(read(4, bytes, sizeof(bytes)), 0);
	assert_int_equal(table.n_files, 3);
	assert_null(table.files[0].name);
	assert_file(1, NULL, "m.c");
	assert_file(2, "i", "a.h");
	assert_row(0x1000, 1, 10, false);
	assert_row(0x1006, 2, 8, false);
	assert_row(0x1006 + 2 * 17 + 0x104 + 2 * 128, 2, 8, false);
	assert_row(0x1006 + 2 * 17 + 0x104 + 2 * 128, 2, 8, true);
	assert_row(0, 1, 1, false);
	assert_row(0, 1, 1, true);
	assert_no_row();
}

/* Several operations are one instruction, of 4 bytes. */
UNIT_TEST(instructions_with_operations)
{
	uint8_t bytes[] = { HEADER_4(4, 3),    SET_ADDRESS(0x00, 0x10),
			    SPECIAL(1, 2),     SPECIAL(1, 2),
			    DW_LNS_advance_pc, 5,
			    DW_LNS_copy,       END_SEQUENCE };

	assert_int_equal(read(4, bytes, sizeof(bytes)), 0);
	assert_row(0x1000, 1, 2, false);
	assert_row(0x1004, 1, 3, false);
	assert_row(0x100c, 1, 3, false);
	assert_row(0x100c, 1, 3, true);
	assert_no_row();
}

UNIT_TEST(version_5_has_lists)
{
	uint8_t bytes[] = { HEADER_5, SET_ADDRESS(0x00, 0x10), SPECIAL(4, 0), SPECIAL(1, 2), END_SEQUENCE };

	assert_int_equal(read(5, bytes, sizeof(bytes)), 0);
	assert_int_equal(table.n_files, 2);
	assert_file(0, "/b", "m");
	assert_file(1, "inc", "h");
	assert_row(0x1000, 1, 5, false);
	assert_row(0x1002, 1, 6, false);
	assert_row(0x1002, 1, 6, true);
	assert_no_row();
	bytes[6] = 8; /* addresses of another size than the unit's */
	assert_int_equal(read(5, bytes, sizeof(bytes)), -EINVAL);
}

/* Where one file is named again and again, its tables together cannot have more names than the file has room for. */
UNIT_TEST(more_names_than_allowed)
{
	uint8_t four[] = { HEADER_4(1, 1), END_SEQUENCE }, five[] = { HEADER_5, END_SEQUENCE };

	for (size_t max = 0; max <= 4; max++) {
		assert_int_equal(read_with(4, four, sizeof(four), max), max < 4 ? -E2BIG : 0);
		assert_int_equal(read_with(5, five, sizeof(five), max), max < 4 ? -E2BIG : 0);
	}
}

/* What is cut short ends, wherever that is, and a folder that is not there is noticed. */
UNIT_TEST(damaged_tables)
{
	const uint8_t whole[] = { HEADER_4(1, 1), SET_ADDRESS(0x00, 0x10), SPECIAL(1, 0), SPECIAL(1, 1), END_SEQUENCE };
	struct line_row row;

	for (size_t n = 12; n < sizeof(whole); n++) {
		uint8_t *bytes = exact_copy(whole, n);
		int r = read(4, bytes, n);
		assert_int_equal(r, n < 10 + HEADER_4_BYTES ? -EINVAL : 0);
		for (size_t i = 0; r == 0 && line_table_next(&table, &row); i++)
			assert_true(i < 2 && !row.is_end);
		free(bytes);
	}
	for (size_t i = 0; i < 4; i++) {
		static const struct {
			size_t at;
			uint8_t byte;
		} changes[] = { { 4, 6 }, { 14, 0 }, { 11, 0 }, { 10 + 6 + 12 + 17, 3 } };
		uint8_t bytes[sizeof(whole)];
		memcpy(bytes, whole, sizeof(whole));
		bytes[changes[i].at] = changes[i].byte;
		assert_int_equal(read(i == 0 ? 6 : 4, bytes, sizeof(bytes)), -EINVAL);
	}
}
