/* Symbols with names that mpy-tool.py gives, sorted by name. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "elf/frozen.h"
#include "memprof/base/search.h"
#include "slice.h"

/* Without the suffix of LTO, ".lto_priv.0": no C name has a dot. */
static struct image_slice plain(struct image_slice name)
{
	const char *dot = memchr(name.text, '.', name.n_bytes);

	return dot ? (struct image_slice){ name.text, (uint32_t)(dot - name.text) } : name;
}

static bool is_of_interest(struct image_slice name)
{
	static const struct image_slice prefixes[] = {
		SLICE("mp_frozen_"),  SLICE("mp_qstr_"),      SLICE("frozen_module_"), SLICE("const_"),
		SLICE("fun_data_"),   SLICE("children_"),     SLICE("proto_fun_"),     SLICE("raw_code_"),
		SLICE("mp_type_str"), SLICE("mp_type_bytes"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		const struct image_slice *p = &prefixes[i];
		if (name.n_bytes >= p->n_bytes && *name.text == *p->text && memcmp(name.text, p->text, p->n_bytes) == 0)
			return true;
	}
	return false;
}

int frozen_add_symbol(struct frozen_source *source, struct image_slice name, uint64_t address, uint64_t size_bytes,
		      const struct elf_symbol *elf)
{
	if (!is_of_interest(name))
		return 0;
	name = plain(name);
	if (name.n_bytes > FROZEN_NAME_MAX_BYTES)
		return 0;
	struct frozen_symbol *s = vec_add(source, symbols);
	if (!s)
		return -ENOMEM;
	*s = (struct frozen_symbol){ name, address, size_bytes, elf };
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct frozen_symbol *x = a, *y = b;
	int r = slice_compare(x->name, y->name);

	return r ? r : x->address < y->address ? -1 : x->address > y->address;
}

void frozen_sort_symbols(struct frozen_source *source)
{
	if (source->n_symbols)
		qsort(source->symbols, source->n_symbols, sizeof(*source->symbols), by_name);
}

const struct frozen_symbol *frozen_find_symbol(const struct frozen_source *source, const char *name)
{
	struct image_slice wanted = { name, (uint32_t)strlen(name) };
	size_t i = search_while(source->n_symbols, k, slice_compare(source->symbols[k].name, wanted) < 0);

	return i < source->n_symbols && slice_same(source->symbols[i].name, wanted) ? &source->symbols[i] : NULL;
}
