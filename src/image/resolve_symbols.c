/* Sizes of symbols. A map has addresses of symbols and sizes of input sections. With -ffunction-sections a section is
 * one function or variable and names it, also where the map has no line for it because it is static. */
#include <errno.h>
#include <stdlib.h>

#include "memprof/base/vec.h"
#include "memprof/image/demangle.h"
#include "memprof/image/image.h"
#include "resolve.h"
#include "section_names.h"
#include "slice.h"
#include "sort.h"

/* ---- names ---- */

/* Of the arena, if it is another one. */
static struct image_slice name_of(struct image *image, struct image_slice linkage, struct strbuf *buffer)
{
	strbuf_reset(buffer);
	if (!demangle(linkage, buffer))
		return linkage;
	return (struct image_slice){ arena_text(&image->arena, buffer->text, buffer->n_bytes),
				     (uint32_t)buffer->n_bytes };
}

/* So much longer all names together may become: those of libstdc++, LLVM, clang and ICU become 1.2 to 2.0 times as
 * long.
 */
enum { LONGER = 8, LONGER_MIN_BYTES = 4 << 20 };

static int name_symbols(struct image *image)
{
	struct strbuf buffer CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint64_t n_before = LONGER_MIN_BYTES, n_after = 0;

	for (size_t i = 0; i < image->n_symbols; i++) {
		struct image_symbol *s = &image->symbols[i];
		n_before += (uint64_t)s->name.n_bytes * LONGER;
		if (n_after > n_before) {
			image_note(image, "the names of its symbols stand for too much text: some are left mangled");
			break;
		}
		struct image_slice name = name_of(image, s->name, &buffer);
		if (name.text != s->name.text && s->name.text[0] == '_' && !s->linkage.n_bytes)
			s->linkage = s->name;
		s->name = name;
		n_after += name.n_bytes;
	}
	return strbuf_error(&buffer) ? strbuf_error(&buffer) : arena_error(&image->arena);
}

/* ---- order ---- */

static uint64_t address_of(const void *item) { return ((const struct image_symbol *)item)->address; }

static uint64_t section_of(const void *item) { return ((const struct image_symbol *)item)->section; }

static int sort(struct image *image, uint64_t (*key_of)(const void *item))
{
	return image_sort(image->symbols, image->n_symbols, sizeof(*image->symbols), key_of);
}

/* ---- sizes ---- */

static bool is_real(const struct image_piece *p) { return p->object >= N_PSEUDO_OBJECTS; }

static int add_symbol(struct image *image, const struct image_piece *p, uint32_t section, struct image_slice name,
		      struct image_slice linkage)
{
	return vec_push(image, symbols,
			(struct image_symbol){ .name = name,
					       .linkage = name.text == linkage.text ? SLICE("") : linkage,
					       .address = p->address,
					       .size_bytes = p->size_bytes,
					       .section = section,
					       .object = p->object,
					       .local = true });
}

/* The symbols from first to last lie in the piece, by address; own is the one that its section is named after. Each
 * gets the bytes up to the next. At one address own gets them, otherwise the last symbol: the others are often labels.
 */
static void size_symbols(struct image_symbol *first, struct image_symbol *last, const struct image_piece *p,
			 struct image_slice own)
{
	bool exact = first->address == p->address && (last - 1)->address == first->address && own.n_bytes;
	uint64_t end = p->address + p->size_bytes;

	while (last > first) {
		struct image_symbol *same_place = last - 1, *chosen = same_place;
		uint64_t size_bytes = end - same_place->address;
		for (; same_place >= first && same_place->address == (last - 1)->address; same_place--) {
			same_place->object = p->object;
			if (same_place->size_bytes == NOT_KNOWN)
				same_place->size_bytes = 0;
			if (own.n_bytes && slice_same(same_place->name, own))
				chosen = same_place;
		}
		end = chosen->address;
		chosen->size_bytes = size_bytes;
		chosen->estimated = !exact;
		last = same_place + 1;
	}
}

/* Symbols, by section and address, against the pieces of one section. By section first: thread-local sections and those
 * of an overlay share addresses with others. */
static int derive_section(struct image *image, uint32_t i_section, size_t *i_symbol, size_t n_all,
			  struct strbuf *buffer)
{
	const struct image_section *s = &image->sections[i_section];
	size_t n_symbols = *i_symbol;

	while (n_symbols < n_all && image->symbols[n_symbols].section == i_section)
		n_symbols++;

	for (size_t i = s->i_piece; i < s->i_piece + s->n_pieces; i++) {
		const struct image_piece *p = &image->pieces[i];
		while (*i_symbol < n_symbols && image->symbols[*i_symbol].address < p->address)
			++*i_symbol;
		size_t first = *i_symbol;
		while (*i_symbol < n_symbols && image->symbols[*i_symbol].address - p->address < p->size_bytes)
			++*i_symbol;
		if (!is_real(p))
			continue;
		struct image_slice linkage = section_name_symbol(p->name), name = name_of(image, linkage, buffer);
		if (*i_symbol > first)
			size_symbols(&image->symbols[first], &image->symbols[*i_symbol], p, name);
		else if (name.n_bytes && add_symbol(image, p, i_section, name, linkage) < 0)
			return -ENOMEM;
	}
	*i_symbol = n_symbols;
	return 0;
}

