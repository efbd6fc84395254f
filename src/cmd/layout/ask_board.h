/* The heaps of a live board, for the layout table. */
#pragma once

#include "live.h"
#include "memprof/input/layout_heaps.h"

/* An exit code, after a message where it is not EXIT_FINE. */
int layout_ask_board(struct layout_heaps *h, const struct board_args *args, const char *source);
