#pragma once

#include "memprof/image/image.h"

/* Symbols by address, their objects and sizes. 0 or -ENOMEM. */
int resolve_symbols(struct image *image);

/* Which sections are reservations, and which place holders; once windows are known. */
void find_purposes(struct image *image);
bool is_in_window(const struct image *image, uint64_t address); /* by find_windows */

/* Sections of a map that are not in the file, once their regions are known. 0 or -ENOMEM. */
int find_stored(struct image *image);
