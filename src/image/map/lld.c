/* Maps of LLD (llvm-project lld/ELF/MapFile.cpp): "VMA LMA Size Align" in hexadecimal without a prefix, Align decimal,
 * then an output section, an input section or a symbol, distinguished by indentation. Names may hold blanks, colons and
 * parentheses. */
#include <errno.h>

#include "map/rows.h"
#include "map/words.h"

static const char *const heading[] = { "VMA", "LMA", "Size", "Align", "Out", "In", "Symbol" };

struct lld {
	struct map_reader m;
	struct map_rows rows;
	bool seen_end; /* .shstrtab, which every ELF has behind all that is loaded */
};

static const char *column(const char *p, const char *end, bool hexadecimal, uint64_t *ret)
{
	p = skip_blanks(p, end);
	p = hexadecimal ? number_scan_hex(p, end, ret) : number_scan(p, end, ret);
	return p && (p == end || *p == ' ') ? p : NULL;
}

/* "_end = .", ". += 16", "PROVIDE ( a = b )": LLD puts blanks around every token. */
static bool is_assignment(struct image_slice name)
{
	return text_find(name.text, name.n_bytes, "= ") && memchr(name.text, ' ', name.n_bytes);
}

/* "name = ." gives a name the address of the row. Values of other expressions are not in the map. */
static int assignment(struct lld *l, struct image_slice name, uint64_t address)
{
	const char *end = name.text + name.n_bytes, *sign = text_find(name.text, name.n_bytes, " = ");

	if (!sign || sign + 4 != end || end[-1] != '.' || sign - name.text == 1)
		return 0;
	return image_add_value(l->m.image, slice(name.text, sign), address);
}

/* LLD collects merged strings and constants in sections of its own, named after the output section or the first input.
 */
static bool is_merged(struct image_slice section)
{
	static const char *const parts[] = { "rodata", ".str1.", ".cst", ".debug_str", ".debug_line_str", ".comment" };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (text_find(section.text, section.n_bytes, parts[i]))
			return true;
	return false;
}

static int input(struct lld *l, struct image_slice name, uint64_t vma, uint64_t size_bytes)
{
	struct image_slice file, section;

	l->rows.thumb = false;
	if (map_is_script_data(name))
		return map_add_line(&l->m, (struct image_slice){ 0 }, OBJECT_SCRIPT, vma, size_bytes);
	if (!map_row_input(name, &file, &section)) {
		int r = map_add_line(&l->m, (struct image_slice){ 0 }, OBJECT_FILL, vma, size_bytes);
		return r < 0 ? r : assignment(l, name, vma);
	}
	if (slice_starts(section, ".eh_frame+"))
		section.n_bytes = 9; /* one of its records */
	if (slice_is(file, "<internal>"))
		return map_add_line(&l->m, section, is_merged(section) ? OBJECT_MERGED : OBJECT_LINKER, vma,
				    size_bytes);
	return map_add_file_line(&l->m, section, file, vma, size_bytes);
}

static int row(void *ctx, const char *p, const char *end)
{
	struct lld *l = ctx;
	uint64_t vma, lma, size_bytes, align_bytes;
	struct image_slice name;
	struct image_section *s;

	p = column(p, end, true, &vma);
	p = p ? column(p, end, true, &lma) : NULL;
	p = p ? column(p, end, true, &size_bytes) : NULL;
	p = p ? column(p, end, false, &align_bytes) : NULL;
	if (!p)
		return 0; /* other output on the same stream */
	enum map_level level = map_row_level(p, end, &name);
	if (!name.n_bytes)
		return 0;
	if (level == MAP_SYMBOL)
		return map_row_symbol(&l->m, &l->rows, name, vma, size_bytes);
	if (level == MAP_IN)
		return input(l, name, vma, size_bytes);
	if (is_assignment(name))
		return assignment(l, name, vma);
	int r = map_row_section(&l->m, &l->rows, name, vma, size_bytes, &s);
	if (r == 0 && size_bytes)
		s->lma = lma > UINT64_MAX - 1 - size_bytes ? NOT_KNOWN : lma;
	l->seen_end |= slice_is(name, ".shstrtab");
	return r;
}

static int lld_read(struct image *image, const char *bytes, size_t n_bytes, unsigned want, struct diag *diag)
{
	struct lld l = { 0 };
	bool began;

	map_reader_init(&l.m, image, bytes, n_bytes, want, diag);
	image->count_symbols_once = true;
	int r = map_rows_read(&l.m, heading, ARRAY_SIZE(heading), row, &l, &began);
	if (r == 0 && !l.seen_end)
		r = map_truncated(&l.m, began ? "before .shstrtab, which every ELF has" : "before its heading");
	return r;
}

static int lld_probe(const char *head, size_t n_bytes)
{
	return map_rows_probe(head, n_bytes, heading, ARRAY_SIZE(heading));
}

const struct image_format image_lld = {
	.name = "lld",
	.summary = "map of LLVM's lld (-Map=FILE, --print-map)",
	.probe = lld_probe,
	.read = lld_read,
};
