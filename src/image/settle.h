#ifndef MEMPROF_SETTLE_H
#define MEMPROF_SETTLE_H

#include "memprof/image.h"

/* Symbols by address, their objects and sizes. 0 or -ENOMEM. */
int settle_symbols(struct image *image);

#endif
