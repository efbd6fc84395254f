/* Joins a map and the ELF of one build. The map has the object of each byte; the ELF has the kind of the bytes, and
 * more symbols. Where they differ the map's sizes stay, as its pieces add up to them; if most sections differ nothing
 * is merged. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/search.h"
#include "memprof/base/vec.h"
#include "memprof/image/image.h"
#include "slice.h"

/* Sections of the same name. */
struct pairs {
	const struct image *map, *elf;
	bool by_address;                      /* IAR: "P2 zi" in the ELF is "P2, part 2 of 3" in the map */
	const struct image_section **by_name; /* elf's n_sections, by name, then address */
	uint32_t *of_map;                     /* for each section of the ELF that of the map, or IMAGE_NONE */
};

struct join {
	struct image *map; /* of the pairs, writable */
	struct pairs pairs;
};

/* ---- pairs of sections ---- */

static int by_name(const void *a, const void *b)
{
	const struct image_section *x = *(const struct image_section *const *)a;
	const struct image_section *y = *(const struct image_section *const *)b;
	int r = strcmp(x->name, y->name);

	return r ? r : x->vma < y->vma ? -1 : x->vma > y->vma;
}

static bool is_below(const struct image_section *s, const char *name, uint64_t vma)
{
	int r = strcmp(s->name, name);

	return r < 0 || (r == 0 && s->vma < vma);
}

/* The first section of that name from an address on; or NULL. */
static const struct image_section *find_section(const struct pairs *p, const char *name, uint64_t vma)
{
	size_t i = search_while(p->elf->n_sections, k, is_below(p->by_name[k], name, vma));

	return i < p->elf->n_sections && strcmp(p->by_name[i]->name, name) == 0 ? p->by_name[i] : NULL;
}

/* IAR's have few; of more only the first are compared. */
static const struct image_section *section_at(const struct pairs *p, const struct image_section *s)
{
	enum { SECTIONS_MAX = 200 };

	for (size_t i = 0; i < MIN(p->elf->n_sections, (size_t)SECTIONS_MAX); i++) {
		const struct image_section *elf = &p->elf->sections[i];
		if (elf->alloc && elf->size_bytes && elf->vma == s->vma)
			return elf;
	}
	return NULL;
}

/* The section of the same name and address, otherwise the first of the name. */
static const struct image_section *partner(const struct pairs *p, const struct image_section *s)
{
	if (p->by_address)
		return section_at(p, s);
	const struct image_section *found = find_section(p, s->name, s->vma);

	return found && found->vma == s->vma ? found : find_section(p, s->name, 0);
}

static int match(struct pairs *p)
{
	size_t n = p->elf->n_sections;

	p->by_address = p->map->format && strcmp(p->map->format, image_iar.name) == 0;
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

/* ---- one build or two ---- */

/* The size in IAR's ELF goes on to the alignment of what follows; that in armlink's is as it is compressed. */
static bool differ(bool is_iar, const struct image_section *map, const struct image_section *elf)
{
	enum { IAR_ALIGNMENT = 8 };
	uint64_t size_bytes = map->size_bytes;

	if (is_iar && elf->size_bytes > size_bytes && elf->size_bytes - size_bytes < IAR_ALIGNMENT)
		size_bytes = elf->size_bytes;
	if (map->stored_bytes != NOT_KNOWN && elf->size_bytes == map->stored_bytes)
		size_bytes = elf->size_bytes;
	return map->vma != elf->vma || size_bytes != elf->size_bytes;
}

/* "section .text has 0x10 bytes in the map and 0x20 in the ELF" */
static const char *difference(struct image *map, const struct image_section *in_map, const struct image_section *in_elf)
{
	if (in_map->size_bytes != in_elf->size_bytes)
		return arena_printf(&map->arena,
				    "section %.80s has 0x%" PRIx64 " bytes in the map and 0x%" PRIx64 " in the ELF",
				    in_map->name, in_map->size_bytes, in_elf->size_bytes);
	return arena_printf(&map->arena, "section %.80s is at 0x%" PRIx64 " in the map and at 0x%" PRIx64 " in the ELF",
			    in_map->name, in_map->vma, in_elf->vma);
}

/* The map's section to compare with: one that takes memory, as does the ELF's, and not both are empty. */
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

/* In another build most sections differ, or at least those with most of the bytes: vectors, boot code and data often
 * stay. *ret_elf: the largest that differs, for the message, or NULL. */
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
		if (!differ(j->pairs.by_address, map, elf))
			continue;
		n_differ++;
		differ_bytes += (double)elf->size_bytes;
		if (!*ret_elf || elf->size_bytes > (*ret_elf)->size_bytes)
			*ret_elf = elf;
	}
	return n == 0 ? any_in_memory(j->map) && any_in_memory(j->pairs.elf) :
			n_differ * 2 > n || differ_bytes * 2 > bytes;
}

