/* What grew and what shrank, largest first. */
#include <inttypes.h>
#include <string.h>

#include "memprof/base/text.h"
#include "shared/diff_words.h"
#include "text/column.h"
#include "text/cut.h"

enum {
	NAME_COLUMN = 48,         /* where names begin; at 80 columns they have 32 */
	NAME_COLUMNS_MIN = 16,    /* on a narrow terminal lines are longer than it */
	ANSWER_NAME_COLUMNS = 24, /* of a region in the first line */
	WHOLE_COLUMNS = 1 << 20,  /* of symbols that are not to be cut */
};

/* ---- words ---- */

static void cut_name(struct strbuf *out, const char *name, size_t columns, bool keep_end)
{
	text_cut(out, name, strlen(name), columns, keep_end ? CUT_BEGINNING : CUT_MIDDLE);
}

static void answer_name(struct strbuf *out, const char *name) { cut_name(out, name, ANSWER_NAME_COLUMNS, false); }

/* ---- a row ---- */

static void delta(struct strbuf *out, int64_t value, bool is_size, size_t columns, const struct text_style *style)
{
	text_role(out, style, value > 0 ? ROLE_WARNING : value < 0 ? ROLE_FREE : ROLE_PLAIN);
	text_right(out, columns, is_size ? change_words(value, style).text : count_change_words(value, style).text);
	text_role(out, style, ROLE_PLAIN);
}

/* How many columns there are for a name, n_taken columns behind where names begin. */
static size_t name_columns(const struct text_style *style, size_t n_taken)
{
	size_t n_before = NAME_COLUMN + n_taken;

	return style->columns > n_before + NAME_COLUMNS_MIN ? style->columns - n_before : NAME_COLUMNS_MIN;
}

/* The figures; then comes the name. */
static void figures(struct strbuf *out, const struct diff_row *row, const struct text_style *style)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	delta(out, row->delta_bytes, true, 12, style);
	if (row->change == CHANGE_GROWN || row->change == CHANGE_SHRUNK)
		diff_words_percent(&text, row->old_bytes, row->new_bytes, style);
	else
		strbuf_puts(&text, diff_change_name(row->change));
	text_right(out, 10, strbuf_text(&text));
	text_size(out, 12, row->old_bytes, style);
	text_size(out, 12, row->new_bytes, style);
	strbuf_puts(out, "  ");
}

/* Where it is, in what room the name leaves. */
static void place(struct strbuf *out, const char *name, size_t used_columns, size_t columns,
		  const struct text_style *style)
{
	if (used_columns + 2 + 8 > columns)
		return;
	text_role(out, style, ROLE_FAINT);
	strbuf_puts(out, "  ");
	cut_name(out, text_file_of(name), columns - used_columns - 2, true);
	text_role(out, style, ROLE_PLAIN);
}

static void line_below(struct strbuf *out, const char *words, const char *name, size_t columns,
		       const struct text_style *style)
{
	strbuf_repeat(out, " ", NAME_COLUMN + 2);
	text_role(out, style, ROLE_FAINT);
	strbuf_puts(out, words);
	cut_name(out, name, columns, true);
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
}

static bool has_old_name(const struct diff_row *row)
{
	return row->from && row->change != CHANGE_GROWN && row->change != CHANGE_SHRUNK && row->change != CHANGE_SAME;
}

static void row_of(struct strbuf *out, const struct diff_view *view, enum diff_table table, const struct diff_row *row,
		   const struct text_style *style)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT, cut CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool is_whole = table == DIFF_SYMBOLS && view->names != NAMES_SHORT;
	size_t columns = is_whole ? WHOLE_COLUMNS : name_columns(style, 0);

	figures(out, row, style);
	diff_words_name(&name, view, row);
	cut_name(&cut, strbuf_text(&name), columns, table != DIFF_SYMBOLS);
	strbuf_puts(out, strbuf_text(&cut));
	if (row->place && table != DIFF_SECTIONS)
		place(out, row->place, text_columns_of(strbuf_text(&cut)), columns, style);
	strbuf_putc(out, '\n');
	strbuf_reset(&name);
	diff_words_from(&name, view, row);
	if (has_old_name(row))
		line_below(out, "was ", strbuf_text(&name), is_whole ? WHOLE_COLUMNS : name_columns(style, 6), style);
	if (row->from_place)
		line_below(out, "was in ", row->from_place, name_columns(style, 9), style);
}

/* ---- tables ---- */

static void more(struct strbuf *out, const struct diff_list *list, size_t n_shown, const struct text_style *style)
{
	if (list->n_all > n_shown)
		strbuf_printf(out, "  and %s more: -n %zu shows them\n", count_words(list->n_all - n_shown, style).text,
			      list->n_all);
}

static void table_of(struct strbuf *out, const struct diff_view *view, enum diff_table table,
		     const struct text_style *style)
{
	static const char *const titles[N_DIFF_TABLES] = {
		[DIFF_REGIONS] = "REGIONS   ",  [DIFF_SECTIONS] = "SECTIONS  ", [DIFF_COMPONENTS] = "COMPONENTS",
		[DIFF_ARCHIVES] = "ARCHIVES  ", [DIFF_OBJECTS] = "OBJECTS   ",  [DIFF_SYMBOLS] = "SYMBOLS   ",
		[DIFF_FROZEN] = "FROZEN    ",   [DIFF_SOURCES] = "SOURCES   ",  [DIFF_FOLDERS] = "FOLDERS   ",
	};
	const struct diff_list *list = &view->diff->lists[table];

	strbuf_putc(out, '\n');
	text_role(out, style, ROLE_HEAD);
	strbuf_printf(out, "%s                     old         new", titles[table]);
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
	for (size_t i = 0; i < list->n_rows; i++)
		row_of(out, view, table, &list->rows[i], style);
	more(out, list, list->n_rows, style);
}

