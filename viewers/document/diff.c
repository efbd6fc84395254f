/* What grew and what shrank between two builds, or two heaps. */
#include <inttypes.h>
#include <string.h>

#include "memprof/analysis/image_figures.h"
#include "memprof/viewers/diff_view.h"
#include "text/cut.h"

enum { ANSWER_PARTS = 4 };

static uint64_t known_or_0(uint64_t value) { return value == NOT_KNOWN ? 0 : value; }

/* "+0.4 %", "x120"; nothing if there is no old value. */
static struct doc_span growth_of(uint64_t old_value, uint64_t new_value)
{
	if (old_value == NOT_KNOWN || new_value == NOT_KNOWN || old_value == 0)
		return (struct doc_span){ .kind = DOC_NONE };
	return DOC_GROWTH(((double)new_value - (double)old_value) / (double)old_value);
}

/* ---- the answer ---- */

static void add_part(struct document *d, const char *name, struct doc_span change, struct doc_span growth)
{
	doc_answer(d, DOC_FINE, DOC_T(d->answer.n_spans ? ", " : ""), DOC_T(name), DOC_T(" "), change);
	if (growth.kind != DOC_NONE)
		doc_answer(d, DOC_FINE, DOC_T(" ("), growth, DOC_T(")"));
}

static bool is_over(const struct diff_row *total)
{
	return total->length_bytes != NOT_KNOWN && total->new_bytes != NOT_KNOWN &&
	       total->new_bytes > total->length_bytes;
}

/* What grew or shrank most; a section is no cause, and with LTO no object is. */
static const struct diff_row *cause_of(const struct diff *diff, bool has_grown)
{
	const struct diff_list *objects = &diff->lists[DIFF_OBJECTS];

	if (has_grown)
		return diff->n_grown && diff->grown[0].name[0] != '.' ? diff->grown : NULL;
	for (size_t i = 0; i < objects->n_rows; i++)
		if (image_object_is_lto(&(struct image_object){ .key = objects->rows[i].name }))
			return NULL;
		else if (objects->rows[i].delta_bytes < 0)
			return &objects->rows[i];
	return NULL;
}

/* First what does not fit: such a link fails. */
static void answer_of_images(struct document *d, const struct diff *diff)
{
	const struct diff_row *cause;
	bool has_grown = false;
	size_t n = 0;

	for (size_t i = 0; i < diff->n_totals; i++) {
		const struct diff_row *total = &diff->totals[i];
		if (!is_over(total))
			continue;
		doc_answer(d, DOC_ACT, DOC_T(d->answer.n_spans ? ", " : ""), DOC_T(total->name),
			   DOC_T(" is over its end by "), doc_exact(DOC_BYTES(total->new_bytes - total->length_bytes)));
	}
	for (size_t i = 0; i < diff->n_totals; i++) {
		const struct diff_row *total = &diff->totals[i];
		has_grown |= n == 0 && total->delta_bytes > 0; /* what changed most */
		if (total->delta_bytes && n++ < ANSWER_PARTS)
			add_part(d, total->name, doc_exact(DOC_MORE(total->delta_bytes)),
				 growth_of(total->old_bytes, total->new_bytes));
	}
	for (size_t i = 0; i < diff->n_totals && n > 0 && diff->n_totals <= ANSWER_PARTS; i++)
		if (diff->totals[i].delta_bytes == 0 && diff->totals[i].old_bytes)
			doc_answer(d, DOC_FINE, DOC_T(", "), DOC_T(diff->totals[i].name), DOC_T(" unchanged"));
	if (n > ANSWER_PARTS)
		doc_answer(d, DOC_FINE, DOC_T(", and "), DOC_N(n - ANSWER_PARTS), DOC_T(" more"));
	cause = n ? cause_of(diff, has_grown) : NULL;
	if (cause)
		doc_answer(d, DOC_FINE, DOC_T("; mostly "), DOC_T(text_file_of(cause->name)), DOC_T(" ("),
			   doc_exact(DOC_MORE(cause->delta_bytes)), DOC_T(")"));
	if (n == 0)
		doc_answer(d, DOC_FINE, DOC_T(d->answer.n_spans ? ", " : ""),
			   DOC_T(diff->n_differences ? "As many bytes as before, otherwise divided" : "No difference"));
}

