/* Maps of Microchip's XC8 (its linker HLINK), for 8-bit PICs. Numbers are hexadecimal. Program and data have spaces of
 * their own, as on the AVR: data begins at 0x800000 here. Its banks lie at many addresses; here they follow one
 * another. Where program memory has words (PIC10 to 16), which are of 12 or 14 bits, each counts as two bytes. */
#include <errno.h>
#include <string.h>

#include "map/reader.h"
#include "memprof/base/search.h"
#include "memprof/base/vec.h"
#include "sort.h"

#define DATA_START UINT64_C(0x800000)
#define ELSEWHERE  UINT64_C(0x900000) /* data beside the banks */
enum { RANGES_MAX = 160, DATA = 1, TIMES_MAX = 4096 };

enum part { PART_COMMAND, PART_OBJECTS, PART_TOTAL, PART_OTHER, PART_SYMBOLS, PART_MODULES };

struct range {
	uint64_t start, n_bytes, at; /* at: from the start of the region */
};

/* Bytes with an owner: a program section, or a function, at the address where it is linked. */
struct owner {
	uint64_t address;
	struct image_slice name;
	uint32_t object;
	bool is_function;
};

struct psect {
	uint64_t address, size_bytes;
	struct image_slice name, class;
};

struct xc8 {
	struct map_reader m;
	enum part part;
	uint64_t word_bytes; /* of program memory */
	struct range data[RANGES_MAX];
	size_t n_data;
	uint64_t data_bytes;
	VEC(struct psect, psects);
	VEC(struct owner, owners); /* by address, functions last, once they are sorted */
	struct image_slice class;
	uint32_t object;
	bool is_read;  /* the command line */
	bool is_whole; /* what follows the totals is there */
};

/* ---- addresses ---- */

/* The same bytes by their linear address, from 0x2000 on: 80 of each bank. */
static uint64_t banked(uint64_t address)
{
	enum { LINEAR_START = 0x2000, LINEAR_END = 0x2a00, BANK_BYTES = 0x80, LINEAR_BANK_BYTES = 80, FIRST = 0x20 };
	uint64_t at = address - LINEAR_START;

	return address < LINEAR_START || address >= LINEAR_END ?
		       address :
		       at / LINEAR_BANK_BYTES * BANK_BYTES + FIRST + at % LINEAR_BANK_BYTES;
}

static uint64_t data_address(const struct xc8 *x, uint64_t address)
{
	if (x->word_bytes > 1)
		address = banked(address);
	for (size_t i = 0; i < x->n_data; i++)
		if (address >= x->data[i].start && address - x->data[i].start < x->data[i].n_bytes)
			return DATA_START + x->data[i].at + (address - x->data[i].start);
	return ELSEWHERE + address;
}

static uint64_t address_of(const struct xc8 *x, uint64_t space, uint64_t address)
{
	return space == DATA ? data_address(x, address) : address * x->word_bytes;
}

/* ---- the command line ---- */

/* "00h-07FFh", "0560h-05FFh,0600h-06FFhx31": *p is moved behind one of them. */
static bool next_range(const char **p, const char *end, struct range *ret, uint64_t *ret_times)
{
	uint64_t last;
	const char *at = number_scan_hex(*p, end, &ret->start);

	*ret_times = 1;
	at = at && end - at > 2 && at[0] == 'h' && at[1] == '-' ? number_scan_hex(at + 2, end, &last) : NULL;
	if (!at || at == end || *at != 'h' || last < ret->start || last > UINT32_MAX)
		return false;
	ret->n_bytes = last - ret->start + 1;
	at++;
	if (at < end && *at == 'x' && !(at = number_scan(at + 1, end, ret_times)))
		return false;
	*p = at < end && *at == ',' ? at + 1 : end;
	return *ret_times <= TIMES_MAX;
}

static void add_data(struct xc8 *x, struct range range, uint64_t times)
{
	range.n_bytes *= times; /* one behind the other */
	range.at = x->data_bytes;
	if (x->n_data == RANGES_MAX)
		return;
	x->data[x->n_data++] = range;
	x->data_bytes += range.n_bytes;
}

