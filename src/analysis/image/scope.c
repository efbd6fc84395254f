/* Which bytes of an image count: all, or those in some regions. */
#include <errno.h>
#include <stdlib.h>

#include "memprof/analysis/image_figures.h"
#include "memprof/base/glob.h"

int image_scope_init(struct arena *arena, struct image_scope *ret, const struct image *image)
{
	ret->regions = arena_zeroed(arena, image->n_regions + 1, sizeof(*ret->regions));
	ret->sections = arena_zeroed(arena, image->n_sections + 1, sizeof(*ret->sections));
	ret->objects = arena_zeroed(arena, image->n_objects + 1, sizeof(*ret->objects));
	return ret->regions && ret->sections && ret->objects ? 0 : -ENOMEM;
}

static enum image_counts counts_of(const struct image_scope *scope, const struct image_section *s)
{
	if (s->region != IMAGE_NONE && scope->regions[s->region])
		return IMAGE_COUNTS;
	if (s->load_region == IMAGE_NONE || !scope->regions[s->load_region])
		return IMAGE_COUNTS_NOT;
	return s->stored_bytes == NOT_KNOWN ? IMAGE_COUNTS : IMAGE_COUNTS_STORED;
}

void image_scope_add_sections(struct image_scope *scope, const struct image *image, bool all)
{
	for (size_t i = 0; i < image->n_sections; i++)
		scope->sections[i] = (uint8_t)(all ? IMAGE_COUNTS : counts_of(scope, &image->sections[i]));
}

/* As image_resolve counts them. */
void image_scope_add_objects(struct image_scope *scope, const struct image *image, bool reserved)
{
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		if (!s->alloc || s->placeholder || (s->reserved && !reserved))
			continue;
		if (scope->sections[i] == IMAGE_COUNTS_STORED)
			scope->objects[OBJECT_LINKER] += s->stored_bytes;
		for (size_t k = s->i_piece; scope->sections[i] == IMAGE_COUNTS && k < s->i_piece + s->n_pieces; k++)
			scope->objects[image->pieces[k].object] += image->pieces[k].size_bytes;
	}
}

int image_scope_of_regions(struct arena *arena, struct image_scope *ret, const struct image *image, const char *glob)
{
	if (image_scope_init(arena, ret, image) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < image->n_regions; i++)
		ret->regions[i] = glob_match(glob, image->regions[i].name);
	image_scope_add_sections(ret, image, false);
	image_scope_add_objects(ret, image, false);
	return 0;
}

uint64_t image_scope_section_bytes(const struct image_scope *scope, const struct image *image, size_t i_section)
{
	const struct image_section *s = &image->sections[i_section];

	if (scope->sections[i_section] == IMAGE_COUNTS_STORED)
		return s->stored_bytes;
	return scope->sections[i_section] == IMAGE_COUNTS ? s->size_bytes : 0;
}

uint64_t image_scope_symbol_bytes(const struct image_scope *scope, const struct image_symbol *symbol)
{
	bool counts = symbol->section != IMAGE_NONE && scope->sections[symbol->section] == IMAGE_COUNTS;

	return counts ? symbol->size_bytes : 0;
}

uint64_t *image_scope_groups(const struct image_scope *scope, const struct image *image,
			     const struct image_groups *groups)
{
	uint64_t *bytes = calloc(groups->n_groups + 1, sizeof(*bytes));

	for (size_t i = 0; bytes && i < image->n_objects; i++)
		if (groups->of_object[i] != IMAGE_NONE)
			bytes[groups->of_object[i]] += scope->objects[i];
	return bytes;
}
