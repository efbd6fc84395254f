#ifndef IMAGE_RESOLVE_H
#define IMAGE_RESOLVE_H

#include "memprof/image/image.h"

/* Symbols by address, their objects and sizes. 0 or -ENOMEM. */
int resolve_symbols(struct image *image);

#endif
