/* Frozen modules and interned strings, from the symbols of an ELF or the input sections of a map: those with names that
 * mpy-tool.py gives. */
#include "elf/frozen.h"

#include <stdlib.h>
#include <string.h>

#include "memprof/base/vec.h"
#include "section_names.h"
#include "slice.h"

/* ---- symbols, by name ---- */

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

/* Ignores symbols with other names. elf: NULL for a map. */
static int add_symbol(struct frozen_source *source, struct image_slice name, uint64_t address, uint64_t size_bytes,
		      const struct elf_symbol *elf)
{
	if (!is_of_interest(name))
		return 0;
	name = plain(name);
	if (name.n_bytes > FROZEN_NAME_MAX_BYTES)
		return 0;
	return vec_push(source, symbols, (struct frozen_symbol){ name, address, size_bytes, elf });
}

static int by_name(const void *a, const void *b)
{
	const struct frozen_symbol *x = a, *y = b;
	int r = slice_compare(x->name, y->name);

	return r ? r : x->address < y->address ? -1 : x->address > y->address;
}

/* ---- both inputs ---- */

static int add_results(struct image *image, struct frozen_source *source, int r)
{
	if (r == 0 && source->n_symbols) {
		qsort(source->symbols, source->n_symbols, sizeof(*source->symbols), by_name);
		frozen_add_qstrs(image, source);
		r = frozen_add_modules(image, source);
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
		r = add_symbol(&source, s->name, s->address, s->own_bytes, s);
	}
	return add_results(image, &source, r);
}

int frozen_of_map(struct image *image)
{
	struct frozen_source source = { 0 };
	int r = 0;

	for (size_t i = 0; i < image->n_sections && r == 0; i++) {
		const struct image_section *s = &image->sections[i];
		for (size_t k = s->i_piece; s->alloc && k < s->i_piece + s->n_pieces && r == 0; k++) {
			const struct image_piece *p = &image->pieces[k];
			struct image_slice name = section_name_symbol(p->name);
			if (p->object >= N_PSEUDO_OBJECTS && name.n_bytes)
				r = add_symbol(&source, name, p->address, p->size_bytes, NULL);
		}
	}
	return add_results(image, &source, r);
}
