/* Which sections of a map are in the file. GNU ld prints no types: names of input sections tell for most, the regions
 * and load addresses for many others. What is left only the ELF or the script knows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "resolve.h"
#include "section_names.h"

/* Where the linker went on behind a section, in flash: alignment apart. */
enum { ALIGNMENT_MAX_BYTES = 64 };

/* Without regions: how far from what is certainly in the file the rest of it may lie. */
enum { FILE_DISTANCE_BYTES = 16 << 20 };

struct position {
	uint64_t address; /* where it is loaded from, or runs */
	size_t i_piece;   /* in the order of the map */
	uint32_t section;
};

struct storage {
	struct image *image;
	struct position *positions; /* by address */
	size_t n_positions;
	bool stores[IMAGE_REGIONS_MAX]; /* contents lie in it for good */
	bool copied[IMAGE_REGIONS_MAX]; /* contents are copied to it at start */
	uint64_t first, last;           /* addresses of contents; first > last: there are none */
};

static bool has_contents(const struct image *image, const struct image_section *s)
{
	if (section_name_has_contents((struct image_slice){ s->name, (uint32_t)strlen(s->name) }))
		return true;
	for (size_t i = s->i_piece; i < s->i_piece + s->n_pieces; i++) {
		const struct image_piece *p = &image->pieces[i];
		if (p->size_bytes && (p->object == OBJECT_SCRIPT || section_name_has_contents(p->name)))
			return true;
	}
	return false;
}

static bool is_in_question(const struct image *image, const struct image_section *s)
{
	return !s->by_elf && !s->nobits && !s->tls && (s->region != IMAGE_NONE || !image->n_regions) &&
	       !has_contents(image, s);
}

static int by_address(const void *a, const void *b)
{
	const struct position *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->i_piece < y->i_piece ? -1 : x->i_piece > y->i_piece;
}

static void add_contents(struct storage *st, const struct image_section *s, uint64_t address)
{
	st->first = MIN(st->first, address);
	st->last = MAX(st->last, address);
	if (s->region == IMAGE_NONE)
		return;
	st->copied[s->region] |= s->load_region != IMAGE_NONE;
	st->stores[s->load_region == IMAGE_NONE ? s->region : s->load_region] = true;
}

static void survey(struct storage *st)
{
	const struct image *image = st->image;

	for (uint32_t i = 0; i < image->n_sections && image->sections[i].alloc; i++) {
		const struct image_section *s = &image->sections[i];
		uint64_t address = s->lma == NOT_KNOWN ? s->vma : s->lma;
		if (!s->size_bytes)
			continue;
		st->positions[st->n_positions++] = (struct position){ address, s->i_piece, i };
		if (!s->nobits && has_contents(image, s))
			add_contents(st, s, address);
	}
	if (st->n_positions)
		qsort(st->positions, st->n_positions, sizeof(*st->positions), by_address);
}

/* The linker does not go on in flash behind what is not loaded: the next section has the same load address. */
static void judge_by_next(const struct position *p, const struct position *next, struct image_section *s)
{
	uint64_t behind = next ? next->address - p->address : NOT_KNOWN;

	s->nobits = behind < s->size_bytes;
	s->unsure = !s->nobits && behind - s->size_bytes >= ALIGNMENT_MAX_BYTES;
}

static bool is_far_from_contents(const struct storage *st, uint64_t address)
{
	return st->first <= st->last && ((address < st->first && st->first - address > FILE_DISTANCE_BYTES) ||
					 (address > st->last && address - st->last > FILE_DISTANCE_BYTES));
}

static void judge_by_region(const struct storage *st, struct image_section *s)
{
	bool stores = st->stores[s->region];

	s->nobits = st->copied[s->region] && !stores;
	s->unsure = !s->nobits && !stores &&
		    image_access_of(st->image->regions[s->region].attributes) != IMAGE_ACCESS_READ;
}

static void judge(const struct storage *st, size_t i)
{
	const struct position *p = &st->positions[i];
	struct image_section *s = &st->image->sections[p->section];

	if (!is_in_question(st->image, s))
		return;
	if (s->region == IMAGE_NONE)
		s->unsure = is_far_from_contents(st, p->address);
	else if (s->load_region == IMAGE_NONE)
		judge_by_region(st, s);
	else
		judge_by_next(p, i + 1 < st->n_positions ? p + 1 : NULL, s);
	if (s->nobits)
		s->load_region = IMAGE_NONE;
}

int find_stored(struct image *image)
{
	struct storage st = { .image = image, .first = UINT64_MAX };

	for (size_t i = 0; i < image->n_sections; i++)
		image->sections[i].unsure = false;
	st.positions = malloc((image->n_sections + 1) * sizeof(*st.positions));
	if (!st.positions)
		return -ENOMEM;
	survey(&st);
	for (size_t i = 0; i < st.n_positions; i++)
		judge(&st, i);
	free(st.positions);
	return 0;
}
