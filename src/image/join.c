/* A map and the ELF of one build. The map knows which object brought each byte, the ELF what kind of bytes they are,
 * and more symbols. Where they differ the map's sizes stay, as its pieces add up to them; where most of it differs
 * nothing is taken. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/image/image.h"

/* Which section of the one is which of the other. */
struct pairs {
	const struct image *map, *elf;
	const struct image_section **by_name; /* elf's n_sections, by name, then address */
	uint32_t *of_map;                     /* number of the map's section for each of the ELF's, or IMAGE_NONE */
};

struct join {
	struct image *map; /* that of the pairs, to be written to */
	struct pairs pairs;
};

/* ---- which section is which ---- */

static int by_name(const void *a, const void *b)
{
	const struct image_section *x = *(const struct image_section *const *)a;
	const struct image_section *y = *(const struct image_section *const *)b;
	int r = strcmp(x->name, y->name);

	return r ? r : x->vma < y->vma ? -1 : x->vma > y->vma;
}

/* Where one of that name and address is, or would be; n_sections at the end. */
static size_t first_not_below(const struct pairs *p, const char *name, uint64_t vma)
{
	size_t low = 0, high = p->elf->n_sections;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int r = strcmp(p->by_name[middle]->name, name);
		if (r < 0 || (r == 0 && p->by_name[middle]->vma < vma))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct image_section *named(const struct pairs *p, size_t i, const char *name)
{
	return i < p->elf->n_sections && strcmp(p->by_name[i]->name, name) == 0 ? p->by_name[i] : NULL;
}

/* That of the same name and address; else the first of the name. */
static const struct image_section *partner(const struct pairs *p, const struct image_section *s)
{
	const struct image_section *found = named(p, first_not_below(p, s->name, s->vma), s->name);

	if (found && found->vma == s->vma)
		return found;
	return named(p, first_not_below(p, s->name, 0), s->name);
}

static int match(struct pairs *p)
{
	size_t n = p->elf->n_sections;

	p->by_name = calloc(n + 1, sizeof(const struct image_section *));
	p->of_map = calloc(n + 1, sizeof(*p->of_map));
	if (!p->by_name || !p->of_map)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		p->by_name[i] = &p->elf->sections[i];
		p->of_map[i] = IMAGE_NONE;
	}
	qsort(p->by_name, n, sizeof(const struct image_section *), by_name);
	for (size_t i = 0; i < p->map->n_sections; i++) {
		const struct image_section *found = partner(p, &p->map->sections[i]);
		if (found && p->of_map[found - p->elf->sections] == IMAGE_NONE)
			p->of_map[found - p->elf->sections] = (uint32_t)i;
	}
	return 0;
}

static void pairs_deinit(struct pairs *p)
{
	free(p->by_name);
	free(p->of_map);
}

/* ---- whether they are of one build ---- */

static bool differ(const struct image_section *x, const struct image_section *y)
{
	return x->vma != y->vma || x->size_bytes != y->size_bytes;
}

static void note_difference(const struct join *j, const struct image_section *map, const struct image_section *elf)
{
	if (map->size_bytes != elf->size_bytes)
		image_note(j->map,
			   "the map does not belong to this ELF: section %.80s has 0x%" PRIx64
			   " bytes in the map and 0x%" PRIx64 " in the ELF",
			   map->name, map->size_bytes, elf->size_bytes);
	else
		image_note(j->map,
			   "the map does not belong to this ELF: section %.80s is at 0x%" PRIx64
			   " in the map and at 0x%" PRIx64 " in the ELF",
			   map->name, map->vma, elf->vma);
}

/* The map's section that this one of the ELF is compared with: both take memory, and not both are empty. */
static const struct image_section *compared(const struct join *j, size_t i_elf)
{
	const struct image_section *elf = &j->pairs.elf->sections[i_elf];
	const struct image_section *map = j->pairs.of_map[i_elf] == IMAGE_NONE ?
						  NULL :
						  &j->map->sections[j->pairs.of_map[i_elf]];

	return map && elf->alloc && (elf->size_bytes || map->size_bytes) ? map : NULL;
}

