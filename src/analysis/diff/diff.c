/* Rows: what becomes one, in what order, and what is kept. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "diff/private.h"
#include "memprof/analysis/image_figures.h"
#include "memprof/base/glob.h"

const char *diff_change_name(enum diff_change change)
{
	static const char *const names[] = {
		[CHANGE_SAME] = "same",       [CHANGE_ADDED] = "added",   [CHANGE_REMOVED] = "removed",
		[CHANGE_GROWN] = "grown",     [CHANGE_SHRUNK] = "shrunk", [CHANGE_MOVED] = "moved",
		[CHANGE_RENAMED] = "renamed",
	};

	return names[change];
}

const char *diff_table_name(enum diff_table table)
{
	static const char *const names[N_DIFF_TABLES] = {
		[DIFF_REGIONS] = "regions",   [DIFF_SECTIONS] = "sections", [DIFF_COMPONENTS] = "components",
		[DIFF_ARCHIVES] = "archives", [DIFF_OBJECTS] = "objects",   [DIFF_SYMBOLS] = "symbols",
		[DIFF_SOURCES] = "sources",   [DIFF_FOLDERS] = "folders",   [DIFF_FROZEN] = "frozen",
		[DIFF_POOLS] = "pools",       [DIFF_KINDS] = "kinds",       [DIFF_RUNS] = "runs",
	};

	return names[table];
}

void diff_deinit(struct diff *diff)
{
	for (size_t i = 0; i < N_DIFF_TABLES; i++)
		vec_deinit(&diff->lists[i], rows);
	vec_deinit(diff, runs);
	vec_deinit(diff, pools);
	vec_deinit(diff, totals);
	vec_deinit(diff, regions);
	vec_deinit(diff, notes);
	arena_deinit(&diff->arena);
	*diff = (struct diff){ 0 };
}

bool diff_wants(const struct diff *diff, enum diff_table table)
{
	return !diff->options.tables || diff->options.tables & DIFF_BIT(table);
}

/* ---- one row ---- */

static uint64_t known(uint64_t size_bytes) { return size_bytes == NOT_KNOWN ? 0 : size_bytes; }

bool diff_has_bytes(const struct diff_row *row) { return known(row->old_bytes) || known(row->new_bytes); }

static void judge(struct diff_row *row)
{
	row->delta_bytes = (int64_t)(known(row->new_bytes) - known(row->old_bytes));
	if (row->old_bytes == NOT_KNOWN)
		row->change = CHANGE_ADDED;
	else if (row->new_bytes == NOT_KNOWN)
		row->change = CHANGE_REMOVED;
	else if (row->change == CHANGE_SAME && row->delta_bytes)
		row->change = row->delta_bytes > 0 ? CHANGE_GROWN : CHANGE_SHRUNK;
}

static uint64_t magnitude(int64_t delta) { return delta < 0 ? 0 - (uint64_t)delta : (uint64_t)delta; }

bool diff_is_enough(const struct diff_options *options, const struct diff_row *row)
{
	uint64_t delta_bytes = magnitude(row->delta_bytes);

	if (row->change == CHANGE_SAME)
		return options->all && !options->grown;
	if (options->grown && row->delta_bytes <= 0 && row->change != CHANGE_ADDED)
		return false;
	return delta_bytes >= options->threshold_bytes &&
	       (row->old_bytes == NOT_KNOWN ||
		100.0 * (double)delta_bytes >= options->threshold_percent * (double)row->old_bytes);
}

static const void *copy(struct arena *arena, const void *bytes, size_t n_bytes)
{
	void *to = arena_zeroed(arena, 1, n_bytes);

	return to ? memcpy(to, bytes, n_bytes) : NULL;
}

static bool is_linked_as(struct diff *diff, struct image_slice linkage)
{
	const char *name = linkage.n_bytes ? arena_text(&diff->arena, linkage.text, linkage.n_bytes) : NULL;

	return name && glob_match(diff->options.filter, name);
}

/* By one of its names, as the filter has it. */
static bool is_called(struct diff *diff, const struct diff_row *row)
{
	const char *filter = diff->options.filter;

	return glob_match(filter, row->name) || (row->from && glob_match(filter, row->from)) ||
	       is_linked_as(diff, row->linkage) || is_linked_as(diff, row->from_linkage);
}

