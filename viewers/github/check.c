/* Workflow commands of GitHub (docs.github.com, "Workflow commands for GitHub Actions"; actions/runner,
 * ActionCommand.cs). The runner takes every line that begins with "::" for a command, so nothing
 * untrusted ever begins one. */
#include <inttypes.h>
#include <string.h>

#include "memprof/base/text.h"
#include "shared/check_words.h"
#include "shared/tests_words.h"
#include "text/cut.h"

enum { TITLE_COLUMNS = 240 }; /* GitHub takes 255 */

/* ---- a command ---- */

/* Ends of lines never come here, as they are made visible. */
static void escaped(struct strbuf *out, const char *text, const char *which)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&clean, text);
	for (const char *p = strbuf_text(&clean); *p; p++) {
		if (strchr(which, *p))
			strbuf_printf(out, "%%%02X", (unsigned char)*p);
		else
			strbuf_putc(out, *p);
	}
}

static void message(struct strbuf *out, const char *text) { escaped(out, text, "%"); }
static void property(struct strbuf *out, const char *text) { escaped(out, text, "%:,"); }

static void place(struct strbuf *out, const char *file, const struct place *at)
{
	if (!file)
		return;
	strbuf_puts(out, "file=");
	property(out, file);
	if (at->line)
		strbuf_printf(out, ",line=%" PRIu64, at->line);
	if (at->line && at->col)
		strbuf_printf(out, ",col=%" PRIu32, at->col);
	strbuf_putc(out, ',');
}

static void title_of(struct strbuf *out, const struct check_row *row)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT, cut CLEANUP(strbuf_deinit) = STRBUF_INIT;

	check_words_title(&text, row);
	text_cut(&cut, strbuf_text(&text), text.n_bytes, TITLE_COLUMNS, CUT_END);
	strbuf_puts(out, "title=");
	property(out, strbuf_text(&cut));
	strbuf_puts(out, "::");
}

/* A command of no line of a file; its own line stays open. */
static void of_all(struct strbuf *out, const char *command, const struct check_view *view,
		   void (*words)(struct strbuf *out, const struct check_view *view))
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	words(&text, view);
	strbuf_printf(out, "::%s title=memprof check::", command);
	message(out, strbuf_text(&text));
}

static void row_of(struct strbuf *out, const struct check_view *view, const struct check_row *row, const char *command)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(out, "::%s ", command);
	place(out, row->at.file ? row->at.file : view->check->name, &row->at);
	title_of(out, row);
	check_words_row(&text, row);
	message(out, strbuf_text(&text));
	if (row->advice) {
		strbuf_reset(&text);
		check_words_advice(&text, row);
		strbuf_puts(out, "%0A");
		message(out, strbuf_text(&text));
	}
	strbuf_putc(out, '\n');
}

/* ---- tests ---- */

static void test_of(struct strbuf *out, const struct test_row *row, const char *file)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(out, "::error ");
	strbuf_puts(out, "file=");
	property(out, file);
	strbuf_puts(out, ",title=");
	property(out, row->name);
	strbuf_puts(out, "::");
	tests_words_outcome(&text, row);
	message(out, strbuf_text(&text));
	strbuf_putc(out, '\n');
}

static void tests_of(struct strbuf *out, const struct tests *tests, size_t *n_done)
{
	for (size_t i = 0; i < tests->n_rows; i++) {
		const struct test_row *row = &tests->rows[i];
		bool is_file = row->file == TESTS_NONE;
		if (!test_is_bad(row) || tests_is_told(tests, i))
			continue;
		if (*n_done < GITHUB_SHOWS_MAX)
			test_of(out, row, is_file ? row->name : tests->rows[row->file].name);
		++*n_done;
	}
}

/* ---- all of them ---- */

static bool is_idle(const struct check_row *row) { return row->status == CHECK_PASS && row->idle && !row->warned; }

/* Rows of a kind, as long as there is room for them. */
static void rows(struct strbuf *out, const struct check_view *view, bool (*has)(const struct check_row *row),
		 const char *command, size_t *n_done)
{
	for (size_t i = 0; i < view->check->n_rows; i++) {
		const struct check_row *row = &view->check->rows[i];
		if (!has(row))
			continue;
		if (*n_done < GITHUB_SHOWS_MAX)
			row_of(out, view, row, command);
		++*n_done;
	}
}

static void rest(struct strbuf *out, size_t n_done, const char *what)
{
	size_t n = n_done > GITHUB_SHOWS_MAX ? n_done - GITHUB_SHOWS_MAX : 0;

	if (n > 0)
		strbuf_printf(out, "%%0A%zu %s%s more: GitHub shows %d of a step.", n, what, n == 1 ? "" : "s",
			      GITHUB_SHOWS_MAX);
}

void github_check(struct strbuf *out, const struct check_view *view)
{
	size_t n_errors = check_words_failed(view), n_warnings = 0, n_notices = 1;

	if (n_errors) {
		of_all(out, "error", view, check_words_trouble);
		strbuf_putc(out, '\n');
	}
	if (view->tests)
		tests_of(out, view->tests, &n_errors);
	rows(out, view, check_is_broken, "error", &n_errors);
	rows(out, view, check_is_not_judged, "error", &n_errors);
	rows(out, view, check_is_warned, "warning", &n_warnings);
	rows(out, view, is_idle, "notice", &n_notices);
	of_all(out, "notice", view, check_words_verdict);
	rest(out, n_errors, "error");
	rest(out, n_warnings, "warning");
	rest(out, n_notices, "notice");
	strbuf_putc(out, '\n');
}
