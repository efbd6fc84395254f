/* How a check is told. All views say of a row what check_words.h says, in file order or with the broken
 * ones first. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "memprof/analysis/check.h"
#include "memprof/analysis/tests.h"
#include "memprof/base/json.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"

struct check_view_input {
	const char *role; /* ours: "map", "baseline map", "dump", "script" */
	const char *name;
};

struct check_view {
	const struct check *check;             /* judged */
	const struct check_view_input *inputs; /* in the order in which they were given */
	size_t n_inputs;
	int exit_code;             /* of the run; it passed if that is 0 */
	const char *trouble;       /* what went wrong besides, a sentence: the script raised, the board
				    * is gone; NULL */
	bool all;                  /* text: also what passes, what was skipped, and sizes of what tests allocated */
	const struct tests *tests; /* what was run test by test; NULL */
};

/* A line for each row that is not well, as compilers have it, and one that sums up. Of a file that could not be read
 * that alone: why stands on standard error. */
void text_check(struct strbuf *out, const struct check_view *view, const struct text_style *style);

/* What each test needed: a line for each file, and below it for each function of it. all: also what was allocated. Text
 * is also part of text_check, and so on. */
void text_tests(struct strbuf *out, const struct tests *tests, bool all, const struct text_style *style);
void json_tests(struct json *j, const char *key, const struct tests *tests); /* null of NULL */

/* memprof.check/1 (docs/schema). */
void json_check(struct json *j, const struct check_view *view);

/* A summary of a job, below so many bytes: what passed is left out first, and it is said how much. */
enum { MARKDOWN_CHECK_MAX = 65536 };
void markdown_check(struct strbuf *out, const struct check_view *view);

/* JUnit's XML as Jenkins and GitLab read it: a suite for the budget's file, a case for each row, and for each
 * test. Only tests have times. */
void junit_check(struct strbuf *out, const struct check_view *view);

/* A page of the limits alone, where there is nothing to draw below them. Other pages have them on top: image_view.h,
 * diff_view.h, report_page.h. */
void html_check(struct strbuf *out, const struct check_view *view);

/* Workflow commands, which GitHub shows beside the lines of the budget's file. It shows so many errors
 * of a step, as many warnings, and as many notices; so no more are written, what is broken first, and a notice that
 * sums up. */
enum { GITHUB_SHOWS_MAX = 10 };
void github_check(struct strbuf *out, const struct check_view *view);
