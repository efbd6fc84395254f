/* Maps of IAR ILINK (IAR Development Guide, "The linker map file"). The placement summary is divided into parts of
 * placement directives ("P2", part 1 of 3), which are the sections here. "[3]" behind an object is its folder or
 * archive, listed at the end. Numbers are grouped by blanks or apostrophes: 16 448, 0x0800'0188. */
#include <errno.h>
#include <inttypes.h>

#include "map/reader.h"
#include "map/words.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/vec.h"

enum part { PART_OTHER, PART_PLACEMENT, PART_ENTRIES };

struct iar {
	struct map_reader m;
	enum part part;
	VEC(struct image_slice, places); /* folders and archives of objects: [1] is the first */
	struct strbuf object;            /* the full name of one */
	bool copies;                     /* "inited" data is copied from other memory at start */
	bool seen_placement, seen_end;
	struct image_slice block; /* "P2", part 1 of 3; n_bytes 0: none */
	struct image_slice inner; /* CSTACK or HEAP in it, a section of its own; n_bytes 0: none */
	uint64_t inner_end;
	struct image_slice pending; /* a name whose figures are on the next line */
	/* of the open section, a block: */
	uint64_t end; /* of its contents so far */
	bool has_content, has_ro;
	uint64_t ro_bytes, rw_bytes;             /* of all sections */
	uint64_t total_ro_bytes, total_rw_bytes; /* as printed */
	unsigned n_totals;
};

/* ---- words ---- */

/* "0x0800'0188"; returns the next word, or NULL. */
static const char *grouped_hex(const char *p, const char *end, uint64_t *ret)
{
	uint64_t value = 0;

	if (!starts(p, end, "0x"))
		return NULL;
	const char *first = p += 2;
	for (; p < end && *p != ' '; p++) {
		if (*p == '\'')
			continue;
		if (digit_of(*p) == 16)
			break;
		if (value >> 60)
			return NULL;
		value = value << 4 | digit_of(*p);
	}
	if (p == first || value == NOT_KNOWN)
		return NULL;
	*ret = value;
	return skip_blanks(p, end);
}

/* "16 448", "16'448": groups of three behind the first. */
static const char *grouped_decimal(const char *p, const char *end, uint64_t *ret)
{
	uint64_t value, group;

	p = number_scan(p, end, &value);
	while (p && end - p > 3 && (*p == ' ' || *p == '\'') && number_scan(p + 1, p + 4, &group) == p + 4 &&
	       value < NOT_KNOWN / 1000 - 1) {
		value = value * 1000 + group;
		p += 4;
	}
	if (p)
		*ret = value;
	return p;
}

/* ---- objects ---- */

/* "[3] = dl7M_tlf.a", numbered from 1. */
static int legend_line(struct iar *i, const char *p, const char *end)
{
	uint64_t number;
	const char *at = number_scan(p + 1, end, &number);

	if (!at || !starts(at, end, "] = ") || number != i->n_places + 1)
		return 0;
	return vec_push(i, places, slice(at + 4, end));
}

static bool is_archive(struct image_slice place)
{
	return place.n_bytes > 2 && (memcmp(place.text + place.n_bytes - 2, ".a", 2) == 0 ||
				     (place.n_bytes > 4 && memcmp(place.text + place.n_bytes - 4, ".lib", 4) == 0));
}

/* "xfiles.o [3]" in the form of other linkers: dl7M_tlf.a(xfiles.o), C:\obj\main.o. */
static uint32_t object_of(struct iar *i, const char *p, const char *end)
{
	struct image_slice place = { 0 };
	const char *bracket = end;
	uint64_t number;

	if (p == end || *p == '-' || *p == '<') /* "- Linker created -", "<Block tail>", "<for P2 s0>" */
		return OBJECT_LINKER;
	while (bracket > p && bracket[-1] != '[')
		bracket--;
	if (bracket > p && number_scan(bracket, end, &number) && number - 1 < i->n_places) {
		place = i->places[number - 1];
		end = trim_end(p, bracket - 1);
	}
	strbuf_reset(&i->object);
	if (is_archive(place)) {
		strbuf_printf(&i->object, "%.*s(%.*s)", (int)MIN(place.n_bytes, 4096u), place.text,
			      (int)MIN(end - p, 4096), p);
	} else {
		if (place.n_bytes && !(slice_is(place, "command line"))) {
			strbuf_add(&i->object, place.text, place.n_bytes);
			strbuf_putc(&i->object, memchr(place.text, '\\', place.n_bytes) ? '\\' : '/');
		}
		strbuf_add(&i->object, p, (size_t)(end - p));
	}
	return strbuf_error(&i->object) ? IMAGE_NONE :
					  image_object(i->m.image, strbuf_text(&i->object), i->object.n_bytes);
}

