/* What grew and what shrank, for a pull request. A comment that is too long is refused as a whole, so rows are left out
 * before that, and a line says how many. */
#include <inttypes.h>

#include "markdown/escape.h"
#include "markdown/page.h"
#include "shared/diff_words.h"

/* ---- rows ---- */

static const struct text_style style = { .columns = 80, .utf8 = true, .sizes = SIZES_EXACT, .is_page = true };

static void number(struct strbuf *out, uint64_t value)
{
	if (value == NOT_KNOWN)
		strbuf_puts(out, "–");
	else
		strbuf_printf(out, "%" PRIu64, value);
	strbuf_puts(out, " | ");
}

static void change_of(struct strbuf *out, const struct diff_row *row)
{
	strbuf_puts(out, change_words(row->delta_bytes, &style).text);
	strbuf_puts(out, " | ");
	if (row->change == CHANGE_GROWN || row->change == CHANGE_SHRUNK)
		diff_words_percent(out, row->old_bytes, row->new_bytes, &style);
	else if (row->change != CHANGE_SAME)
		strbuf_puts(out, diff_change_name(row->change));
	strbuf_puts(out, " | ");
}

static void figures(struct strbuf *out, const struct diff_row *row)
{
	strbuf_puts(out, "| ");
	number(out, row->old_bytes);
	number(out, row->new_bytes);
	change_of(out, row);
}

static void row_of(struct strbuf *out, const struct diff_view *view, enum diff_table table, size_t i)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT, from CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct diff_row *row = &view->diff->lists[table].rows[i];

	figures(out, row);
	diff_words_name(&name, view, row);
	markdown_name(out, strbuf_text(&name));
	if (table == DIFF_KINDS)
		strbuf_printf(out, " %s, %" PRIu64 " to %" PRIu64 " objects", block_kind_name((uint8_t)row->name[0]),
			      row->old_count, row->new_count);
	if (row->from && row->change != CHANGE_GROWN && row->change != CHANGE_SHRUNK && row->change != CHANGE_SAME) {
		strbuf_puts(out, ", was ");
		diff_words_from(&from, view, row);
		markdown_name(out, strbuf_text(&from));
	}
	if (row->place && table != DIFF_SECTIONS) {
		strbuf_puts(out, " in ");
		markdown_name(out, row->place);
	}
	if (row->from_place) {
		strbuf_puts(out, ", was in ");
		markdown_name(out, row->from_place);
	}
	strbuf_puts(out, " |\n");
}

static void run_of(struct strbuf *out, const struct diff_view *view, enum diff_table table, size_t i)
{
	const struct diff_run *run = &view->diff->runs[i];
	const char kinds[2][2] = { { run->old_kind }, { run->new_kind } };

	(void)table;
	strbuf_printf(out, "| 0x%" PRIx64 " | ", run->start);
	number(out, run->size_bytes);
	markdown_name(out, kinds[0]);
	strbuf_puts(out, " | ");
	markdown_name(out, kinds[1]);
	strbuf_puts(out, " |\n");
}

/* ---- what comes first ---- */

/* A row for each region, also for those that are as before. */
static void regions(struct markdown_page *page, const struct diff_view *view)
{
	const struct diff *diff = view->diff;
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(&text, "\n| old | new | change | | free | region |\n|---:|---:|---:|---:|---:|---|\n");
	for (size_t i = 0; i < diff->n_totals && markdown_page_add(page, &text); i++) {
		const struct diff_row *row = &diff->totals[i];
		bool known = row->length_bytes != NOT_KNOWN && row->new_bytes != NOT_KNOWN;
		if ((row->new_bytes == 0 || row->new_bytes == NOT_KNOWN) &&
		    (row->old_bytes == 0 || row->old_bytes == NOT_KNOWN))
			continue;
		figures(&text, row);
		if (known && row->new_bytes > row->length_bytes)
			strbuf_puts(&text, "over by ");
		number(&text, known ? MAX(row->new_bytes, row->length_bytes) - MIN(row->new_bytes, row->length_bytes) :
				      NOT_KNOWN);
		markdown_name(&text, row->name);
		if (row->from) {
			strbuf_puts(&text, ", was ");
			markdown_name(&text, row->from);
		}
		strbuf_puts(&text, " |\n");
	}
	markdown_page_add(page, &text);
}

/* Where a reviewer finds it: in a source if the build has debug information, else in an object. */
static void place_of(struct strbuf *out, const struct diff_row *row)
{
	if (row->source) {
		markdown_name(out, row->source);
		if (row->line)
			strbuf_printf(out, ":%" PRIu32, row->line);
	} else if (row->place) {
		markdown_name(out, row->place);
	}
}

static void grown(struct markdown_page *page, const struct diff_view *view)
{
	const struct diff *diff = view->diff;
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (diff->n_grown == 0)
		return;
	strbuf_puts(&text, "\n**What grew most**\n\n| change | | name | where |\n|---:|---:|---|---|\n");
	for (size_t i = 0; i < diff->n_grown; i++) {
		const struct diff_row *row = &diff->grown[i];
		struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_puts(&text, "| ");
		change_of(&text, row);
		diff_words_name(&name, view, row);
		markdown_name(&text, strbuf_text(&name));
		strbuf_puts(&text, " | ");
		place_of(&text, row);
		strbuf_puts(&text, " |\n");
	}
	markdown_page_add(page, &text);
}