int diff_add(struct diff *diff, enum diff_table table, const struct diff_row *row, struct image_slice name,
	     struct image_slice from)
{
	struct diff_row judged = *row;

	judge(&judged);
	if (!diff_is_enough(&diff->options, &judged))
		return 0;
	judged.name = arena_text(&diff->arena, name.text, name.n_bytes);
	if (from.text && (from.n_bytes != name.n_bytes || memcmp(from.text, name.text, name.n_bytes) != 0))
		judged.from = arena_text(&diff->arena, from.text, from.n_bytes);
	if (diff->options.filter && !is_called(diff, &judged))
		return 0;
	struct diff_row *kept = vec_add(&diff->lists[table], rows);
	if (!kept)
		return -ENOMEM;
	if (judged.by_region)
		judged.by_region = copy(&diff->arena, judged.by_region, diff->n_regions * sizeof(*judged.by_region));
	*kept = judged;
	return arena_error(&diff->arena);
}

int diff_add_total(struct diff *diff, const char *name, const char *from, uint64_t old_bytes, uint64_t new_bytes,
		   uint64_t length_bytes)
{
	struct diff_row *row = vec_add(diff, totals);

	if (!row)
		return -ENOMEM;
	*row = (struct diff_row){ .name = name,
				  .from = from,
				  .old_bytes = old_bytes,
				  .new_bytes = new_bytes,
				  .old_count = NOT_KNOWN,
				  .new_count = NOT_KNOWN,
				  .i_pool = DIFF_NONE,
				  .i_old = DIFF_NONE,
				  .i_new = DIFF_NONE,
				  .length_bytes = length_bytes };
	judge(row);
	return 0;
}

int diff_note(struct diff *diff, const char *format, ...)
{
	const char **note = vec_add(diff, notes);
	va_list ap;

	if (!note)
		return -ENOMEM;
	va_start(ap, format);
	*note = arena_vprintf(&diff->arena, format, ap);
	va_end(ap);
	return arena_error(&diff->arena);
}

/* ---- all rows of a table ---- */

/* What one build does not have counts as 0. NULL: not both have regions. */
static const int64_t *deltas_of(const struct diff *diff, const struct diff_builds *b, const struct match_item *was,
				const struct match_item *is)
{
	const struct diff_build *old = &b->old, *new = &b->new;

	if (!diff->n_regions)
		return NULL;
	memset(b->deltas, 0, diff->n_regions * sizeof(*b->deltas));
	for (size_t i = 0; was && was->by_region && i < old->image->n_regions; i++)
		if (old->scope.regions[i])
			b->deltas[old->numbers[i]] -= (int64_t)was->by_region[i];
	for (size_t i = 0; is && is->by_region && i < new->image->n_regions; i++)
		if (new->scope.regions[i])
			b->deltas[new->numbers[i]] += (int64_t)is->by_region[i];
	return b->deltas;
}

static int add_row(struct diff *diff, const struct diff_pairs *p, const struct diff_rows *rows, uint32_t i_old,
		   uint32_t i_new)
{
	const struct match_item *was = i_old == MATCH_NONE ? NULL : &p->old.items[i_old];
	const struct match_item *is = i_new == MATCH_NONE ? NULL : &p->new.items[i_new], *item = is ? is : was;
	struct diff_row row = {
		.old_bytes = was ? was->size_bytes : NOT_KNOWN,
		.new_bytes = is ? is->size_bytes : NOT_KNOWN,
		.old_count = NOT_KNOWN,
		.new_count = NOT_KNOWN,
		.i_pool = DIFF_NONE,
		.i_old = rows->has_numbers ? i_old : DIFF_NONE,
		.i_new = rows->has_numbers ? i_new : DIFF_NONE,
		.change = is && p->found_by[i_new] ? p->found_by[i_new]->change : CHANGE_SAME,
		.linkage = item->linkage,
		.from_linkage = was && is ? was->linkage : slice_of(NULL),
		.place = item->place,
		.length_bytes = NOT_KNOWN,
	};

	if (!rows->with_empty && !diff_has_bytes(&row))
		return 0;
	if (rows->by_region)
		row.by_region = deltas_of(diff, rows->by_region, was, is);
	int r = rows->judge ? rows->judge(diff, rows->ctx, was, is, &row) : 0;
	if (r != 0)
		return MIN(r, 0);
	return diff_add(diff, rows->table, &row, item->name, was ? was->name : slice_of(NULL));
}