static void answer_of_heaps(struct document *d, const struct diff *diff)
{
	static const struct {
		size_t figure;
		const char *name;
		bool is_size;
	} parts[] = {
		{ DIFF_USED_BYTES, "used", true },
		{ DIFF_LARGEST_FREE, "largest free", true },
		{ DIFF_OBJECTS_COUNT, "objects", false },
	};
	bool known = false;

	for (size_t i = 0; i < diff->n_pools && i < ANSWER_PARTS; i++) {
		const struct diff_pool *pool = &diff->pools[i];
		bool begun = false;
		for (size_t k = 0; k < ARRAY_SIZE(parts); k++) {
			const struct diff_figure *f = &pool->figures[parts[k].figure];
			bool both = f->old_value != NOT_KNOWN && f->new_value != NOT_KNOWN;
			int64_t delta = (int64_t)(f->new_value - f->old_value);
			known |= parts[k].figure == DIFF_USED_BYTES && both;
			if (!both || delta == 0)
				continue;
			if (begun)
				doc_answer(d, DOC_FINE, DOC_T(", "));
			else
				doc_answer(d, DOC_FINE, DOC_T(d->answer.n_spans ? "; " : ""), DOC_T(pool->name),
					   DOC_T(": "));
			begun = true;
			struct doc_span ends[] = { DOC_N(f->old_value), DOC_N(f->new_value) };
			for (size_t e = 0; e < ARRAY_SIZE(ends) && parts[k].is_size; e++) {
				ends[e] = DOC_BYTES(ends[e].number);
				ends[e].exact = delta < 1024 && delta > -1024; /* KiB might be equal */
			}
			doc_answer(d, DOC_FINE, DOC_T(parts[k].name), DOC_T(" "), ends[0], DOC_T(" "), DOC_TO,
				   DOC_T(" "), ends[1]);
		}
	}
	if (d->answer.n_spans == 0)
		doc_answer(d, DOC_FINE,
			   DOC_T(known ? "As much is used as before, but not by the same objects" :
					 "How much is used is not known"));
}

static bool has_any(const struct diff *diff)
{
	for (unsigned t = 0; t < N_DIFF_TABLES; t++)
		if (diff->lists[t].n_all > 0)
			return true;
	return false;
}

static void add_answer(struct document *d, const struct diff *diff)
{
	const struct diff_options *o = &diff->options;
	bool is_part = o->threshold_bytes || o->threshold_percent > 0 || o->filter || o->region || o->grown || o->asked;

	if (!has_any(diff))
		doc_answer(d, DOC_FINE, DOC_T(is_part ? "No difference in what was asked for" : "No difference"));
	else if (diff->heaps)
		answer_of_heaps(d, diff);
	else
		answer_of_images(d, diff);
}

/* ---- rows ---- */

/* A name as --demangle says. */
static void set_name(struct doc_row *ret, size_t i, const struct diff_view *view, const char *name,
		     struct image_slice linkage)
{
	if (view->names == NAMES_LINKAGE && linkage.n_bytes)
		strbuf_add(doc_make(ret, i), linkage.text, linkage.n_bytes);
	else
		ret->cells[i] = DOC_T(name);
}

/* The first columns of a list. */
#define FIGURES                                                                                                      \
	{ "delta", "change", DOC_CHANGE, .has_bar = true }, { NULL, "%", DOC_RELATIVE }, { NULL, "what", DOC_TEXT }, \
		{ "old", "old", DOC_SIZE },                                                                          \
	{                                                                                                            \
		"new", "new", DOC_SIZE                                                                               \
	}
enum { DELTA, GROWTH, WHAT, OLD, NEW, AFTER_FIGURES };

