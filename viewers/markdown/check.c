/* The summary of a job: what is broken, in tables; what is well, folded away. A summary that is too
 * long is refused as a whole, so rows are left out at its end, where what passed stands. */
#include <inttypes.h>

#include "markdown/escape.h"
#include "markdown/page.h"
#include "shared/check_words.h"
#include "shared/tests_words.h"

/* ---- rows ---- */

static void cell(struct strbuf *out, const struct check_row *row,
		 void (*words)(struct strbuf *out, const struct check_row *row))
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	words(&text, row);
	strbuf_putc(out, ' ');
	markdown_text(out, strbuf_text(&text));
	strbuf_puts(out, " |");
}

static void because(struct strbuf *out, const struct check_row *row)
{
	for (size_t i = 0; i < row->n_causes; i++) {
		if (i > 0)
			strbuf_puts(out, ", ");
		check_words_cause(out, &row->causes[i], NULL);
	}
}

static void place(struct strbuf *out, const struct check_row *row)
{
	if (row->at.line)
		strbuf_printf(out, "%" PRIu64, row->at.line);
}

/* ---- tables ---- */

enum { COLUMNS_MAX = 6, INPUTS_MAX = 8 };
struct column {
	const char *head, *rule;
	void (*words)(struct strbuf *out, const struct check_row *row);
};
#define WHAT                                        \
	{                                           \
		"what", "---", check_words_what_all \
	}
#define FIGURES                                                                         \
	{ "value", "---:", check_words_value }, { "limit", "---:", check_words_limit }, \
	{                                                                               \
		"margin", "---:", check_words_margin                                    \
	}
#define LINE                          \
	{                             \
		"line", "---:", place \
	}

static bool is_changed(const struct check_row *row) { return row->new_limit; }

static const struct table {
	const char *title;
	bool folded; /* open to who asks for it: may be long */
	bool (*has)(const struct check_row *row);
	struct column columns[COLUMNS_MAX]; /* ended by one without a head, if there are fewer */
} tables[] = {
	{ "Broken", false, check_is_broken, { WHAT, FIGURES, { "because", "---", because }, LINE } },
	{ "Could not be judged",
	  false,
	  check_is_not_judged,
	  { WHAT, { "why", "---", check_words_fault }, { "what to do", "---", check_words_advice }, LINE } },
	{ "Nearly used up", false, check_is_warned, { WHAT, FIGURES, LINE } },
	{ "Limits changed",
	  false,
	  is_changed,
	  { { "what", "---", check_words_title },
	    { "was", "---:", check_words_old_limit },
	    { "is", "---:", check_words_new_limit },
	    LINE } },
	{ "Kept", true, check_is_kept, { WHAT, FIGURES, LINE } },
	{ "Skipped", true, check_is_skipped, { WHAT, { "why", "---", check_words_fault }, LINE } },
};

static size_t n_rows_of(const struct table *table, const struct check *check)
{
	size_t n = 0;

	for (size_t i = 0; i < check->n_rows; i++)
		n += table->has(&check->rows[i]);
	return n;
}

static void head(struct strbuf *out, const struct table *table, size_t n)
{
	strbuf_printf(out, table->folded ? "\n<details><summary>%s: %zu</summary>\n\n|" : "\n**%s: %zu**\n\n|",
		      table->title, n);
	for (size_t i = 0; i < COLUMNS_MAX && table->columns[i].head; i++)
		strbuf_printf(out, " %s |", table->columns[i].head);
	strbuf_puts(out, "\n|");
	for (size_t i = 0; i < COLUMNS_MAX && table->columns[i].head; i++)
		strbuf_printf(out, "%s|", table->columns[i].rule);
	strbuf_putc(out, '\n');
}

static void row_of(struct strbuf *out, const struct table *table, const struct check_row *row)
{
	strbuf_putc(out, '|');
	for (size_t i = 0; i < COLUMNS_MAX && table->columns[i].head; i++)
		cell(out, row, table->columns[i].words);
	strbuf_putc(out, '\n');
}

