/* Symbols that tell of frozen modules and interned strings, from an ELF or from a map. */
#include "elf/frozen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "resolve.h"

/* What LTO appends, ".lto_priv.0", is no part of the name: no C name has a dot. */
static struct image_slice plain(struct image_slice name)
{
	const char *dot = memchr(name.text, '.', name.n_bytes);

	return dot ? (struct image_slice){ name.text, (uint32_t)(dot - name.text) } : name;
}

static bool may_matter(struct image_slice name)
{
	static const struct image_slice beginnings[] = {
		SLICE("mp_frozen_"),  SLICE("mp_qstr_"),      SLICE("frozen_module_"), SLICE("const_"),
		SLICE("fun_data_"),   SLICE("children_"),     SLICE("proto_fun_"),     SLICE("raw_code_"),
		SLICE("mp_type_str"), SLICE("mp_type_bytes"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		const struct image_slice *b = &beginnings[i];
		if (name.n_bytes >= b->n_bytes && *name.text == *b->text && memcmp(name.text, b->text, b->n_bytes) == 0)
			return true;
	}
	return false;
}

static int keep(struct frozen_source *source, struct image_slice name, uint64_t address, uint64_t size_bytes,
		const struct elf_symbol *elf)
{
	if (!may_matter(name))
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

static int compare_names(struct image_slice a, struct image_slice b)
{
	int r = memcmp(a.text, b.text, MIN(a.n_bytes, b.n_bytes));

	return r ? r : a.n_bytes < b.n_bytes ? -1 : a.n_bytes > b.n_bytes;
}

static int by_name(const void *a, const void *b)
{
	const struct frozen_symbol *x = a, *y = b;
	int r = compare_names(x->name, y->name);

	return r ? r : x->address < y->address ? -1 : x->address > y->address;
}

const struct frozen_symbol *frozen_symbol(const struct frozen_source *source, const char *name)
{
	struct image_slice wanted = { name, (uint32_t)strlen(name) };
	size_t low = 0, high = source->n_symbols;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_names(source->symbols[middle].name, wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == source->n_symbols || compare_names(source->symbols[low].name, wanted) != 0)
		return NULL;
	return &source->symbols[low];
}

static int find(struct image *image, struct frozen_source *source, int r)
{
	if (r == 0 && source->n_symbols) {
		qsort(source->symbols, source->n_symbols, sizeof(*source->symbols), by_name);
		frozen_qstrs(image, source);
		r = frozen_modules(image, source);
	}
	vec_deinit(source, symbols);
	return r;
}

int frozen_of_elf(struct image *image, const struct elf_file *elf)
{
	struct frozen_source source = { .elf = elf };
	int r = 0;

	for (size_t i = 0; i < elf->n_symbols && r == 0; i++) {
		const struct elf_symbol *s = &elf->symbols[i];
		r = keep(&source, s->name, s->address, s->own_bytes, s);
	}
	return find(image, &source, r);
}

int frozen_of_map(struct image *image)
{
	struct frozen_source source = { 0 };
	int r = 0;

	for (size_t i = 0; i < image->n_sections && r == 0; i++) {
		const struct image_section *s = &image->sections[i];
		for (size_t k = s->i_piece; s->alloc && k < s->i_piece + s->n_pieces && r == 0; k++) {
			const struct image_piece *p = &image->pieces[k];
			struct image_slice name = settle_symbol_of(p->name);
			if (p->object >= N_PSEUDO_OBJECTS && name.n_bytes)
				r = keep(&source, name, p->address, p->size_bytes, NULL);
		}
	}
	return find(image, &source, r);
}
