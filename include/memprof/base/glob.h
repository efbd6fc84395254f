/* Patterns for names of objects, sections and symbols: * is any bytes (including '/'), ? one byte, [abc] and [a-z] one
 * of these, [!a] none of these, \ quotes the next byte. fnmatch() is ten times slower in a UTF-8 locale and matches no
 * names that are not UTF-8; objects of a large map are matched against a hundred patterns. */
#pragma once

#include <stdbool.h>

/* Matches the whole name. O(pattern * name). */
bool glob_match(const char *pattern, const char *name);