/* Where something was left out, nothing comes behind it. */
static void table_of(struct markdown_page *page, const struct table *table, const struct check *check)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n = n_rows_of(table, check);
	bool begun = false;

	if (n == 0)
		return;
	head(&text, table, n);
	for (size_t i = 0; i < check->n_rows; i++) {
		if (!table->has(&check->rows[i]))
			continue;
		if (page->n_left_out == 0)
			row_of(&text, table, &check->rows[i]);
		if (page->n_left_out || !markdown_page_add(page, &text))
			page->n_left_out++;
		else
			begun = true;
	}
	if (begun && table->folded)
		strbuf_puts(page->out, "\n</details>\n");
}

/* ---- tests ---- */

static void test_cell(struct strbuf *out, const char *text)
{
	strbuf_putc(out, ' ');
	markdown_text(out, text);
	strbuf_puts(out, " |");
}

static void test_row(struct strbuf *out, const struct test_row *row)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	tests_words_outcome(&text, row);
	strbuf_putc(out, '|');
	test_cell(out, row->name);
	test_cell(out, text.n_bytes ? strbuf_text(&text) : test_outcome_name(row->outcome));
	for (const struct tests_column *c = tests_columns; c->head; c++) {
		strbuf_reset(&text);
		c->words(&text, row, NULL);
		test_cell(out, strbuf_text(&text));
	}
	strbuf_putc(out, '\n');
}

/* Those that failed first, as a summary may be cut. */
static void tests_of(struct markdown_page *page, const struct tests *tests)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(&text, "\n**Tests**, in bytes\n\n| test | outcome |");
	for (const struct tests_column *c = tests_columns; c->head; c++)
		strbuf_printf(&text, " %s |", c->head);
	strbuf_puts(&text, "\n|---|---|");
	for (const struct tests_column *c = tests_columns; c->head; c++)
		strbuf_puts(&text, "---:|");
	strbuf_putc(&text, '\n');
	for (int bad = 1; bad >= 0; bad--) {
		for (size_t i = 0; i < tests->n_rows; i++) {
			if (test_is_bad(&tests->rows[i]) != bad)
				continue;
			if (page->n_left_out == 0)
				test_row(&text, &tests->rows[i]);
			if (page->n_left_out || !markdown_page_add(page, &text))
				page->n_left_out++;
		}
	}
}

/* ---- the page ---- */

static void inputs(struct markdown_page *page, const struct check_view *view)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	bool unlimited = !view->check->name && view->tests;

	strbuf_puts(&text, unlimited ? "\nInputs: " : "\nHeld to ");
	if (!unlimited)
		markdown_name(&text, view->check->name ? view->check->name : "the budget");
	for (size_t i = 0; i < MIN(view->n_inputs, (size_t)INPUTS_MAX); i++) {
		strbuf_printf(&text, "%s%s ", i > 0 ? ", " : unlimited ? "" : ": ", view->inputs[i].role);
		markdown_name(&text, view->inputs[i].name);
	}
	if (view->n_inputs > INPUTS_MAX)
		strbuf_printf(&text, " and %zu more", view->n_inputs - INPUTS_MAX);
	strbuf_putc(&text, '\n');
	markdown_page_add(page, &text);
}

void markdown_check(struct strbuf *out, const struct check_view *view)
{
	struct markdown_page page = { .out = out, .begins = out->n_bytes, .max_bytes = MARKDOWN_CHECK_MAX };
	struct strbuf verdict CLEANUP(strbuf_deinit) = STRBUF_INIT;

	check_words_verdict(&verdict, view);
	strbuf_puts(out, "## Memory: ");
	markdown_text(out, strbuf_text(&verdict));
	strbuf_putc(out, '\n');
	inputs(&page, view);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		table_of(&page, &tables[i], view->check);
	if (view->tests && view->tests->n_rows > 0)
		tests_of(&page, view->tests);
	if (page.n_left_out)
		strbuf_printf(out,
			      "\n*%zu rows are left out: this may have %d characters."
			      " The JSON (`-o json:FILE`) has all of them.*\n",
			      page.n_left_out, MARKDOWN_CHECK_MAX);
}
