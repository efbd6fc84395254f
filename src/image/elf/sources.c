/* Which bytes are of which source: code by the line tables, so that what a header has inlined is the header's;
 * variables, and what no line table tells, by the place of their declaration. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "elf/sources.h"
#include "memprof/base/search.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/vec.h"

enum {
	LINE_BYTES = 4, /* of it for each change of the source, at least */
};

struct sources {
	struct elf_file *file;
	size_t n_lines_max;    /* more are left out */
	struct names names;    /* paths, tidied; in the image's arena */
	struct names raw;      /* … and as DWARF has them, in arena */
	VEC(uint32_t, tidied); /* the number in names of each of raw */
	struct arena arena;
	VEC(struct image_source_range, by_line); /* in any order, and they may overlap, until the end */
	VEC(struct image_source_range, by_symbol);
	int error;
};

struct sources *sources_new(struct elf_dwarf *d)
{
	struct elf_file *f = d->file;
	struct sources *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->file = f;
	s->n_lines_max = elf_dwarf_bytes(d) / LINE_BYTES;
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
	vec_deinit(s, by_line);
	vec_deinit(s, by_symbol);
	free(s);
}

/* ---- paths ---- */

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
	const char *separators = path_is_of_windows(path) ? "/\\" : "/";
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

/* Some compilers put the folder before names without one. */
static bool has_folder(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && path[n] == '/';
}

const char *sources_path(struct sources *s, const char *folder, const char *path)
{
	struct strbuf whole CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!folder || !*folder || path_is_absolute(path) || has_folder(path, folder))
		return tidied(s, path);
	if (strlen(folder) > PATH_MAX_BYTES)
		return NULL;
	strbuf_printf(&whole, "%s/%s", folder, path);
	return tidied(s, strbuf_text(&whole));
}

const char *sources_file_path(struct sources *s, struct unit_file *file)
{
	if (!file->path)
		file->path = sources_path(s, file->compiled_in, file->text);
	return file->path;
}

/* ---- ranges ---- */

void sources_add_code(struct sources *s, uint64_t start, uint64_t end, const char *path, const char *unit)
{
	struct image_source_range *last = s->n_by_line ? &s->by_line[s->n_by_line - 1] : NULL;

	if (last && last->file == path && last->unit == unit && last->start + last->n_bytes == start)
		last->n_bytes += end - start;
	else if (s->error == 0 && s->n_by_line < s->n_lines_max)
		s->error = vec_push(s, by_line, (struct image_source_range){ start, end - start, path, unit });
}

void sources_add_symbol(struct sources *s, const struct image_symbol *symbol, const char *path, const char *unit)
{
	if (symbol->size_bytes > 0 && s->error == 0)
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

static bool are_sorted(const struct image_source_range *ranges, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (by_place(&ranges[i - 1], &ranges[i]) > 0)
			return false;
	return true;
}

/* The first of several has what they share. */
static void trim(struct image_source_range *ranges, size_t *n_ranges)
{
	size_t n = 0;
	uint64_t end = 0;

	if (!are_sorted(ranges, *n_ranges))
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

static int add_line(struct sources *s, struct image_source_range line)
{
	if (!line.unit)
		line.unit = unit_at(s, line.start);
	return vec_push(s->file->image, sources, line);
}

/* Lines, and between them what only symbols have. Both are trimmed, and so is what comes of them. */
static int merge(struct sources *s)
{
	struct image *image = s->file->image;
	uint64_t told = 0; /* where the last line ends */
	size_t i_line = 0;
	int r = 0;

	for (size_t i = 0; i < s->n_by_symbol && r == 0; i++) {
		const struct image_source_range *symbol = &s->by_symbol[i];
		uint64_t end = symbol->start + symbol->n_bytes;
		for (; i_line < s->n_by_line && s->by_line[i_line].start < end && r == 0; i_line++) {
			const struct image_source_range *line = &s->by_line[i_line];
			r = add(image, MAX(symbol->start, told), line->start, symbol);
			if (r == 0)
				r = add_line(s, *line);
			told = line->start + line->n_bytes;
		}
		if (r == 0)
			r = add(image, MAX(symbol->start, told), end, symbol);
	}
	for (; i_line < s->n_by_line && r == 0; i_line++)
		r = add_line(s, s->by_line[i_line]);
	return r;
}

int sources_end(struct sources *s)
{
	trim(s->by_line, &s->n_by_line);
	trim(s->by_symbol, &s->n_by_symbol);
	int r = s->error ? s->error : merge(s);
	return r < 0 ? r : arena_error(&s->file->image->arena);
}
