/* Two builds, by sizes that were kept of them. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "diff/private.h"
#include "memprof/analysis/image_figures.h"

static const enum figure_subject subject_of[DIFF_POOLS] = {
	[DIFF_REGIONS] = SUBJECT_REGION,   [DIFF_SECTIONS] = SUBJECT_SECTION, [DIFF_COMPONENTS] = SUBJECT_COMPONENT,
	[DIFF_ARCHIVES] = SUBJECT_ARCHIVE, [DIFF_OBJECTS] = SUBJECT_OBJECT,   [DIFF_SYMBOLS] = SUBJECT_SYMBOL,
	[DIFF_FROZEN] = SUBJECT_FROZEN,    [DIFF_SOURCES] = SUBJECT_SOURCE,   [DIFF_FOLDERS] = SUBJECT_FOLDER,
};

struct table_pairs {
	enum diff_table table;
	struct image_groups old, new;
	struct diff_pairs pairs;
	bool is_total;
};

static void table_pairs_deinit(struct table_pairs *t)
{
	diff_pairs_deinit(&t->pairs);
	image_groups_deinit(&t->old);
	image_groups_deinit(&t->new);
}

/* False: it was not read. */
static bool list_figures(const struct build_figures *from, enum diff_table table, struct image_groups *ret, int *error)
{
	for (size_t i = 0; i < from->n_figures && *error == 0; i++) {
		const struct build_figure *f = &from->figures[i];
		if (f->subject == subject_of[table])
			*error = vec_push(ret, groups,
					  (struct image_group){ .name = f->name, .size_bytes = f->size_bytes });
	}
	return ret->n_groups || (from->subjects & SUBJECT_BIT(subject_of[table]));
}

static int add_pair(struct diff *diff, const void *ctx, uint32_t i_old, uint32_t i_new)
{
	const struct table_pairs *t = ctx;
	const struct image_group *was = i_old == MATCH_NONE ? NULL : &t->old.groups[i_old];
	const struct image_group *is = i_new == MATCH_NONE ? NULL : &t->new.groups[i_new];
	const char *name = is ? is->name : was->name;
	struct diff_row row = diff_no_row;

	row.old_bytes = was ? was->size_bytes : NOT_KNOWN;
	row.new_bytes = is ? is->size_bytes : NOT_KNOWN;
	return t->is_total ? diff_add_total(diff, arena_text(&diff->arena, name, strlen(name)), NULL, row.old_bytes,
					    row.new_bytes) :
			     diff_add(diff, t->table, &row, slice_of(name), slice_of(was ? was->name : NULL));
}

static int add_table(struct diff *diff, enum diff_table table, const struct build_figures *old,
		     const struct build_figures *new)
{
	struct table_pairs t CLEANUP(table_pairs_deinit) = { .table = table };
	int r = 0;
	bool in_old = list_figures(old, table, &t.old, &r), in_new = list_figures(new, table, &t.new, &r);

	if (r < 0 || !in_old || !in_new)
		return r;
	diff->lists[table].compared = diff_wants(diff, table);
	r = diff_match_groups(&t.pairs, &t.old, &t.new, table == DIFF_ARCHIVES);
	t.is_total = table == DIFF_REGIONS || (table == DIFF_SECTIONS && diff->n_totals == 0);
	if (r == 0 && t.is_total)
		r = diff_pairs_add(diff, &t.pairs, add_pair, &t);
	t.is_total = false;
	return r == 0 && diff->lists[table].compared ? diff_pairs_add(diff, &t.pairs, add_pair, &t) : r;
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
		r = add_table(diff, (enum diff_table)i, old, new);
		any |= diff->lists[i].compared;
	}
	if (r == 0)
		r = diff_finish(diff);
	if (r == 0 && !options->filter && !options->asked)
		r = compare_images(diff, old, new);
	if (r < 0)
		return diag_set(diag, r, "out of memory");
	return any ? 0 : diag_set(diag, -EINVAL, "the two have no figures in common that could be compared");
}