static bool any_in_memory(const struct image *image)
{
	for (size_t i = 0; i < image->n_sections; i++)
		if (image->sections[i].alloc && image->sections[i].size_bytes)
			return true;
	return false;
}

/* Another build moves most sections, or at least those that have most of the bytes: vectors, boot code and data are
 * often as they were. The largest that differs is answered for the sentence; NULL: of one build, or nothing tells. */
static bool is_other_build(const struct join *j, const struct image_section **ret_elf)
{
	size_t n = 0, n_differ = 0;
	double bytes = 0, differ_bytes = 0; /* a size may be any number */

	*ret_elf = NULL;
	for (size_t i = 0; i < j->pairs.elf->n_sections; i++) {
		const struct image_section *elf = &j->pairs.elf->sections[i], *map = compared(j, i);
		if (!map)
			continue;
		n++;
		bytes += (double)elf->size_bytes;
		if (!differ(map, elf))
			continue;
		n_differ++;
		differ_bytes += (double)elf->size_bytes;
		if (!*ret_elf || elf->size_bytes > (*ret_elf)->size_bytes)
			*ret_elf = elf;
	}
	return n == 0 ? any_in_memory(j->map) && any_in_memory(j->pairs.elf) :
			n_differ * 2 > n || differ_bytes * 2 > bytes;
}

static void note_other_build(const struct join *j, const struct image_section *elf)
{
	const char *map_name = j->map->name ? j->map->name : "the map",
		   *elf_name = j->pairs.elf->name ? j->pairs.elf->name : "the ELF";
	const struct image_section *map = elf ? &j->map->sections[j->pairs.of_map[elf - j->pairs.elf->sections]] : NULL;

	if (!map)
		image_note(j->map, "%.120s is not of the build of %.120s (no section is in both): it is left out",
			   elf_name, map_name);
	else if (map->size_bytes != elf->size_bytes)
		image_note(j->map,
			   "%.120s is not of the build of %.120s (section %.80s: %" PRIu64 " bytes here, %" PRIu64
			   " there): it is left out",
			   elf_name, map_name, elf->name, elf->size_bytes, map->size_bytes);
	else
		image_note(j->map,
			   "%.120s is not of the build of %.120s (section %.80s: at 0x%" PRIx64 " here, at 0x%" PRIx64
			   " there): it is left out",
			   elf_name, map_name, elf->name, elf->vma, map->vma);
}

/* Notes each section that takes memory and differs. */
static void note_differences(const struct join *j)
{
	for (size_t i = 0; i < j->pairs.elf->n_sections; i++) {
		const struct image_section *map = compared(j, i);
		if (map && differ(map, &j->pairs.elf->sections[i]))
			note_difference(j, map, &j->pairs.elf->sections[i]);
	}
}

/* Those that take memory and stand in one of the two only. */
static void note_missing(const struct join *j)
{
	for (size_t i = 0; i < j->pairs.elf->n_sections; i++) {
		const struct image_section *s = &j->pairs.elf->sections[i];
		if (s->alloc && s->size_bytes && j->pairs.of_map[i] == IMAGE_NONE)
			image_note(j->map, "the map has no section %.80s, of 0x%" PRIx64 " bytes in the ELF", s->name,
				   s->size_bytes);
	}
	for (size_t i = 0; i < j->map->n_sections; i++) {
		const struct image_section *s = &j->map->sections[i];
		if (s->alloc && s->size_bytes && !partner(&j->pairs, s))
			image_note(j->map, "the ELF has no section %.80s, of 0x%" PRIx64 " bytes in the map", s->name,
				   s->size_bytes);
	}
}

/* ---- what the map gets ---- */

