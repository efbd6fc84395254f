/* The survey: what a live board is asked about itself, question by question, and how its answers are
 * read. No I/O.
 *
 * Each question is an expression of its own, so that a module that is not there costs that answer
 * and no other, no name is left behind, and little is compiled at a time. A module that only some
 * ports have is asked for on these alone: elsewhere the name may be a file of the user's, which
 * asking would run. */
#ifndef MEMPROF_SURVEY_H
#define MEMPROF_SURVEY_H

#include "memprof/model/board.h"

struct survey_question {
	const char *what;      /* "file systems" */
	const char *platforms; /* "esp32 esp8266": those it is asked on; "!linux": all but; NULL: all */
	const char *code;      /* one line of Python; prints the answer */
	/* An answer: the output of code when it ran to its end. What is not understood is left. */
	void (*read)(const char *text, size_t n_bytes, struct board_info *board);
};

/* In the order in which they are asked: the first ones tell the platform. */
extern const struct survey_question survey_questions[];
extern const size_t n_survey_questions;

/* Whether this board, as far as it is known, is asked that. */
bool survey_applies(const struct survey_question *question, const struct board_info *board);

#endif