/* ---- regions ---- */

/* "P1":  place in [from 0x08000000 to 0x080fffff] { ro };  Several may share a range. */
static int directive(struct iar *i, const char *p, const char *end)
{
	const char *range = text_find(p, (size_t)(end - p), "[from "), *quote;
	uint64_t first, last;

	quote = *p == '"' ? memchr(p + 1, '"', (size_t)(end - p - 1)) : NULL;
	range = range ? grouped_hex(range + 6, end, &first) : NULL;
	if (!range || !quote || !starts(range, end, "to ") || !grouped_hex(range + 3, end, &last) || last < first)
		return 0;
	if (map_has_region(&i->m, first, last - first + 1) ||
	    map_add_region(&i->m, slice(p + 1, quote), first, last - first + 1))
		return 0;
	return -ENOMEM;
}

/* ---- blocks ---- */

static int end_section(struct iar *i)
{
	i->inner.n_bytes = 0;
	if (!i->m.image->section_open)
		return 0;
	struct image_section *s = &i->m.image->sections[i->m.image->n_sections - 1];
	s->size_bytes = i->end - s->vma;
	s->nobits = !i->has_content;
	*(i->has_ro ? &i->ro_bytes : &i->rw_bytes) += s->size_bytes;
	return map_end_section(&i->m);
}

static int end_block(struct iar *i)
{
	i->block.n_bytes = 0;
	return end_section(i);
}

/* The reservations for stack and heap are sections of their own. */
static int container(struct iar *i, struct image_slice name, uint64_t address, uint64_t size_bytes)
{
	if (!slice_is(name, "CSTACK") && !slice_is(name, "HEAP"))
		return 0;
	int r = map_check_range(&i->m, name, address, size_bytes);
	if (r == 0)
		r = end_section(i);
	i->inner = name;
	i->inner_end = address + size_bytes;
	return r;
}

/* "P2", part 1 of 3:   0xfc. The size is ignored, as it may be more than what is used. */
static int block_line(struct iar *i, const char *p, const char *end)
{
	const char *colon = text_find(p, (size_t)(end - p), ":  ");
	uint64_t size_bytes;
	int r = end_block(i);

	if (r < 0)
		return r;
	if (text_find(p, (size_t)(end - p), "place "))
		return directive(i, p, end);
	if (!colon || !grouped_hex(skip_blanks(colon + 1, end), end, &size_bytes))
		return 0;
	if (*p == '"' && memchr(p + 1, '"', (size_t)(colon - p - 1))) {
		strbuf_reset(&i->object);
		for (const char *at = p; at < colon; at++)
			if (*at != '"')
				strbuf_putc(&i->object, *at);
		if (strbuf_error(&i->object))
			return -ENOMEM;
		const char *name = arena_text(&i->m.image->arena, strbuf_text(&i->object), i->object.n_bytes);
		i->block = slice(name, name + strlen(name));
	} else {
		i->block = slice(p, colon);
	}
	return 0;
}

/* The contents of a row. Containers (<Block>, <Init block>) have no kind: their parts follow. */
static const struct content_kind {
	const char *text;
	bool content, ro;
} kinds[] = {
	{ "ro code", true, true },  { "ro data", true, true }, { "const", true, true },  { "rw code", true, false },
	{ "rw data", true, false }, { "inited", true, false }, { "zero", false, false }, { "uninit", false, false },
};