static int derive(struct image *image)
{
	struct strbuf buffer CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t i_symbol = 0, n_symbols = image->n_symbols;
	int r = sort(image, section_of);

	for (uint32_t i = 0; i < image->n_sections && image->sections[i].alloc && r == 0; i++)
		r = derive_section(image, i, &i_symbol, n_symbols, &buffer);
	for (size_t i = 0; i < n_symbols; i++) /* labels outside of all pieces */
		if (image->symbols[i].size_bytes == NOT_KNOWN)
			image->symbols[i].size_bytes = 0;
	return r;
}

/* ---- sizes that the map has ---- */

/* At one address the preferred symbol comes last: the longest, then the first by name. */
static int by_place(const void *a, const void *b)
{
	const struct image_symbol *x = *(struct image_symbol *const *)a, *y = *(struct image_symbol *const *)b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (x->size_bytes != y->size_bytes)
		return x->size_bytes < y->size_bytes ? -1 : 1;
	return slice_compare(y->name, x->name);
}

/* A symbol that covers the current address of the sweep. */
struct open_symbol {
	struct image_symbol *symbol;
	uint64_t end;
};

static void add_bytes(struct open_symbol *open, uint64_t from, uint64_t to)
{
	if (to > from)
		open->symbol->size_bytes += to - from;
}

/* Every byte counts once: for one of several aliases, for the inner one of overlapping symbols. */
static int count_once(struct image *image)
{
	size_t n = image->n_symbols, n_open = 0;
	struct image_symbol **sorted = malloc(n * sizeof(*sorted) + 1);
	struct open_symbol *open = malloc(n * sizeof(*open) + 1);
	uint64_t at = 0;

	for (size_t i = 0; sorted && i < n; i++)
		sorted[i] = &image->symbols[i];
	if (sorted && n)
		qsort(sorted, n, sizeof(struct image_symbol *), by_place);
	for (size_t i = 0; sorted && open && i <= n; i++) {
		bool ends = i == n || (i > 0 && sorted[i]->section != sorted[i - 1]->section);
		uint64_t next = ends ? UINT64_MAX : sorted[i]->address;
		for (; n_open && open[n_open - 1].end <= next; n_open--) {
			add_bytes(&open[n_open - 1], at, open[n_open - 1].end);
			at = MAX(at, open[n_open - 1].end);
		}
		if (n_open)
			add_bytes(&open[n_open - 1], at, next);
		if (i == n)
			break;
		at = ends ? sorted[i]->address : MAX(at, next);
		open[n_open++] = (struct open_symbol){
			sorted[i], sorted[i]->address + MIN(sorted[i]->size_bytes, UINT64_MAX - sorted[i]->address)
		};
		sorted[i]->size_bytes = 0;
	}
	bool failed = !sorted || !open;
	free(sorted);
	free(open);
	return failed ? -ENOMEM : 0;
}

/* Finds the sections and pieces of symbols, which are sorted. */
static void locate(struct image *image)
{
	size_t i_section = 0, i_piece = 0;

	for (size_t i = 0; i < image->n_symbols && image->n_sections; i++) {
		struct image_symbol *symbol = &image->symbols[i];
		uint64_t address = symbol->address;
		for (; i_section + 1 < image->n_sections && image->sections[i_section + 1].alloc &&
		       image->sections[i_section + 1].vma <= address;
		     i_section++)
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

/* Most maps are in this order. */
static bool is_by_section(const struct image *image)
{
	for (size_t i = 1; i < image->n_symbols; i++) {
		const struct image_symbol *a = &image->symbols[i - 1], *b = &image->symbols[i];
		if (a->section > b->section || (a->section == b->section && a->address > b->address))
			return false;
	}
	return true;
}

/* ---- thread-local ones ---- */

static bool is_tls(const struct image_section *s)
{
	return s->alloc && ONE_OF(s->name, ".tdata", ".tbss", "tdata", "tbss");
}

static bool lies_in(const struct image_section *s, uint64_t address)
{
	return address >= s->vma && address - s->vma < s->size_bytes;
}

/* LLD and gold print their offsets from the first such section. */
static void place_tls(struct image *image)
{
	uint64_t start = NOT_KNOWN;

	for (size_t i = 0; i < image->n_sections; i++)
		if (is_tls(&image->sections[i]) && image->sections[i].size_bytes)
			start = MIN(start, image->sections[i].vma);
	for (size_t i = 0; i < image->n_symbols && start != NOT_KNOWN; i++) {
		struct image_symbol *symbol = &image->symbols[i];
		const struct image_section *s = symbol->section == IMAGE_NONE ? NULL :
										&image->sections[symbol->section];
		if (s && is_tls(s) && !lies_in(s, symbol->address) && lies_in(s, start + symbol->address))
			symbol->address += start;
	}
}

int resolve_symbols(struct image *image)
{
	place_tls(image);
	bool in_order = image->derive_symbols && !image->locate_symbols && !image->count_symbols_once &&
			is_by_section(image);
	int r = name_symbols(image);

	if (r == 0 && !in_order)
		r = sort(image, address_of);
	if (r == 0 && image->locate_symbols)
		locate(image);
	if (r == 0 && image->count_symbols_once)
		r = count_once(image);
	if (r == 0 && image->derive_symbols)
		r = derive(image);
	image->count_symbols_once = image->derive_symbols = false; /* once, also if image_resolve runs again */
	return r < 0 ? r : sort(image, address_of);
}