static int add_program(struct xc8 *x, struct range range, uint64_t times)
{
	struct image_slice name = SLICE("program");

	if (map_has_region(&x->m, range.start, range.n_bytes * times))
		return 0;
	struct image_region *r = map_add_region(&x->m, name, range.start, range.n_bytes * times);
	if (!r)
		return -ENOMEM;
	r->attributes = "rx";
	return 0;
}

static int option(struct xc8 *x, struct image_slice word)
{
	static const struct image_slice program = SLICE("-ACODE="), data = SLICE("-AABS1=");
	const char *p = word.text + program.n_bytes, *end = word.text + word.n_bytes;
	bool is_program = slice_starts(word, program.text);
	struct range range = { 0 };
	uint64_t times;
	int r = 0;

	if (slice_is(word, "-DCODE=2"))
		x->word_bytes = 2;
	if (!is_program && !slice_starts(word, data.text))
		return 0;
	while (r == 0 && p < end && next_range(&p, end, &range, &times)) {
		if (is_program)
			r = add_program(x, range, times);
		else
			add_data(x, range, times);
	}
	return r;
}

static int command_line(struct xc8 *x, const char *p, const char *end)
{
	int r = 0;

	while (r == 0 && (p = skip_blanks(p, end)) < end) {
		const char *word = p;
		p = word_end(p, end);
		r = option(x, slice(word, p));
	}
	return r;
}

/* Words are known by now. */
static int end_command(struct xc8 *x)
{
	static const struct image_slice name = SLICE("data");

	if (x->is_read)
		return diag_at(x->m.diag, map_lines_place(&x->m.in), -EINVAL,
			       "a second map begins here: keep the last one");
	x->is_read = true;
	for (size_t i = 0; i < x->m.image->n_regions; i++) {
		x->m.image->regions[i].origin *= x->word_bytes;
		x->m.image->regions[i].length_bytes *= x->word_bytes;
	}
	if (x->word_bytes > 1)
		image_note(x->m.image, "words of program memory count as two bytes each, also in addresses");
	struct image_region *r = x->data_bytes ? map_add_region(&x->m, name, DATA_START, x->data_bytes) : NULL;
	if (r)
		r->attributes = "rw";
	return r || !x->data_bytes ? 0 : -ENOMEM;
}

/* ---- tables ---- */

/* "name  link  load  length [selector] space": the last of these is the space, but for a column behind it. */
static bool scan_row(const char *p, const char *end, size_t n_numbers, struct image_slice *ret_name, uint64_t ret[5])
{
	const char *name_end = word_end(p, end);

	*ret_name = slice(p, name_end);
	p = skip_blanks(name_end, end);
	for (size_t i = 0; i < n_numbers; i++) {
		p = p < end ? scan_hex_digits(p, end, &ret[i]) : NULL;
		if (!p || ret[i] > UINT32_MAX)
			return false;
	}
	return ret_name->n_bytes > 0;
}

static int add_owner(struct xc8 *x, uint64_t address, struct image_slice name, bool is_function)
{
	struct owner owner = { address, name, x->object, is_function };

	return vec_push(x, owners, owner);
}

/* An object's name may have its first program section behind it. */
static int object_line(struct xc8 *x, const char *p, const char *end)
{
	const char *first = skip_blanks(p, end);
	struct image_slice name;
	uint64_t n[5];

	if (first == p) {
		const char *gap = text_find(p, (size_t)(end - p), "  ");
		const char *name_end = trim_end(p, gap ? gap : end);
		x->object = image_object(x->m.image, p, (size_t)(name_end - p));
		first = skip_blanks(name_end, end);
	}
	if (x->object == IMAGE_NONE)
		return -ENOMEM;
	return first < end && scan_row(first, end, 5, &name, n) && n[2] > 0 ?
		       add_owner(x, address_of(x, n[4], n[0]), name, false) :
		       0;
}

