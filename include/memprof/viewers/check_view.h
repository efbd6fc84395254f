/* What a check found: limits and tests, and what became of each. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "memprof/analysis/check.h"
#include "memprof/analysis/tests.h"
#include "memprof/base/json.h"
#include "memprof/viewers/document.h"

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
	bool all;                  /* nothing is folded, and sizes of what tests allocated are shown */
	const struct tests *tests; /* what was run test by test; NULL */
};

/* Each limit and each test is a finding. As Markdown it is a summary of a job, which is refused as a whole if it is
 * longer. */
enum { CHECK_MARKDOWN_MAX = 65536 };
void document_check(struct document *d, const struct check_view *view);

/* memprof.check/1 (docs/schema). */
void json_check(struct json *j, const struct check_view *view);
void json_tests(struct json *j, const char *key, const struct tests *tests); /* null of NULL */