/* ---- symbols of one build ---- */

/* Thread-local sections share their addresses with others. */
static const struct image_piece *piece_of(const struct image *map, uint32_t section, uint64_t address)
{
	return section == IMAGE_NONE ? image_piece_at(map, address) :
				       image_piece_in(map, &map->sections[section], address);
}

static int by_symbol_name(const void *a, const void *b)
{
	const struct image_symbol *x = *(const struct image_symbol *const *)a;
	const struct image_symbol *y = *(const struct image_symbol *const *)b;

	int r = slice_compare(x->name, y->name);

	if (r == 0 && (x->address | 1) != (y->address | 1)) /* bit 0 may be that of Thumb */
		return (x->address | 1) < (y->address | 1) ? -1 : 1;
	return r;
}

/* Symbols of the ELF, by name and address. */
struct by_name {
	const struct image_symbol **symbols;
	size_t n;
};

/* Bit 0 may be that of Thumb. */
static bool same_address(const struct image_symbol *x, const struct image_symbol *y)
{
	return (x->address | 1) == (y->address | 1);
}

/* Whether the ELF's symbol reaches beyond the input section that the map has there. */
static bool is_too_large(const struct image *map, uint32_t section, const struct image_symbol *elf)
{
	const struct image_piece *p = piece_of(map, section, elf->address);
	bool rounds = map->format && strcmp(map->format, image_ti.name) == 0; /* TI's sizes in the ELF, to words */
	uint64_t room_bytes = p ? p->size_bytes - (elf->address - p->address) : 0;

	return p && p->object >= N_PSEUDO_OBJECTS && !elf->estimated && elf->size_bytes != NOT_KNOWN &&
	       elf->size_bytes > (rounds ? (room_bytes + 3) & ~UINT64_C(3) : room_bytes);
}

/* The symbol of the ELF that differs from one of the map, or NULL: of static ones it has several of one name. */
static const struct image_symbol *differing_symbol(const struct join *j, const struct by_name *elf,
						   const struct image_symbol *s)
{
	size_t i = search_while(elf->n, k, by_symbol_name(&elf->symbols[k], &s) < 0);
	bool same_name = i < elf->n && slice_same(elf->symbols[i]->name, s->name);

	if (same_name && same_address(elf->symbols[i], s))
		return is_too_large(j->map, s->section, elf->symbols[i]) ? elf->symbols[i] : NULL;
	if (same_name)
		return elf->symbols[i];
	return i > 0 && slice_same(elf->symbols[i - 1]->name, s->name) ? elf->symbols[i - 1] : NULL;
}

/* The first symbol, by address, that the map prints and the ELF has elsewhere, or larger; *ret_elf NULL: none. Sections
 * of equal sizes may hide that a function grew into the fill behind it. */
static int find_differing(const struct join *j, const struct image_symbol **ret_map,
			  const struct image_symbol **ret_elf)
{
	size_t n = j->pairs.elf->n_symbols;
	struct by_name elf = { malloc((n + 1) * sizeof(struct image_symbol *)), n };

	*ret_map = *ret_elf = NULL;
	if (!elf.symbols)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		elf.symbols[i] = &j->pairs.elf->symbols[i];
	qsort(elf.symbols, n, sizeof(struct image_symbol *), by_symbol_name);
	for (size_t i = 0; i < j->map->n_symbols && !*ret_elf; i++) {
		const struct image_symbol *s = &j->map->symbols[i];
		if (s->local || s->section == IMAGE_NONE || !j->map->sections[s->section].alloc)
			continue;
		*ret_map = s;
		*ret_elf = differing_symbol(j, &elf, s);
	}
	free(elf.symbols);
	return 0;
}

/* "symbol main is at 0x10 in the map and at 0x20 in the ELF" */
static const char *symbol_difference(struct image *map, const struct image_symbol *in_map,
				     const struct image_symbol *in_elf)
{
	int n = (int)MIN(in_map->name.n_bytes, 80u);

	if (same_address(in_map, in_elf))
		return arena_printf(&map->arena,
				    "symbol %.*s at 0x%" PRIx64 " has 0x%" PRIx64
				    " bytes in the ELF, for which the map has no room",
				    n, in_map->name.text, in_map->address, in_elf->size_bytes);
	return arena_printf(&map->arena, "symbol %.*s is at 0x%" PRIx64 " in the map and at 0x%" PRIx64 " in the ELF",
			    n, in_map->name.text, in_map->address, in_elf->address);
}

static void note_other_build(const struct join *j, const char *difference)
{
	image_note(j->map, "%.120s is from another build than %.120s and is ignored: %s",
		   j->pairs.elf->name ? j->pairs.elf->name : "the ELF", j->map->name ? j->map->name : "the map",
		   difference);
}

