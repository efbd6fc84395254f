#ifndef MEMPROF_SETTLE_H
#define MEMPROF_SETTLE_H

#include "memprof/image.h"

/* Sections that take no memory, by name. */
bool settle_is_for_debuggers(const char *name);

/* Symbols by address, their objects and sizes. 0 or -ENOMEM. */
int settle_symbols(struct image *image);

#endif
