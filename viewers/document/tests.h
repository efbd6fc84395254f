/* What is said of tests. */
#pragma once

#include "memprof/analysis/tests.h"
#include "memprof/viewers/document.h"

/* "12 of 14 tests passed, 1 failed, 1 skipped": of functions, and of files without any. */
void tests_answer(struct document *d, const struct tests *tests);
/* Those that failed, then what each needed: a row for each file, and below it for each function of it. all: also what
 * was allocated. */
void tests_tables(struct document *d, const struct tests *tests, bool all);
