/* Maps of TI's linkers. Numbers are hexadecimal without a prefix. A section whose name is too long for its column has
 * its figures on the next line, behind "*". Maps of the C2000 count words of 16 bits: figures and addresses here are in
 * bytes, twice as much. */
#include <errno.h>
#include <string.h>

#include "map/reader.h"
#include "memprof/base/glob.h"
#include "memprof/base/strbuf.h"

enum part { PART_OTHER, PART_MEMORY, PART_SECTIONS, PART_SYMBOLS };

struct ti {
	struct map_reader m;
	enum part part;
	bool thumb;          /* bit 0 of a function's address is none of it */
	bool has_pages;      /* a column before the addresses of symbols */
	uint64_t unit_bytes; /* of addresses and sizes */
	uint64_t run_offset; /* of the open section: where it runs, from where it is loaded */
	bool seen_symbols, is_whole;
	unsigned n_tables;          /* of memory */
	struct image_slice pending; /* a section whose figures are on the next line */
	struct image_slice archive; /* of the last line: the next one may only have ": member" */
};

/* An address or a size. */
static const char *scan_units(const struct ti *t, const char *p, const char *end, uint64_t *ret)
{
	p = scan_hex_digits(p, end, ret);
	if (p && *ret > UINT32_MAX)
		return NULL;
	*ret = p ? *ret * t->unit_bytes : 0;
	return p;
}

/* ---- MEMORY CONFIGURATION ---- */

/* "R  X", "RW X": as scripts of GNU ld have them. */
static const char *attributes_of(struct image *image, const char *p, const char *end)
{
	char text[8];
	size_t n = 0;

	for (; p < end && n < sizeof(text); p++) {
		if (*p == 'R' || *p == 'W' || *p == 'X')
			text[n++] = (char)(*p | 0x20);
		else if (*p != ' ' && *p != 'I')
			break;
	}
	return arena_text(&image->arena, text, n);
}

static int region_line(struct ti *t, const char *p, const char *end)
{
	const char *name_end = word_end(p, end);
	uint64_t origin, length_bytes, used, unused;

	if (starts(p, end, "name ") && !text_find(p, (size_t)(end - p), " unused "))
		return diag_at(t->m.diag, map_lines_place(&t->m.in), -EINVAL,
			       "a map of a linker of TI from before 2004, which memprof does not read: its table of"
			       " memory does not say what is unused; the ELF can be read if it is one");
	const char *at = scan_units(t, skip_blanks(name_end, end), end, &origin);

	at = at ? scan_units(t, at, end, &length_bytes) : NULL;
	at = at ? scan_hex_digits(at, end, &used) : NULL;
	at = at ? scan_hex_digits(at, end, &unused) : NULL;
	if (!at || !length_bytes)
		return 0;
	struct image_region *r = map_add_region(&t->m, slice(p, name_end), origin, length_bytes);
	if (!r)
		return -ENOMEM;
	r->attributes = attributes_of(t->m.image, at, end);
	return 0;
}

/* ---- SECTION ALLOCATION MAP ---- */

/* p: the page, a digit, and what follows it. */
static int section_figures(struct ti *t, struct image_slice name, const char *p, const char *end)
{
	struct image_section *s;
	static const char run_words[] = "RUN ADDR = ";
	uint64_t page, lma, vma, size_bytes;

	p = number_scan(p, end, &page);
	p = p ? scan_units(t, skip_blanks(p, end), end, &lma) : NULL;
	p = p ? scan_units(t, p, end, &size_bytes) : NULL;
	if (!p || !size_bytes)
		return p ? map_end_section(&t->m) : 0;
	const char *run = text_find(p, (size_t)(end - p), run_words);
	if (!run || !scan_units(t, run + strlen(run_words), end, &vma))
		vma = lma;
	int r = map_begin_section(&t->m, name, vma, size_bytes, &s);
	if (r < 0)
		return r;
	s->lma = lma;
	t->run_offset = vma - lma;
	s->alloc = !starts(p, end, "COPY SECTION") && !starts(p, end, "DSECT");
	s->nobits = starts(p, end, "UNINITIALIZED") || starts(p, end, "NOLOAD");
	return 0;
}

