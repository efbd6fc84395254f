/* What a board reports of itself, as bytes, and back. Pure. */
#ifndef MEMPROF_STORE_BOARD_CODE_H
#define MEMPROF_STORE_BOARD_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"
#include "memprof/model/board.h"

void board_code_put(struct strbuf *out, const struct board_info *board);
/* False: no such bytes. */
bool board_code_get(const uint8_t *bytes, size_t n_bytes, struct board_info *ret);

#endif
