/* Similarity of two words, for "did you mean". */
#pragma once

#include <stddef.h>

enum { EDIT_DISTANCE_MAX_BYTES = 47 }; /* bytes of b */

/* Letters to change, insert or delete to turn a into b (Levenshtein); more than EDIT_DISTANCE_MAX_BYTES if b is longer
 * than that. O(length of a * length of b). */
size_t edit_distance(const char *a, const char *b);