int diff_add_rows(struct diff *diff, const struct diff_pairs *p, const struct diff_rows *rows)
{
	int r = 0;

	for (uint32_t i = 0; i < p->new.n &&r == 0; i++)
		r = add_row(diff, p, rows, p->new.partner[i], i);
	for (uint32_t i = 0; i < p->old.n && r == 0; i++)
		if (p->old.partner[i] == MATCH_NONE)
			r = add_row(diff, p, rows, i, MATCH_NONE);
	return r;
}

/* ---- order ---- */

static int by_text(const char *a, const char *b) { return strcmp(a ? a : "", b ? b : ""); }

static int by_delta(const void *a, const void *b)
{
	const struct diff_row *x = a, *y = b;
	uint64_t x_bytes = magnitude(x->delta_bytes), y_bytes = magnitude(y->delta_bytes);
	int order;

	if (x_bytes != y_bytes)
		return x_bytes > y_bytes ? -1 : 1;
	if ((order = by_text(x->name, y->name)) != 0 || (order = by_text(x->place, y->place)) != 0)
		return order;
	if (x->old_bytes != y->old_bytes)
		return x->old_bytes < y->old_bytes ? -1 : 1;
	if (x->new_bytes != y->new_bytes)
		return x->new_bytes < y->new_bytes ? -1 : 1;
	if ((order = by_text(x->from, y->from)) != 0)
		return order;
	return by_text(x->from_place, y->from_place);
}

static void sort(struct diff_row *rows, size_t n)
{
	if (n)
		qsort(rows, n, sizeof(*rows), by_delta);
}

/* Whether a row says what grew: no estimate, and no object of LTO, which is the whole program. */
static bool is_growth(const struct diff_row *row, enum diff_table table)
{
	return row->delta_bytes > 0 && !row->is_estimate &&
	       !(table == DIFF_OBJECTS && image_object_is_lto(&(struct image_object){ .key = row->name }));
}

static uint64_t growth_in(const struct diff *diff, enum diff_table table)
{
	uint64_t n_bytes = 0;

	for (size_t i = 0; i < diff->lists[table].n_rows; i++)
		if (is_growth(&diff->lists[table].rows[i], table))
			n_bytes += (uint64_t)diff->lists[table].rows[i].delta_bytes;
	return n_bytes;
}

static void note_grown(struct diff *diff)
{
	static const enum diff_table finest[] = { DIFF_SYMBOLS, DIFF_OBJECTS, DIFF_SOURCES, DIFF_SECTIONS };
	uint64_t bytes[ARRAY_SIZE(finest)], most_bytes = 0;
	size_t t = 0;

	for (size_t i = 0; i < ARRAY_SIZE(finest); i++) {
		bytes[i] = growth_in(diff, finest[i]);
		most_bytes = MAX(most_bytes, bytes[i]);
	}
	while (bytes[t] < most_bytes / 2)
		t++;
	const struct diff_list *list = &diff->lists[finest[t]];
	for (size_t i = 0; i < list->n_rows && diff->n_grown < DIFF_GROWN_MAX; i++)
		if (is_growth(&list->rows[i], finest[t]))
			diff->grown[diff->n_grown++] = list->rows[i];
}

int diff_finish(struct diff *diff)
{
	for (size_t i = 0; i < N_DIFF_TABLES; i++) {
		struct diff_list *list = &diff->lists[i];
		sort(list->rows, list->n_rows);
		list->n_all = list->n_rows;
		for (size_t k = 0; k < list->n_rows; k++)
			diff->n_differences += list->rows[k].change != CHANGE_SAME;
	}
	sort(diff->totals, diff->n_totals);
	note_grown(diff);
	diff->lists[DIFF_RUNS].n_all = diff->n_runs;
	diff->n_differences += diff->n_runs;
	return arena_error(&diff->arena);
}

void diff_cut(struct diff *diff, enum diff_table table, size_t n_rows)
{
	struct diff_list *list = &diff->lists[table];
	size_t *n = table == DIFF_RUNS ? &diff->n_runs : &list->n_rows;

	list->truncated |= *n > n_rows;
	*n = MIN(*n, n_rows);
}