static int check_sections(const struct join *j)
{
	const struct image_section *elf;

	if (!is_other_build(j, &elf))
		return 0;
	note_other_build(
		j, elf ? difference(j->map, &j->map->sections[j->pairs.of_map[elf - j->pairs.elf->sections]], elf) :
			 "they have no section in common");
	return IMAGE_OTHER_BUILD;
}

static int check_symbols(const struct join *j)
{
	const struct image_symbol *map, *elf;

	if (find_differing(j, &map, &elf) < 0)
		return -ENOMEM;
	if (!elf)
		return 0;
	note_other_build(j, symbol_difference(j->map, map, elf));
	return IMAGE_OTHER_BUILD;
}

/* Compares each section that takes memory. */
static void note_differences(const struct join *j)
{
	for (size_t i = 0; i < j->pairs.elf->n_sections; i++) {
		const struct image_section *map = compared(j, i);
		if (map && differ(j->pairs.by_address, map, &j->pairs.elf->sections[i]))
			image_note(j->map, "the map does not belong to this ELF: %s",
				   difference(j->map, map, &j->pairs.elf->sections[i]));
	}
}

/* Sections that take memory and are in one of the two only. */
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

/* ---- merging ---- */

static void merge_kinds(const struct join *j)
{
	for (size_t i = 0; i < j->pairs.elf->n_sections; i++) {
		const struct image_section *from = &j->pairs.elf->sections[i];
		if (j->pairs.of_map[i] == IMAGE_NONE)
			continue;
		struct image_section *to = &j->map->sections[j->pairs.of_map[i]];
		/* (COPY) in a script: not loaded, but the linker counts it in its region. */
		bool placed = !from->alloc && to->alloc && to->region != IMAGE_NONE && from->vma;
		to->alloc = from->alloc || placed;
		to->nobits = from->nobits || placed;
		to->tls = from->tls;
		to->exec = from->exec;
		to->write = from->write;
		to->align_bytes = from->align_bytes;
		to->by_elf = true;
		if (to->lma == NOT_KNOWN && from->vma == to->vma)
			to->lma = from->lma;
	}
}

/* IMAGE_NONE if the symbol does not fit into the map's section. */
static uint32_t section_of(const struct join *j, const struct image_symbol *s)
{
	uint32_t i = s->section == IMAGE_NONE ? IMAGE_NONE : j->pairs.of_map[s->section];

	if (i == IMAGE_NONE)
		return i;
	const struct image_section *section = &j->map->sections[i];
	uint64_t offset = s->address - section->vma;
	return offset <= section->size_bytes && s->size_bytes <= section->size_bytes - offset ? i : IMAGE_NONE;
}

/* Before merge_kinds: image_piece_at() relies on the order of the map's sections. */
static int merge_symbols(const struct join *j)
{
	struct image *map = j->map;

	if (!j->pairs.elf->n_symbols)
		return 0;
	map->n_symbols = 0;
	for (size_t i = 0; i < j->pairs.elf->n_symbols; i++) {
		struct image_symbol symbol = j->pairs.elf->symbols[i];
		symbol.section = section_of(j, &symbol);
		const struct image_piece *piece = piece_of(map, symbol.section, symbol.address);
		symbol.object = piece ? piece->object : IMAGE_NONE;
		if (vec_push(map, symbols, symbol) < 0)
			return -ENOMEM;
	}
	map->has_lines = j->pairs.elf->has_lines;
	map->sources_incomplete = j->pairs.elf->sources_incomplete;
	return 0;
}

#define APPEND(map, elf, items)                                      \
	for (size_t i_item = 0; i_item < (elf)->n_##items; i_item++) \
		if (vec_push(map, items, (elf)->items[i_item]) < 0)  \
			return -ENOMEM;

static int merge_lists(struct image *map, const struct image *elf)
{
	APPEND(map, elf, values)
	APPEND(map, elf, segments)
	APPEND(map, elf, sources)
	APPEND(map, elf, inlines)
	APPEND(map, elf, functions)
	APPEND(map, elf, calls)
	if (elf->n_frozen)
		map->n_frozen = 0;
	APPEND(map, elf, frozen)
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
	int r = match(&j->pairs);

	if (r == 0)
		r = check_sections(j);
	if (r == 0)
		r = check_symbols(j);
	if (r == 0)
		r = merge_symbols(j);
	if (r != 0)
		return r;
	note_differences(j);
	note_missing(j);
	merge_kinds(j);
	r = merge_lists(j->map, j->pairs.elf);
	return r < 0 ? r : image_resolve(j->map, NULL);
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
		if (s && s->alloc && other->sections[i].alloc && differ(p.by_address, s, &other->sections[i]))
			*ret = s;
	}
	pairs_deinit(&p);
	return r;
}
