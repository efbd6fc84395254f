/* Reads numbers from a line of known words. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Reads text like "total: 140032, used: 768" by a pattern: # is a number, @ a number that may have its
 * digits grouped in threes ("71 456", by a blank, thin space or no-break space), and after ~ the rest
 * may be absent. The text must end with the pattern. Returns the count of numbers, -1 if it does not
 * match. */
int scan(const char *p, const char *end, const char *pattern, uint64_t *ret, int n_max);

/* The same for a pattern that begins after the first occurrence of word. */
int scan_from(const char *text, size_t n_bytes, const char *word, const char *pattern, uint64_t *ret, int n_max);

/* The same for the beginning of a text, without ~: returns what follows the pattern, NULL if it does
 * not match. */
const char *scan_start(const char *p, const char *end, const char *pattern, uint64_t *ret);
