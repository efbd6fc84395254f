/* Reads the numbers out of a line whose words are known. */
#ifndef MEMPROF_SCAN_H
#define MEMPROF_SCAN_H

#include <stddef.h>
#include <stdint.h>

/* Reads text like "total: 140032, used: 768" by a pattern in which each # is a number, each @ one that
 * a person may have grouped in threes ("71 456", with a blank, a thin one or one that does not
 * break), and each ~ says that it and the rest may be absent. The text must end with the pattern.
 * Returns how many numbers there were, -1 if it does not match. */
int scan(const char *p, const char *end, const char *pattern, uint64_t *ret, int n_max);

/* The same for a pattern that begins behind the first such word, wherever that is. */
int scan_from(const char *text, size_t n_bytes, const char *word, const char *pattern, uint64_t *ret, int n_max);

/* The same for a text of which only the beginning must match: NULL, or what is behind it. All numbers
 * of the pattern are read; ~ means nothing. */
const char *scan_start(const char *p, const char *end, const char *pattern, uint64_t *ret);

#endif
