#include "html/limits.h"

#include <string.h>

#include "html/page.h"
#include "shared/check_words.h"
#include "shared/tests_words.h"
#include "shared/xml.h"

/* ---- rows ---- */

static void words(struct strbuf *out, const struct check_row *row,
		  void (*add)(struct strbuf *out, const struct check_row *row))
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	add(&text, row);
	xml_text(out, strbuf_text(&text));
}

static void attribute(struct strbuf *out, const char *name, const char *value)
{
	strbuf_printf(out, " data-%s=\"", name);
	xml_text(out, value);
	strbuf_putc(out, '"');
}

/* The number of "dump 3, line 1204". */
static void dump_of(struct strbuf *out, const struct check_row *row)
{
	static const char begins[] = "dump ";

	if (!row->moment || strncmp(row->moment, begins, strlen(begins)) != 0)
		return;
	const char *number = row->moment + strlen(begins);
	strbuf_printf(out, " data-dump=\"%.*s\"", (int)strspn(number, "0123456789"), number);
}

/* What its row in the page is known by. */
static void begin_row(struct strbuf *out, const struct check_row *row, const char *class)
{
	strbuf_printf(out, "<tr class=\"%s\"", class);
	if (row->entry && row->entry->pattern) {
		attribute(out, "subject", figure_subject_name(row->entry->subject));
		attribute(out, "name", row->found ? row->found : row->entry->pattern);
	}
	dump_of(out, row);
	strbuf_puts(out, "><th scope=\"row\">");
	words(out, row, check_words_what);
}

static void note_of(struct strbuf *out, const char *class, const char *begins, const struct strbuf *text)
{
	if (text->n_bytes == 0)
		return;
	strbuf_printf(out, "<p class=\"%s\">%s", class, begins);
	xml_text(out, strbuf_text(text));
	strbuf_puts(out, "</p>");
}

static void note(struct strbuf *out, const char *begins, const struct strbuf *text)
{
	note_of(out, "note", begins, text);
}

/* Where all heaps were read; NULL of several inputs, which moments name themselves. */
static const char *only_log(const struct check_view *view)
{
	static const char *const roles[] = { "dump", "live", "run" };
	const char *name = NULL;

	for (size_t i = 0; i < view->n_inputs; i++)
		for (size_t k = 0; k < ARRAY_SIZE(roles); k++) {
			if (strcmp(view->inputs[i].role, roles[k]) != 0)
				continue;
			if (name)
				return NULL;
			name = view->inputs[i].name;
		}
	return name;
}

static void more(struct strbuf *out, const struct check_row *row, const char *log)
{
	struct strbuf moment CLEANUP(strbuf_deinit) = STRBUF_INIT, others CLEANUP(strbuf_deinit) = STRBUF_INIT;

	check_words_moment(&moment, row);
	if (moment.n_bytes && log)
		strbuf_printf(&moment, ", in %s", log);
	note_of(out, "note moment", "at ", &moment);
	check_words_others(&others, row);
	note(out, "also ", &others);
	if (!row->new_limit)
		return;
	strbuf_reset(&others);
	check_words_new_limit(&others, row);
	strbuf_puts(&others, row->old_limit ? ", it was " : "");
	check_words_old_limit(&others, row);
	note(out, "the limit is now ", &others);
}

static void causes(struct strbuf *out, const struct check_row *row)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t i = 0; i < row->n_causes; i++) {
		strbuf_puts(&text, i == 0 ? "" : ", ");
		check_words_cause(&text, &row->causes[i], NULL);
	}
	note(out, "because of ", &text);
}

static void cell(struct strbuf *out, const struct check_row *row, const char *head,
		 void (*add)(struct strbuf *out, const struct check_row *row))
{
	strbuf_printf(out, "<td data-head=\"%s\">", head);
	words(out, row, add);
	strbuf_puts(out, "</td>");
}

static void judged(struct strbuf *out, const struct check_row *row, const char *log)
{
	more(out, row, log);
	if (row->status == CHECK_FAIL)
		causes(out, row);
	strbuf_puts(out, "</th>");
	cell(out, row, "limit", check_words_limit);
	cell(out, row, "is", check_words_value);
	cell(out, row, "margin", check_words_margin);
}

static void not_judged(struct strbuf *out, const struct check_row *row)
{
	struct strbuf advice CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(out, "</th><td colspan=\"3\">");
	words(out, row, check_words_fault);
	check_words_advice(&advice, row);
	note(out, "", &advice);
	strbuf_puts(out, "</td>");
}

/* ---- tables ---- */

static const struct group {
	const char *class, *says;
	bool folded;
	bool (*has)(const struct check_row *row);
} groups[] = {
	{ "broken", "broken", false, check_is_broken },
	{ "error", "could not be judged", false, check_is_not_judged },
	{ "nearly", "nearly used up", false, check_is_warned },
	{ "kept", "kept", true, check_is_kept },
	{ "skipped", "skipped", true, check_is_skipped },
};