static int total_line(struct xc8 *x, const char *p, const char *end)
{
	struct image_slice name;
	uint64_t n[5];

	p = skip_blanks(p, end);
	if (starts(p, end, "CLASS ")) {
		p = skip_blanks(p + strlen("CLASS "), end);
		x->class = slice(p, word_end(p, end));
		return 0;
	}
	if (!scan_row(p, end, 4, &name, n) || n[2] == 0)
		return 0;
	struct psect psect = { address_of(x, n[3], n[0]), n[2] * (n[3] == DATA ? 1 : x->word_bytes), name, x->class };
	return n[3] > DATA ? 0 : vec_push(x, psects, psect); /* configuration and identification */
}

/* Between blanks and tabs. */
static struct image_slice next_word(const char **p, const char *end)
{
	const char *start = *p;

	while (start < end && (*start == ' ' || *start == '\t'))
		start++;
	for (*p = start; *p < end && **p != ' ' && **p != '\t';)
		++*p;
	return slice(start, *p);
}

/* "<tab><tab>_main   CODE   0814  0000  205" of the source above; the size is an estimate. */
static int module_line(struct xc8 *x, const char *p, const char *end)
{
	uint64_t address;

	if (*p != '\t') {
		if (text_find(p, (size_t)(end - p), " estimated size: ") || starts(p, end, "Module"))
			return 0;
		bool is_shared = slice_is(slice(p, end), "shared");
		x->object = is_shared ? OBJECT_LINKER : image_object(x->m.image, p, (size_t)(end - p));
		return x->object == IMAGE_NONE ? -ENOMEM : 0;
	}
	struct image_slice name = next_word(&p, end), class = next_word(&p, end), link = next_word(&p, end);
	const char *link_end = link.text + link.n_bytes;
	if (!class.n_bytes || number_scan_hex(link.text, link_end, &address) != link_end || address > UINT32_MAX)
		return 0;
	return add_owner(x, address * x->word_bytes, name, true);
}

/* Three columns of "name  section  address". */
static int symbol_line(struct xc8 *x, const char *p, const char *end)
{
	int r = 0;

	while (r == 0 && (p = skip_blanks(p, end)) < end) {
		struct image_slice name = slice(p, word_end(p, end));
		p = skip_blanks(p + name.n_bytes, end);
		struct image_slice psect = slice(p, word_end(p, end));
		p = skip_blanks(p + psect.n_bytes, end);
		uint64_t address;
		if (p == end || !(p = scan_hex_digits(p, end, &address)))
			return 0;
		bool is_variable = memchr(name.text, '@', name.n_bytes) ||
				   (name.n_bytes > 1 && name.text[0] == '_' && name.text[1] != '_');
		uint64_t at = data_address(x, MIN(address, (uint64_t)UINT32_MAX));
		if (is_variable && psect.text[0] != '(' && at < ELSEWHERE && !slice_starts(psect, "text") &&
		    !slice_is(psect, "maintext"))
			r = map_add_symbol(&x->m, name, at, NOT_KNOWN);
	}
	return r;
}

static int line(struct xc8 *x, const char *p, const char *end)
{
	static const struct {
		const char *text;
		enum part part;
	} parts[] = {
		{ "Object code version", PART_OBJECTS },
		{ "TOTAL  ", PART_TOTAL },
		{ "SEGMENTS", PART_OTHER },
		{ "UNUSED ADDRESS RANGES", PART_OTHER },
		{ "FUNCTION INFORMATION", PART_OTHER },
		{ "MODULE INFORMATION", PART_MODULES },
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!starts(p, end, parts[i].text))
			continue;
		x->is_whole |= x->part == PART_TOTAL && starts(p, end, "SEGMENTS");
		x->part = parts[i].part;
		return x->part == PART_OBJECTS ? end_command(x) : 0;
	}
	if (slice_is(slice(skip_blanks(p, end), end), "Symbol Table")) {
		x->part = PART_SYMBOLS;
		return 0;
	}
	switch (x->part) {
	case PART_COMMAND:
		return command_line(x, p, end);
	case PART_OBJECTS:
		return starts(p, end, "Machine type") || starts(p, end, "Call graph") ||
				       starts(skip_blanks(p, end), end, "Name ") ?
			       0 :
			       object_line(x, p, end);
	case PART_TOTAL:
		return total_line(x, p, end);
	case PART_SYMBOLS:
		return x->m.want_symbols ? symbol_line(x, p, end) : 0;
	case PART_MODULES:
		return module_line(x, p, end);
	case PART_OTHER:
		break;
	}
	return 0;
}

