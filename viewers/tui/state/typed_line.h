/* A line that somebody types: editing by characters, and the lines that were entered before. All-zero is an empty one.
 * Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { TYPED_LINE_BYTES = 256, OLD_LINES_MAX = 16 };

/* Those entered before, of one kind. All-zero: none. */
struct old_lines {
	char lines[OLD_LINES_MAX][TYPED_LINE_BYTES]; /* newest first */
	size_t n;
};

struct typed_line {
	char text[TYPED_LINE_BYTES];  /* UTF-8, NUL-terminated */
	size_t n, i;                  /* bytes of it; before the cursor */
	size_t i_old;                 /* of the old ones; 0: the one that is typed, else 1.. */
	char draft[TYPED_LINE_BYTES]; /* that, while an old one is looked at */
};

void typed_line_begin(struct typed_line *line);
enum typed_line_result { TYPED_LINE_EDITED, TYPED_LINE_ENTERED, TYPED_LINE_LEFT };
/* A key of the terminal (enum tui_key, or a point). */
enum typed_line_result typed_line_key(struct typed_line *line, const struct old_lines *old, uint32_t key);
/* Not one that is empty, or the same as the newest. */
void typed_line_remember(const struct typed_line *line, struct old_lines *old);