/* Removes the kind from the end of "name  kind"; NULL: none. */
static const struct content_kind *remove_kind(const char *p, const char **end)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t n = strlen(kinds[i].text);
		if ((size_t)(*end - p) < n || memcmp(*end - n, kinds[i].text, n) != 0)
			continue;
		if ((size_t)(*end - p) > n && (*end)[-1 - (ptrdiff_t)n] != ' ')
			continue;
		*end = trim_end(p, *end - n);
		return &kinds[i];
	}
	return NULL;
}

static int add_content(struct iar *i, struct image_slice name, const struct content_kind *kind, uint64_t address,
		       uint64_t size_bytes, uint32_t object)
{
	int r = map_check_range(&i->m, name, address, size_bytes);

	if (r == 0 && i->inner.n_bytes && address >= i->inner_end)
		r = end_section(i);
	if (r == 0 && !i->m.image->section_open) {
		r = map_begin_section(&i->m, i->inner.n_bytes ? i->inner : i->block, address, 0, NULL);
		i->end = address;
		i->has_content = i->has_ro = false;
	}
	if (r < 0)
		return r;
	struct image_section *s = &i->m.image->sections[i->m.image->n_sections - 1];
	s->vma = MIN(s->vma, address);
	i->end = MAX(i->end, address + size_bytes);
	i->has_content |= kind->content && !(i->copies && strcmp(kind->text, "inited") == 0);
	i->has_ro |= kind->ro;
	return map_add_line(&i->m, name, object, address, size_bytes);
}

/* "  .text   ro code  0x08000188   0x858  Do_Fun.o [1]"; since EWARM 9.50 with the alignment, in decimal, behind the
 * address. */
static int placement_line(struct iar *i, const char *p, const char *end)
{
	uint64_t address, align_bytes, size_bytes;

	if (*p != ' ')
		return block_line(i, p, end);
	p = skip_blanks(p, end);
	const char *at = find_hex(p, end), *name_end = at ? trim_end(p, at) : NULL;
	struct image_slice pending = i->pending;
	i->pending.n_bytes = 0;
	if (!i->block.n_bytes)
		return 0;
	if (!at) {
		i->pending = slice(p, end);
		return 0;
	}
	at = grouped_hex(at, end, &address);
	if (at && !starts(at, end, "0x") && number_scan(at, end, &align_bytes))
		at = skip_blanks(word_end(at, end), end);
	at = at ? grouped_hex(at, end, &size_bytes) : NULL;
	if (!at || (name_end == p + 1 && *p == '-')) /* the end of a block, with its sum */
		return 0;
	const struct content_kind *kind = remove_kind(p, &name_end);
	if (!size_bytes)
		return 0;
	if (!kind)
		return starts(at, end, "<Block>") ? container(i, slice(p, name_end), address, size_bytes) : 0;
	uint32_t object = object_of(i, at, end);
	return object == IMAGE_NONE ?
		       -ENOMEM :
		       add_content(i, name_end > p ? slice(p, name_end) : pending, kind, address, size_bytes, object);
}

/* ---- entries ---- */

/* "ADC_IRQHandler  0x08003f65  0x2  Code  Wk  startup.o [1]"; a size may be missing, "--" marks a limit. */
static int entry_line(struct iar *i, const char *p, const char *end)
{
	const char *at = find_hex(p, end);
	struct image_slice pending = i->pending;
	uint64_t address, size_bytes = 0;

	i->pending.n_bytes = 0;
	if (!at) {
		i->pending = slice(p, end);
		return 0;
	}
	struct image_slice name = slice(p, trim_end(p, at));
	if (!name.n_bytes)
		name = pending;
	at = grouped_hex(at, end, &address);
	if (!at || !name.n_bytes)
		return 0;
	const char *rest = grouped_hex(at, end, &size_bytes);
	at = rest ? rest : at;
	if (starts(at, end, "Code"))
		return map_add_symbol(&i->m, name, address & ~UINT64_C(1), size_bytes);
	if (starts(at, end, "Data"))
		return map_add_symbol(&i->m, name, address, size_bytes);
	return image_add_value(i->m.image, name, address);
}

/* ---- the whole map ---- */

