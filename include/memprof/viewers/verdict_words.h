/* A verdict in few words: the same in the title of a screen, in a line and in a list of boards. */
#pragma once

#include "memprof/analysis/verdict.h"
#include "memprof/base/strbuf.h"

struct verdict_words {
	char text[64];    /* "LEAKING 1.1 KiB per collection", "FULL picovector", "OK" */
	char ends[48];    /* "full in 2 to 4 min"; "" */
	char figures[80]; /* "held by handlers", "3.1 KiB of 4.0 MiB free"; "" */
	bool warns;       /* it is shown loudly */
};
void verdict_words(const struct verdict *verdict, struct verdict_words *ret);

/* Appends all of them: "OK, largest free 2.0 MiB". */
void text_verdict_line(struct strbuf *out, const struct verdict *verdict);

/* Appends that what was said before does not hold: a sentence without its point. */
void text_withdrawal(struct strbuf *out, const struct verdict *before);
