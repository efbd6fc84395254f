/* The symbol that has the byte at an address, as tests ask for it. */
#pragma once

#include "memprof/image/image.h"

static inline const struct image_symbol *image_symbol_at(const struct image *image, uint64_t address)
{
	size_t low = 0, high = image->n_symbols;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (image->symbols[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	/* Of several that begin at one address only one has a size; it is at most a few names back. */
	for (size_t n = 0; low > 0 && n < 64; low--, n++) {
		const struct image_symbol *s = &image->symbols[low - 1];
		if (address - s->address < s->size_bytes)
			return s;
		if (s->size_bytes)
			break;
	}
	return NULL;
}