static void set_figures(struct doc_row *ret, const struct diff_row *row)
{
	bool has_growth = row->change == CHANGE_GROWN || row->change == CHANGE_SHRUNK;

	ret->cells[DELTA] = doc_by_sign(DOC_MORE(row->delta_bytes));
	if (has_growth)
		ret->cells[GROWTH] = growth_of(row->old_bytes, row->new_bytes);
	else if (row->change != CHANGE_SAME)
		ret->cells[WHAT] = DOC_T(diff_change_name(row->change));
	ret->cells[OLD] = DOC_BYTES(row->old_bytes);
	ret->cells[NEW] = DOC_BYTES(row->new_bytes);
	ret->word = diff_change_name(row->change);
}

struct list {
	const struct diff_view *view;
	const struct diff_row *rows;
	enum diff_table table;
};

/* ---- regions: all that have bytes, also those that are as before ---- */

enum { R_LEFT = AFTER_FIGURES, R_NAME, R_WAS };

static const struct doc_column region_columns[] = {
	FIGURES,
	[R_LEFT] = { NULL, "free", DOC_BALANCE },
	[R_NAME] = { NULL, "region", DOC_TEXT, .is_name = true },
	[R_WAS] = { NULL, "was", DOC_TEXT, .columns_max = 16, .drop = 1 },
};

static bool has_bytes(const struct diff_row *row)
{
	return known_or_0(row->old_bytes) + known_or_0(row->new_bytes) > 0;
}

static const struct diff_row *region_at(const struct diff *diff, size_t i)
{
	const struct diff_row *row = diff->totals;

	for (;; row++)
		if (has_bytes(row) && i-- == 0)
			return row;
}

static void fill_region(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct diff_row *row = region_at(ctx, i);

	set_figures(ret, row);
	if (row->length_bytes != NOT_KNOWN && row->new_bytes != NOT_KNOWN)
		ret->cells[R_LEFT] = DOC_LEFT((int64_t)(row->length_bytes - row->new_bytes));
	if (is_over(row))
		ret->cells[R_LEFT].role = ROLE_WARNING;
	ret->cells[R_NAME] = DOC_T(row->name);
	ret->cells[R_WAS] = doc_text_or_none(row->from);
}

static void add_regions(struct document *d, const struct diff *diff)
{
	struct doc_table table = { .title = "Regions",
				   .name = diff_table_name(DIFF_REGIONS),
				   DOC_COLUMNS(region_columns),
				   .row = fill_region,
				   .ctx = diff,
				   .exact = true };

	for (size_t i = 0; i < diff->n_totals; i++)
		table.n_rows += has_bytes(&diff->totals[i]);
	if (table.n_rows && has_any(diff))
		doc_table(d, &table);
}

/* ---- what grew most, and where a reviewer finds it ---- */

enum { M_NAME = AFTER_FIGURES, M_PLACE };

static const struct doc_column grown_columns[] = {
	FIGURES,
	[M_NAME] = { NULL, "name", DOC_TEXT, DOC_CUT_MIDDLE, .is_name = true },
	[M_PLACE] = { NULL, "where", DOC_TEXT, DOC_CUT_BEGINNING, .columns_max = 32 },
};

static void fill_grown(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct diff_view *view = ctx;
	const struct diff_row *row = &view->diff->grown[i];

	set_figures(ret, row);
	set_name(ret, M_NAME, view, row->name, row->linkage);
	/* In a source if the build has debug information, else in an object. */
	if (row->source)
		strbuf_printf(doc_make(ret, M_PLACE), row->line ? "%s:%" PRIu32 : "%s", row->source, row->line);
	else
		ret->cells[M_PLACE] = doc_text_or_none(row->place);
}

static void add_grown(struct document *d, const struct diff_view *view)
{
	if (view->diff->n_grown)
		doc_table(d, &(struct doc_table){ .title = "What grew most",
						  DOC_COLUMNS(grown_columns),
						  DOC_ROWS(view->diff->n_grown, fill_grown, view),
						  .exact = true });
}

