#include "map/rows.h"

#include "map/words.h"
#include "section_names.h"

/* ---- lines ---- */

static bool is_heading(const char *p, const char *end, const char *const *words, size_t n_words)
{
	for (size_t i = 0; i < n_words; i++) {
		size_t n = strlen(words[i]);
		p = skip_blanks(p, end);
		if (!starts(p, end, words[i]) || (end - p > (ptrdiff_t)n && p[n] != ' '))
			return false;
		p += n;
	}
	return p == end;
}

int map_rows_read(struct map_reader *m, const char *const *heading, size_t n_words,
		  int (*row)(void *ctx, const char *p, const char *end), void *ctx, bool *ret_began)
{
	const char *p, *end;
	int r = 0;

	*ret_began = false;
	while (r == 0 && map_lines_next(&m->in, &p, &end)) {
		if (!*ret_began)
			*ret_began = is_heading(p, end, heading, n_words);
		else if (starts(p, end, "Cross Reference Table"))
			break;
		else
			r = row(ctx, p, end);
	}
	return r < 0 ? r : map_end_section(m);
}

int map_rows_probe(const char *head, size_t n_bytes, const char *const *heading, size_t n_words)
{
	struct map_lines in;
	const char *p, *end;

	map_lines_init(&in, NULL, head, n_bytes);
	while (map_lines_next(&in, &p, &end))
		if (is_heading(p, end, heading, n_words))
			return 96;
	return 0;
}

/* ---- parts of a row ---- */

enum map_level map_row_level(const char *p, const char *end, struct image_slice *ret_name)
{
	const char *name = p;

	while (name < end && *name == ' ')
		name++;
	*ret_name = slice(name, end);
	return name - p >= 17 ? MAP_SYMBOL : name - p >= 9 ? MAP_IN : MAP_OUT;
}

bool map_row_input(struct image_slice name, struct image_slice *ret_file, struct image_slice *ret_section)
{
	if (name.n_bytes < 4 || name.text[name.n_bytes - 1] != ')')
		return false;
	const char *end = name.text + name.n_bytes - 1;
	for (const char *p = end - 2; p > name.text; p--) {
		if (p[0] != ':' || p[1] != '(')
			continue;
		*ret_file = slice(name.text, p);
		*ret_section = slice(p + 2, end);
		return true;
	}
	return false;
}

int map_row_section(struct map_reader *m, struct map_rows *rows, struct image_slice name, uint64_t vma,
		    uint64_t size_bytes, struct image_section **ret)
{
	rows->thumb = false;
	if (!size_bytes)
		return map_end_section(m);
	int r = map_begin_section(m, name, vma, size_bytes, ret);
	if (r < 0)
		return r;
	rows->not_loaded = vma == 0 && (rows->not_loaded || section_name_is_debug((*ret)->name));
	(*ret)->alloc = !rows->not_loaded;
	return 0;
}

/* "$t", "$d.12", "$xrv32i2p1". */
static bool is_mapping(struct image_slice name)
{
	if (name.n_bytes < 2 || name.text[0] != '$' || !memchr("adtx", name.text[1], 4))
		return false;
	return name.n_bytes == 2 || name.text[2] == '.' || (name.text[1] == 'x' && slice_starts(name, "$xrv"));
}

int map_row_symbol(struct map_reader *m, struct map_rows *rows, struct image_slice name, uint64_t address,
		   uint64_t size_bytes)
{
	if (is_mapping(name)) {
		rows->thumb = name.text[1] == 't';
		return 0;
	}
	if (!m->image->section_open || slice_starts(name, ".L") || !name.n_bytes)
		return 0;
	return map_add_symbol(m, name, rows->thumb ? address & ~UINT64_C(1) : address, size_bytes);
}
