/* Maps of mold (rui314/mold, mapfile.cc): as LLD's, but VMA has a 0x, Size and Align are decimal, there is no LMA,
 * symbols have no size, and what the linker itself makes has no input line. */
#include <errno.h>

#include "map/rows.h"
#include "map/words.h"
#include "section_names.h"

static const char *const heading[] = { "VMA", "Size", "Align", "Out", "In", "Symbol" };

struct mold {
	struct map_reader m;
	struct map_rows rows;
	bool seen_ehdr, seen_shdr;
};

/* "0x200340", or "0" for none. */
static const char *address(const char *p, const char *end, uint64_t *ret)
{
	if (end - p > 2 && p[0] == '0' && p[1] == 'x')
		p += 2;
	return number_scan_hex(p, end, ret);
}

static const char *decimal(const char *p, const char *end, uint64_t *ret)
{
	if (p == end || *p != ' ')
		return NULL;
	return number_scan(skip_blanks(p, end), end, ret);
}

/* Sections of mold's own without bytes in the file (output-chunks.cc). */
static bool is_zeroed(const char *name)
{
	return ONE_OF(name, ".bss", ".common", ".relro_padding", ".copyrel", ".copyrel.rel.ro", ".tbss", ".tls_common");
}

static bool is_merged(struct image_slice name)
{
	return slice_starts(name, ".rodata.str") || slice_starts(name, ".rodata.cst") ||
	       slice_starts(name, ".debug_str") || slice_starts(name, ".debug_line_str") ||
	       slice_starts(name, ".comment");
}

static int output(struct mold *o, struct image_slice name, uint64_t vma, uint64_t size_bytes)
{
	struct image_section *s;

	/* Headers of the file, not sections. */
	if (slice_is(name, "EHDR") || slice_is(name, "PHDR") || slice_is(name, "SHDR")) {
		o->seen_ehdr |= name.text[0] == 'E';
		o->seen_shdr |= name.text[0] == 'S';
		return map_end_section(&o->m);
	}
	int r = map_row_section(&o->m, &o->rows, name, vma, size_bytes, &s);
	if (r < 0 || !size_bytes)
		return r;
	s->nobits = is_zeroed(s->name);
	/* Lines of objects, if any, come on top. */
	return is_merged(name) ? map_add_line(&o->m, name, OBJECT_MERGED, vma, size_bytes) : 0;
}

static int row(void *ctx, const char *p, const char *end)
{
	struct mold *o = ctx;
	struct image_slice name, file, section;
	uint64_t vma, size_bytes, align_bytes;

	p = address(skip_blanks(p, end), end, &vma);
	p = p ? decimal(p, end, &size_bytes) : NULL;
	p = p ? decimal(p, end, &align_bytes) : NULL;
	if (!p)
		return 0;
	switch (map_row_level(p, end, &name)) {
	case MAP_OUT:
		return name.n_bytes ? output(o, name, vma, size_bytes) : 0;
	case MAP_IN:
		o->rows.thumb = false;
		return map_row_input(name, &file, &section) ? map_add_file_line(&o->m, section, file, vma, size_bytes) :
							      0;
	case MAP_SYMBOL:
		return map_row_symbol(&o->m, &o->rows, name, vma, NOT_KNOWN);
	}
	return 0;
}

static int mold_read(struct image *image, const char *bytes, size_t n_bytes, unsigned want, struct diag *diag)
{
	struct mold o = { 0 };
	bool began;

	map_reader_init(&o.m, image, bytes, n_bytes, want, diag);
	image->derive_symbols = o.m.want_symbols;
	int r = map_rows_read(&o.m, heading, ARRAY_SIZE(heading), row, &o, &began);
	/* The ELF header comes first and the section header table last; a raw binary has neither. */
	if (r == 0 && (!image->n_sections || (o.seen_ehdr && !o.seen_shdr)))
		r = map_truncated(&o.m, image->n_sections ? "without SHDR, its last row" : "before its first section");
	if (r == 0 && !o.seen_shdr)
		image_note(image, "the map does not end with SHDR: of a raw binary (--oformat binary), or truncated");
	return r;
}

static int mold_probe(const char *head, size_t n_bytes)
{
	return map_rows_probe(head, n_bytes, heading, ARRAY_SIZE(heading));
}

const struct image_format image_mold = {
	.name = "mold",
	.summary = "map of mold (-Map=FILE, --print-map)",
	.probe = mold_probe,
	.read = mold_read,
};
