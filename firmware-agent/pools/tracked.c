/* m_tracked_calloc: what C libraries hold on MicroPython's heap, a doubly linked list (py/malloc.c, v1.25). */
#include "memprof/pools.h"

struct node {
	const struct node *previous, *next;
};

bool memprof_tracked_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	(void)pool;
	*ret_address = 0;
	*ret_n_bytes = 0;
	return true;
}

void memprof_tracked_stats(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	const struct memprof_tracked *tracked = pool->ctx;
	const struct node *previous = NULL;
	uintptr_t used = 0, n_nodes = 0;
	bool damaged = false;

	for (const struct node *node = tracked->head(); node && !damaged; node = node->next) {
		damaged = n_nodes == tracked->n_max || (uintptr_t)node % sizeof(void *) || node->previous != previous;
		if (damaged)
			break;
		used += tracked->n_bytes(node);
		n_nodes++;
		previous = node;
	}
	memprof_stat(ret, WIRE_STAT_USED, used);
	memprof_stat(ret, WIRE_STAT_USED_BLOCKS, n_nodes);
	if (damaged)
		memprof_stat(ret, WIRE_STAT_DAMAGED, 1);
}
