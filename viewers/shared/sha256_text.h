/* The hash of a frozen module, as text. */
#ifndef MEMPROF_SHA256_TEXT_H
#define MEMPROF_SHA256_TEXT_H

#include "memprof/image/image.h"

/* The hash of a frozen module in hexadecimal digits; NULL: not known. */
enum { IMAGE_SHA256_CHARS = 64 };
const char *image_sha256_text(const struct image_frozen *module, char ret[IMAGE_SHA256_CHARS + 1]);

#endif
