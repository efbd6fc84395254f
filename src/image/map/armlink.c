/* Maps of armlink (Arm Compiler 5 and 6; armlink User Guide, "Image map" and --list, --map, --symbols). The symbol
 * table comes before the memory map. Its execution regions are the sections of other linkers: one with zeroed bytes at
 * its end becomes two of the same name, as in armlink's ELF. */
#include <errno.h>
#include <inttypes.h>

#include "map/reader.h"
#include "map/words.h"

enum part { PART_OTHER, PART_SYMBOLS, PART_MAP };

struct armlink {
	struct map_reader m;
	enum part part;
	bool seen_map;
	bool load_column; /* rows of Arm Compiler 6 have a load address */
	uint64_t load_at; /* where the next execution region is stored, unless its header has the address */
	/* of the open execution region: */
	const char *name;
	uint64_t base, size_bytes, rows_bytes, lma, stored_bytes;
	uint64_t vma; /* of the open section, one of at most two */
	bool zeroed;  /* the open section is the second one */
	bool mixed;   /* not all of the second one is zeroed */
	bool is_rw;   /* by the last row with attributes */
	/* of the image: */
	uint64_t rw_bytes, rom_bytes;
};

/* ---- headers ---- */

/* "Size: 0x000026dc": the number behind a key. */
static bool field(const char *p, const char *end, const char *key, uint64_t *ret)
{
	const char *at = text_find(p, (size_t)(end - p), key);

	if (!at)
		return false;
	at += strlen(key);
	return starts(at, end, "0x") && number_scan_hex(at + 2, end, ret);
}

/* "Execution Region NAME (": the name. */
static struct image_slice header_name(const char *p, const char *end, const char *words)
{
	const char *bracket;

	p = skip_blanks(p + strlen(words), end);
	bracket = text_find(p, (size_t)(end - p), " (");
	return slice(p, bracket ? bracket : end);
}

/* A region of the scatter file. A load region and its root execution region are often the same memory. */
static int add_region(struct armlink *a, struct image_slice name, uint64_t base, uint64_t max_bytes)
{
	uint64_t length_bytes = max_bytes == UINT32_MAX ? NOT_KNOWN : max_bytes;

	if (map_has_region(&a->m, base, length_bytes) || map_add_region(&a->m, name, base, length_bytes))
		return 0;
	return -ENOMEM;
}

/* ---- execution regions ---- */

static int end_section(struct armlink *a)
{
	if (a->m.image->section_open && a->zeroed && !a->mixed) {
		struct image_section *s = &a->m.image->sections[a->m.image->n_sections - 1];
		s->nobits = true;
		s->lma = NOT_KNOWN;
	}
	return map_end_section(&a->m);
}

static int begin_section(struct armlink *a, uint64_t vma, uint64_t size_bytes)
{
	struct image_section *s;
	struct image_slice name = { a->name, (uint32_t)strlen(a->name) };

	a->vma = vma;
	if (!size_bytes)
		return end_section(a);
	int r = end_section(a);
	if (r == 0)
		r = map_begin_section(&a->m, name, vma, size_bytes, &s);
	if (r == 0 && a->lma <= UINT64_MAX - 1 - a->size_bytes) {
		s->lma = a->lma + (vma - a->base);
		s->stored_bytes = a->zeroed ? NOT_KNOWN : a->stored_bytes;
	}
	return r;
}

/* Sums up the stored bytes, now that all rows of the region are known. */
static int end_region(struct armlink *a)
{
	if (!a->name)
		return 0;
	uint64_t data_bytes = a->zeroed && !a->mixed ? a->vma - a->base : a->size_bytes;
	uint64_t stored_bytes = MIN(data_bytes, a->stored_bytes);
	if (a->rows_bytes != a->size_bytes)
		image_note(a->m.image, "the rows of %s add up to %" PRIu64 " bytes, not to its size of %" PRIu64,
			   a->name, a->rows_bytes, a->size_bytes);
	a->rom_bytes += stored_bytes;
	a->load_at = a->lma + ((stored_bytes + 3) & ~UINT64_C(3));
	int r = end_section(a);
	a->name = NULL;
	return r;
}