static void pool_of(struct strbuf *out, const struct diff *diff, const struct diff_row *row,
		    const struct text_style *style)
{
	const struct diff_pool *pool = &diff->pools[row->i_pool];

	strbuf_putc(out, '\n');
	text_role(out, style, ROLE_HEAD);
	strbuf_puts(out, "POOL ");
	text_clean(out, pool->name);
	strbuf_repeat(out, " ", strlen(pool->name) < 16 ? 16 - strlen(pool->name) : 0);
	strbuf_puts(out, "        old          new        delta");
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
	for (size_t i = 0; i < N_DIFF_FIGURES; i++) {
		const struct diff_figure *f = &pool->figures[i];
		bool is_size = i != DIFF_OBJECTS_COUNT && i != DIFF_FREE_RUNS;
		if (f->old_value == NOT_KNOWN && f->new_value == NOT_KNOWN)
			continue;
		strbuf_printf(out, "  %-18s", diff_words_figure(i));
		(is_size ? text_size : text_count)(out, 13, f->old_value, style);
		(is_size ? text_size : text_count)(out, 13, f->new_value, style);
		if (f->old_value != NOT_KNOWN && f->new_value != NOT_KNOWN)
			delta(out, (int64_t)(f->new_value - f->old_value), is_size, 13, style);
		strbuf_putc(out, '\n');
	}
}

static void kinds(struct strbuf *out, const struct diff *diff, const struct text_style *style)
{
	const struct diff_list *list = &diff->lists[DIFF_KINDS];

	strbuf_putc(out, '\n');
	text_in_role(out, style, ROLE_HEAD, "KINDS                          old         new  objects");
	strbuf_putc(out, '\n');
	for (size_t i = 0; i < list->n_rows; i++) {
		const struct diff_row *row = &list->rows[i];
		figures(out, row, style);
		text_clean(out, row->name);
		strbuf_printf(out, "  %s ", block_kind_name((uint8_t)row->name[0]));
		strbuf_printf(out, "%s to %s", count_words(row->old_count, style).text,
			      count_words(row->new_count, style).text);
		if (diff->n_pools > 1)
			place(out, row->place, 24, name_columns(style, 0), style);
		strbuf_putc(out, '\n');
	}
	more(out, list, list->n_rows, style);
}

static void runs(struct strbuf *out, const struct diff *diff, const struct text_style *style)
{
	strbuf_putc(out, '\n');
	text_size_head(out, style, "BLOCKS          bytes  was -> is");
	strbuf_putc(out, '\n');
	for (size_t i = 0; i < diff->n_runs; i++) {
		const struct diff_run *run = &diff->runs[i];
		const char kinds_of_run[2] = { run->old_kind, run->new_kind };
		strbuf_printf(out, "  0x%-9" PRIx64, run->start);
		text_size(out, 10, run->size_bytes, style);
		strbuf_puts(out, "   ");
		text_visible(out, &kinds_of_run[0], 1, false);
		strbuf_puts(out, " -> ");
		text_visible(out, &kinds_of_run[1], 1, false);
		if (run->old_kind != BLOCK_TAIL && run->new_kind != BLOCK_TAIL)
			strbuf_printf(out, "   %s -> %s", block_kind_name((uint8_t)run->old_kind),
				      block_kind_name((uint8_t)run->new_kind));
		strbuf_putc(out, '\n');
	}
	more(out, &diff->lists[DIFF_RUNS], diff->n_runs, style);
}

/* Which moment of a recording it is. */
static void moment(struct strbuf *out, const char *side, const struct diff_input *input)
{
	if (!input->is_moment)
		return;
	strbuf_printf(out, "%s  ", side);
	text_clean(out, input->name);
	strbuf_puts(out, ": ");
	diff_words_moment(out, input, text_clean);
	strbuf_putc(out, '\n');
}

void text_diff(struct strbuf *out, const struct diff_view *view, const struct text_style *style)
{
	const struct diff *diff = view->diff;

	if (!diff_words_any(diff)) {
		strbuf_puts(out, "No difference.\n");
		return;
	}
	moment(out, "OLD", &view->old);
	moment(out, "NEW", &view->new);
	if (view->old.is_moment || view->new.is_moment)
		strbuf_putc(out, '\n');
	text_role(out, style, ROLE_HEAD);
	diff_words_answer(out, diff, style, answer_name);
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
	for (unsigned t = 0; t < DIFF_POOLS; t++)
		if (diff_words_has(diff, (enum diff_table)t))
			table_of(out, view, (enum diff_table)t, style);
	for (size_t i = 0; i < diff->lists[DIFF_POOLS].n_rows; i++)
		pool_of(out, diff, &diff->lists[DIFF_POOLS].rows[i], style);
	if (diff_words_has(diff, DIFF_KINDS))
		kinds(out, diff, style);
	if (diff_words_has(diff, DIFF_RUNS))
		runs(out, diff, style);
}
