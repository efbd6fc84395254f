/* What is said of tests: the same in text, Markdown, HTML and JUnit. */
#pragma once

#include "memprof/analysis/tests.h"
#include "memprof/base/strbuf.h"
#include "shared/number_words.h"

/* The columns of the table, ended by a NULL head. What is not known is "?". style: as in number_words.h. */
struct tests_column {
	const char *head, *unit; /* unit: behind a figure that stands alone, as " B" */
	unsigned width;          /* in a text table */
	void (*words)(struct strbuf *out, const struct test_row *row, const struct text_style *style);
};
extern const struct tests_column tests_columns[];

/* The name of a function without its file, of a file its path; ret_is_function: which one; NULL. Of rows of a run, not
 * of a document that was read. Not clean for HTML, as all words here. */
const char *tests_name(const struct tests *tests, const struct test_row *row, bool *ret_is_function);
void tests_words_outcome(struct strbuf *out,
			 const struct test_row *row); /* "failed: OSError: 5"; of one that passed: "" */
/* "allocated: 120 to 16, 5 above 131072"; "" */
void tests_words_sizes(struct strbuf *out, const struct test_row *row, const struct text_style *style);
/* "12 of 14 tests passed, 1 failed, 1 skipped": of functions, and of files without any. */
void tests_words_counts(struct strbuf *out, const struct tests *tests);
