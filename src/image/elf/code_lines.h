/* Lines of code, from the line tables of units: those of queries, and of each byte its source. */
#pragma once

#include "elf/unit_files.h"

struct sources;

struct code_span {
	uint64_t start, end;
};

struct code_line {
	uint64_t address, end; /* of the symbol */
	const char *file;      /* in the image's arena; NULL: not known */
	const char *path;      /* of its source, if sources are wanted */
	uint32_t line;
	bool is_tentative; /* of code at 0, which may have been discarded */
};

enum { CODE_LINES_WORK = 2 }; /* steps for each byte of an ELF; programs take less than 1 */

/* All-zero but for what is borrowed, and work_left. */
struct code_lines {
	struct unit_files *files;
	struct sources *sources; /* NULL: not wanted */
	uint64_t work_left;      /* in steps: tables and ranges may be named again and again */
	VEC(struct code_line, queries);
	VEC(struct code_span, spans); /* of the unit that is read; none begins at 0 */
	uint64_t zero_end;            /* end of its range at 0, or 0 */
	struct line_table table;
	int error;
};

void code_lines_deinit(struct code_lines *c);
/* 0 or -ENOMEM. */
int code_lines_add_query(struct code_lines *c, uint64_t address, uint64_t end);
/* To be called after all queries, and before units are read. */
void code_lines_sort(struct code_lines *c);
/* unit_name: its source, or NULL. */
void code_lines_read(struct code_lines *c, struct elf_unit *unit, const char *unit_name);
const struct code_line *code_lines_find(const struct code_lines *c, uint64_t address); /* NULL: not known */
