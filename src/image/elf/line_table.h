/* The line table of a unit (DWARF 2 to 5; 6.2), row by row: none is kept, where libdw keeps and sorts all of them. */
#pragma once

#include "elf/cursor.h"
#include "memprof/base/vec.h"

struct section_bytes {
	const uint8_t *bytes; /* NULL: there is none */
	size_t n_bytes;
};

/* The sections that hold line tables. */
struct line_sections {
	struct section_bytes lines, names, strings; /* .debug_line, .debug_line_str, .debug_str */
	bool big;
};

/* A path in two parts. folder is NULL for the folder of the compilation. */
struct line_file {
	const char *folder, *name;
};

struct line_row {
	uint64_t address;
	uint32_t file, line;
	bool is_end; /* no row of code: the end of a sequence */
};

struct line_table {
	VEC(struct line_file, files); /* by their numbers; 0 has no name before DWARF 5 */
	VEC(const char *, folders);
	/* Of the header. */
	unsigned version, address_bytes;
	uint8_t instruction_bytes, n_operations, line_range, opcode_base;
	int8_t line_base;
	const uint8_t *n_operands; /* of the opcodes from 1 */
	/* The rest. */
	const struct line_sections *sections;
	unsigned offset_bytes; /* 4 or 8 */
	struct cursor names, program;
	struct line_row row;
	uint32_t i_operation;
};

/* Reads the header of the table at an offset of .debug_line. *t is all-zero or has been read before: its memory is used
 * again. 0, or -EINVAL: damaged. */
int line_table_read(struct line_table *t, const struct line_sections *s, uint64_t offset, unsigned address_bytes);
/* Then its folders and files. 0; -EINVAL: damaged; -E2BIG: they are more than names_max together; -ENOMEM. */
int line_table_read_files(struct line_table *t, size_t names_max);
void line_table_deinit(struct line_table *t); /* safe on all-zero */
/* False: there are no more rows, or the table is damaged here. */
bool line_table_next(struct line_table *t, struct line_row *ret);
