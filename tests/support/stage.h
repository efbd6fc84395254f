/* The full-screen view without a terminal: a history, read from a sample or made up, its state, and a grid. */
#pragma once

#include "memprof/viewers/tui.h"
#include "tui/grid.h"

struct stage {
	struct history *history;
	struct console *console;
	struct board_info board;
	struct tui *tui;
	struct grid grid;
	uint64_t n_boot;
};

/* Fails the test if there is no memory, here and below. */
void stage_open(struct stage *s, int columns, int rows, bool utf8, bool live);
void stage_close(struct stage *s);

/* All that tests/data/NAME tells. */
void stage_read(struct stage *s, const char *name);
/* The next moment: a sealed heap. */
void stage_add(struct stage *s, const struct heap *heap, uint64_t at_us);

void stage_key(struct stage *s, uint32_t key);
/* A heap that a program changes from moment to moment, the same on every machine: it leaks a little, and
 * collects now and then. Every moment is 250 ms after the one before; marks, collections, a failure and a
 * reset come with it. */
void stage_play(struct stage *s, unsigned n_moments);