/* "  16 448 bytes of readonly  code memory (+ 24 absolute)". */
static void total_line(struct iar *i, const char *p, const char *end)
{
	uint64_t bytes, more;

	p = grouped_decimal(skip_blanks(p, end), end, &bytes);
	if (!p || !starts(p, end, " bytes of read"))
		return;
	const char *plus = text_find(p, (size_t)(end - p), "(+ ");
	if (plus && grouped_decimal(skip_blanks(plus + 3, end), end, &more))
		bytes += MIN(more, NOT_KNOWN / 4);
	*(starts(p, end, " bytes of readonly") ? &i->total_ro_bytes : &i->total_rw_bytes) += bytes;
	i->n_totals++;
}

static void compare(struct iar *i, const char *what, uint64_t printed, uint64_t counted)
{
	if (printed != counted)
		image_note(i->m.image,
			   "%" PRIu64 " bytes of %s memory in the totals, %" PRIu64
			   " in the placement summary: absolute sections and gaps may be the difference",
			   printed, what, counted);
}

static int heading(struct iar *i, const char *p, const char *end)
{
	i->part = PART_OTHER;
	i->pending.n_bytes = 0;
	if (starts(p, end, "*** PLACEMENT SUMMARY")) {
		i->part = PART_PLACEMENT;
		if (i->seen_placement)
			return diag_at(i->m.diag, map_lines_place(&i->m.in), -EINVAL,
				       "a second map begins here: keep the last one");
		i->seen_placement = true;
	} else if (starts(p, end, "*** ENTRY LIST")) {
		i->part = PART_ENTRIES;
	}
	return end_block(i);
}

static int line(struct iar *i, const char *p, const char *end)
{
	/* A heading is a box: a line of asterisks, "*** NAME", "***". */
	if (starts(p, end, "***"))
		return end - p > 4 && p[3] == ' ' ? heading(i, p, end) : 0;
	if (i->part == PART_PLACEMENT)
		return placement_line(i, p, end);
	if (*p == '[')
		i->part = PART_OTHER; /* the legend follows the entries */
	if (i->part == PART_ENTRIES)
		return *p == '-' || starts(p, end, "Entry ") ? 0 : entry_line(i, p, end);
	total_line(i, p, end);
	i->seen_end |= starts(p, end, "Errors: ");
	return 0;
}

static int read_legend(struct iar *i, const char *bytes, size_t n_bytes)
{
	struct map_lines in;
	const char *p, *end;
	int r = 0;

	map_lines_init(&in, NULL, bytes, n_bytes);
	while (r == 0 && map_lines_next(&in, &p, &end))
		if (p < end && *p == '[')
			r = legend_line(i, p, end);
	return r;
}

static int read_lines(struct iar *i)
{
	const char *p, *end;
	int r = 0;

	while (r == 0 && map_lines_next(&i->m.in, &p, &end))
		if (p < end)
			r = line(i, p, end);
	return r < 0 ? r : end_block(i);
}

static int iar_read(struct image *image, const char *bytes, size_t n_bytes, unsigned want, struct diag *diag)
{
	struct iar i = { .copies = text_find(bytes, n_bytes, "\n  Initializer bytes ") };

	map_reader_init(&i.m, image, bytes, n_bytes, want, diag);
	image->locate_symbols = image->count_symbols_once = true;
	int r = read_legend(&i, bytes, n_bytes);
	if (r == 0)
		r = read_lines(&i);
	if (r == 0 && !i.seen_placement)
		r = map_truncated(&i.m, "before its placement summary");
	else if (r == 0 && !i.seen_end && !i.n_totals)
		r = map_truncated(&i.m, "before its totals");
	if (r == 0 && i.n_totals) {
		compare(&i, "readonly", i.total_ro_bytes, i.ro_bytes);
		compare(&i, "readwrite", i.total_rw_bytes, i.rw_bytes);
	}
	vec_deinit(&i, places);
	strbuf_deinit(&i.object);
	return r;
}

static int iar_probe(const char *head, size_t n_bytes)
{
	return text_find(head, MIN(n_bytes, (size_t)4096), "# IAR ELF Linker V") ? 96 : 0;
}

const struct image_format image_iar = {
	.name = "iar",
	.summary = "map of IAR's ILINK (--map)",
	.probe = iar_probe,
	.read = iar_read,
};
