#pragma once

#include "memprof/image/image.h"

/* Symbols by address, their objects and sizes. 0 or -ENOMEM. */
int resolve_symbols(struct image *image);

/* Which sections are reservations, and which place holders; once windows are known. */
void find_purposes(struct image *image);

/* Sections of a map that are not in the file, once their regions are known. 0 or -ENOMEM. */
int find_stored(struct image *image);