/* ---- lists ---- */

enum { L_OBJECTS = AFTER_FIGURES, L_NAME, L_PLACE, L_WAS, L_WAS_IN, L_REGIONS };

static const struct doc_column list_columns[] = {
	FIGURES,
	[L_OBJECTS] = { NULL, "objects", DOC_TEXT },
	[L_NAME] = { NULL, "name", DOC_TEXT, DOC_CUT_BEGINNING, .is_name = true },
	[L_PLACE] = { NULL, "in", DOC_TEXT, DOC_CUT_BEGINNING, .columns_max = 16, .drop = 3 },
	[L_WAS] = { NULL, "was", DOC_TEXT, DOC_CUT_BEGINNING, .columns_max = 20, .drop = 1 },
	[L_WAS_IN] = { NULL, "was in", DOC_TEXT, DOC_CUT_BEGINNING, .columns_max = 16, .drop = 2 },
};

static bool has_old_name(const struct diff_row *row)
{
	return row->from && row->change != CHANGE_GROWN && row->change != CHANGE_SHRUNK && row->change != CHANGE_SAME;
}

static void fill_list(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct list *list = ctx;
	const struct diff_row *row = &list->rows[i];
	bool is_kind = list->table == DIFF_KINDS;

	set_figures(ret, row);
	set_name(ret, L_NAME, list->view, row->name, row->linkage);
	if (is_kind) {
		strbuf_printf(doc_make(ret, L_NAME), "%s  %s", row->name, block_kind_name((uint8_t)row->name[0]));
		strbuf_printf(doc_make(ret, L_OBJECTS), "%" PRIu64 " to %" PRIu64, row->old_count, row->new_count);
	}
	if (list->table != DIFF_SECTIONS && (!is_kind || list->view->diff->n_pools > 1))
		ret->cells[L_PLACE] = doc_text_or_none(row->place);
	if (has_old_name(row))
		set_name(ret, L_WAS, list->view, row->from, row->from_linkage);
	ret->cells[L_WAS_IN] = doc_text_or_none(row->from_place);
	for (size_t k = 0; row->by_region && k < list->view->diff->n_regions; k++)
		if (row->by_region[k])
			ret->cells[L_REGIONS + k] = doc_by_sign(DOC_MORE(row->by_region[k]));
}

/* In a page how much of the change is in each region. NULL: no memory. */
static struct doc_column *columns_of(struct document *d, const struct diff *diff)
{
	struct doc_column *ret = arena_zeroed(&d->arena, L_REGIONS + diff->n_regions, sizeof(*ret));

	if (!ret)
		return NULL;
	memcpy(ret, list_columns, sizeof(list_columns));
	for (size_t i = 0; i < diff->n_regions && diff->n_regions > 1; i++)
		ret[L_REGIONS + i] = (struct doc_column){ .page_head = diff->regions[i], .kind = DOC_CHANGE };
	return ret;
}

static void say_more(struct document *d, const struct diff_list *list, size_t n_shown)
{
	if (list->n_all > n_shown)
		doc_item(d, DOC_T("and "), DOC_N(list->n_all - n_shown), DOC_T(" more: -n "), DOC_N(list->n_all),
			 DOC_T(" shows them"));
}

static void add_list(struct document *d, const struct diff_view *view, enum diff_table table, const char *title)
{
	const struct diff_list *list = &view->diff->lists[table];
	struct list *ctx = arena_zeroed(&d->arena, 1, sizeof(*ctx));
	struct doc_column *columns = columns_of(d, view->diff);

	if (list->n_all == 0 || !ctx || !columns)
		return;
	*ctx = (struct list){ view, list->rows, table };
	if (table == DIFF_SYMBOLS) {
		columns[L_NAME].cut = DOC_CUT_MIDDLE;
		columns[L_NAME].whole = view->names != NAMES_SHORT;
	}
	doc_table(d, &(struct doc_table){ .title = title,
					  .name = diff_table_name(table),
					  .columns = columns,
					  .n_columns = L_REGIONS + view->diff->n_regions,
					  DOC_ROWS(list->n_rows, fill_list, ctx),
					  .exact = true,
					  .n_folded = table == DIFF_KINDS ? 0 : list->n_all });
	say_more(d, list, list->n_rows);
}

