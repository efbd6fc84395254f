/* Frozen modules and interned strings, from the symbols of an ELF or the input sections of a map. */
#include "elf/frozen.h"

#include "section_names.h"

static int add_results(struct image *image, struct frozen_source *source, int r)
{
	if (r == 0 && source->n_symbols) {
		frozen_sort_symbols(source);
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
		r = frozen_add_symbol(&source, s->name, s->address, s->own_bytes, s);
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
				r = frozen_add_symbol(&source, name, p->address, p->size_bytes, NULL);
		}
	}
	return add_results(image, &source, r);
}
