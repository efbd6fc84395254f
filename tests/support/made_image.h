/* Images made by hand: a list of lines, as a map would have them. */
#pragma once

#include "memprof/image/image.h"
#include "unit.h"

/* A contribution, and the one symbol in it. Lines of one section stand together; each begins where the last one ended.
 */
struct made_line {
	const char *section, *object;
	uint32_t size_bytes;
	const char *symbol;    /* NULL: none */
	uint64_t before_bytes; /* "(size before relaxing)"; 0: no such line */
};
struct made_image {
	const char *name;
	struct {
		const char *name;
		uint64_t origin, length_bytes;
	} regions[4];
	uint64_t flash, ram;        /* where sections begin: .data and .bss at ram, others at flash */
	struct made_line lines[16]; /* ended by one without a section */
};

static inline void make_image(const struct made_image *made, struct image *ret)
{
	uint64_t at[2] = { made->flash, made->ram };
	const struct made_line *line = made->lines;
	struct diag diag = { 0 };

	image_init(ret, made->name);
	ret->format = "gnu-ld";
	for (size_t i = 0; i < ARRAY_SIZE(made->regions) && made->regions[i].name; i++)
		*image_add_region(ret) = (struct image_region){ .name = made->regions[i].name,
								.attributes = "",
								.origin = made->regions[i].origin,
								.length_bytes = made->regions[i].length_bytes };
	while (line->section) {
		uint64_t *address = &at[strcmp(line->section, ".data") == 0 || strcmp(line->section, ".bss") == 0];
		struct image_section *s = image_begin_section(ret, line->section, strlen(line->section));
		s->vma = *address;
		for (const char *section = line->section; line->section && strcmp(section, line->section) == 0;
		     line++) {
			uint32_t object = image_object(ret, line->object, strlen(line->object));
			struct image_piece *piece = image_add_piece(ret, object, *address, line->size_bytes);
			if (line->before_bytes)
				piece->before_bytes = line->before_bytes;
			if (line->symbol)
				image_add_symbol(ret,
						 (struct image_slice){ line->symbol, (uint32_t)strlen(line->symbol) },
						 *address, line->size_bytes);
			*address += line->size_bytes;
			ret->sections[ret->n_sections - 1].size_bytes += line->size_bytes;
		}
		assert_int_equal(image_end_section(ret), 0);
	}
	if (image_resolve(ret, &diag) < 0)
		fail_msg("%s", diag.text);
}
