/* Which bytes are of which source: code by the line tables, so that what a header has inlined is the header's;
 * variables, and what no line table tells, by the place of their declaration. */
#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "elf/dwarf.h"
#include "memprof/base/search.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/vec.h"

enum {
	PATH_MAX_BYTES = 4096,
	N_KNOWN_PATHS = 256,
	LINE_BYTES = 4, /* of the file for each change of the source, at least */
};

struct span {
	uint64_t start, end;
};

/* A path of libdw's, which it has once for each file of a unit. */
struct known_path {
	Dwarf_Off unit; /* 1..; 0: none */
	const char *path, *tidied;
};

struct sources {
	struct elf_file *file;
	struct names names;    /* paths, tidied; in the image's arena */
	struct names raw;      /* … and as DWARF has them, in arena */
	VEC(uint32_t, tidied); /* the number in names of each of raw */
	struct arena arena;
	VEC(struct span, spans);                 /* of the unit that is read */
	VEC(struct image_source_range, by_line); /* in any order, and they may overlap, until the end */
	VEC(struct image_source_range, by_symbol);
	struct known_path known[N_KNOWN_PATHS];
	size_t n_lines_left; /* of all units: one takes at least a byte */
	int error;
};

struct sources *sources_new(struct elf_file *f)
{
	struct sources *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->file = f;
	s->n_lines_left = f->n_bytes;
	s->names.arena = &f->image->arena;
	s->raw.arena = &s->arena;
	return s;
}

void sources_free(struct sources *s)
{
	if (!s)
		return;
	names_deinit(&s->names);
	names_deinit(&s->raw);
	arena_deinit(&s->arena);
	vec_deinit(s, tidied);
	vec_deinit(s, spans);
	vec_deinit(s, by_line);
	vec_deinit(s, by_symbol);
	free(s);
}

/* ---- paths ---- */

static bool is_of_windows(const char *path) { return *path == '\\' || (*path && path[1] == ':'); }

static bool is_absolute(const char *path) { return *path == '/' || is_of_windows(path); }

/* Forgets the last folder, unless there is none to forget. */
static bool go_up(struct strbuf *out, size_t n_root)
{
	const char *last = out->n_bytes > n_root ? strrchr(strbuf_text(out), '/') : NULL;
	size_t i_last = last ? (size_t)(last - out->text) + 1 : 0;

	if (out->n_bytes <= n_root || strcmp(strbuf_text(out) + i_last, "..") == 0)
		return n_root > 0;
	out->n_bytes = i_last > n_root ? i_last - 1 : n_root;
	out->text[out->n_bytes] = '\0';
	return true;
}

/* Without "." and what ".." goes back over; of Windows with slashes. */
static void put_tidied(struct strbuf *out, const char *path)
{
	const char *separators = is_of_windows(path) ? "/\\" : "/";
	size_t n_root = *path == '/';

	strbuf_add(out, "/", n_root);
	for (size_t n; *path; path += n) {
		n = strcspn(path, separators);
		bool is_here = n == 0 || (n == 1 && *path == '.'), is_up = n == 2 && memcmp(path, "..", 2) == 0;
		if (!is_here && !(is_up && go_up(out, n_root))) {
			strbuf_puts(out, out->n_bytes > n_root ? "/" : "");
			strbuf_add(out, path, n);
		}
		n += path[n] != '\0';
	}
}

/* Each path is tidied once. NULL: no memory, or it is longer than any is. */
static const char *tidied(struct sources *s, const char *path)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n_bytes = strlen(path);

	if (n_bytes > PATH_MAX_BYTES)
		return NULL;
	uint32_t i = names_add(&s->raw, path, n_bytes);
	if (i != NAMES_NONE && i < s->n_tidied)
		return names_text(&s->names, s->tidied[i]);
	put_tidied(&out, path);
	uint32_t number = i == NAMES_NONE || strbuf_error(&out) ? NAMES_NONE :
								  names_add(&s->names, strbuf_text(&out), out.n_bytes);
	if (number == NAMES_NONE || vec_push(s, tidied, number) < 0) {
		s->error = -ENOMEM;
		return NULL;
	}
	return names_text(&s->names, number);
}

/* The folder where a unit was compiled, unless the path has it: libdw puts it before names without a folder. */
static const char *folder_before(Dwarf_Die *unit, const char *path)
{
	Dwarf_Attribute attribute;
	const char *folder = !is_absolute(path) && dwarf_attr(unit, DW_AT_comp_dir, &attribute) ?
				     dwarf_formstring(&attribute) :
				     NULL;
	size_t n = folder ? strlen(folder) : 0;

	return n > 0 && n <= PATH_MAX_BYTES && !(strncmp(path, folder, n) == 0 && path[n] == '/') ? folder : NULL;
}

