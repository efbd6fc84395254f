#pragma once

#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"
#include "memprof/model/board.h"

/* "MicroPython 1.25.0, Raspberry Pi Pico with RP2040"; untrusted, as are all words of a board. */
void board_name_words(struct strbuf *out, const struct board_info *b);

/* The same, and what else the board says of itself: "...; gc on; no gc.threshold; 125 MHz; / littlefs2: 1.4 MiB, 1.4
 * MiB free" */
void board_words(struct strbuf *out, const struct board_info *b, const struct text_style *style);