static void take_kinds(const struct join *j)
{
	for (size_t i = 0; i < j->pairs.elf->n_sections; i++) {
		const struct image_section *from = &j->pairs.elf->sections[i];
		if (j->pairs.of_map[i] == IMAGE_NONE)
			continue;
		struct image_section *to = &j->map->sections[j->pairs.of_map[i]];
		/* (COPY) of a script: not of the program, but it stands in a region, and the linker counts it. */
		bool placed = !from->alloc && to->alloc && to->region != IMAGE_NONE && from->vma;
		to->alloc = from->alloc || placed;
		to->nobits = from->nobits || placed;
		to->tls = from->tls;
		to->exec = from->exec;
		to->write = from->write;
		to->by_elf = true;
		if (to->lma == NOT_KNOWN && from->vma == to->vma)
			to->lma = from->lma;
	}
}

/* Where the map's section is smaller, symbols that it has no room for belong to none. */
static uint32_t section_of(const struct join *j, const struct image_symbol *s)
{
	uint32_t i = s->section == IMAGE_NONE ? IMAGE_NONE : j->pairs.of_map[s->section];

	if (i == IMAGE_NONE)
		return i;
	const struct image_section *section = &j->map->sections[i];
	uint64_t offset = s->address - section->vma;
	return offset <= section->size_bytes && s->size_bytes <= section->size_bytes - offset ? i : IMAGE_NONE;
}

/* While the map's sections are still in the order of its pieces. */
static int take_symbols(const struct join *j)
{
	struct image *map = j->map;

	if (!j->pairs.elf->n_symbols)
		return 0;
	map->n_symbols = 0;
	for (size_t i = 0; i < j->pairs.elf->n_symbols; i++) {
		struct image_symbol *to = vec_add(map, symbols);
		if (!to)
			return -ENOMEM;
		*to = j->pairs.elf->symbols[i];
		to->section = section_of(j, to);
		const struct image_piece *piece = image_piece_at(map, to->address);
		to->object = piece ? piece->object : IMAGE_NONE;
	}
	map->has_lines = j->pairs.elf->has_lines;
	return 0;
}

#define TAKE(map, elf, items)                                           \
	for (size_t i_item = 0; i_item < (elf)->n_##items; i_item++) {  \
		__typeof__((map)->items) to_item = vec_add(map, items); \
		if (!to_item)                                           \
			return -ENOMEM;                                 \
		*to_item = (elf)->items[i_item];                        \
	}

static int take_lists(struct image *map, const struct image *elf)
{
	TAKE(map, elf, values)
	TAKE(map, elf, segments)
	if (elf->n_frozen)
		map->n_frozen = 0;
	TAKE(map, elf, frozen)
	if (elf->qstr.n_pools)
		map->qstr = elf->qstr;
	map->build_id = elf->build_id;
	map->address_bits = elf->address_bits;
	if (!map->target)
		map->target = elf->target;
	for (size_t i = 0; i < elf->n_notes && i < IMAGE_NOTES_MAX; i++)
		image_note(map, "%s: %s", elf->name ? elf->name : "the ELF", elf->notes[i]);
	return 0;
}

static int join(struct join *j)
{
	const struct image_section *differing;
	int r = match(&j->pairs);

	if (r < 0)
		return r;
	if (is_other_build(j, &differing)) {
		note_other_build(j, differing);
		return IMAGE_OTHER_BUILD;
	}
	r = take_symbols(j);
	if (r < 0)
		return r;
	note_differences(j);
	note_missing(j);
	take_kinds(j);
	r = take_lists(j->map, j->pairs.elf);
	return r < 0 ? r : image_settle(j->map, NULL);
}

int image_join(struct image *map, const struct image *elf)
{
	struct join j = { .map = map, .pairs = { .map = map, .elf = elf } };
	int r = join(&j);

	pairs_deinit(&j.pairs);
	return r;
}

int image_differing(const struct image *one, const struct image *other, const struct image_section **ret)
{
	struct pairs p = { .map = one, .elf = other };
	int r = match(&p);

	*ret = NULL;
	for (size_t i = 0; r == 0 && i < other->n_sections && !*ret; i++) {
		const struct image_section *s = p.of_map[i] == IMAGE_NONE ? NULL : &one->sections[p.of_map[i]];
		if (s && s->alloc && other->sections[i].alloc && differ(s, &other->sections[i]))
			*ret = s;
	}
	pairs_deinit(&p);
	return r;
}
