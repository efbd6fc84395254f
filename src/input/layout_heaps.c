#include "memprof/input/layout_heaps.h"

#include <string.h>

#include "memprof/base/number.h"
#include "memprof/input/log_reader.h"

void layout_heaps_init(struct layout_heaps *h)
{
	*h = (struct layout_heaps){ 0 };
	heap_init(&h->heap);
}

void layout_heaps_deinit(struct layout_heaps *h) { heap_deinit(&h->heap); }

/* ---- what comes ---- */

int layout_heaps_keep(struct layout_heaps *h, struct moment *moment)
{
	bool whole = moment->heap->problem == HEAP_WHOLE;

	if (h->whole && !whole)
		return 0;
	h->any = true;
	h->whole = whole;
	return moment_take_heap(moment, &h->heap);
}

void layout_heaps_keep_pool(struct layout_heaps *h, const struct heap_pool *pool)
{
	size_t i = 0;

	while (i < h->n_pools && strcmp(h->pools[i].name, pool->name) != 0)
		i++;
	if (i == LAYOUT_HEAPS_POOLS_MAX)
		return;
	h->pools[i] = *pool;
	h->n_pools = MAX(h->n_pools, i + 1);
}

int layout_heaps_event(void *ctx, struct event *event)
{
	struct layout_heaps *h = ctx;

	if (event->kind == EVENT_SNAPSHOT) {
		layout_heaps_keep(h, &(struct moment){ .heap = event->snapshot.heap });
	} else if (event->kind == EVENT_POOL) {
		layout_heaps_keep_pool(h, &event->pool);
	} else if (event->kind == EVENT_SAMPLE) {
		h->sample = *event;
		h->has_sample = true;
	}
	return 0;
}

void layout_heaps_claim(const struct layout_heaps *h, struct layout *l, const char *from)
{
	if (h->any)
		layout_heap(l, &h->heap, from);
	for (size_t i = 0; i < h->n_pools; i++)
		layout_pool(l, &h->pools[i], from);
}

int layout_heaps_read(struct layout_heaps *h, const char *name, struct diag *diag)
{
	struct log_reader r = { .name = name, .on_event = layout_heaps_event, .ctx = h };
	int ret = log_read(&r, diag);

	if (ret < 0 || h->whole || (!h->any && h->n_pools > 0))
		return ret;
	if (!h->any)
		return log_reader_no_dump(&r, diag);
	return diag_at(diag, (struct place){ .file = name, .line = h->heap.problem_line }, LAYOUT_HEAPS_CUT,
		       "no dump in it is whole: %s", heap_problem_text(h->heap.problem));
}
