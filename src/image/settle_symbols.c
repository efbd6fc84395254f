/* Symbols of a map have addresses, and their input sections have sizes. With -ffunction-sections a section is one
 * function or variable, and names it also where the map has no line for it, because it is static. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/image.h"
#include "memprof/sort_keys.h"
#include "memprof/text.h"
#include "settle.h"

/* ---- names of input sections ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_number(const char *text, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++)
		if (!is_digit(text[i]))
			return false;
	return true;
}

/* ".rodata.str1.4", ".rodata.main.str1.1", ".rodata.cst16", ".rodata.12": what many functions share, or no name. All end
 * with a digit, as few functions do, so that few are looked at closely. */
static bool is_shared(struct image_slice name)
{
	return is_digit(name.text[name.n_bytes - 1])
		&& (is_number(name.text, name.n_bytes) || text_find(name.text, name.n_bytes, "str1.")
		    || (text_starts(name.text, name.n_bytes, "cst") && is_number(name.text + 3, name.n_bytes - 3)));
}

/* What several functions share on purpose: TinyUSB's __not_in_flash("tinyusb"), and the linker's own stubs behind a
 * function (binutils ld/emultempl/armelf.em, "%s.__stub"). */
static bool is_group(struct image_slice name)
{
	static const char stub[] = ".__stub";
	uint32_t n = sizeof(stub) - 1;

	return (name.n_bytes == 7 && memcmp(name.text, "tinyusb", 7) == 0)
		|| (name.n_bytes > n && memcmp(name.text + name.n_bytes - n, stub, n) == 0);
}

struct image_slice settle_symbol_of(struct image_slice section)
{
	static const struct image_slice beginnings[] = {        /* of two that fit the first is taken */
		{ ".text.unlikely.", 15 }, { ".text.startup.", 14 }, { ".text.hot.", 10 }, { ".text.exit.", 11 },
		{ ".text.", 6 }, { ".rodata.", 8 }, { ".data.rel.ro.local.", 19 }, { ".data.rel.ro.", 13 },
		{ ".data.rel.local.", 16 }, { ".data.", 6 }, { ".bss.", 5 }, { ".noinit.", 8 }, { ".srodata.", 9 },
		{ ".sdata.", 7 }, { ".sbss.", 6 }, { ".tdata.", 7 }, { ".tbss.", 6 }, { ".literal.", 9 },
		/* what the macros of pico-sdk (sections.h) and of vendors' headers make of a name */
		{ ".time_critical.", 15 }, { ".ramfunc.", 9 }, { ".uninitialized_data.", 20 },
		{ ".uninitialized_bss.", 19 }, { ".scratch_x.", 11 }, { ".scratch_y.", 11 }, { ".after_data.", 12 },
		{ ".flashdata.", 11 },
	};
	static const struct image_slice none = { "", 0 };

	if (section.n_bytes < 2 || section.text[0] != '.')
		return none;
	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		uint32_t n = beginnings[i].n_bytes;
		if (section.n_bytes <= n || section.text[1] != beginnings[i].text[1]
		    || memcmp(section.text, beginnings[i].text, n) != 0)
			continue;
		struct image_slice name = { section.text + n, section.n_bytes - n };
		return is_shared(name) || is_group(name) ? none : name;
	}
	return none;
}

static bool same(struct image_slice a, struct image_slice b)
{
	return a.n_bytes == b.n_bytes && memcmp(a.text, b.text, a.n_bytes) == 0;
}

/* ---- order ---- */

static bool is_sorted(const struct image *image)
{
	size_t i = 1;

	while (i < image->n_symbols && image->symbols[i - 1].address <= image->symbols[i].address)
		i++;
	return i >= image->n_symbols;
}

/* By address; those of one address as in the file. */
static int sort(struct image *image)
{
	size_t n = image->n_symbols;

	if (is_sorted(image))
		return 0;
	struct sort_key *keys = malloc(n * sizeof(*keys));
	struct image_symbol *sorted = malloc(n * sizeof(*sorted));
	int r = keys && sorted ? 0 : -ENOMEM;
	for (size_t i = 0; i < n && r == 0; i++)
		keys[i] = (struct sort_key){ image->symbols[i].address, i };
	if (r == 0)
		r = sort_keys(keys, n);
	for (size_t i = 0; i < n && r == 0; i++)
		sorted[i] = image->symbols[keys[i].i];
	free(keys);
	if (r < 0) {
		free(sorted);
		return r;
	}
	free(image->symbols);
	image->symbols = sorted;
	image->room_symbols = n;
	return 0;
}

