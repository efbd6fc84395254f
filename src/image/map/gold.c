/* Maps of gold (binutils gold/mapfile.cc). Their sections look like GNU ld's, without patterns, assignments and
 * fills; what the linker makes itself is a line " ** what" without a file, and alignment has no line. */
#include <errno.h>

#include "map/reader.h"
#include "map/words.h"
#include "section_names.h"

enum part { PART_OTHER, PART_DISCARDED, PART_SECTIONS, PART_END };

enum waiting { NOTHING_WAITS, SECTION_WAITS, INPUT_WAITS, OWN_WAITS };

struct gold {
	struct map_reader m;
	enum part part;
	bool seen_end;      /* .shstrtab, which is laid out last */
	enum waiting waits; /* for its figures, on the next line */
	struct image_slice waiting;
	uint64_t vma;    /* of the open section */
	bool after_note; /* the line before is a note's header */
	bool not_loaded;
};

/* "address size": what comes after, or NULL. */
static const char *figures(const char *p, const char *end, uint64_t *ret_address, uint64_t *ret_size)
{
	p = hex(p, end, ret_address);
	return p ? hex(p, end, ret_size) : NULL;
}

static int section(struct gold *g, struct image_slice name, const char *p, const char *end)
{
	struct image_section *s;
	uint64_t size_bytes;

	if (!figures(p, end, &g->vma, &size_bytes))
		return 0;
	g->seen_end |= slice_is(name, ".shstrtab");
	if (!size_bytes)
		return 0;
	int r = map_begin_section(&g->m, name, g->vma, size_bytes, &s);
	if (r < 0)
		return r;
	/* From the first section that is not loaded on, all at address 0 are such. */
	g->not_loaded = g->vma == 0 && (g->not_loaded || section_name_is_debug(s->name));
	s->alloc = !g->not_loaded;
	g->after_note = false;
	return 0;
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

/* "** fill" is what the linker knows byte for byte. That is padding in the midst of a section; at its beginning, or
 * behind the header of a note, it is what the section is about (.interp, the build ID). */
static uint32_t owner(const struct gold *g, struct image_slice what, uint64_t address)
{
	if (slice_starts(what, "merge "))
		return OBJECT_MERGED;
	if (!slice_starts(what, "fill") && !slice_starts(what, "zero fill"))
		return OBJECT_LINKER;
	return address == g->vma || g->after_note ? OBJECT_LINKER : OBJECT_FILL;
}

/* " ** what": common symbols and copies of a library's variables are zeroed at start. */
static int own(struct gold *g, struct image_slice what, const char *p, const char *end)
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

/* Names may hold blanks ("** string table"): figures begin where "0x" does. */
static const char *find_figures(const char *p, const char *end)
{
	const char *at = text_find(p, (size_t)(end - p), " 0x");

	return at ? at + 1 : end;
}

static int of_kind(struct gold *g, enum waiting kind, struct image_slice name, const char *p, const char *end)
{
	g->waits = NOTHING_WAITS;
	if (p == end) {
		g->waits = kind;
		g->waiting = name;
		return 0;
	}
	return kind == SECTION_WAITS ? section(g, name, p, end) :
	       kind == OWN_WAITS     ? own(g, name, p, end) :
				       input(g, name, p, end);
}

static int named(struct gold *g, enum waiting kind, const char *p, const char *end)
{
	const char *at = find_figures(p, end), *name_end = at;

	while (name_end > p && (name_end[-1] == ' ' || name_end[-1] == '\t'))
		name_end--;
	return of_kind(g, kind, slice(p, name_end), at, end);
}

/* The second column: figures of the name before, or a symbol. */
static int address_line(struct gold *g, const char *p, const char *end)
{
	uint64_t address, size_bytes;

	if (g->waits != NOTHING_WAITS)
		return of_kind(g, g->waits, g->waiting, p, end);
	p = hex(p, end, &address);
	if (!p || p == end || hex(p, end, &size_bytes) || !g->m.section_open)
		return 0;
	return map_add_symbol(&g->m, slice(p, end), address, NOT_KNOWN);
}

static int line(struct gold *g, const char *p, const char *end)
{
	int r;

	if (*p != ' ') {
		r = map_end_section(&g->m);
		return r < 0 || g->part != PART_SECTIONS ? r : named(g, SECTION_WAITS, p, end);
	}
	if (starts(p, end, " ** "))
		return named(g, OWN_WAITS, p + 4, end);
	if (end - p > 1 && p[1] != ' ')
		return named(g, INPUT_WAITS, p + 1, end);
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
		r = map_cut(&g.m, began ? "before .shstrtab, which gold puts last" : "before its memory map");
	return r;
}

static int gold_probe(const char *head, size_t n_bytes)
{
	if (text_starts(head, n_bytes, "Memory map\n") || text_find(head, n_bytes, "\nMemory map\n") ||
	    text_starts(head, n_bytes, "Memory map\r\n") || text_find(head, n_bytes, "\nMemory map\r\n"))
		return 93;
	/* Its memory map may stand behind what a probe sees. */
	return text_find(head, n_bytes, "Archive member included because of file (symbol)") ? 65 : 0;
}

const struct image_format image_gold = {
	.name = "gold",
	.says = "map of GNU gold (-Map=FILE)",
	.probe = gold_probe,
	.read = gold_read,
};
