/* Reads a list of numbers and texts as MicroPython prints it: "[1, 77, 'app.net']". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct printed_list {
	const char *p, *end; /* what is left of it */
};

/* Each goes on behind what it read. False: something else is there. */
bool printed_skip(struct printed_list *s, const char *word);
bool printed_number(struct printed_list *s, uint64_t *ret);
bool printed_count(struct printed_list *s, uint64_t *ret); /* "-1" becomes NOT_KNOWN */
/* A text as repr() writes it, truncated to ret; a NUL in it ends it. */
bool printed_text(struct printed_list *s, char *ret, size_t n_ret);
bool printed_end(struct printed_list *s); /* of the list, and of its line */
