/* Patterns for names of objects, sections and symbols: * is any bytes (also '/'), ? is one byte, [abc] and [a-z]
 * one of these, [!a] none of these, \ takes the next byte as it is. fnmatch() costs ten times as much in a UTF-8
 * locale, where names that are not UTF-8 match nothing; objects of a large map are matched against a hundred. */
#ifndef MEMPROF_GLOB_H
#define MEMPROF_GLOB_H

#include <stdbool.h>

/* The whole name. O(pattern * name). */
bool glob_match(const char *pattern, const char *name);

#endif