const char *sources_path(struct sources *s, Dwarf_Die *unit, const char *path)
{
	struct strbuf whole CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct known_path *known = &s->known[((uintptr_t)path >> 3) % N_KNOWN_PATHS];

	if (known->unit == dwarf_dieoffset(unit) + 1 && known->path == path)
		return known->tidied;
	const char *folder = folder_before(unit, path);
	if (folder)
		strbuf_printf(&whole, "%s/%s", folder, path);
	*known = (struct known_path){ dwarf_dieoffset(unit) + 1, path, tidied(s, folder ? strbuf_text(&whole) : path) };
	return known->tidied;
}

const char *sources_unit_name(struct sources *s, Dwarf_Die *unit)
{
	const char *name = dwarf_diename(unit);

	return name && *name && *name != '<' ? sources_path(s, unit, name) : NULL; /* "<artificial>" of GCC */
}

/* ---- line tables ---- */

static int by_start(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* The code of the unit; none overlap. Lines of functions that the linker discarded are at 0, and so are their ranges:
 * what is there is not told of. */
static void find_spans(struct sources *s, Dwarf_Die *unit)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;
	size_t n = 0;

	s->n_spans = 0;
	while ((at = dwarf_ranges(unit, at, &base, &start, &end)) > 0 && s->error == 0)
		if (start > 0 && start < end)
			s->error = vec_push(s, spans, (struct span){ start, end });
	if (s->n_spans)
		qsort(s->spans, s->n_spans, sizeof(*s->spans), by_start);
	for (size_t i = 0; i < s->n_spans; i++) {
		if (n > 0 && s->spans[i].start <= s->spans[n - 1].end)
			s->spans[n - 1].end = MAX(s->spans[n - 1].end, s->spans[i].end);
		else
			s->spans[n++] = s->spans[i];
	}
	s->n_spans = n;
}

static bool ends_span(const struct sources *s, uint64_t address)
{
	size_t i = search_while(s->n_spans, k, s->spans[k].end < address);

	return i < s->n_spans && s->spans[i].end == address;
}

/* Where lines of discarded functions end, which are among those of real ones: libdw sorts all of a unit by address. */
static uint64_t end_of_discarded(const struct sources *s, Dwarf_Lines *lines, size_t n_lines)
{
	uint64_t ret = 0, address;

	for (size_t i = 0; i < n_lines; i++) {
		Dwarf_Line *line = dwarf_onesrcline(lines, i);
		bool is_end = false;
		if (dwarf_lineendsequence(line, &is_end) == 0 && is_end && dwarf_lineaddr(line, &address) == 0 &&
		    !ends_span(s, address))
			ret = MAX(ret, address);
	}
	return ret;
}

static void add_line(struct sources *s, struct span line, const char *file, const char *unit)
{
	struct image_source_range *last = s->n_by_line ? &s->by_line[s->n_by_line - 1] : NULL;

	if (last && last->file == file && last->unit == unit && last->start + last->n_bytes == line.start)
		last->n_bytes += line.end - line.start;
	else if (s->error == 0 && s->n_by_line < s->file->n_bytes / LINE_BYTES)
		s->error = vec_push(s, by_line,
				    (struct image_source_range){ line.start, line.end - line.start, file, unit });
}

/* The parts of a line that are code of the unit. */
static void add_clipped(struct sources *s, size_t *i_span, struct span line, const char *file, const char *unit)
{
	while (*i_span < s->n_spans && s->spans[*i_span].end <= line.start)
		++*i_span;
	for (size_t i = *i_span; i < s->n_spans && s->spans[i].start < line.end; i++) {
		struct span part = { MAX(line.start, s->spans[i].start), MIN(line.end, s->spans[i].end) };
		if (part.start < part.end)
			add_line(s, part, file, unit);
	}
}

static bool starts_at_zero(Dwarf_Lines *lines, size_t n_lines)
{
	Dwarf_Addr address;

	return n_lines > 0 && dwarf_lineaddr(dwarf_onesrcline(lines, 0), &address) == 0 && address == 0;
}

