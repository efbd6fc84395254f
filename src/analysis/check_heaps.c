/* Heaps against their limits: the frame, for whoever links with it. */
#include <stdlib.h>

#include "check_private.h"

struct check_heaps {
	int error;
};

void check_heaps_free(struct check_heaps *heaps)
{
	free(heaps);
}

int check_heap(struct check *c, enum check_side side, const struct check_moment *moment)
{
	(void)c;
	(void)side;
	(void)moment;
	return 0;
}

void check_heap_ends(struct check *c, enum check_side side)
{
	(void)c;
	(void)side;
}

int check_heaps_offer(struct check *c)
{
	(void)c;
	return 0;
}