static int execution_region(struct armlink *a, const char *p, const char *end)
{
	struct image_slice name = header_name(p, end, "Execution Region ");
	uint64_t base, max_bytes = UINT32_MAX, stored_bytes = NOT_KNOWN;
	int r = end_region(a);

	if (r < 0)
		return r;
	if (!(field(p, end, "(Base: ", &base) || field(p, end, "(Exec base: ", &base)) ||
	    !field(p, end, "Size: ", &a->size_bytes))
		return diag_at(a->m.diag, map_lines_place(&a->m.in), -EINVAL,
			       "expected the base and the size of execution region %.*s", (int)MIN(name.n_bytes, 80u),
			       name.text);
	r = map_check_range(&a->m, name, base, a->size_bytes);
	if (r < 0)
		return r;
	field(p, end, "Max: ", &max_bytes);
	field(p, end, "COMPRESSED[", &stored_bytes);
	if (!field(p, end, "Load base: ", &a->lma))
		a->lma = a->load_at;
	a->name = arena_text(&a->m.image->arena, name.text, name.n_bytes);
	a->base = base;
	a->stored_bytes = stored_bytes;
	a->rows_bytes = 0;
	a->zeroed = a->mixed = a->is_rw = false;
	r = add_region(a, name, base, max_bytes);
	return r < 0 ? r : begin_section(a, base, a->size_bytes);
}

static int load_region(struct armlink *a, const char *p, const char *end)
{
	uint64_t base, max_bytes = UINT32_MAX;
	int r = end_region(a);

	if (r < 0 || !field(p, end, "Base: ", &base))
		return r;
	a->load_at = base;
	field(p, end, "Max: ", &max_bytes);
	return add_region(a, header_name(p, end, "Load Region "), base, max_bytes);
}

/* ---- rows ---- */

/* The first zeroed row: the rows before it are stored, padding right before it is not. */
static int begin_zeroes(struct armlink *a, uint64_t address)
{
	struct image *image = a->m.image;
	uint64_t end = a->base + a->size_bytes;

	if (address < a->base || address >= end || !a->m.image->section_open)
		return 0;
	for (; image->n_lines; image->n_lines--) {
		const struct image_piece *before = &image->lines[image->n_lines - 1];
		if (before->object != OBJECT_FILL || before->address < a->base || before->address > address)
			break;
		address = before->address;
	}
	a->zeroed = true;
	if (address == a->base) /* nothing is stored */
		return 0;
	image->sections[image->n_sections - 1].size_bytes = address - a->base;
	int r = map_end_section(&a->m);
	return r < 0 ? r : begin_section(a, address, end - address);
}

static const char *next_word(const char *p, const char *end, struct image_slice *ret)
{
	const char *word_ends = word_end(p, end);

	*ret = slice(p, word_ends);
	return skip_blanks(word_ends, end);
}

/* "Base [Load] Size Type Attr Idx [*] Name Object"; padding has only the first three, and "PAD" as type. */
static int row(struct armlink *a, const char *p, const char *end)
{
	struct image_slice load, type, attr = { 0 }, index, name = { 0 };
	uint64_t address, size_bytes;
	int r = 0;

	p = scan_hex(p, end, &address);
	if (p && a->load_column)
		p = next_word(p, end, &load);
	p = p ? scan_hex(p, end, &size_bytes) : NULL;
	if (!p)
		return 0;
	p = next_word(p, end, &type);
	if (slice_is(type, "PAD")) {
		a->rows_bytes += size_bytes;
		a->rw_bytes += a->is_rw ? size_bytes : 0;
		return map_add_line(&a->m, name, OBJECT_FILL, address, size_bytes);
	}
	p = next_word(p, end, &attr);
	p = next_word(p, end, &index);
	if (p < end && *p == '*')
		p = skip_blanks(p + 1, end);
	p = next_word(p, end, &name);
	bool zero = slice_is(type, "Zero");
	if (zero && size_bytes && !a->zeroed)
		r = begin_zeroes(a, address);
	if (!zero && size_bytes && a->zeroed)
		a->mixed = true;
	a->rows_bytes += size_bytes;
	a->is_rw = !slice_is(attr, "RO");
	a->rw_bytes += a->is_rw ? size_bytes : 0;
	if (r < 0)
		return r;
	if (p == end || starts(p, end, "anon$$obj.o")) /* made by armlink: tables, veneers */
		return map_add_line(&a->m, name, OBJECT_LINKER, address, size_bytes);
	return map_add_file_line(&a->m, name, slice(p, end), address, size_bytes);
}

static int map_line(struct armlink *a, const char *p, const char *end)
{
	p = skip_blanks(p, end);
	if (starts(p, end, "Load Region "))
		return load_region(a, p, end);
	if (starts(p, end, "Execution Region "))
		return execution_region(a, p, end);
	if (starts(p, end, "Exec Addr") || starts(p, end, "Base Addr"))
		a->load_column = text_find(p, (size_t)(end - p), "Load Addr");
	return a->name && starts(p, end, "0x") ? row(a, p, end) : 0;
}

/* ---- symbols ---- */

/* Names may hold blanks, sizes are decimal: the value begins at the last " 0x". */
static const char *find_value(const char *p, const char *end)
{
	for (const char *at = end - 3; at > p; at--)
		if (at[0] == ' ' && at[1] == '0' && at[2] == 'x')
			return at + 1;
	return NULL;
}

