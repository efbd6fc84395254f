/* What is said of all rows together. */
#include <math.h>

#include "shared/check_words.h"
#include "shared/tests_words.h"

bool check_is_broken(const struct check_row *row) { return row->status == CHECK_FAIL; }
bool check_is_not_judged(const struct check_row *row) { return row->status == CHECK_ERROR; }
bool check_is_warned(const struct check_row *row) { return row->status == CHECK_PASS && row->warned; }
bool check_is_kept(const struct check_row *row) { return row->status == CHECK_PASS && !row->warned; }
bool check_is_skipped(const struct check_row *row) { return row->status == CHECK_SKIP; }

bool check_words_failed(const struct check_view *view)
{
	const struct check *check = view->check;
	bool told = !check->budget || check->n_of[CHECK_FAIL] || check->n_of[CHECK_ERROR] ||
		    (view->tests && tests_any_bad(view->tests));

	return view->trouble || (view->exit_code != 0 && !told);
}

void check_words_trouble(struct strbuf *out, const struct check_view *view)
{
	if (view->trouble)
		check_words_sentence(out, view->trouble);
	else if (check_words_failed(view))
		strbuf_printf(out, "exit code %d, its messages say why", view->exit_code);
}

/* "2 of 7 limits ", "1 limit " */
static void some_of(struct strbuf *out, size_t n_some, size_t n)
{
	if (n == 1)
		strbuf_puts(out, "1 limit ");
	else
		strbuf_printf(out, "%zu of %zu limits ", n_some, n);
}

static void all_judged(struct strbuf *out, size_t n_kept, size_t n, bool failed)
{
	if (n_kept == 0) {
		strbuf_puts(out, "no limit judged");
	} else if (n_kept == n && n > 1 && !failed) {
		strbuf_printf(out, "all %zu limits kept", n);
	} else {
		some_of(out, n_kept, n);
		strbuf_puts(out, "kept");
	}
}

static void not_all_well(struct strbuf *out, const struct check *check)
{
	size_t n_fail = check->n_of[CHECK_FAIL], n_error = check->n_of[CHECK_ERROR];
	size_t n_kept = check->n_of[CHECK_PASS];

	some_of(out, n_fail ? n_fail : n_error, check->n_rows);
	strbuf_puts(out, n_fail ? "broken" : "could not be judged");
	if (n_fail && n_error)
		strbuf_printf(out, ", %zu could not be judged", n_error);
	if (n_kept)
		strbuf_printf(out, ", %zu kept", n_kept);
}

void check_words_counts(struct strbuf *out, const struct check_view *view)
{
	const struct check *check = view->check;
	size_t n_skip = check->n_of[CHECK_SKIP];

	if (view->tests)
		tests_words_counts(out, view->tests);
	if (view->tests && check->budget && check->n_rows == 0)
		return;
	strbuf_puts(out, view->tests ? "; " : "");
	if (!check->budget)
		strbuf_puts(out, "the budget could not be read");
	else if (check->n_of[CHECK_FAIL] || check->n_of[CHECK_ERROR])
		not_all_well(out, check);
	else
		all_judged(out, check->n_of[CHECK_PASS], check->n_rows, check_words_failed(view));
	if (n_skip)
		strbuf_printf(out, ", %zu skipped", n_skip);
	if (check->n_warned)
		strbuf_printf(out, ", %zu warning%s", check->n_warned, check->n_warned == 1 ? "" : "s");
}

const struct check_row *check_words_tightest_row(const struct check_view *view)
{
	const struct check *check = view->check;
	const struct check_row *ret = NULL;
	double most = -1;

	if (check->n_of[CHECK_FAIL] || check->n_of[CHECK_ERROR] || check_words_failed(view))
		return NULL;
	for (size_t i = 0; i < check->n_rows; i++) {
		const struct check_row *row = &check->rows[i];
		double part = row->limit && row->status == CHECK_PASS ? check_words_used_part(row) : NAN;
		if (part > most) { /* not so of NAN */
			most = part;
			ret = row;
		}
	}
	return ret;
}

void check_words_tightest(struct strbuf *out, const struct check_view *view, const struct text_style *style)
{
	const struct check_row *row = check_words_tightest_row(view);

	if (!row)
		return;
	if (view->check->n_rows > 1) {
		strbuf_puts(out, "the tightest is ");
		check_words_name(out, row);
		strbuf_putc(out, ' ');
	}
	strbuf_puts(out, "with ");
	check_words_left(out, row, style);
}

void check_words_verdict(struct strbuf *out, const struct check_view *view)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (check_words_failed(view)) {
		strbuf_puts(out, "the run failed: ");
		check_words_trouble(out, view);
		strbuf_puts(out, "; ");
	}
	check_words_counts(out, view);
	check_words_tightest(&text, view, NULL);
	if (text.n_bytes > 0)
		strbuf_printf(out, ", %s", strbuf_text(&text));
}
