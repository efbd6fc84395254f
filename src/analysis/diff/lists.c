/* Two builds, by sizes that were kept of them. */
#include <errno.h>
#include <inttypes.h>

#include "diff/private.h"
#include "memprof/analysis/image_figures.h"

static const enum figure_subject subject_of[DIFF_POOLS] = {
	[DIFF_REGIONS] = SUBJECT_REGION,   [DIFF_SECTIONS] = SUBJECT_SECTION, [DIFF_COMPONENTS] = SUBJECT_COMPONENT,
	[DIFF_ARCHIVES] = SUBJECT_ARCHIVE, [DIFF_OBJECTS] = SUBJECT_OBJECT,   [DIFF_SYMBOLS] = SUBJECT_SYMBOL,
	[DIFF_FROZEN] = SUBJECT_FROZEN,    [DIFF_SOURCES] = SUBJECT_SOURCE,   [DIFF_FOLDERS] = SUBJECT_FOLDER,
};

static void fill(struct match_side *side, const struct build_figures *from, enum diff_table table)
{
	for (size_t i = 0; i < from->n_figures; i++)
		if (from->figures[i].subject == subject_of[table]) {
			const struct build_figure *figure = &from->figures[i];
			struct match_item *item = match_add(side, figure, slice_of(figure->name), figure->size_bytes);
			item->path_bytes = item->name.n_bytes;
		}
}

static int add_total(struct diff *diff, const void *ctx, const struct match_item *was, const struct match_item *is,
		     struct diff_row *row)
{
	struct image_slice name = (is ? is : was)->name;

	(void)ctx;
	int r = diff_add_total(diff, arena_text(&diff->arena, name.text, name.n_bytes), NULL, row->old_bytes,
			       row->new_bytes, NOT_KNOWN);
	return r < 0 ? r : DIFF_NO_ROW;
}

static bool has_totals(const struct diff *diff, enum diff_table table)
{
	return table == DIFF_REGIONS || (table == DIFF_SECTIONS && diff->n_totals == 0);
}

static int add_table(struct diff *diff, struct diff_pairs *p, enum diff_table table)
{
	static const struct match_round rounds[] = { { .text = MATCH_NAME, .how = MATCH_IN_ORDER },
						     { .text = MATCH_ENDS, .how = MATCH_SINGLE } };
	struct diff_rows rows = { .table = table, .with_empty = true },
			 totals = { .judge = add_total, .with_empty = true };
	int r = diff_match(p, rounds, table == DIFF_ARCHIVES ? 2 : 1);

	if (r == 0 && has_totals(diff, table))
		r = diff_add_rows(diff, p, &totals);
	diff->lists[table].compared = diff_wants(diff, table);
	return r == 0 && diff->lists[table].compared ? diff_add_rows(diff, p, &rows) : r;
}

static bool is_read(const struct build_figures *from, const struct match_side *side, enum diff_table table)
{
	return side->n || (from->subjects & SUBJECT_BIT(subject_of[table]));
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
		enum diff_table table = (enum diff_table)i;
		struct diff_pairs p;
		r = diff_pairs_init(&p, old->n_figures, new->n_figures);
		if (r == 0) {
			fill(&p.old, old, table);
			fill(&p.new, new, table);
			if (is_read(old, &p.old, table) && is_read(new, &p.new, table))
				r = add_table(diff, &p, table);
		}
		any |= diff->lists[i].compared;
		diff_pairs_deinit(&p);
	}
	if (r == 0)
		r = diff_finish(diff);
	if (r == 0 && !options->filter && !options->asked)
		r = compare_images(diff, old, new);
	if (r < 0)
		return diag_set(diag, r, "out of memory");
	return any ? 0 : diag_set(diag, -EINVAL, "the two have no figures in common that could be compared");
}
