/* A map and the ELF of one build. The map knows which object brought each byte, the ELF what kind of bytes they are,
 * and more symbols. Where they differ the map's sizes stay, as its pieces add up to them. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/image.h"

struct join {
	struct image *map;
	const struct image *elf;
	const struct image_section **by_name;   /* elf's n_sections, by name, then address */
	uint32_t *of_map;                       /* number of the map's section for each of the ELF's, or IMAGE_NONE */
};

/* ---- which section is which ---- */

static int by_name(const void *a, const void *b)
{
	const struct image_section *x = *(const struct image_section *const *)a;
	const struct image_section *y = *(const struct image_section *const *)b;
	int r = strcmp(x->name, y->name);

	return r ? r : x->vma < y->vma ? -1 : x->vma > y->vma;
}

/* The first of that name that is not below vma; IMAGE_NONE-like, n_sections, if there is none. */
static size_t first_not_below(const struct join *j, const char *name, uint64_t vma)
{
	size_t low = 0, high = j->elf->n_sections;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int r = strcmp(j->by_name[middle]->name, name);
		if (r < 0 || (r == 0 && j->by_name[middle]->vma < vma))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct image_section *named(const struct join *j, size_t i, const char *name)
{
	return i < j->elf->n_sections && strcmp(j->by_name[i]->name, name) == 0 ? j->by_name[i] : NULL;
}

/* That of the same name and address; else the first of the name. */
static const struct image_section *partner(const struct join *j, const struct image_section *s)
{
	const struct image_section *found = named(j, first_not_below(j, s->name, s->vma), s->name);

	if (found && found->vma == s->vma)
		return found;
	return named(j, first_not_below(j, s->name, 0), s->name);
}

static int match(struct join *j)
{
	size_t n = j->elf->n_sections;

	j->by_name = calloc(n + 1, sizeof(const struct image_section *));
	j->of_map = calloc(n + 1, sizeof(*j->of_map));
	if (!j->by_name || !j->of_map)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		j->by_name[i] = &j->elf->sections[i];
		j->of_map[i] = IMAGE_NONE;
	}
	qsort(j->by_name, n, sizeof(const struct image_section *), by_name);
	for (size_t i = 0; i < j->map->n_sections; i++) {
		const struct image_section *found = partner(j, &j->map->sections[i]);
		if (found && j->of_map[found - j->elf->sections] == IMAGE_NONE)
			j->of_map[found - j->elf->sections] = (uint32_t)i;
	}
	return 0;
}

/* ---- whether they are of one build ---- */

static bool differ(const struct image_section *x, const struct image_section *y)
{
	return x->vma != y->vma || x->size_bytes != y->size_bytes;
}

static void note_difference(const struct join *j, const struct image_section *map, const struct image_section *elf)
{
	if (map->size_bytes != elf->size_bytes)
		image_note(j->map, "the map does not belong to this ELF: section %.80s has 0x%" PRIx64 " bytes in the map and 0x%"
			   PRIx64 " in the ELF", map->name, map->size_bytes, elf->size_bytes);
	else
		image_note(j->map, "the map does not belong to this ELF: section %.80s is at 0x%" PRIx64 " in the map and at 0x%"
			   PRIx64 " in the ELF", map->name, map->vma, elf->vma);
}

/* Notes each section that takes memory and differs. Where most do one stands for all, and false is returned. */
static bool compare(const struct join *j)
{
	size_t n = 0, n_differ = 0;
	bool each;

	for (size_t i = 0; i < j->elf->n_sections; i++) {
		if (j->of_map[i] == IMAGE_NONE || !j->elf->sections[i].alloc)
			continue;
		n++;
		n_differ += differ(&j->map->sections[j->of_map[i]], &j->elf->sections[i]);
	}
	each = n_differ <= 2 || n_differ * 2 <= n;
	for (size_t i = 0, left = each ? n_differ : 1; i < j->elf->n_sections && n_differ && left; i++) {
		const struct image_section *elf = &j->elf->sections[i];
		if (j->of_map[i] == IMAGE_NONE || !elf->alloc || !differ(&j->map->sections[j->of_map[i]], elf))
			continue;
		note_difference(j, &j->map->sections[j->of_map[i]], elf);
		left--;
	}
	if (!each)
		image_note(j->map, "%zu of the %zu sections that both have differ: symbols are the ELF's, objects the map's",
			   n_differ, n);
	return each;
}

/* Those that take memory and stand in one of the two only. */
static void note_missing(const struct join *j)
{
	for (size_t i = 0; i < j->elf->n_sections; i++) {
		const struct image_section *s = &j->elf->sections[i];
		if (s->alloc && s->size_bytes && j->of_map[i] == IMAGE_NONE)
			image_note(j->map, "the map has no section %.80s, of 0x%" PRIx64 " bytes in the ELF", s->name, s->size_bytes);
	}
	for (size_t i = 0; i < j->map->n_sections; i++) {
		const struct image_section *s = &j->map->sections[i];
		if (s->alloc && s->size_bytes && !partner(j, s))
			image_note(j->map, "the ELF has no section %.80s, of 0x%" PRIx64 " bytes in the map", s->name, s->size_bytes);
	}
}

/* ---- what the map gets ---- */

static void take_kinds(const struct join *j)
{
	for (size_t i = 0; i < j->elf->n_sections; i++) {
		const struct image_section *from = &j->elf->sections[i];
		if (j->of_map[i] == IMAGE_NONE)
			continue;
		struct image_section *to = &j->map->sections[j->of_map[i]];
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

/* Where the map has another build's section, symbols that it has no room for belong to none. */
static uint32_t section_of(const struct join *j, const struct image_symbol *s)
{
	uint32_t i = s->section == IMAGE_NONE ? IMAGE_NONE : j->of_map[s->section];

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

	if (!j->elf->n_symbols)
		return 0;
	map->n_symbols = 0;
	for (size_t i = 0; i < j->elf->n_symbols; i++) {
		struct image_symbol *to = vec_add(map, symbols);
		if (!to)
			return -ENOMEM;
		*to = j->elf->symbols[i];
		to->section = section_of(j, to);
		const struct image_piece *piece = image_piece_at(map, to->address);
		to->object = piece ? piece->object : IMAGE_NONE;
	}
	map->has_lines = j->elf->has_lines;
	return 0;
}

#define TAKE(map, elf, items)                                                                     \
	for (size_t i_item = 0; i_item < (elf)->n_##items; i_item++) {                            \
		__typeof__((map)->items) to_item = vec_add(map, items);                           \
		if (!to_item)                                                                     \
			return -ENOMEM;                                                           \
		*to_item = (elf)->items[i_item];                                                  \
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
		image_note(map, "%s", elf->notes[i]);
	return 0;
}

static int join(struct join *j)
{
	int r = match(j);

	if (r == 0)
		r = take_symbols(j);
	if (r < 0)
		return r;
	if (compare(j))
		note_missing(j);
	take_kinds(j);
	r = take_lists(j->map, j->elf);
	return r < 0 ? r : image_settle(j->map, NULL);
}

int image_join(struct image *map, const struct image *elf)
{
	struct join j = { .map = map, .elf = elf };
	int r = join(&j);

	free(j.by_name);
	free(j.of_map);
	return r;
}
