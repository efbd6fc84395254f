/* report --raw-atb: an allocation table as a debugger saves it from memory. */
#pragma once

#include "memprof/cli/output.h"

/* spec: ADDRESS:BLOCKS[:BLOCK_BYTES]; the address is that of block 0, the pool's start. */
struct heap_args;
int raw_atb(struct output *out, const char *name, const struct heap_args *args, const char *spec);
