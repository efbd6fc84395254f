/* Boards as documents and as JSON (memprof.boards/1). Texts of a board are a file's own: printable, as its reader
 * sees to. */
#pragma once

#include <stddef.h>

#include "memprof/base/json.h"
#include "memprof/layout/board_file.h"
#include "memprof/viewers/document.h"

void json_boards(struct json *j, struct strbuf *out);
void json_board_file(struct json *j, const struct board_file *board);
void json_boards_end(struct json *j);

/* All that are known, which must outlive it. */
void document_boards(struct document *d, struct board_file *const *boards, size_t n);
/* All that is known of one. */
void document_board(struct document *d, const struct board_file *board);
