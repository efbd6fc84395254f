/* What GNU ld lists beside its map.
 *
 * The cross references (binutils ld/ldcref.c, output_one_cref): the name, padded to the column of files, then files,
 * those with a definition first. Where no file has one, as of a symbol of the script or an undefined weak one, the
 * first is a user as well: so only symbols count that the map lists in a section. */
#include "map/cref.h"

#include <errno.h>

#include "map/words.h"

enum { FILE_COLUMN = 50 };

int map_cref_begin(struct map_cref *c, struct image *image)
{
	*c = (struct map_cref){ .image = image };
	c->defined.arena = &c->arena;
	c->files.arena = &image->arena;
	for (size_t i = 0; i < image->n_symbols; i++) {
		const struct image_slice *name = &image->symbols[i].name;
		if (names_add(&c->defined, name->text, name->n_bytes) == NAMES_NONE)
			return -ENOMEM;
	}
	return 0;
}

void map_cref_deinit(struct map_cref *c)
{
	names_deinit(&c->defined);
	names_deinit(&c->files);
	arena_deinit(&c->arena);
}

static const char *file_of(struct map_cref *c, const char *p, const char *end)
{
	uint32_t number = names_add(&c->files, p, (size_t)(end - p));

	return number == NAMES_NONE ? NULL : names_text(&c->files, number);
}

/* Where the file begins behind a name: names of C++ hold blanks, and long ones have one blank behind them. */
static const char *find_file(const char *p, const char *end)
{
	const char *at = end;

	if (end - p > FILE_COLUMN && p[FILE_COLUMN - 2] == ' ' && p[FILE_COLUMN - 1] == ' ')
		return skip_blanks(p + FILE_COLUMN, end);
	while (at > p && at[-1] != ' ')
		at--;
	return at > p ? at : NULL;
}

static int definition(struct map_cref *c, const char *p, const char *end)
{
	const char *file = find_file(p, end);

	c->definer = NULL;
	if (!file || file == end || !*file)
		return 0;
	c->symbol = slice(p, trim_end(p, file));
	if (names_find(&c->defined, c->symbol.text, c->symbol.n_bytes) == NAMES_NONE)
		return 0;
	c->definer = file_of(c, file, end);
	return c->definer ? 0 : -ENOMEM;
}

int map_cref_line(struct map_cref *c, const char *p, const char *end)
{
	const char *file = skip_blanks(p, end);

	if (file == p)
		return definition(c, p, end);
	if (file - p < FILE_COLUMN || file == end || !*file || !c->definer)
		return 0;
	const char *user = file_of(c, file, end);
	if (!user)
		return -ENOMEM;
	return vec_push(c->image, references,
			(struct image_pull){ .what = c->definer, .by = user, .symbol = c->symbol });
}

/* ---- "Archive member included": why each is in the link (ld/ldmain.c, add_archive_element) ---- */

static const char *find_blanks(const char *p, const char *end)
{
	for (; end - p > 2; p++)
		if (p[0] == ')' && p[1] == ' ' && p[2] == ' ')
			return p + 1;
	return NULL;
}

/* "main.o (memcpy)", "libc.a(x.o) (memcpy)"; "(memcpy)": the command line, or the linker script, needs it. */
static int reason(struct image *image, const char *p, const char *end)
{
	struct image_pull *pull = &image->pulls[image->n_pulls - 1];
	const char *open = NULL;

	if (end - p < 2 || end[-1] != ')')
		return 0;
	for (const char *at = p; !open && at < end - 1; at++)
		if (at[0] == '(' && (at == p || at[-1] == ' '))
			open = at;
	if (!open)
		return 0;
	pull->symbol = slice(open + 1, end - 1);
	const char *by_end = trim_end(p, open);
	pull->by = by_end > p ? arena_text(&image->arena, p, (size_t)(by_end - p)) : NULL;
	return arena_error(&image->arena);
}

int map_pull_line(struct image *image, const char *p, const char *end)
{
	bool begins = *p != ' ' && *p != '\t';
	const char *name_end = begins ? find_blanks(p, end) : NULL;

	if (!begins)
		return image->n_pulls ? reason(image, skip_blanks(p, end), end) : 0;
	struct image_pull *pull = vec_add(image, pulls);
	if (!pull)
		return -ENOMEM;
	pull->what = arena_text(&image->arena, p, (size_t)((name_end ? name_end : end) - p));
	return name_end ? reason(image, skip_blanks(name_end, end), end) : arena_error(&image->arena);
}
