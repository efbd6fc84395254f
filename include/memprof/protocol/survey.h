/* The survey: questions to a live board about itself, and how to read its answers. No I/O.
 *
 * Each question is a separate expression, so that a missing module affects only its own answer, no name
 * is left behind, and little is compiled at a time. A module that only some ports have is imported only
 * on these: elsewhere its name may be a file of the user, which an import would run. */
#pragma once

#include "memprof/model/board.h"

struct survey_question {
	const char *what;      /* "file systems" */
	const char *platforms; /* "esp32 esp8266": only these; "!linux": all but these; "+umalloc": where that module is
				built in; NULL: all */
	const char *code;      /* one line of Python that prints the answer */
	/* Reads the output of code, if it did not raise. Ignores what it does not understand. */
	void (*read)(const char *text, size_t n_bytes, struct board_info *board);
};

/* In order; the first one gives the platform. */
extern const struct survey_question survey_questions[];
extern const size_t n_survey_questions;

/* Whether the question is for this board, as far as it is known. */
bool survey_applies(const struct survey_question *question, const struct board_info *board);
