/* Sections without contents of their own: reservations for heap and stack, and place holders. */
#include <string.h>

#include "resolve.h"
#include "section_names.h"
#include "slice.h"

/* Symbols that scripts set where heap and stack begin or end. */
static const char *const bounds[] = { "_end", "end", "__end__", "__HeapBase", "__HeapLimit", "__StackLimit" };

struct bound_values {
	uint64_t values[ARRAY_SIZE(bounds)];
	size_t n;
};

static struct bound_values find_bounds(const struct image *image)
{
	struct bound_values ret = { .n = 0 };

	for (size_t i = 0; i < image->n_values; i++)
		for (size_t k = 0; k < ARRAY_SIZE(bounds) && ret.n < ARRAY_SIZE(bounds); k++)
			if (slice_is(image->values[i].name, bounds[k]))
				ret.values[ret.n++] = image->values[i].value;
	return ret;
}

static bool holds_bound(const struct image_section *s, const struct bound_values *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->values[i] >= s->vma && b->values[i] - s->vma < s->size_bytes)
			return true;
	return false;
}

/* Bytes of no object, or of input sections that only keep room: ".heap" of a start-up file. */
static bool has_no_inputs(const struct image *image, const struct image_section *s)
{
	for (size_t i = s->i_piece; i < s->i_piece + s->n_pieces; i++) {
		const struct image_piece *p = &image->pieces[i];
		struct image_slice own = { s->name, (uint32_t)strlen(s->name) };
		bool keeps_room = p->object == OBJECT_FILL || p->object == OBJECT_LINKER ||
				  section_name_keeps_room(p->name.n_bytes ? p->name : own);
		if (p->size_bytes && !keeps_room)
			return false;
	}
	return true;
}

bool is_in_window(const struct image *image, uint64_t address)
{
	for (size_t i = 0; i < image->n_regions; i++) {
		const struct image_region *r = &image->regions[i];
		if (r->window && address >= r->origin && address - r->origin < r->length_bytes)
			return true;
	}
	return false;
}

/* What is only addresses takes no flash behind a window. */
static void find_purpose(const struct image *image, const struct bound_values *b, struct image_section *s)
{
	bool is_empty = s->size_bytes && !section_name_is_debug(s->name) && has_no_inputs(image, s);

	s->reserved = is_empty && (section_name_is_reserved(s->name) || holds_bound(s, b));
	s->placeholder = !s->reserved &&
			 (section_name_is_placeholder(s->name) || (is_empty && is_in_window(image, s->vma)));
}

void find_purposes(struct image *image)
{
	/* An ELF and a table of sizes do not tell what is an input section. */
	bool has_inputs = image->n_objects > N_PSEUDO_OBJECTS &&
			  !(image->format && strcmp(image->format, image_elf.name) == 0);
	struct bound_values b = find_bounds(image);

	for (size_t i = 0; i < image->n_sections; i++) {
		struct image_section *s = &image->sections[i];
		if (has_inputs) {
			find_purpose(image, &b, s);
			continue;
		}
		s->reserved = section_name_is_known_reserve(s->name);
		s->placeholder = !s->reserved && section_name_is_placeholder(s->name);
	}
}
