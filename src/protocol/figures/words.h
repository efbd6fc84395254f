/* Any firmware's words for its heap: "Free heap: 6288", "free_heap 18536, max_alloc_heap 14264", "RAM: 900 total, 12
 * free". A number takes its meaning from the words right before it, or right after it. */
#pragma once

#include "figures/pattern.h"

enum words_certainty {
	WORDS_NONE,
	WORDS_WEAK, /* "free: 5000": figures of a heap if the same words come again */
	WORDS_SURE, /* the line speaks of a heap or of memory */
};

enum { WORDS_POOLS_MAX = 3 };

struct words_line {
	size_t n; /* pools; the first is the main one, where it is told of */
	struct figures_reading readings[WORDS_POOLS_MAX];
	uint32_t form;  /* of the words: the same for lines that differ in their numbers alone */
	bool is_python; /* its words are those of MicroPython */
	bool is_of_c;   /* it tells what a Python program cannot know */
};

/* The words, to be found fast; all-zero at first. */
enum { WORDS_SLOTS = 512 };
struct words_table {
	struct words_slot {
		const char *word;
		uint8_t n; /* 0: empty */
		unsigned is;
	} slots[WORDS_SLOTS];
	bool built;
};

enum words_certainty words_read(struct words_table *table, const char *text, size_t n_bytes, struct words_line *ret);
