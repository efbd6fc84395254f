/* The full-screen view in a test: histories made of heaps, keys typed, and what must be true whatever was. */
#pragma once

#include "tui/state/state.h"

/* What is counted in a pool, and what it says itself. */
void screen_figures(const struct heap_pool *pool, struct history_figures *ret);
/* Adds a sealed heap with the figures that are counted in it. 0 or -ENOMEM. */
int screen_add(struct history *h, const struct heap *heap, uint64_t at_us);

enum tui_request screen_key(struct tui *t, uint32_t key, uint64_t now_us);
enum tui_request screen_mouse(struct tui *t, unsigned button, int x, int y, uint64_t now_us);

/* No control character reaches a terminal, and every role has a colour. */
bool screen_cells_are_sound(const struct grid *g);
/* What is wrong with a screen that was just drawn: NULL if nothing is. */
const char *screen_fault(const struct tui *t, const struct grid *g);
