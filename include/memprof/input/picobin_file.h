/* The partition table of an RP2350 in a file that is flashed. */
#pragma once

#include "memprof/image/picobin.h"
#include "memprof/io/blob.h"

/* In a UF2, whichever family's blocks have it, or in plain bytes. 0; PICOBIN_NONE; negative with diag. */
int picobin_file_find(struct picobin_table *ret, const struct blob *blob, struct diag *diag);
