/* What a line may speak of, found out by one look at each of its bytes: most lines speak of nothing that matters, and
 * are not looked at again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum line_word {
	LINE_OF_FIGURES = 1 << 0,    /* figures/words.h */
	LINE_OF_FAILURE = 1 << 1,    /* memory_error.h */
	LINE_OF_RESET = 1 << 2,      /* resets.h */
	LINE_OF_STATISTICS = 1 << 3, /* mem_info_statistics.c */
	LINE_OF_QSTR = 1 << 4,       /* facts.h */
	LINE_OF_IDF = 1 << 5,        /* heap_caps.h */
};

/* A bit for each of up to 32 stems: where in it a letter stands. All-zero is the starting state. */
struct line_words {
	bool built;
	uint32_t at[3][32];
};

/* The words that it may have. */
unsigned line_words(struct line_words *w, const char *text, size_t n_bytes);
