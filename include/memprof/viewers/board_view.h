/* Boards as text and as JSON (memprof.boards/1). Texts of a board are a file's own: printable, as its reader
 * sees to. */
#pragma once

#include <stddef.h>

#include "memprof/base/json.h"
#include "memprof/base/text_style.h"
#include "memprof/layout/board_file.h"

void json_boards(struct json *j, struct strbuf *out);
void json_board_file(struct json *j, const struct board_file *board);
void json_boards_end(struct json *j);

/* The n-th line of a list, from 0. */
void text_board_row(struct strbuf *out, const struct board_file *board, size_t n, const struct text_style *style);
/* What its columns mean, behind the last line. */
void text_board_list_end(struct strbuf *out);
/* All that is known of one. */
void text_board_file(struct strbuf *out, const struct board_file *board, const struct text_style *style);
