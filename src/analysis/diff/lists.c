/* Two builds, by sizes that were kept of them. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "diff/private.h"
#include "memprof/analysis/image_figures.h"

static const enum figure_subject subject_of[DIFF_POOLS] = {
	[DIFF_REGIONS] = SUBJECT_REGION,   [DIFF_SECTIONS] = SUBJECT_SECTION, [DIFF_COMPONENTS] = SUBJECT_COMPONENT,
	[DIFF_ARCHIVES] = SUBJECT_ARCHIVE, [DIFF_OBJECTS] = SUBJECT_OBJECT,   [DIFF_SYMBOLS] = SUBJECT_SYMBOL,
	[DIFF_FROZEN] = SUBJECT_FROZEN,    [DIFF_SOURCES] = SUBJECT_SOURCE,   [DIFF_FOLDERS] = SUBJECT_FOLDER,
};

/* The figures of one table. */
struct table {
	const char **names;
	uint64_t *sizes;
	size_t n;
};

static void table_deinit(struct table *t)
{
	free(t->names);
	free(t->sizes);
}

static int table_init(struct table *ret, const struct build_figures *from, enum diff_table table)
{
	*ret = (struct table){ .names = malloc((from->n_figures + 1) * sizeof(*ret->names)),
			       .sizes = malloc((from->n_figures + 1) * sizeof(*ret->sizes)) };
	if (!ret->names || !ret->sizes)
		return -ENOMEM;
	for (size_t i = 0; i < from->n_figures; i++)
		if (from->figures[i].subject == subject_of[table]) {
			ret->names[ret->n] = from->figures[i].name;
			ret->sizes[ret->n++] = from->figures[i].size_bytes;
		}
	return 0;
}

struct table_pairs {
	enum diff_table table;
	struct table old, new;
	struct diff_pairs pairs;
	bool is_total;
};

static int add_pair(struct diff *diff, const void *ctx, uint32_t i_old, uint32_t i_new)
{
	const struct table_pairs *t = ctx;
	struct diff_row row = diff_no_row;
	const char *from = i_old == MATCH_NONE ? NULL : t->old.names[i_old];
	const char *name = i_new == MATCH_NONE ? from : t->new.names[i_new];

	if (from)
		row.old_bytes = t->old.sizes[i_old];
	if (i_new != MATCH_NONE)
		row.new_bytes = t->new.sizes[i_new];
	if (t->is_total) {
		name = arena_text(&diff->arena, name, strlen(name));
		return diff_add_total(diff, name, NULL, row.old_bytes, row.new_bytes);
	}
	return diff_add(diff, t->table, &row, slice_of(name), slice_of(from));
}

static int add_table(struct diff *diff, struct table_pairs *t)
{
	bool wanted = diff_wants(diff, t->table);
	int r = diff_pairs_init(&t->pairs, t->old.n, t->new.n);

	if (r == 0)
		r = diff_match_paths(&t->pairs.old, t->old.names, &t->pairs.new, t->new.names,
				     t->table == DIFF_ARCHIVES);
	if (r == 0 && (t->table == DIFF_REGIONS || (t->table == DIFF_SECTIONS && diff->n_totals == 0))) {
		t->is_total = true;
		r = diff_pairs_add(diff, &t->pairs, add_pair, t);
		t->is_total = false;
	}
	diff->lists[t->table].compared = wanted;
	if (r == 0 && wanted)
		r = diff_pairs_add(diff, &t->pairs, add_pair, t);
	diff_pairs_deinit(&t->pairs);
	return r;
}

static bool is_read(const struct build_figures *from, const struct table *t, unsigned i_table)
{
	return t->n || (from->subjects & SUBJECT_BIT(subject_of[i_table]));
}

/* No table has it: it is what is flashed. */
static int compare_images(struct diff *diff, const struct build_figures *old, const struct build_figures *new)
{
	struct diff_row row = { .old_bytes = old->image_bytes, .new_bytes = new->image_bytes };

	if (old->image_bytes == NOT_KNOWN || new->image_bytes == NOT_KNOWN || old->image_bytes == new->image_bytes)
		return 0;
	row.delta_bytes = (int64_t)(new->image_bytes - old->image_bytes);
	row.change = row.delta_bytes > 0 ? CHANGE_GROWN : CHANGE_SHRUNK;
	if (!diff_is_enough(&diff->options, &row))
		return 0;
	diff->n_differences++;
	return diff_note(diff, "The image has %" PRIu64 " bytes; it had %" PRIu64 ".", new->image_bytes,
			 old->image_bytes);
}

int diff_lists(struct diff *diff, const struct build_figures *old, const struct build_figures *new,
	       const struct diff_options *options, struct diag *diag)
{
	bool any = false;
	int r = 0;

	*diff = (struct diff){ .options = *options };
	for (unsigned i = 0; i < DIFF_POOLS && r == 0; i++) {
		struct table_pairs t = { .table = (enum diff_table)i };
		r = table_init(&t.old, old, t.table);
		if (r == 0)
			r = table_init(&t.new, new, t.table);
		if (r == 0 && is_read(old, &t.old, i) && is_read(new, &t.new, i))
			r = add_table(diff, &t);
		any |= diff->lists[i].compared;
		table_deinit(&t.old);
		table_deinit(&t.new);
	}
	if (r == 0)
		r = diff_finish(diff);
	if (r == 0 && !options->filter && !options->asked)
		r = compare_images(diff, old, new);
	if (r < 0)
		return diag_set(diag, r, "out of memory");
	return any ? 0 : diag_set(diag, -EINVAL, "the two have no figures in common that could be compared");
}
