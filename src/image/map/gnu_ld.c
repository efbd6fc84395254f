/* Maps of GNU ld (binutils ld/ldlang.c, print_*). Columns differ between releases and targets (addresses of 6, 8 or 16
 * digits), so lines are split into words, and only the first word is recognised by its column. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "map/cref.h"
#include "map/reader.h"
#include "map/words.h"

static const char memory_map[] = "Linker script and memory map";

enum part { PART_OTHER, PART_PULLS, PART_DISCARDED, PART_REGIONS, PART_SECTIONS, PART_CREF };

struct gnu_ld {
	struct map_reader map;
	enum part part;
	bool seen_map, seen_end;
	bool is_second;             /* the linker's output was appended to an older map */
	struct image_slice pending; /* a name whose figures are on the next line; n_bytes 0: none */
	bool pending_is_section;    /* an output section: it was at column 0 */
	struct map_cref cref;
};

/* ---- regions ---- */

static int region_line(struct gnu_ld *m, const char *p, const char *end)
{
	const char *name_end = word_end(p, end);
	uint64_t origin, length_bytes;
	const char *at = scan_hex(skip_blanks(name_end, end), end, &origin);

	if (p == name_end || !at)
		return 0; /* the heading */
	const char *length_at = at;
	at = scan_hex(at, end, &length_bytes);
	if (!at)
		return 0;
	/* Zephyr discards IDT_LIST after the link; *default* is there without any MEMORY. */
	if (starts(p, name_end, "*default*") || slice_is(slice(p, name_end), "IDT_LIST"))
		return 0;
	/* ld's result for an expression without a value, or with a negative one. */
	bool failed = length_bytes == UINT32_MAX || starts(length_at, end, "0xffffffffffffffff");
	struct image_region *r = map_add_region(&m->map, slice(p, name_end), origin, failed ? NOT_KNOWN : length_bytes);
	if (!r)
		return -ENOMEM;
	r->attributes = arena_text(&m->map.image->arena, at, (size_t)(end - at));
	if (failed)
		image_note(m->map.image, "the linker could not evaluate the length of region %s", r->name);
	return 0;
}

/* ---- sections ---- */

/* p: address, size, optional "load address". Another line after a name alone means that the section is empty. */
static int section_figures(struct gnu_ld *m, struct image_slice name, const char *p, const char *end)
{
	uint64_t vma, size_bytes, lma = NOT_KNOWN;
	struct image_section *s;

	p = scan_hex(p, end, &vma);
	p = p ? scan_hex(p, end, &size_bytes) : NULL;
	if (!p || !size_bytes)
		return 0;
	if (starts(p, end, "load address"))
		scan_hex(skip_blanks(p + 12, end), end, &lma);
	int r = map_begin_section(&m->map, name, vma, size_bytes, &s);
	if (r < 0)
		return r;
	s->lma = lma != NOT_KNOWN && lma > UINT64_MAX - 1 - size_bytes ? NOT_KNOWN : lma;
	return 0;
}

static int section_line(struct gnu_ld *m, const char *p, const char *end)
{
	static const char *const others[] = { "LOAD ", "START GROUP", "END GROUP", "TARGET(", "/DISCARD/" };
	int r = map_end_section(&m->map);

	if (r < 0)
		return r;
	if (starts(p, end, "OUTPUT(")) {
		m->seen_end = true;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (starts(p, end, others[i]))
			return 0;
	const char *name_end = word_end(p, end), *figures = skip_blanks(name_end, end);
	struct image_slice name = slice(p, name_end);
	if (figures < end)
		return section_figures(m, name, figures, end);
	m->pending = name;
	m->pending_is_section = true;
	return 0;
}

/* ---- contents of sections ---- */

/* p: address, size, file. */
static int contribution(struct gnu_ld *m, struct image_slice name, const char *p, const char *end)
{
	uint64_t address, size_bytes;

	p = scan_hex(p, end, &address);
	p = p ? scan_hex(p, end, &size_bytes) : NULL;
	if (!p)
		return 0;
	if (m->part == PART_DISCARDED) {
		m->map.image->n_discarded++;
		m->map.image->discarded_bytes += size_bytes;
		return 0;
	}
	if (slice_is(name, "*fill*"))
		return map_add_line(&m->map, (struct image_slice){ 0 }, OBJECT_FILL, address, size_bytes);
	if (p == end)
		return map_add_line(&m->map, name, OBJECT_LINKER, address, size_bytes);
	return map_add_file_line(&m->map, name, slice(p, end), address, size_bytes);
}

/* One blank and a word: a contribution, a fill, a pattern, or a name whose figures are on the next line. */
static int named_line(struct gnu_ld *m, const char *p, const char *end)
{
	const char *name_end = word_end(p, end), *figures = skip_blanks(name_end, end);
	struct image_slice name = slice(p, name_end);

	if (figures < end)
		return contribution(m, name, figures, end);
	m->pending = name;
	m->pending_is_section = false;
	return 0;
}

static bool is_name(const char *p, const char *end)
{
	for (const char *at = p; at < end; at++)
		if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') ||
		      *at == '_' || *at == '.' || *at == '$'))
			return false;
	return end > p && !(end - p == 1 && *p == '.');
}

