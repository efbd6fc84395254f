/* Symbols of a map have addresses, and their input sections have sizes. With -ffunction-sections a section is one
 * function or variable, and names it also where the map has no line for it, because it is static. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/sort_keys.h"
#include "memprof/base/text.h"
#include "memprof/image/image.h"
#include "resolve.h"

/* ---- names of input sections ---- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_number(const char *text, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++)
		if (!is_digit(text[i]))
			return false;
	return true;
}

/* ".rodata.str1.4", ".rodata.main.str1.1", ".rodata.cst16", ".rodata.12": what many functions share, or no name. All
 * end with a digit, as few functions do, so that few are looked at closely. */
static bool is_shared(struct image_slice name)
{
	return is_digit(name.text[name.n_bytes - 1]) &&
	       (is_number(name.text, name.n_bytes) || text_find(name.text, name.n_bytes, "str1.") ||
		(text_starts(name.text, name.n_bytes, "cst") && is_number(name.text + 3, name.n_bytes - 3)));
}

/* What several functions share on purpose: TinyUSB's __not_in_flash("tinyusb"), and the linker's own stubs behind a
 * function (binutils ld/emultempl/armelf.em, "%s.__stub"). */
static bool is_shared_by_name(struct image_slice name)
{
	static const char stub[] = ".__stub";
	uint32_t n = sizeof(stub) - 1;

	if (name.text[name.n_bytes - 1] != 'b') /* with which both end */
		return false;
	return (name.n_bytes == 7 && memcmp(name.text, "tinyusb", 7) == 0) ||
	       (name.n_bytes > n && memcmp(name.text + name.n_bytes - n, stub, n) == 0);
}

static bool same(struct image_slice a, struct image_slice b)
{
	return a.n_bytes == b.n_bytes && memcmp(a.text, b.text, a.n_bytes) == 0;
}

/* Where GCC puts what is seldom run, and what needs relocation (gcc/varasm.cc). A function "exit" is more likely than
 * its .text.exit. */
static bool is_group(struct image_slice section)
{
	static const struct image_slice groups[] = {
		{ ".text.unlikely", 14 },  { ".text.startup", 13 }, { ".text.hot", 9 },           { ".data.rel", 9 },
		{ ".data.rel.local", 15 }, { ".data.rel.ro", 12 },  { ".data.rel.ro.local", 18 },
	};

	for (size_t i = 0; section.n_bytes <= sizeof(".data.rel.ro.local") - 1 && i < ARRAY_SIZE(groups); i++)
		if (same(section, groups[i]))
			return true;
	return false;
}

/* By their second letter, the most frequent first; of two that fit the first is taken. */
static const struct {
	char letter;
	struct image_slice beginnings[9];
} letters[] = {
	{ 't',
	  { { ".text.unlikely.", 15 },
	    { ".text.startup.", 14 },
	    { ".text.hot.", 10 },
	    { ".text.exit.", 11 },
	    { ".text.", 6 },
	    { ".tdata.", 7 },
	    { ".tbss.", 6 },
	    { ".time_critical.", 15 } } },
	{ 'r', { { ".rodata.", 8 }, { ".ramfunc.", 9 } } },
	{ 'b', { { ".bss.", 5 } } },
	{ 'd',
	  { { ".data.rel.ro.local.", 19 }, { ".data.rel.ro.", 13 }, { ".data.rel.local.", 16 }, { ".data.", 6 } } },
	{ 'l', { { ".literal.", 9 } } },
	{ 's',
	  { { ".srodata.", 9 }, { ".sdata.", 7 }, { ".sbss.", 6 }, { ".scratch_x.", 11 }, { ".scratch_y.", 11 } } },
	{ 'n', { { ".noinit.", 8 } } },
	/* With some above: what the macros of pico-sdk (sections.h) and of vendors' headers make of a name. */
	{ 'u', { { ".uninitialized_data.", 20 }, { ".uninitialized_bss.", 19 } } },
	{ 'a', { { ".after_data.", 12 } } },
	{ 'f', { { ".flashdata.", 11 } } },
};

static const struct image_slice *beginnings_with(char letter)
{
	static const struct image_slice none = { NULL, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		if (letters[i].letter == letter)
			return letters[i].beginnings;
	return &none;
}

struct image_slice settle_symbol_of(struct image_slice section)
{
	static const struct image_slice none = { "", 0 };

	if (section.n_bytes < 2 || section.text[0] != '.' || is_group(section))
		return none;
	for (const struct image_slice *b = beginnings_with(section.text[1]); b->n_bytes; b++) {
		uint32_t n = b->n_bytes;
		if (section.n_bytes <= n || section.text[n - 1] != '.' || memcmp(section.text, b->text, n) != 0)
			continue;
		struct image_slice name = { section.text + n, section.n_bytes - n };
		return is_shared(name) || is_shared_by_name(name) ? none : name;
	}
	return none;
}

/* ---- order ---- */

static uint64_t address_of(const struct image_symbol *s) { return s->address; }

static uint64_t section_of(const struct image_symbol *s) { return s->section; }

static bool is_sorted(const struct image *image, uint64_t (*key_of)(const struct image_symbol *s))
{
	size_t i = 1;

	while (i < image->n_symbols && key_of(&image->symbols[i - 1]) <= key_of(&image->symbols[i]))
		i++;
	return i >= image->n_symbols;
}

/* Cycle by cycle, without a copy of all: fresh memory costs more than sorting. Of what is in its place i is its number.
 */
static void put_in_order(struct image_symbol *symbols, struct sort_key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct image_symbol first = symbols[i];
		size_t to = i;
		while (keys[to].i != i) {
			size_t from = keys[to].i;
			symbols[to] = symbols[from];
			keys[to].i = to;
			to = from;
		}
		symbols[to] = first;
		keys[to].i = to;
	}
}