static size_t n_rows_of(const struct group *group, const struct check *check)
{
	size_t n = 0;

	for (size_t i = 0; i < check->n_rows; i++)
		n += group->has(&check->rows[i]);
	return n;
}

static void table_of(struct strbuf *out, const struct group *group, const struct check_view *view)
{
	const struct check *check = view->check;
	const char *log = only_log(view);
	size_t n = n_rows_of(group, check);

	if (n == 0)
		return;
	strbuf_printf(out, group->folded ? "<details><summary>%zu %s</summary>\n" : "<h2>%zu %s</h2>\n", n,
		      group->says);
	strbuf_printf(
		out,
		"<div class=\"table\"><table aria-label=\"Limits: %s\"><thead><tr><th scope=\"col\">what</th>"
		"<th scope=\"col\">limit</th><th scope=\"col\">is</th><th scope=\"col\">margin</th></tr></thead>\n"
		"<tbody>\n",
		group->says);
	for (size_t i = 0; i < check->n_rows; i++) {
		const struct check_row *row = &check->rows[i];
		if (!group->has(row))
			continue;
		begin_row(out, row, group->class);
		if (row->limit && (row->status == CHECK_PASS || row->status == CHECK_FAIL))
			judged(out, row, log);
		else
			not_judged(out, row);
		strbuf_puts(out, "</tr>\n");
	}
	strbuf_printf(out, "</tbody></table></div>%s\n", group->folded ? "</details>" : "");
}

/* ---- tests ---- */

static void test_of(struct strbuf *out, const struct tests *tests, const struct test_row *row)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(out, "<tr class=\"%s\"><th scope=\"row\">",
		      test_is_bad(row)             ? "broken" :
		      row->outcome == TEST_SKIPPED ? "skipped" :
						     "kept");
	xml_text(out, tests_name(tests, row, NULL));
	tests_words_outcome(&text, row);
	note(out, "", &text);
	strbuf_reset(&text);
	tests_words_sizes(&text, row, NULL);
	note(out, "", &text);
	strbuf_puts(out, "</th>");
	for (const struct tests_column *c = tests_columns; c->head; c++) {
		strbuf_reset(&text);
		c->words(&text, row, NULL);
		strbuf_printf(out, "<td data-head=\"%s\">", c->head);
		xml_text(out, strbuf_text(&text));
		strbuf_puts(out, "</td>");
	}
	strbuf_puts(out, "</tr>\n");
}

/* A body for each file: it, and its functions. */
static void tests_of(struct strbuf *out, const struct tests *tests)
{
	strbuf_puts(out,
		    "<h2>Tests, in bytes</h2>\n<div class=\"table\"><table aria-label=\"Tests\"><thead><tr>"
		    "<th scope=\"col\">test</th>");
	for (const struct tests_column *c = tests_columns; c->head; c++)
		strbuf_printf(out, "<th scope=\"col\">%s</th>", c->head);
	strbuf_puts(out, "</tr></thead>\n");
	for (size_t i = 0; i < tests->n_rows; i++) {
		if (tests->rows[i].file == TESTS_NONE)
			strbuf_puts(out, i > 0 ? "</tbody>\n<tbody class=\"file\">\n" : "<tbody class=\"file\">\n");
		test_of(out, tests, &tests->rows[i]);
	}
	strbuf_printf(out, "%s</table></div>\n", tests->n_rows > 0 ? "</tbody>" : "");
}

static void inputs(struct strbuf *out, const struct check_view *view)
{
	bool unlimited = !view->check->name && view->tests;

	strbuf_puts(out, unlimited ? "<p class=\"note\">Inputs: " : "<p class=\"note\">Held to ");
	if (!unlimited)
		xml_text(out, view->check->name ? view->check->name : "the budget");
	for (size_t i = 0; i < view->n_inputs; i++) {
		strbuf_printf(out, "%s%s ", i > 0 ? ", " : unlimited ? "" : ": ", view->inputs[i].role);
		xml_text(out, view->inputs[i].name);
	}
	strbuf_puts(out, "</p>\n");
}

void html_limits(struct strbuf *out, const struct check_view *view)
{
	struct strbuf verdict CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!view)
		return;
	check_words_verdict(&verdict, view);
	strbuf_printf(out, "<section id=\"limits\" aria-label=\"Limits\">\n<p class=\"verdict %s\">",
		      view->exit_code == 0 ? "good" : "bad");
	xml_text(out, strbuf_text(&verdict));
	strbuf_puts(out, "</p>\n");
	inputs(out, view);
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		table_of(out, &groups[i], view);
	if (view->tests && view->tests->n_rows > 0)
		tests_of(out, view->tests);
	strbuf_puts(out, "</section>\n");
}

void html_check(struct strbuf *out, const struct check_view *view)
{
	static const struct html_kind kind = { .name = "limits", .is_whole = true, .has_limits = true };

	html_begin(out, view->check->name ? view->check->name : view->tests ? "tests" : "budget", &kind);
	html_limits(out, view);
	html_end(out, &kind);
}
