#ifndef MEMPROF_SETTLE_H
#define MEMPROF_SETTLE_H

#include "memprof/image/image.h"

/* Whether a section of this name only keeps room, for a heap or a stack. */
bool settle_is_reserved(const char *name);

/* What of an input section's name is the symbol's: of ".text.gc_alloc" "gc_alloc". Empty where the name is a group's:
 * ".text", ".text.unlikely", ".rodata.str1.4", ".rodata.cst8", ".iram1.7". */
struct image_slice settle_symbol_of(struct image_slice section);

/* Sections that take no memory, by name. */
bool settle_is_for_debuggers(const char *name);

/* Symbols by address, their objects and sizes. 0 or -ENOMEM. */
int settle_symbols(struct image *image);

#endif
