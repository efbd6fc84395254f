/* Cases as text: what goes in, and what the code under test makes of it, printed. They stand in a file beside the test:
 *
 *     # A comment, before the first case.
 *     == a region has used and free bytes
 *     FLASH max_used 2600
 *     --
 *     pass 2596 of 2600, 4 left
 *
 * Each is a test with its title for a name. MEMPROF_BLESS=1 writes below "--" what came: read the change before it goes
 * in. */
#pragma once

#include "unit.h"

/* Prints what becomes of the lines above "--", which it may change. Bytes that are no text are shown as \xNN, and a
 * blank at the end of a line as \x20. */
typedef void case_answer(char *input, struct strbuf *ret);

/* Adds the cases of tests/unit/PATH to the tests of this program, at this place of the file. */
#define UNIT_CASES(path, answer) \
	__attribute__((constructor)) static void answer##_has_cases(void) { cases_add(__LINE__, path, answer); }
void cases_add(int line, const char *path, case_answer *answer);

/* The same for cases that are read from top to bottom: each line is a step and, behind " -> ", what came of it; what
 * has no room there stands below, four blanks further in. A step that ends in "\" goes on in the next line. Lines with
 * "#" are comments.
 *
 *     == paused, it stays
 *     keys p -> paused at 2
 *     see 4T 60.
 */
#define UNIT_STEPS(path, step) \
	__attribute__((constructor)) static void step##_has_cases(void) { cases_add_steps(__LINE__, path, step); }
void cases_add_steps(int line, const char *path, case_answer *step);

/* The next line, without its end; NULL behind the last one. Empty lines are skipped. */
char *case_line(char **input);
/* The words of a line, "two words" in quotes as one, and NULL behind them. Fails the test if max are too few. */
size_t case_words(char *line, char *words[], size_t max);
/* Of the words up to NULL, what stands behind a key as "at="; NULL if no word begins so. It is taken: "" is left. */
char *case_take(char *words[], const char *key);
/* Fails the test if a word is left. */
void case_all_taken(char *words[]);

/* Appends "key 12", or "key -" if that is not known; ", " before it, if there is something before. */
void case_put(struct strbuf *ret, const char *key, uint64_t value);

/* Runs the one that the line begins with, on the rest of the line. The list ends in zeros. */
struct case_verb {
	const char *name;
	case_answer *run;
};
void case_run(const struct case_verb *verbs, char *line, struct strbuf *ret);
