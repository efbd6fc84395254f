/* Names in columns: a table keeps to the width of the screen, whatever its input calls things. */
#pragma once

#include <stdbool.h>

#include "memprof/base/strbuf.h"

/* Which part of a name that is too long goes: the end of a path tells more than its beginning, and the middle of a
 * symbol least, where arguments of templates are. */
enum text_cut { CUT_BEGINNING, CUT_MIDDLE, CUT_END };

/* Of a text that is visible as it is: valid UTF-8. */
size_t text_columns_of(const char *clean);
/* At the right edge of a column, behind a blank at least: what is too wide moves the rest of its line. */
void text_right(struct strbuf *out, size_t columns, const char *clean);
/* Printable as it is, a column for each byte: nearly all names. */
bool text_is_ascii(const char *name, size_t n_bytes);
/* What stands behind the last slash; all of it if nothing does. */
const char *text_file_of(const char *path);
/* The same of an input, which may also be a command: "exec:/usr/bin/micropython", all of it. */
const char *text_input_name(const char *input);
/* The same of one of two files, with as many of its folders as tell the two apart. */
const char *text_file_beside(const char *path, const char *other);
/* What can be seen of the name, in at most so many columns (at least 2); ".." stands for the rest. Returns how many it
 * took. */
size_t text_cut(struct strbuf *out, const char *name, size_t n_bytes, size_t columns, enum text_cut cut);

/* A sentence from this column on, broken at blanks where a line would be longer than 80 columns; further lines begin at
 * indent. clean: as for text_columns_of. */
void text_wrap(struct strbuf *out, const char *clean, size_t column, size_t indent);

/* "  . free  _ largest free", in as many lines as its parts, between two blanks, need. */
void text_legend(struct strbuf *out, const char *clean, size_t columns);

/* The name of a source in at most so many columns (at least 2): of a path, whole directories go first, from its
 * beginning: "…/logs/board.txt"; the name of the file loses its beginning only if it is longer by itself. Of a command
 * (exec:) the end goes. Returns how many it took. */
size_t text_cut_source(struct strbuf *out, const char *name, size_t columns, bool utf8);
