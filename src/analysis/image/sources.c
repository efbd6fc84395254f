/* Which source the bytes of an image are of, by source, by compiled unit and by folder. Every byte of a section that
 * takes memory is in one of the groups, so their sums are those of the objects (docs/maps.md, "By source"). */
#include <errno.h>
#include <string.h>

#include "image/groups.h"
#include "memprof/analysis/image_figures.h"
#include "memprof/base/search.h"

const char image_no_source[] = "*no debug information*";

struct sums {
	const struct image *image;
	enum image_source_kind kind;
	struct names names;
	struct arena texts;       /* of names */
	VEC(uint64_t, bytes);     /* of each name, in all */
	VEC(uint64_t, by_region); /* of each name, n_regions */
	VEC(bool, is_rest);       /* of each name */
	const char *last;         /* the name that was added last, and its number */
	uint32_t i_last;
};

static void deinit(struct sums *s)
{
	names_deinit(&s->names);
	arena_deinit(&s->texts);
	vec_deinit(s, bytes);
	vec_deinit(s, by_region);
	vec_deinit(s, is_rest);
}

static int number_of(struct sums *s, const char *name, bool is_rest, uint32_t *ret)
{
	uint32_t i = name == s->last ? s->i_last : names_add(&s->names, name, strlen(name));
	int r = i == NAMES_NONE ? -ENOMEM : 0;

	if (r == 0 && i == s->n_bytes) {
		r = vec_push(s, bytes, 0) < 0 || vec_push(s, is_rest, is_rest) < 0 ? -ENOMEM : 0;
		for (size_t k = 0; k < s->image->n_regions && r == 0; k++)
			r = vec_push(s, by_region, 0);
	}
	s->last = name;
	s->i_last = *ret = i;
	return r;
}

static int add(struct sums *s, const struct image_section *in, const char *name, bool is_rest, uint64_t n_bytes)
{
	uint32_t i = 0;
	int r = n_bytes ? number_of(s, name, is_rest, &i) : 0;

	if (r < 0 || n_bytes == 0)
		return r;
	size_t first = (size_t)i * s->image->n_regions;
	s->bytes[i] += n_bytes;
	if (in->region != IMAGE_NONE)
		s->by_region[first + in->region] += n_bytes;
	if (in->load_region != IMAGE_NONE && in->stored_bytes == NOT_KNOWN)
		s->by_region[first + in->load_region] += n_bytes;
	return 0;
}

/* What DWARF does not tell of: a map has the object, of which the library may lack debug information. */
static const char *rest_name(const struct image *image, const struct image_piece *piece)
{
	bool is_elf = strcmp(image->format, "elf") == 0;

	if (piece->object == OBJECT_LINKER || (is_elf && piece->object >= N_PSEUDO_OBJECTS))
		return image_no_source;
	return image->objects[piece->object].key;
}

static int add_rest(struct sums *s, const struct image_section *in, const struct image_piece *piece, uint64_t n_bytes)
{
	return add(s, in, rest_name(s->image, piece), true, n_bytes);
}

static const char *name_of(const struct sums *s, const struct image_source_range *range)
{
	return s->kind == IMAGE_BY_UNIT && range->unit ? range->unit : range->file;
}

static int add_piece(struct sums *s, const struct image_section *in, const struct image_piece *piece)
{
	const struct image *image = s->image;
	uint64_t at = piece->address, end = at + piece->size_bytes;
	size_t i = search_while(image->n_sources, k, image->sources[k].start + image->sources[k].n_bytes <= at);
	int r = 0;

	for (; i < image->n_sources && image->sources[i].start < end && r == 0; i++) {
		const struct image_source_range *range = &image->sources[i];
		uint64_t start = MAX(range->start, at), until = MIN(range->start + range->n_bytes, end);
		r = add_rest(s, in, piece, start - at);
		if (r == 0)
			r = add(s, in, name_of(s, range), false, until - start);
		at = until;
	}
	return r < 0 ? r : add_rest(s, in, piece, end - at);
}

static int add_section(struct sums *s, const struct image_section *in)
{
	int r = 0;

	for (size_t i = in->i_piece; i < in->i_piece + in->n_pieces && r == 0; i++) {
		const struct image_piece *piece = &s->image->pieces[i];
		r = in->tls ? add_rest(s, in, piece, piece->size_bytes) : add_piece(s, in, piece);
	}
	return r;
}

/* Shares in a compressed copy are not known. */
static int add_stored(struct sums *s, const struct image_section *in)
{
	uint32_t i;

	if (in->load_region == IMAGE_NONE || in->stored_bytes == NOT_KNOWN)
		return 0;
	if (number_of(s, image_no_source, true, &i) < 0)
		return -ENOMEM;
	s->by_region[(size_t)i * s->image->n_regions + in->load_region] += in->stored_bytes;
	return 0;
}

/* Names have numbers in the order in which they came. */
static int to_groups(struct sums *s, struct image_groups *ret)
{
	size_t n_regions = s->image->n_regions, n = s->n_bytes;
	uint64_t *by_region = arena_zeroed(&ret->arena, n + 1, (n_regions + 1) * sizeof(*by_region));

	if (!by_region)
		return -ENOMEM;
	if (s->n_by_region)
		memcpy(by_region, s->by_region, s->n_by_region * sizeof(*by_region));
	for (uint32_t i = 0; i < n; i++) {
		const char *name = names_text(&s->names, i);
		struct image_group *g = vec_add(ret, groups);
		if (!g)
			return -ENOMEM;
		*g = (struct image_group){ .name = arena_text(&ret->arena, name, strlen(name)),
					   .size_bytes = s->bytes[i],
					   .by_region = by_region + i * n_regions,
					   .is_rest = s->is_rest[i] };
	}
	image_groups_sort(ret);
	return arena_error(&ret->arena);
}

static bool counts(const struct image *image, const struct image_scope *scope, size_t i_section)
{
	const struct image_section *s = &image->sections[i_section];

	return s->alloc && !s->reserved && !s->placeholder &&
	       (!scope || scope->sections[i_section] != IMAGE_COUNTS_NOT);
}

/* Of a section that counts by its compressed copy only that. */
static int add_counted(struct sums *s, const struct image_scope *scope, size_t i_section)
{
	const struct image_section *in = &s->image->sections[i_section];
	int r;

	if (scope && scope->sections[i_section] == IMAGE_COUNTS_STORED)
		return add(s, in, image_no_source, true, in->stored_bytes);
	r = add_section(s, in);
	return r < 0 ? r : add_stored(s, in);
}

int image_groups_by_source(const struct image *image, enum image_source_kind kind, const struct image_scope *scope,
			   struct image_groups *ret)
{
	struct sums s = { .image = image, .kind = kind };
	int r = 0;

	*ret = (struct image_groups){ 0 };
	s.names.arena = &s.texts;
	for (size_t i = 0; i < image->n_sections && r == 0; i++)
		if (counts(image, scope, i))
			r = add_counted(&s, scope, i);
	if (r == 0)
		r = to_groups(&s, ret);
	deinit(&s);
	if (r < 0)
		image_groups_deinit(ret);
	return r;
}
