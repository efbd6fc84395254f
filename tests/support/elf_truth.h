/* An ELF as memprof reads it against what binutils say of it, kept beside it: NAME.size.txt (size -A) and NAME.nm.txt
 * (nm -S --size-sort). */
#pragma once

#include "memprof/image/image.h"

/* Every section of some size, no more and no less. */
void elf_truth_sections(const struct image *image, const char *size_text);
/* Every symbol with a size. Those that overlap no other have that size; all together have the bytes of their union. */
void elf_truth_symbols(const struct image *image, const char *nm_text);
/* What is true of any ELF, whatever its bytes: pieces fill sections, symbols fit into them, objects add up. */
void elf_truth_sums(const struct image *image);
/* All three of tests/data/NAME.elf, read with symbols. */
void elf_truth_of(const char *name);
