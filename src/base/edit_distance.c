#include "memprof/base/edit_distance.h"

#include <string.h>

size_t edit_distance(const char *a, const char *b)
{
	size_t row[EDIT_DISTANCE_MAX_BYTES + 1], n = strlen(b);

	if (n > EDIT_DISTANCE_MAX_BYTES)
		return EDIT_DISTANCE_MAX_BYTES + 1;
	for (size_t k = 0; k <= n; k++)
		row[k] = k;
	for (size_t i = 1; *a; a++, i++) {
		size_t corner = row[0];
		row[0] = i;
		for (size_t k = 1; k <= n; k++) {
			size_t best = corner + (*a != b[k - 1]);
			corner = row[k];
			if (row[k - 1] + 1 < best)
				best = row[k - 1] + 1;
			if (row[k] + 1 < best)
				best = row[k] + 1;
			row[k] = best;
		}
	}
	return row[n];
}