/* ---- tables ---- */

static const struct {
	const char *title;
	bool folded; /* open to who asks for it: may be long */
} tables[N_DIFF_TABLES] = {
	[DIFF_SECTIONS] = { "Sections", true },
	[DIFF_COMPONENTS] = { "Components", true },
	[DIFF_ARCHIVES] = { "Archives", true },
	[DIFF_OBJECTS] = { "Objects", true },
	[DIFF_SYMBOLS] = { "Symbols", true },
	[DIFF_FROZEN] = { "Frozen modules", true },
	[DIFF_POOLS] = { "Pools", false },
	[DIFF_SOURCES] = { "Sources", true },
	[DIFF_FOLDERS] = { "Folders of sources", true },
	[DIFF_KINDS] = { "Kinds of objects", false },
	[DIFF_RUNS] = { "Blocks", true },
};

static size_t n_rows_of(const struct diff *diff, enum diff_table table)
{
	return table == DIFF_RUNS ? diff->n_runs : diff->lists[table].n_rows;
}

static void table_of(struct markdown_page *page, const struct diff_view *view, enum diff_table table)
{
	const struct diff *diff = view->diff;
	void (*write)(struct strbuf * out, const struct diff_view *view, enum diff_table table,
		      size_t i) = table == DIFF_RUNS ? run_of : row_of;
	size_t n = n_rows_of(diff, table), n_all = diff->lists[table].n_all;
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool folded = tables[table].folded;

	if (n_all == 0 || !tables[table].title)
		return;
	if (folded)
		strbuf_printf(&text, "\n<details><summary>%s: %zu</summary>\n\n", tables[table].title, n_all);
	else
		strbuf_printf(&text, "\n**%s**\n\n", tables[table].title);
	strbuf_puts(&text, table == DIFF_RUNS ? "| start | bytes | old | new |\n|---:|---:|---|---|\n" :
						"| old | new | change | | name |\n|---:|---:|---:|---:|---|\n");
	if (!markdown_page_add(page, &text)) {
		page->n_left_out += n_all;
		return;
	}
	size_t i = 0;
	for (; i < n; i++) {
		write(&text, view, table, i);
		if (!markdown_page_add(page, &text))
			break;
	}
	page->n_left_out += n - i;
	if (n < n_all)
		strbuf_printf(page->out, "\nand %zu more: -n %zu shows them.\n", n_all - n, n_all);
	if (folded)
		strbuf_puts(page->out, "\n</details>\n");
}

static void input(struct strbuf *out, const struct diff_input *of)
{
	markdown_name(out, of->name);
	if (!of->is_moment)
		return;
	strbuf_puts(out, " (");
	diff_words_moment(out, of, markdown_name);
	strbuf_putc(out, ')');
}

static void inputs(struct markdown_page *page, const struct diff_view *view)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_putc(&text, '\n');
	input(&text, &view->old);
	strbuf_puts(&text, " → ");
	input(&text, &view->new);
	strbuf_putc(&text, '\n');
	markdown_page_add(page, &text);
}

static void notes(struct markdown_page *page, const struct diff *diff)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_putc(&text, '\n');
	for (size_t i = 0; i < diff->n_notes; i++) {
		strbuf_puts(&text, "- ");
		markdown_name(&text, diff->notes[i]);
		strbuf_putc(&text, '\n');
		if (!markdown_page_add(page, &text))
			return;
	}
}

/* Before anything else: such a link fails. */
static void overflows(struct strbuf *out, const struct diff *diff)
{
	for (size_t i = 0; i < diff->n_totals; i++) {
		const struct diff_row *row = &diff->totals[i];
		if (row->length_bytes == NOT_KNOWN || row->new_bytes == NOT_KNOWN ||
		    row->new_bytes <= row->length_bytes)
			continue;
		strbuf_puts(out, "**");
		markdown_name(out, row->name);
		strbuf_printf(out, " is over its end, by %s**\n\n",
			      bytes_words(row->new_bytes - row->length_bytes, &style).text);
	}
}

void markdown_diff(struct strbuf *out, const struct diff_view *view)
{
	const struct diff *diff = view->diff;
	struct markdown_page page = { .out = out, .begins = out->n_bytes, .max_bytes = MARKDOWN_DIFF_MAX };

	overflows(out, diff);
	if (diff_words_any(diff)) {
		strbuf_puts(out, "**");
		diff_words_answer(out, diff, &style, markdown_name);
		strbuf_puts(out, "**\n");
	} else {
		strbuf_printf(out, "%s\n", diff_words_none(diff));
	}
	inputs(&page, view);
	notes(&page, diff);
	if (diff->n_totals && diff_words_any(diff))
		regions(&page, view);
	grown(&page, view);
	for (unsigned t = 0; t < N_DIFF_TABLES; t++)
		table_of(&page, view, (enum diff_table)t);
	if (page.n_left_out)
		strbuf_printf(out, "\n*%zu rows are left out: a comment may have %d characters.*\n", page.n_left_out,
			      MARKDOWN_DIFF_MAX);
}