/* "Name  0xVALUE  [Ov] Type  Size  Object(Section)". */
static int symbol_line(struct armlink *a, const char *p, const char *end)
{
	static const struct {
		const char *type;
		uint64_t mask;
	} types[] = {
		{ "Thumb Code ", ~UINT64_C(1) }, { "ARM Code ", UINT64_MAX }, { "Data ", UINT64_MAX },
		{ "A64 Code ", UINT64_MAX },     { "Code ", UINT64_MAX },
	};
	uint64_t value, size_bytes;

	p = skip_blanks(p, end);
	const char *at = end - p > 3 ? find_value(p, end) : NULL, *name_end = at;
	at = at ? scan_hex(at, end, &value) : NULL;
	if (!at)
		return 0;
	name_end = trim_end(p, name_end);
	if (starts(at, end, "Number ")) /* made by the linker, or 0: the name of a source file */
		return value ? image_add_value(a->m.image, slice(p, name_end), value) : 0;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (!starts(at, end, types[i].type))
			continue;
		at = skip_blanks(at + strlen(types[i].type), end);
		if (!number_scan(at, end, &size_bytes))
			return 0;
		return map_add_symbol(&a->m, slice(p, name_end), value & types[i].mask, size_bytes);
	}
	return 0;
}

/* ---- the whole map ---- */

/* "Total ROM Size (Code + RO Data + RW Data)   10156 (   9.92kB)". */
static void total_line(struct armlink *a, const char *p, const char *end)
{
	static const char *const totals[] = {
		"Total RW  Size (RW Data + ZI Data)",
		"Total ROM Size (Code + RO Data + RW Data)",
	};

	p = skip_blanks(p, end);
	for (size_t i = 0; i < ARRAY_SIZE(totals); i++) {
		uint64_t told, have = i == 0 ? a->rw_bytes : a->rom_bytes;
		if (starts(p, end, totals[i]) && number_scan(skip_blanks(p + strlen(totals[i]), end), end, &told) &&
		    told != have)
			image_note(a->m.image, "%.14s is %" PRIu64 " by armlink's table, %" PRIu64 " by its rows",
				   totals[i], told, have);
	}
}

/* "501 unused section(s) (total 23826 bytes) removed from the image." */
static void removed_line(struct armlink *a, const char *p, const char *end)
{
	static const char words[] = "unused section(s) (total ";
	struct image *image = a->m.image;

	p = number_scan(p, end, &image->n_discarded);
	p = p ? skip_blanks(p, end) : NULL;
	if (!p || !starts(p, end, words) || !number_scan(p + strlen(words), end, &image->discarded_bytes))
		image->n_discarded = 0;
}

static int line(struct armlink *a, const char *p, const char *end)
{
	if (starts(p, end, "=====")) { /* the end of a part */
		a->part = PART_OTHER;
		return end_region(a);
	}
	if (starts(p, end, "Memory Map of the image")) {
		a->seen_map = true;
		a->part = PART_MAP;
		return 0;
	}
	if (a->part == PART_MAP)
		return map_line(a, p, end);
	if (starts(p, end, "Image Symbol Table"))
		a->part = PART_SYMBOLS;
	else if (a->part == PART_SYMBOLS)
		return symbol_line(a, p, end);
	else if (a->seen_map)
		total_line(a, p, end);
	else if (a->m.image->n_discarded == 0 && *p >= '0' && *p <= '9')
		removed_line(a, p, end);
	return 0;
}

static int armlink_read(struct image *image, const char *bytes, size_t n_bytes, unsigned want, struct diag *diag)
{
	struct armlink a = { 0 };
	const char *p, *end;
	int r = 0;

	map_reader_init(&a.m, image, bytes, n_bytes, want, diag);
	image->locate_symbols = image->count_symbols_once = true;
	while (r == 0 && map_lines_next(&a.m.in, &p, &end))
		if (p < end)
			r = line(&a, p, end);
	if (r < 0)
		return r;
	if (!a.seen_map)
		return diag_at(
			diag, map_lines_place(&a.m.in), -EINVAL,
			"no \"Memory Map of the image\": link with --map (Keil: Options, Listing, Memory Map); or"
			" the map is truncated");
	return a.part != PART_MAP ? 0 : map_truncated(&a.m, "in its memory map");
}

static int armlink_probe(const char *head, size_t n_bytes)
{
	if (text_find(head, MIN(n_bytes, (size_t)512), "Tool: armlink") || text_starts(head, n_bytes, "ARM Linker, "))
		return 95;
	return text_find(head, n_bytes, "Memory Map of the image") ? 80 : 0;
}

const struct image_format image_armlink = {
	.name = "armlink",
	.summary = "map of armlink (Keil MDK, Arm Compiler 5 and 6)",
	.probe = armlink_probe,
	.read = armlink_read,
};