/* libdw has sorted the lines by address. */
void sources_add_unit(struct sources *s, Dwarf_Die *unit)
{
	const char *name = sources_unit_name(s, unit);
	Dwarf_Lines *lines;
	size_t n_lines = 0, i_span = 0;

	find_spans(s, unit);
	if (s->n_spans == 0 || dwarf_getsrclines(unit, &lines, &n_lines) != 0)
		return;
	if (n_lines > s->n_lines_left) /* several units of one table, again and again */
		return;
	s->n_lines_left -= n_lines;
	uint64_t from = starts_at_zero(lines, n_lines) ? end_of_discarded(s, lines, n_lines) : 0;
	for (size_t i = 0; i + 1 < n_lines && s->error == 0; i++) {
		Dwarf_Line *line = dwarf_onesrcline(lines, i), *next = dwarf_onesrcline(lines, i + 1);
		struct span span;
		bool is_end = true;
		if (dwarf_lineendsequence(line, &is_end) != 0 || is_end || dwarf_lineaddr(line, &span.start) != 0 ||
		    dwarf_lineaddr(next, &span.end) != 0 || span.start >= span.end || span.start < from)
			continue;
		const char *path = dwarf_linesrc(line, NULL, NULL), *file = path ? sources_path(s, unit, path) : NULL;
		if (file)
			add_clipped(s, &i_span, span, file, name);
	}
}

/* ---- symbols ---- */

void sources_add_symbol(struct sources *s, const struct image_symbol *symbol, const char *file, const char *unit)
{
	const char *path = symbol->size_bytes > 0 ? tidied(s, file) : NULL;

	if (path && s->error == 0)
		s->error = vec_push(s, by_symbol,
				    (struct image_source_range){ symbol->address, symbol->size_bytes, path, unit });
}

/* ---- the end ---- */

static int by_place(const void *a, const void *b)
{
	const struct image_source_range *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->n_bytes > y->n_bytes ? -1 : x->n_bytes < y->n_bytes;
}

static int add(struct image *image, uint64_t start, uint64_t end, const struct image_source_range *of)
{
	if (start >= end)
		return 0;
	return vec_push(image, sources, (struct image_source_range){ start, end - start, of->file, of->unit });
}

/* The first of several has what they share. */
static void trim(struct image_source_range *ranges, size_t *n_ranges)
{
	size_t n = 0;
	uint64_t end = 0;

	if (*n_ranges)
		qsort(ranges, *n_ranges, sizeof(*ranges), by_place);
	for (size_t i = 0; i < *n_ranges; i++) {
		struct image_source_range r = ranges[i];
		uint64_t r_end = r.start + MIN(r.n_bytes, UINT64_MAX - r.start), start = MAX(r.start, end);
		if (start >= r_end)
			continue;
		r.n_bytes = r_end - start;
		r.start = start;
		end = r_end;
		ranges[n++] = r;
	}
	*n_ranges = n;
}

/* LTO's units have no names: the function at that place is of one that had. */
static const char *unit_at(const struct sources *s, uint64_t address)
{
	size_t i = search_while(s->n_by_symbol, k, s->by_symbol[k].start + s->by_symbol[k].n_bytes <= address);

	return i < s->n_by_symbol && s->by_symbol[i].start <= address ? s->by_symbol[i].unit : NULL;
}

/* Lines, and between them what only symbols have. Both are trimmed. */
static int merge(struct sources *s)
{
	struct image *image = s->file->image;
	size_t i_line = 0;
	int r = 0;

	for (size_t i = 0; i < s->n_by_symbol && r == 0; i++) {
		const struct image_source_range *symbol = &s->by_symbol[i];
		uint64_t at = symbol->start, end = symbol->start + symbol->n_bytes;
		while (i_line < s->n_by_line && s->by_line[i_line].start + s->by_line[i_line].n_bytes <= at)
			i_line++;
		for (size_t k = i_line; k < s->n_by_line && s->by_line[k].start < end && r == 0; k++) {
			r = add(image, at, s->by_line[k].start, symbol);
			at = MAX(at, s->by_line[k].start + s->by_line[k].n_bytes);
		}
		if (r == 0)
			r = add(image, at, end, symbol);
	}
	for (size_t i = 0; i < s->n_by_line && r == 0; i++) {
		struct image_source_range *line = &s->by_line[i];
		if (!line->unit)
			line->unit = unit_at(s, line->start);
		r = vec_push(image, sources, *line);
	}
	return r;
}

int sources_end(struct sources *s)
{
	struct image *image = s->file->image;

	trim(s->by_line, &s->n_by_line);
	trim(s->by_symbol, &s->n_by_symbol);
	int r = s->error ? s->error : merge(s);
	if (r == 0 && image->n_sources)
		qsort(image->sources, image->n_sources, sizeof(*image->sources), by_place);
	return r < 0 ? r : arena_error(&image->arena);
}
