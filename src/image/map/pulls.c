/* "Archive member included": why GNU ld took each member of an archive (binutils ld/ldmain.c, add_archive_element). */
#include <errno.h>

#include "map/reader.h"
#include "map/words.h"

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
