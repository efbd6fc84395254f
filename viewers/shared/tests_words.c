#include "shared/tests_words.h"

#include <inttypes.h>
#include <string.h>

#include "shared/number_words.h"

static void size(struct strbuf *out, uint64_t n_bytes, const struct text_style *style)
{
	strbuf_puts(out, n_bytes == NOT_KNOWN ? "?" : figure_words(n_bytes, style).text);
}

static void peak(struct strbuf *out, const struct test_row *row, const struct text_style *style)
{
	strbuf_puts(out, row->peak_is_least && row->peak_bytes != NOT_KNOWN ? ">=" : "");
	size(out, row->peak_bytes, style);
}

static void kept(struct strbuf *out, const struct test_row *row, const struct text_style *style)
{
	strbuf_puts(out, row->measured ? balance_words(row->kept_bytes, style).text : "?");
}

static void largest_free(struct strbuf *out, const struct test_row *row, const struct text_style *style)
{
	size(out, row->lfb_bytes, style);
}

static void collections(struct strbuf *out, const struct test_row *row, const struct text_style *style)
{
	strbuf_puts(out, row->n_collections == NOT_KNOWN ? "?" : count_words(row->n_collections, style).text);
}

static void collecting(struct strbuf *out, const struct test_row *row, const struct text_style *style)
{
	(void)style;
	if (row->collecting_us == NOT_KNOWN)
		strbuf_putc(out, '?');
	else
		strbuf_printf(out, "%s%" PRIu64 ".%" PRIu64, row->time_is_estimated ? "~" : "",
			      row->collecting_us / 1000, row->collecting_us / 100 % 10);
}

const struct tests_column tests_columns[] = {
	{ "peak", " B", 11, peak },
	{ "kept", " B", 10, kept },
	{ "LFB low", " B", 11, largest_free },
	{ "collections", "", 12, collections },
	{ "GC ms", " ms", 9, collecting },
	{ 0 },
};

const char *tests_name(const struct tests *tests, const struct test_row *row, bool *ret_is_function)
{
	bool is_function = row->file != TESTS_NONE;

	if (ret_is_function)
		*ret_is_function = is_function;
	return is_function ? row->name + strlen(tests->rows[row->file].name) + strlen("::") : row->name;
}

void tests_words_outcome(struct strbuf *out, const struct test_row *row)
{
	const char *words = row->outcome == TEST_PASSED ? "" :
			    row->outcome == TEST_CUT    ? "did not end" :
							  test_outcome_name(row->outcome);

	strbuf_printf(out, "%s%s%s", words, row->message && *words ? ": " : "", row->message ? row->message : "");
}

void tests_words_sizes(struct strbuf *out, const struct test_row *row, const struct text_style *style)
{
	struct strbuf sizes CLEANUP(strbuf_deinit) = STRBUF_INIT;

	size_words(&sizes, row->n_by_size, style);
	if (sizes.n_bytes)
		strbuf_printf(out, "allocated: %s%s", row->sizes_are_least ? "at least " : "", strbuf_text(&sizes));
}

/* Functions stand for their file, if it has some, unless it failed for another reason. */
static bool counts(const struct tests *tests, size_t i)
{
	const struct test_row *row = &tests->rows[i];
	bool has_functions = i + 1 < tests->n_rows && tests->rows[i + 1].file == i;

	return row->file != TESTS_NONE || !has_functions || (test_is_bad(row) && !tests_is_told(tests, i));
}

void tests_words_counts(struct strbuf *out, const struct tests *tests)
{
	size_t n = 0, n_of[N_TEST_OUTCOMES] = { 0 };

	for (size_t i = 0; i < tests->n_rows; i++) {
		n += counts(tests, i);
		n_of[tests->rows[i].outcome] += counts(tests, i);
	}
	if (n == 0)
		strbuf_puts(out, "no test was run");
	else if (n_of[TEST_PASSED] == n)
		strbuf_printf(out, n == 1 ? "1 test passed" : "all %zu tests passed", n);
	else
		strbuf_printf(out, "%zu of %zu test%s passed", n_of[TEST_PASSED], n, n == 1 ? "" : "s");
	if (n_of[TEST_FAILED])
		strbuf_printf(out, ", %zu failed", n_of[TEST_FAILED]);
	if (n_of[TEST_CUT])
		strbuf_printf(out, ", %zu did not end", n_of[TEST_CUT]);
	if (n_of[TEST_SKIPPED])
		strbuf_printf(out, ", %zu skipped", n_of[TEST_SKIPPED]);
	if (tests->n_more)
		strbuf_printf(out, ", %" PRIu64 " more could not be listed", tests->n_more);
	if (tests->n_more_bad)
		strbuf_printf(out, " (%" PRIu64 " failed)", tests->n_more_bad);
}