/* "ESP32S3" is esp32s3 everywhere else. */
static const char *lower(struct image *image, const char *text, size_t n_bytes)
{
	char name[32];
	size_t n = MIN(n_bytes, sizeof(name));

	for (size_t i = 0; i < n; i++)
		name[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
	return arena_text(&image->arena, name, n);
}

/* "name = EXPRESSION", also in PROVIDE, and with the comma of older PROVIDEs. value: of the whole expression. */
static int assignment(struct gnu_ld *m, const char *p, const char *sign, uint64_t value)
{
	const char *bracket = memchr(p, '(', (size_t)(sign - p));

	if (bracket)
		p = skip_blanks(bracket + 1, sign);
	sign = trim_end(p, sign);
	if (!is_name(p, sign))
		return 0;
	struct image_slice name = slice(p, sign);
	if (!m->map.image->target && name.n_bytes > 11 && slice_starts(name, "IDF_TARGET_"))
		m->map.image->target = lower(m->map.image, p + 11, name.n_bytes - 11);
	return image_add_value(m->map.image, name, value);
}

/* An address in the second column: figures of the pending name, data, a symbol, or an assignment. */
static int address_line(struct gnu_ld *m, const char *p, const char *end)
{
	struct image_slice pending = m->pending;
	uint64_t address, size_bytes;
	const char *rest;

	m->pending.n_bytes = 0;
	if (pending.n_bytes)
		return m->pending_is_section ? section_figures(m, pending, p, end) : contribution(m, pending, p, end);
	if (m->part == PART_DISCARDED)
		return 0;
	p = scan_hex(p, end, &address);
	if (!p)
		return 0;
	rest = scan_hex(p, end, &size_bytes);
	if (rest)
		return map_is_script_data(slice(rest, end)) ?
			       map_add_line(&m->map, (struct image_slice){ 0 }, OBJECT_SCRIPT, address, size_bytes) :
			       0;
	if (starts(p, end, "ASSERT"))
		return 0;
	const char *sign = memchr(p, '=', (size_t)(end - p));
	if (sign && sign > p && sign[-1] == ' ')
		return assignment(m, p, sign, address);
	if (starts(p, end, "PROVIDE") && (sign = memchr(p, ',', (size_t)(end - p))))
		return assignment(m, p, sign, address);
	return p == end ? 0 : map_add_symbol(&m->map, slice(p, end), address, NOT_KNOWN);
}

/* A number alone in the second column: "(size before relaxing)" of the last line. */
static void size_before(struct gnu_ld *m, const char *p, const char *end)
{
	uint64_t size_bytes;

	p = scan_hex(p, end, &size_bytes);
	if (p && starts(p, end, "(size before relaxing)") && m->map.image->section_open && m->map.image->n_lines)
		m->map.image->lines[m->map.image->n_lines - 1].before_bytes = size_bytes;
}

static int map_line(struct gnu_ld *m, const char *p, const char *end)
{
	if (*p != ' ' && *p != '\t') {
		m->pending.n_bytes = 0;
		return m->part == PART_SECTIONS ? section_line(m, p, end) : 0;
	}
	if (end - p > 1 && p[1] != ' ' && p[1] != '\t') {
		m->pending.n_bytes = 0;
		return named_line(m, p + 1, end);
	}
	p = skip_blanks(p, end);
	if (p == end || p[0] != '0') {
		m->pending.n_bytes = 0; /* "[!provide]", "*undef*", FILL */
		return 0;
	}
	if (end[-1] == ')' && end - p > 23 && memcmp(end - 22, "(size before relaxing)", 22) == 0) {
		size_before(m, p, end);
		return 0;
	}
	return address_line(m, p, end);
}

/* ---- parts ---- */

/* A line at column 0 that begins a part. */
static bool heading(struct gnu_ld *m, const char *p, const char *end)
{
	static const struct {
		const char *text;
		enum part part;
	} headings[] = {
		{ "Archive member included ", PART_PULLS },  { "As-needed library included ", PART_OTHER },
		{ "Allocating common symbols", PART_OTHER }, { "Discarded input sections", PART_DISCARDED },
		{ "Memory Configuration", PART_REGIONS },    { memory_map, PART_SECTIONS },
		{ "Cross Reference Table", PART_CREF },      { "There are no discarded input sections", PART_OTHER },
	};

	for (size_t i = 0; i < ARRAY_SIZE(headings); i++) {
		if (!starts(p, end, headings[i].text))
			continue;
		m->part = headings[i].part;
		m->is_second |= m->seen_map && m->part == PART_SECTIONS;
		m->seen_map |= m->part == PART_SECTIONS;
		return true;
	}
	return false;
}

static int read_lines(struct gnu_ld *m)
{
	const char *p, *end;
	int r = 0;

	while (r == 0 && m->part != PART_CREF && map_lines_next(&m->map.in, &p, &end)) {
		if (m->is_second)
			return diag_at(
				m->map.diag, map_lines_place(&m->map.in), -EINVAL,
				"a second map begins here, appended to an older one: delete the file, and link again");
		if (p == end || (*p >= 'A' && *p <= 'Z' && heading(m, p, end)))
			continue;
		if (m->part == PART_REGIONS)
			r = region_line(m, p, end);
		else if (m->part == PART_PULLS)
			r = map_pull_line(m->map.image, p, end);
		else if (m->part != PART_OTHER)
			r = map_line(m, p, end);
	}
	return r < 0 ? r : map_end_section(&m->map);
}

static int read_cref(struct gnu_ld *m)
{
	const char *p, *end;
	int r = map_cref_begin(&m->cref, m->map.image);

	while (r == 0 && map_lines_next(&m->map.in, &p, &end))
		r = p == end ? 0 : map_cref_line(&m->cref, p, end);
	map_cref_deinit(&m->cref);
	return r;
}

static int end_is_missing(struct map_reader *m)
{
	const struct image *image = m->image;
	char where[160];

	snprintf(where, sizeof(where), "%s%.80s%swithout the OUTPUT line",
		 image->n_sections ? "in or after section " : "",
		 image->n_sections ? image->sections[image->n_sections - 1].name : "", image->n_sections ? ", " : "");
	return map_truncated(m, where);
}

static int gnu_ld_read(struct image *image, const char *bytes, size_t n_bytes, unsigned want, struct diag *diag)
{
	struct gnu_ld m = { 0 };

	if (text_starts(bytes, n_bytes, "Microchip Technology"))
		image_note(
			image,
			"program and data memory of an XC16 map share addresses: the regions of sections may be wrong");
	map_reader_init(&m.map, image, bytes, n_bytes, want, diag);
	image->derive_symbols = m.map.want_symbols;
	int r = read_lines(&m);
	if (r == 0 && m.part == PART_CREF && want & IMAGE_WANT_REFERENCES)
		r = read_cref(&m);
	if (r < 0)
		return r;
	if (!m.seen_map)
		return map_truncated(&m.map, "before its memory map");
	return m.seen_end ? 0 : end_is_missing(&m.map);
}

static int gnu_ld_probe(const char *head, size_t n_bytes)
{
	static const char *const signs[] = { memory_map,
					     "Memory Configuration\n",
					     "Memory Configuration\r\n",
					     "Archive member included to satisfy reference by file (symbol)",
					     "Discarded input sections\n",
					     "Discarded input sections\r\n",
					     "As-needed library included to satisfy",
					     "Allocating common symbols" };
	static const int sure[] = { 95, 90, 90, 70, 60, 60, 50, 30 };
	int best = 0;

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		if (text_find(head, n_bytes, signs[i]))
			best = MAX(best, sure[i]);
	return best;
}

const struct image_format image_gnu_ld = {
	.name = "gnu-ld",
	.summary = "map of GNU ld (-Map=FILE), also of XC16 and Zephyr",
	.probe = gnu_ld_probe,
	.read = gnu_ld_read,
};
