/* Maps of gold (binutils gold/mapfile.cc). Sections look like GNU ld's, without patterns, assignments and fills; what
 * the linker itself makes is a line " ** what" without a file, and alignment has no line. */

#include "map/rows.h"
#include "map/words.h"

enum part { PART_OTHER, PART_DISCARDED, PART_SECTIONS, PART_END };

enum line_kind { NO_LINE, SECTION_LINE, INPUT_LINE, LINKER_LINE };

struct gold {
	struct map_reader m;
	enum part part;
	struct map_rows rows;
	bool seen_end;          /* .shstrtab, which is laid out last */
	enum line_kind pending; /* a name whose figures are on the next line */
	struct image_slice pending_name;
	uint64_t vma;    /* of the open section */
	bool after_note; /* the last line is the header of a note */
};

/* "address size": the next word, or NULL. */
static const char *figures(const char *p, const char *end, uint64_t *ret_address, uint64_t *ret_size)
{
	p = scan_hex(p, end, ret_address);
	return p ? scan_hex(p, end, ret_size) : NULL;
}

static int section(struct gold *g, struct image_slice name, const char *p, const char *end)
{
	struct image_section *s;
	uint64_t size_bytes;

	if (!figures(p, end, &g->vma, &size_bytes))
		return 0;
	g->seen_end |= slice_is(name, ".shstrtab");
	g->after_note = false;
	return map_row_section(&g->m, &g->rows, name, g->vma, size_bytes, &s);
}

static int input(struct gold *g, struct image_slice name, const char *p, const char *end)
{
	uint64_t address, size_bytes;

	p = figures(p, end, &address, &size_bytes);
	if (!p || p == end)
		return 0;
	if (g->part == PART_DISCARDED) {
		g->m.image->n_discarded++;
		g->m.image->discarded_bytes += size_bytes;
		return 0;
	}
	g->after_note = false;
	return map_add_file_line(&g->m, name, slice(p, end), address, size_bytes);
}

/* "** fill": bytes that the linker itself writes. Inside a section that is padding; at its beginning, or behind the
 * header of a note, it is the contents (.interp, the build ID). */
static uint32_t owner(const struct gold *g, struct image_slice what, uint64_t address)
{
	if (slice_starts(what, "merge "))
		return OBJECT_MERGED;
	if (!slice_starts(what, "fill") && !slice_starts(what, "zero fill"))
		return OBJECT_LINKER;
	return address == g->vma || g->after_note ? OBJECT_LINKER : OBJECT_FILL;
}

/* " ** what": common symbols and copies of a library's variables are zeroed at start. */
static int linker_line(struct gold *g, struct image_slice what, const char *p, const char *end)
{
	static const struct image_slice common = SLICE("COMMON"), dynbss = SLICE(".dynbss"), none = { 0 };
	uint64_t address, size_bytes;

	if (!figures(p, end, &address, &size_bytes))
		return 0;
	struct image_slice name = slice_starts(what, "common") ? common : slice_starts(what, "dynbss") ? dynbss : none;
	int r = map_add_line(&g->m, name, owner(g, what, address), address, size_bytes);
	g->after_note = slice_starts(what, "note header");
	return r;
}

/* p: the figures of the name. */
static int figures_line(struct gold *g, enum line_kind kind, struct image_slice name, const char *p, const char *end)
{
	g->pending = NO_LINE;
	return kind == SECTION_LINE ? section(g, name, p, end) :
	       kind == LINKER_LINE  ? linker_line(g, name, p, end) :
				      input(g, name, p, end);
}

static int named_line(struct gold *g, enum line_kind kind, const char *p, const char *end)
{
	const char *at = find_hex(p, end);
	struct image_slice name = slice(p, trim_end(p, at ? at : end));

	if (at)
		return figures_line(g, kind, name, at, end);
	g->pending = kind;
	g->pending_name = name;
	return 0;
}

/* The second column: figures of the pending name, or a symbol. */
static int address_line(struct gold *g, const char *p, const char *end)
{
	uint64_t address, size_bytes;

	if (g->pending != NO_LINE)
		return figures_line(g, g->pending, g->pending_name, p, end);
	p = scan_hex(p, end, &address);
	if (!p || p == end || scan_hex(p, end, &size_bytes) || !g->m.image->section_open)
		return 0;
	return map_add_symbol(&g->m, slice(p, end), address, NOT_KNOWN);
}

static int line(struct gold *g, const char *p, const char *end)
{
	int r;

	if (*p != ' ') {
		r = map_end_section(&g->m);
		return r < 0 || g->part != PART_SECTIONS ? r : named_line(g, SECTION_LINE, p, end);
	}
	if (starts(p, end, " ** "))
		return named_line(g, LINKER_LINE, p + 4, end);
	if (end - p > 1 && p[1] != ' ')
		return named_line(g, INPUT_LINE, p + 1, end);
	return address_line(g, skip_blanks(p, end), end);
}

static bool heading(struct gold *g, const char *p, const char *end)
{
	if (slice_is(slice(p, end), "Memory map"))
		g->part = PART_SECTIONS;
	else if (slice_is(slice(p, end), "Discarded input sections"))
		g->part = PART_DISCARDED;
	else if (starts(p, end, "Cross Reference Table"))
		g->part = PART_END;
	else
		return false;
	return true;
}

static int gold_read(struct image *image, const char *bytes, size_t n_bytes, unsigned want, struct diag *diag)
{
	struct gold g = { 0 };
	const char *p, *end;
	bool began = false;
	int r = 0;

	/* Old releases of GNU ld begin their maps with the same words. */
	if (text_find(bytes, n_bytes, "\nLinker script and memory map")) {
		image->format = image_gnu_ld.name;
		return image_gnu_ld.read(image, bytes, n_bytes, want, diag);
	}
	map_reader_init(&g.m, image, bytes, n_bytes, want, diag);
	image->derive_symbols = g.m.want_symbols;
	while (r == 0 && g.part != PART_END && map_lines_next(&g.m.in, &p, &end)) {
		if (p == end || heading(&g, p, end))
			began |= g.part == PART_SECTIONS;
		else if (g.part != PART_OTHER)
			r = line(&g, p, end);
	}
	if (r == 0)
		r = map_end_section(&g.m);
	if (r == 0 && !g.seen_end)
		r = map_truncated(&g.m, began ? "before .shstrtab, which gold writes last" : "before its memory map");
	return r;
}

static int gold_probe(const char *head, size_t n_bytes)
{
	if (text_starts(head, n_bytes, "Memory map\n") || text_find(head, n_bytes, "\nMemory map\n") ||
	    text_starts(head, n_bytes, "Memory map\r\n") || text_find(head, n_bytes, "\nMemory map\r\n"))
		return 93;
	/* The memory map may come after the probed bytes. */
	return text_find(head, n_bytes, "Archive member included because of file (symbol)") ? 65 : 0;
}

const struct image_format image_gold = {
	.name = "gold",
	.summary = "map of GNU gold (-Map=FILE)",
	.probe = gold_probe,
	.read = gold_read,
};