/* ---- pools ---- */

enum { P_FIGURE, P_OLD, P_NEW, P_DELTA };

static const struct doc_column pool_columns[] = {
	[P_FIGURE] = { NULL, "figure", DOC_TEXT, .is_name = true },
	[P_OLD] = { NULL, "old", DOC_SIZE },
	[P_NEW] = { NULL, "new", DOC_SIZE },
	[P_DELTA] = { NULL, "change", DOC_CHANGE },
};

static bool is_told(const struct diff_figure *f) { return f->old_value != NOT_KNOWN || f->new_value != NOT_KNOWN; }

static void fill_pool(const void *ctx, size_t i, struct doc_row *ret)
{
	static const char *const names[N_DIFF_FIGURES] = {
		[DIFF_TOTAL_BYTES] = "Total",         [DIFF_USED_BYTES] = "Used",       [DIFF_FREE_BYTES] = "Free",
		[DIFF_LARGEST_FREE] = "Largest free", [DIFF_OBJECTS_COUNT] = "Objects", [DIFF_FREE_RUNS] = "Free runs",
	};
	const struct diff_pool *pool = ctx;
	size_t k = 0;

	for (;; k++)
		if (is_told(&pool->figures[k]) && i-- == 0)
			break;
	const struct diff_figure *f = &pool->figures[k];
	bool is_size = k != DIFF_OBJECTS_COUNT && k != DIFF_FREE_RUNS;
	int64_t delta = (int64_t)(f->new_value - f->old_value);
	ret->cells[P_FIGURE] = DOC_T(names[k]);
	ret->cells[P_OLD] = is_size ? DOC_BYTES(f->old_value) : DOC_N(f->old_value);
	ret->cells[P_NEW] = is_size ? DOC_BYTES(f->new_value) : DOC_N(f->new_value);
	if (f->old_value != NOT_KNOWN && f->new_value != NOT_KNOWN)
		ret->cells[P_DELTA] = doc_by_sign(is_size ? DOC_MORE(delta) : DOC_MORE_N(delta));
}

static void add_pools(struct document *d, const struct diff *diff)
{
	const struct diff_list *list = &diff->lists[DIFF_POOLS];

	for (size_t i = 0; i < list->n_rows; i++) {
		const struct diff_pool *pool = &diff->pools[list->rows[i].i_pool];
		struct doc_table table = { .title = arena_printf(&d->arena, "Pool %s", pool->name),
					   .name = i ? NULL : diff_table_name(DIFF_POOLS),
					   DOC_COLUMNS(pool_columns),
					   .row = fill_pool,
					   .ctx = pool,
					   .exact = true };
		for (size_t k = 0; k < N_DIFF_FIGURES; k++)
			table.n_rows += is_told(&pool->figures[k]);
		doc_table(d, &table);
	}
}

/* ---- blocks ---- */

enum { B_START, B_SIZE, B_WAS, B_IS, B_POOL };

static const struct doc_column run_columns[] = {
	[B_START] = { NULL, "address", DOC_ADDRESS },
	[B_SIZE] = { NULL, "size", DOC_SIZE },
	[B_WAS] = { NULL, "was", DOC_TEXT },
	[B_IS] = { NULL, "is", DOC_TEXT },
	[B_POOL] = { .page_head = "pool", .kind = DOC_TEXT },
};

static void set_kind(struct doc_row *ret, size_t i, char kind, bool is_named)
{
	if (is_named)
		strbuf_printf(doc_make(ret, i), "%c  %s", kind, block_kind_name((uint8_t)kind));
	else
		strbuf_printf(doc_make(ret, i), "%c", kind);
}

