/* Linker maps of any size, made of a real one. */
#pragma once

#include <stdint.h>

/* How another build of the same differs; 0: not at all. */
struct map_change {
	unsigned grow_every;   /* every n-th contribution of .text is 16 bytes longer */
	unsigned rename_every; /* every n-th symbol is called otherwise */
};

/* Writes a map of at least n_bytes: that of GNU ld at sample, whose rows of .text come again and again, at addresses
 * behind those that are there and with other names of symbols. Ends the program where that fails. */
void larger_map_write(const char *path, const char *sample, uint64_t n_bytes, struct map_change change);
