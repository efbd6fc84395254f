#include "tui/rows.h"

#include <stddef.h>

#include "memprof/base/number.h"

void rows_give_least(struct row_share *part, int *n_left)
{
	if (part->least > *n_left)
		return;
	part->rows = part->least;
	*n_left -= part->least;
}

void rows_give_wanted(struct row_share *part, int *n_left)
{
	int more = part->rows > 0 && part->wanted > part->rows ? MIN(part->wanted - part->rows, *n_left) : 0;

	part->rows += more;
	*n_left -= more;
}

/* The part that has least for its weight; NULL: none takes more. */
static struct row_share *hungriest(struct row_share *const parts[], int n)
{
	struct row_share *best = NULL;

	for (int i = 0; i < n; i++)
		if (parts[i]->rows > 0 && parts[i]->weight > 0 &&
		    (!best || parts[i]->rows * best->weight < best->rows * parts[i]->weight))
			best = parts[i];
	return best;
}

void rows_give_rest(struct row_share *const parts[], int n, int *n_left)
{
	for (struct row_share *part; *n_left > 0 && (part = hungriest(parts, n)); --*n_left)
		part->rows++;
}
