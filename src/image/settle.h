#ifndef MEMPROF_SETTLE_H
#define MEMPROF_SETTLE_H

#include "memprof/image.h"

/* Whether a section of this name only keeps room, for a heap or a stack. */
bool settle_is_reserved(const char *name);

/* Symbols by address, their objects and sizes. 0 or -ENOMEM. */
int settle_symbols(struct image *image);

#endif