static void fill_run(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct diff_run *run = &((const struct diff *)ctx)->runs[i];
	bool is_named = run->old_kind != BLOCK_TAIL && run->new_kind != BLOCK_TAIL;

	ret->cells[B_START] = DOC_AT(run->start);
	ret->cells[B_SIZE] = DOC_BYTES(run->size_bytes);
	set_kind(ret, B_WAS, run->old_kind, is_named);
	set_kind(ret, B_IS, run->new_kind, is_named);
	ret->cells[B_POOL] = DOC_T(run->pool);
	ret->word = run->old_kind == BLOCK_FREE ? "added" : run->new_kind == BLOCK_FREE ? "removed" : "changed";
}

static void add_runs(struct document *d, const struct diff *diff)
{
	const struct diff_list *list = &diff->lists[DIFF_RUNS];

	if (list->n_all == 0)
		return;
	doc_table(d, &(struct doc_table){ .title = "Blocks",
					  .name = diff_table_name(DIFF_RUNS),
					  DOC_COLUMNS(run_columns),
					  DOC_ROWS(diff->n_runs, fill_run, diff),
					  .exact = true,
					  .n_folded = list->n_all });
	say_more(d, list, diff->n_runs);
}

/* ---- all of it ---- */

/* " (dump 4 of 10 "login", 2026-11-23T14:00:30Z)" of a moment of a recording, " (dump 4)" of a log, " (with app.elf)".
 */
static const char *moment_of(struct document *d, const struct diff_input *input)
{
	bool has_label = input->is_moment && input->label[0], has_time = input->is_moment && input->time[0];

	if (!input->is_moment && input->n_dump != NOT_KNOWN)
		return arena_printf(&d->arena, " (dump %" PRIu64 ")", input->n_dump);
	if (!input->is_moment && input->elf_name)
		return arena_printf(&d->arena, " (with %s)", text_file_of(input->elf_name));
	if (!input->is_moment)
		return "";
	return arena_printf(&d->arena, " (dump %" PRIu64 " of %" PRIu64 "%s%s%s%s%s)", input->n_dump, input->n_dumps,
			    has_label ? " \"" : "", has_label ? input->label : "", has_label ? "\"" : "",
			    has_time ? ", " : "", has_time ? input->time : "");
}

static void begin(struct document *d, const struct diff_view *view)
{
	doc_init(d, "differences");
	d->max_bytes = DIFF_COMMENT_BYTES;
	add_answer(d, view->diff);
	if (!has_any(view->diff))
		return;
	doc_source(d, DOC_T(text_file_beside(view->old.name, view->new.name)), DOC_T(moment_of(d, &view->old)),
		   DOC_T(" "), DOC_TO, DOC_T(" "), DOC_T(text_file_beside(view->new.name, view->old.name)),
		   DOC_T(moment_of(d, &view->new)));
}

void document_diff(struct document *d, const struct diff_view *view)
{
	static const char *const titles[DIFF_POOLS] = {
		[DIFF_SECTIONS] = "Sections", [DIFF_COMPONENTS] = "Components",
		[DIFF_ARCHIVES] = "Archives", [DIFF_OBJECTS] = "Objects",
		[DIFF_SYMBOLS] = "Symbols",   [DIFF_FROZEN] = "Frozen modules",
		[DIFF_SOURCES] = "Sources",   [DIFF_FOLDERS] = "Folders of sources",
	};
	const struct diff *diff = view->diff;

	begin(d, view);
	for (size_t i = 0; i < diff->n_notes; i++)
		doc_item(d, DOC_T(diff->notes[i]));
	if (!diff->options.asked || diff->options.tables & DIFF_BIT(DIFF_REGIONS))
		add_regions(d, diff);
	if (!diff->options.asked)
		add_grown(d, view);
	for (unsigned t = 0; t < DIFF_POOLS; t++)
		if (titles[t])
			add_list(d, view, (enum diff_table)t, titles[t]);
	add_pools(d, diff);
	add_list(d, view, DIFF_KINDS, "Kinds of objects");
	add_runs(d, diff);
}
