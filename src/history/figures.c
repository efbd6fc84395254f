/* What a note keeps of an image. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/names.h"
#include "memprof/history/note.h"

const char note_elsewhere[] = "*elsewhere*";

struct listing {
	struct build_figures *build;
	struct arena *arena;
	enum figure_subject subject;
	size_t n_before; /* figures of other subjects */
};

static int add_figure(struct listing *l, struct image_slice name, uint64_t size_bytes)
{
	if (name.n_bytes == 0 || name.n_bytes > NOTE_NAME_MAX_BYTES || memchr(name.text, '\0', name.n_bytes))
		return 0;
	const char *text = arena_text(l->arena, name.text, name.n_bytes);
	int r = vec_push(l->build, figures, (struct build_figure){ l->subject, text, size_bytes, FIGURE_NO_FREE });
	return r < 0 ? r : arena_error(l->arena);
}

/* The free bytes of a region follow what is used of it. */
static int take_figure(void *ctx, const struct figure *figure)
{
	struct listing *l = ctx;
	struct build_figures *build = l->build;
	int64_t amount = figure->value.amount;

	if (figure->kind == FIGURE_END || !figure->value.known ||
	    (uint64_t)(amount < 0 ? -amount : amount) > NOTE_AMOUNT_MAX)
		return 0;
	struct build_figure *last = build->n_figures ? &build->figures[build->n_figures - 1] : NULL;
	if (figure->kind != FIGURE_FREE)
		return amount > 0 || l->subject == SUBJECT_REGION ? add_figure(l, figure->name, (uint64_t)amount) : 0;
	if (last && slice_is(figure->name, last->name))
		last->free_bytes = amount;
	return 0;
}

/* ---- folders ---- */

/* "py" of "/work/firmware/py/gc.c", "../../py/gc.c" and "./py/gc.c"; files right in the root are of ".". */
static struct image_slice folder_of(const char *source, const char *root)
{
	size_t n_root = root ? strlen(root) : 0;

	if (n_root && strncmp(source, root, n_root) == 0 && source[n_root] == '/')
		source += n_root + 1;
	while (strncmp(source, "../", 3) == 0 || strncmp(source, "./", 2) == 0)
		source += strcspn(source, "/") + 1;
	const char *slash = strchr(source, '/');
	return slash == source ? slice_of(note_elsewhere) :
	       slash           ? (struct image_slice){ source, (uint32_t)(slash - source) } :
				 slice_of(".");
}

static int add_to_folder(struct listing *l, struct names *names, struct image_slice name, uint64_t size_bytes)
{
	uint32_t number = names_add(names, name.text, MIN(name.n_bytes, (uint32_t)NOTE_NAME_MAX_BYTES));

	if (number == NAMES_NONE)
		return -ENOMEM;
	if (number == l->build->n_figures - l->n_before)
		return add_figure(l, slice_of(names_text(names, number)), size_bytes);
	struct build_figure *figure = &l->build->figures[l->n_before + number];
	figure->size_bytes += MIN(size_bytes, NOTE_AMOUNT_MAX - figure->size_bytes);
	return 0;
}

static int add_folders(struct listing *l, const struct image *image, const char *root)
{
	struct names names = { .arena = l->arena };
	struct image_groups sources;
	int r = image_groups_by_source(image, IMAGE_BY_SOURCE, NULL, &sources);

	for (size_t i = 0; r == 0 && i < sources.n_groups; i++) {
		const struct image_group *source = &sources.groups[i];
		if (!source->is_rest)
			r = add_to_folder(l, &names, folder_of(source->name, root),
					  MIN(source->size_bytes, NOTE_AMOUNT_MAX));
	}
	names_deinit(&names);
	image_groups_deinit(&sources);
	return r;
}

/* ---- all of them ---- */

static int by_size(const void *a, const void *b)
{
	const struct build_figure *x = a, *y = b;

	if (x->size_bytes != y->size_bytes)
		return x->size_bytes > y->size_bytes ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Regions and sections stay in order of their addresses. */
static void keep_largest(const struct listing *l)
{
	size_t n = l->build->n_figures - l->n_before;

	if (n > 1 && (n > NOTE_ROWS_MAX || (l->subject != SUBJECT_REGION && l->subject != SUBJECT_SECTION)))
		qsort(&l->build->figures[l->n_before], n, sizeof(*l->build->figures), by_size);
	l->build->n_figures = l->n_before + MIN(n, (size_t)NOTE_ROWS_MAX);
}

int note_figures(struct build_figures *ret, struct arena *arena, struct image_lists *lists, const char *root)
{
	int r = 0;

	for (size_t i = 0; i < note_n_subjects && r == 0; i++) {
		struct listing l = { ret, arena, note_subjects[i], ret->n_figures };
		if (!image_reports(lists->image, l.subject))
			continue;
		ret->subjects |= SUBJECT_BIT(l.subject);
		r = l.subject == SUBJECT_FOLDER ? add_folders(&l, lists->image, root) :
						  image_figures(lists, l.subject, take_figure, &l);
		keep_largest(&l);
	}
	return r;
}