static int section_line(struct ti *t, const char *p, const char *end)
{
	const char *name_end = word_end(p, end);
	const char *figures = skip_blanks(name_end, end);

	if (*p == '*' && t->pending.n_bytes) {
		struct image_slice name = t->pending;
		t->pending.n_bytes = 0;
		return section_figures(t, name, figures, end);
	}
	t->pending = slice(p, name_end);
	return figures < end ? section_figures(t, t->pending, figures, end) : map_end_section(&t->m);
}

/* "gpio.obj (.text:GPIOPinWrite)", "driverlib.lib : gpio.obj (.text)", ": gpio.obj (.text)" of the same archive,
 * "(__TI_cinit_table)", "--HOLE-- [fill = 0]". */
static int input_line(struct ti *t, const char *p, const char *end)
{
	static const struct image_slice none = { 0 };
	uint64_t address, size_bytes;

	p = scan_units(t, p, end, &address);
	p = p ? scan_units(t, p, end, &size_bytes) : NULL;
	if (!p || p == end || !t->m.image->section_open)
		return 0;
	address += t->run_offset;
	if (starts(p, end, "--HOLE--"))
		return map_add_line(&t->m, none, OBJECT_FILL, address, size_bytes);
	const char *open = end;
	while (open > p && !(open[-1] == '(' && (open - 1 == p || open[-2] == ' ')))
		open--;
	const char *close = open > p ? memchr(open, ')', (size_t)(end - open)) : NULL;
	if (!close || open - 1 == p)
		return map_add_line(&t->m, none, OBJECT_LINKER, address, size_bytes);
	const char *file_end = trim_end(p, open - 1), *colon = text_find(p, (size_t)(file_end - p), ": ");
	if (!colon || (colon > p && colon[-1] != ' '))
		return map_add_file_line(&t->m, slice(open, close), slice(p, file_end), address, size_bytes);
	if (colon > p)
		t->archive = slice(p, trim_end(p, colon));
	struct strbuf file CLEANUP(strbuf_deinit) = STRBUF_INIT;
	strbuf_printf(&file, "%.*s(%.*s)", (int)t->archive.n_bytes, t->archive.text, (int)(file_end - colon - 2),
		      colon + 2);
	uint32_t object = strbuf_error(&file) ? IMAGE_NONE : image_object(t->m.image, strbuf_text(&file), file.n_bytes);
	return object == IMAGE_NONE ? -ENOMEM : map_add_line(&t->m, slice(open, close), object, address, size_bytes);
}

/* ---- GLOBAL SYMBOLS ---- */

/* Bounds and numbers that the linker makes, which have no bytes (SPRU513, "symbols automatically defined"). */
static bool is_of_linker(struct image_slice name)
{
	static const char *const patterns[] = {
		"__STACK_*",
		"__SYSMEM_*",
		"__TI_STACK_*",
		"__TI_SYSMEM_*",
		"__TI_*_Base",
		"__TI_*_Limit",
		"__TI_*_Warm",
		"__TI_static_base__",
		"__TI_args_main",
		"__c_args__",
		"__*_start__",
		"__*_end__",
		"__*text__",
		"__*data__",
		"__*bss__",
		"__*init__",
		"__end__",
		"___end__",
		"etext",
		"edata",
		"end",
		"cinit",
		"pinit",
		"binit",
	};
	char text[64];

	if (name.n_bytes >= sizeof(text))
		return false;
	text_copy(text, sizeof(text), name.text, name.n_bytes);
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (glob_match(patterns[i], text))
			return true;
	return *text == '.'; /* a section's own name */
}

