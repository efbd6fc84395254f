/* A symbol of what is frozen, by its name. */
#include <string.h>

#include "elf/frozen.h"
#include "memprof/base/search.h"
#include "slice.h"

const struct frozen_symbol *frozen_find_symbol(const struct frozen_source *source, const char *name)
{
	struct image_slice wanted = { name, (uint32_t)strlen(name) };
	size_t i = search_while(source->n_symbols, k, slice_compare(source->symbols[k].name, wanted) < 0);

	return i < source->n_symbols && slice_same(source->symbols[i].name, wanted) ? &source->symbols[i] : NULL;
}