/* ---- sizes ---- */

static bool is_real(const struct image_piece *p)
{
	return p->object >= N_PSEUDO_OBJECTS;
}

static int add(struct image *image, const struct image_piece *p, uint32_t section, struct image_slice name)
{
	struct image_symbol *s = vec_add(image, symbols);

	if (!s)
		return -ENOMEM;
	*s = (struct image_symbol){ .name = name, .address = p->address, .size_bytes = p->size_bytes,
				    .section = section, .object = p->object };
	return 0;
}

/* Those from first to last lie in the piece, by address. Each gets the bytes up to the next; of several at one place
 * the one that the section is named after gets them, else the last, as the others are often labels before it. */
static void size_symbols(struct image_symbol *first, struct image_symbol *last, const struct image_piece *p)
{
	struct image_slice own = settle_symbol_of(p->name);
	bool exact = first->address == p->address && (last - 1)->address == first->address && own.n_bytes;
	uint64_t end = p->address + p->size_bytes;

	while (last > first) {
		struct image_symbol *same_place = last - 1, *chosen = same_place;
		uint64_t size_bytes = end - same_place->address;
		for (; same_place >= first && same_place->address == (last - 1)->address; same_place--) {
			same_place->object = p->object;
			if (same_place->size_bytes == NOT_KNOWN)
				same_place->size_bytes = 0;
			if (own.n_bytes && same(same_place->name, own))
				chosen = same_place;
		}
		end = chosen->address;
		chosen->size_bytes = size_bytes;
		chosen->estimated = !exact;
		last = same_place + 1;
	}
}

/* Symbols, sorted, against the pieces of one section, by address too. */
static int settle_section(struct image *image, uint32_t i_section, size_t *i_symbol, size_t n_symbols)
{
	const struct image_section *s = &image->sections[i_section];

	for (size_t i = s->i_piece; i < s->i_piece + s->n_pieces; i++) {
		const struct image_piece *p = &image->pieces[i];
		while (*i_symbol < n_symbols && image->symbols[*i_symbol].address < p->address)
			++*i_symbol;
		size_t first = *i_symbol;
		while (*i_symbol < n_symbols && image->symbols[*i_symbol].address - p->address < p->size_bytes)
			++*i_symbol;
		if (!is_real(p))
			continue;
		struct image_slice name = settle_symbol_of(p->name);
		if (*i_symbol > first)
			size_symbols(&image->symbols[first], &image->symbols[*i_symbol], p);
		else if (name.n_bytes && add(image, p, i_section, name) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Symbols, sorted, to the sections and pieces that hold them. */
static void locate(struct image *image)
{
	size_t i_section = 0, i_piece = 0;

	for (size_t i = 0; i < image->n_symbols && image->n_sections; i++) {
		struct image_symbol *symbol = &image->symbols[i];
		uint64_t address = symbol->address;
		for (; i_section + 1 < image->n_sections && image->sections[i_section + 1].alloc
		     && image->sections[i_section + 1].vma <= address; i_section++)
			i_piece = 0;
		const struct image_section *s = &image->sections[i_section];
		if (!s->alloc || address < s->vma || address - s->vma >= s->size_bytes)
			continue;
		symbol->section = (uint32_t)i_section;
		while (i_piece + 1 < s->n_pieces && image->pieces[s->i_piece + i_piece + 1].address <= address)
			i_piece++;
		if (s->n_pieces)
			symbol->object = image->pieces[s->i_piece + i_piece].object;
	}
}

int settle_symbols(struct image *image)
{
	size_t i_symbol = 0, n_symbols = image->n_symbols;
	int r = sort(image);

	if (r == 0 && image->locate_symbols)
		locate(image);
	for (uint32_t i = 0; image->derive_symbols && i < image->n_sections && image->sections[i].alloc && r == 0; i++)
		if (!image->sections[i].tls)
			r = settle_section(image, i, &i_symbol, n_symbols);
	image->derive_symbols = false;                  /* they are there if it is settled again */
	for (size_t i = 0; i < n_symbols; i++)          /* labels where nothing lies */
		if (image->symbols[i].size_bytes == NOT_KNOWN)
			image->symbols[i].size_bytes = 0;
	return r < 0 ? r : sort(image);
}