/* "page  address   name": the page is a digit, or "abs" of what is no address. */
static int symbol_line(struct ti *t, const char *p, const char *end)
{
	uint64_t address;

	if (starts(p, end, "page ")) {
		t->has_pages = true;
		return 0;
	}
	if (t->has_pages) {
		if (starts(p, end, "abs"))
			return 0;
		p = skip_blanks(word_end(p, end), end);
	}
	p = scan_units(t, p, end, &address);
	if (!p || p == end || address == UINT32_MAX * t->unit_bytes)
		return 0;
	struct image_slice name = slice(p, word_end(p, end));
	int r = image_add_value(t->m.image, name, address);
	if (r == 0 && t->m.want_symbols && !is_of_linker(name) &&
	    memchr(name.text, '$', name.n_bytes) == NULL) /* C$$EXIT: a label of the debugger */
		r = map_add_symbol(&t->m, name, t->thumb ? address & ~UINT64_C(1) : address, NOT_KNOWN);
	return r;
}

/* ---- the map ---- */

static bool heading(struct ti *t, const char *p, const char *end)
{
	static const struct {
		const char *text;
		enum part part;
	} parts[] = {
		{ "MEMORY CONFIGURATION", PART_MEMORY },  { "SECTION ALLOCATION MAP", PART_SECTIONS },
		{ "SEGMENT ALLOCATION MAP", PART_OTHER }, { "MODULE SUMMARY", PART_OTHER },
		{ "LINKER GENERATED", PART_OTHER },       { "GLOBAL SYMBOLS: SORTED BY Symbol Address", PART_SYMBOLS },
		{ "GLOBAL SYMBOLS", PART_OTHER }, /* by name */
		{ "GLOBAL DATA SYMBOLS", PART_OTHER },
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!starts(p, end, parts[i].text))
			continue;
		t->part = parts[i].part;
		t->n_tables += t->part == PART_MEMORY;
		t->seen_symbols |= t->part == PART_SYMBOLS;
		return true;
	}
	return false;
}

static int line(struct ti *t, const char *p, const char *end)
{
	const char *first = skip_blanks(p, end);

	if (first == end)
		return 0;
	if (heading(t, p, end))
		return t->n_tables > 1 ? diag_at(t->m.diag, map_lines_place(&t->m.in), -EINVAL,
						 "a second map begins here: keep the last one") :
					 map_end_section(&t->m);
	t->is_whole = *first == '[' && t->seen_symbols; /* "[123 symbols]" */
	switch (t->part) {
	case PART_MEMORY:
		return region_line(t, first, end);
	case PART_SECTIONS:
		return first == p ? section_line(t, p, end) : input_line(t, first, end);
	case PART_SYMBOLS:
		return symbol_line(t, first, end);
	case PART_OTHER:
		t->thumb |= text_find(first, (size_t)(end - first), "TI ARM ") != NULL;
		if (starts(first, end, "TMS320C2"))
			t->unit_bytes = 2;
		break;
	}
	return 0;
}

static int ti_read(struct image *image, const char *bytes, size_t n_bytes, unsigned want, struct diag *diag)
{
	struct ti t = { .part = PART_OTHER, .unit_bytes = 1 };
	const char *p, *end;
	int r = 0;

	map_reader_init(&t.m, image, bytes, n_bytes, want, diag);
	image->locate_symbols = true;
	image->derive_symbols = t.m.want_symbols;
	while (r >= 0 && map_lines_next(&t.m.in, &p, &end))
		r = line(&t, p, end);
	if (r >= 0)
		r = map_end_section(&t.m);
	if (r == 0 && t.unit_bytes > 1)
		image_note(image,
			   "the map counts words of 16 bits; sizes and addresses here are in bytes, twice as much");
	if (r == 0 && !t.is_whole)
		r = map_truncated(&t.m, "before the number of its symbols");
	return r;
}

static int ti_probe(const char *head, size_t n_bytes)
{
	return text_find(head, n_bytes, ">> Linked ") && text_find(head, n_bytes, "OUTPUT FILE NAME:") ? 90 : 0;
}

const struct image_format image_ti = {
	.name = "ti",
	.summary = "map of TI's linkers (-m FILE, --map_file)",
	.probe = ti_probe,
	.read = ti_read,
};
