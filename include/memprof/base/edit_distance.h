/* How near two words are, for "did you mean". */
#ifndef MEMPROF_NEAREST_H
#define MEMPROF_NEAREST_H

#include <stddef.h>

enum { NEAREST_NAME_MAX = 47 }; /* bytes of b */

/* How many letters must change, come or go to make a into b (Levenshtein); more than NEAREST_NAME_MAX if b is
 * longer than that. O(length of a * length of b). */
size_t nearest_edits(const char *a, const char *b);

#endif
