/* The state of a pool's free memory, in words that all views share. */
#ifndef MEMPROF_HEALTH_WORDS_H
#define MEMPROF_HEALTH_WORDS_H

#include "memprof/analysis/report.h"

struct health_words {
	const char *headline; /* "Fragmented" */
	const char *is;       /* "is fragmented", after a noun */
	const char *title;    /* "FRAGMENTED", in a title bar; NULL: nothing to warn of */
};
const struct health_words *health_words(enum health health);

#endif