/* Those of one key stay in their order, at first that of the file. */
static int sort(struct image *image, uint64_t (*key_of)(const struct image_symbol *s))
{
	size_t n = image->n_symbols;

	if (is_sorted(image, key_of))
		return 0;
	struct sort_key *keys = malloc(n * sizeof(*keys));
	int r = keys ? 0 : -ENOMEM;
	for (size_t i = 0; i < n && r == 0; i++)
		keys[i] = (struct sort_key){ key_of(&image->symbols[i]), i };
	if (r == 0)
		r = sort_keys(keys, n);
	if (r == 0)
		put_in_order(image->symbols, keys, n);
	free(keys);
	return r;
}

/* ---- sizes ---- */

static bool is_real(const struct image_piece *p) { return p->object >= N_PSEUDO_OBJECTS; }

static int add(struct image *image, const struct image_piece *p, uint32_t section, struct image_slice name)
{
	struct image_symbol *s = vec_add(image, symbols);

	if (!s)
		return -ENOMEM;
	*s = (struct image_symbol){ .name = name,
				    .address = p->address,
				    .size_bytes = p->size_bytes,
				    .section = section,
				    .object = p->object,
				    .local = true };
	return 0;
}

/* Those from first to last lie in the piece, by address; own is what its section is named after. Each gets the bytes up
 * to the next; of several at one place the one that the section is named after gets them, else the last, as the others
 * are often labels before it. */
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
			if (own.n_bytes && same(same_place->name, own))
				chosen = same_place;
		}
		end = chosen->address;
		chosen->size_bytes = size_bytes;
		chosen->estimated = !exact;
		last = same_place + 1;
	}
}

/* Symbols, by section and address, against the pieces of one section. Sections of a thread's own, and those of an
 * overlay, have addresses of others. */
static int settle_section(struct image *image, uint32_t i_section, size_t *i_symbol, size_t n_all)
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
		struct image_slice name = settle_symbol_of(p->name);
		if (*i_symbol > first)
			size_symbols(&image->symbols[first], &image->symbols[*i_symbol], p, name);
		else if (name.n_bytes && add(image, p, i_section, name) < 0)
			return -ENOMEM;
	}
	*i_symbol = n_symbols;
	return 0;
}

static int derive(struct image *image)
{
	size_t i_symbol = 0, n_symbols = image->n_symbols;
	int r = sort(image, section_of);

	for (uint32_t i = 0; i < image->n_sections && image->sections[i].alloc && r == 0; i++)
		r = settle_section(image, i, &i_symbol, n_symbols);
	for (size_t i = 0; i < n_symbols; i++) /* labels where nothing lies */
		if (image->symbols[i].size_bytes == NOT_KNOWN)
			image->symbols[i].size_bytes = 0;
	return r;
}

/* ---- sizes that a map tells ---- */

/* Of one place the best comes last: the longest, then the first by name. */
static int by_place(const void *a, const void *b)
{
	const struct image_symbol *x = *(struct image_symbol *const *)a, *y = *(struct image_symbol *const *)b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (x->size_bytes != y->size_bytes)
		return x->size_bytes < y->size_bytes ? -1 : 1;
	int r = memcmp(y->name.text, x->name.text, MIN(x->name.n_bytes, y->name.n_bytes));
	return r ? r : x->name.n_bytes < y->name.n_bytes ? 1 : x->name.n_bytes > y->name.n_bytes ? -1 : 0;
}

/* A symbol that holds the place where the sweep is. */
struct open_symbol {
	struct image_symbol *symbol;
	uint64_t end;
};

static void take(struct open_symbol *open, uint64_t from, uint64_t to)
{
	if (to > from)
		open->symbol->size_bytes += to - from;
}

/* Every byte counts once: of aliases one has them, of symbols that overlap the inner one. */
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
			take(&open[n_open - 1], at, open[n_open - 1].end);
			at = MAX(at, open[n_open - 1].end);
		}
		if (n_open)
			take(&open[n_open - 1], at, next);
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

/* Symbols, sorted, to the sections and pieces that hold them. */
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

/* As most maps have them. */
static bool is_by_section(const struct image *image)
{
	for (size_t i = 1; i < image->n_symbols; i++) {
		const struct image_symbol *a = &image->symbols[i - 1], *b = &image->symbols[i];
		if (a->section > b->section || (a->section == b->section && a->address > b->address))
			return false;
	}
	return true;
}

int settle_symbols(struct image *image)
{
	bool in_order = image->derive_symbols && !image->locate_symbols && !image->count_symbols_once &&
			is_by_section(image);
	int r = in_order ? 0 : sort(image, address_of);

	if (r == 0 && image->locate_symbols)
		locate(image);
	if (r == 0 && image->count_symbols_once)
		r = count_once(image);
	if (r == 0 && image->derive_symbols)
		r = derive(image);
	image->count_symbols_once = image->derive_symbols = false; /* it is done if it is settled again */
	return r < 0 ? r : sort(image, address_of);
}