/* ---- sections ---- */

static uint64_t psect_key(const void *item) { return ((const struct psect *)item)->address; }

static uint64_t owner_key(const void *item)
{
	const struct owner *owner = item;

	return owner->address << 1 | owner->is_function;
}

/* A function's source, else the object that the section is in. */
static const struct owner *owner_of(const struct xc8 *x, const struct psect *psect)
{
	size_t n = search_while(x->n_owners, i, x->owners[i].address <= psect->address);
	const struct owner *last = n > 0 ? &x->owners[n - 1] : NULL;

	return last && last->address == psect->address ? last : NULL;
}

static bool is_memory(struct image_slice class)
{
	static const char *const others[] = { "CONFIG", "IDLOC", "EEDATA" };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (slice_is(class, others[i]))
			return false;
	return true;
}

/* Those of one class that follow one another, from i on; the end of them. */
static size_t run_end(const struct xc8 *x, size_t i, uint64_t *ret_end)
{
	size_t k = i;

	*ret_end = x->psects[i].address;
	for (;
	     k < x->n_psects && x->psects[k].address <= *ret_end && slice_same(x->psects[k].class, x->psects[i].class);
	     k++)
		*ret_end = MAX(*ret_end, x->psects[k].address + x->psects[k].size_bytes);
	return k;
}

static int add_psect(struct xc8 *x, const struct psect *psect)
{
	const struct owner *owner = owner_of(x, psect);
	int r = map_add_line(&x->m, owner ? owner->name : psect->name, owner ? owner->object : OBJECT_LINKER,
			     psect->address, psect->size_bytes);

	if (r == 0 && owner && owner->is_function)
		r = map_add_symbol(&x->m, owner->name, psect->address, psect->size_bytes);
	return r;
}

static int add_sections(struct xc8 *x)
{
	int r = image_sort(x->psects, x->n_psects, sizeof(*x->psects), psect_key);

	if (r == 0)
		r = image_sort(x->owners, x->n_owners, sizeof(*x->owners), owner_key);
	for (size_t i = 0, n; r == 0 && i < x->n_psects; i = n) {
		uint64_t start = x->psects[i].address, end;
		struct image_section *s;
		n = run_end(x, i, &end);
		r = map_begin_section(&x->m, x->psects[i].class, start, end - start, &s);
		if (r < 0)
			break;
		s->alloc = is_memory(x->psects[i].class);
		s->nobits = start >= DATA_START;
		s->align_bytes = 1;
		for (size_t k = i; r == 0 && k < n; k++)
			r = add_psect(x, &x->psects[k]);
		if (r == 0)
			r = map_end_section(&x->m);
	}
	return r;
}

/* ---- the map ---- */

static int xc8_read(struct image *image, const char *bytes, size_t n_bytes, unsigned want, struct diag *diag)
{
	struct xc8 x = { .word_bytes = 1, .object = OBJECT_LINKER, .class = SLICE("") };
	const char *p, *end;
	int r = 0;

	map_reader_init(&x.m, image, bytes, n_bytes, want, diag);
	image->locate_symbols = image->derive_symbols = true;
	while (r >= 0 && map_lines_next(&x.m.in, &p, &end))
		if (p < end)
			r = line(&x, p, end);
	if (r == 0)
		r = add_sections(&x);
	vec_deinit(&x, psects);
	vec_deinit(&x, owners);
	if (r == 0 && !x.is_whole)
		r = map_truncated(&x.m, "before the end of its totals");
	return r;
}

static int xc8_probe(const char *head, size_t n_bytes)
{
	return text_find(head, n_bytes, "Microchip MPLAB XC8 ") && text_find(head, n_bytes, "Linker command line:") ?
		       90 :
		       0;
}

const struct image_format image_xc8 = {
	.name = "xc8",
	.summary = "map of Microchip's XC8, for 8-bit PICs",
	.probe = xc8_probe,
	.read = xc8_read,
};
