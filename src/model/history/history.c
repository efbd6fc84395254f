#include "memprof/model/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history/private.h"
#include "memprof/base/number.h"
#include "memprof/base/search.h"

/* ---- shapes ---- */

void history_let_go(struct history *h, struct shape *shape)
{
	if (!shape || --shape->n_refs)
		return;
	h->n_bytes -= shape->n_bytes;
	free(shape);
}

static bool same_areas(const struct heap_pool *pool, const struct shape_pool *of)
{
	for (uint32_t i = 0; i < pool->n_areas; i++) {
		const struct heap_area *a = &pool->areas[i], *b = &of->areas[i];
		if (a->base != b->base || a->loose != b->loose || a->n_blocks != b->n_blocks || a->memory != b->memory)
			return false;
	}
	return true;
}

static bool has_shape(const struct heap *heap, const struct shape *shape)
{
	if (!shape || heap->n_pools != shape->n_pools)
		return false;
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		const struct heap_pool *pool = &heap->pools[i];
		const struct shape_pool *of = &shape->pools[i];
		if (strcmp(pool->name, of->name) || pool->block_bytes != of->block_bytes ||
		    pool->n_areas != of->n_areas || pool->n_blocks != of->n_blocks || !same_areas(pool, of))
			return false;
	}
	return true;
}

static size_t n_areas_of(const struct heap *heap)
{
	size_t n = 0;

	for (uint32_t i = 0; i < heap->n_pools; i++)
		n += heap->pools[i].n_areas;
	return n;
}

static struct shape *shape_new(struct history *h, const struct heap *heap)
{
	size_t n_areas = n_areas_of(heap);
	size_t n_bytes = sizeof(struct shape) + heap->n_pools * sizeof(struct shape_pool) +
			 n_areas * sizeof(struct heap_area);
	struct shape *shape = calloc(1, n_bytes);

	if (!shape)
		return NULL;
	*shape = (struct shape){
		.n_refs = 1, .n_bytes = n_bytes, .n_pools = heap->n_pools, .pools = (struct shape_pool *)(shape + 1)
	};
	struct heap_area *areas = (struct heap_area *)(shape->pools + shape->n_pools);
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		const struct heap_pool *pool = &heap->pools[i];
		struct shape_pool *to = &shape->pools[i];
		*to = (struct shape_pool){ .block_bytes = pool->block_bytes,
					   .n_areas = pool->n_areas,
					   .n_blocks = pool->n_blocks,
					   .i_line = shape->n_lines,
					   .areas = areas };
		memcpy(to->name, pool->name, sizeof(to->name));
		if (pool->n_areas)
			memcpy(areas, pool->areas, pool->n_areas * sizeof(*areas));
		areas += pool->n_areas;
		shape->n_lines += (pool->n_blocks + LINE_BLOCKS - 1) / LINE_BLOCKS;
	}
	h->n_bytes += n_bytes;
	return shape;
}

/* ---- moments ---- */

void kept_free(struct history *h, struct kept *kept)
{
	if (!kept)
		return;
	h->n_bytes -= kept->n_bytes + kept->packed.n_bytes;
	history_let_go(h, kept->shape);
	free(kept->packed.bytes);
	free(kept);
}

static bool is_next_key(const struct history *h)
{
	for (size_t n = 0; n < h->n_items && n < KEY_MOMENTS - 1; n++)
		if (history_kept(h, h->n_items - 1 - n)->key)
			return false;
	return true;
}

static uint64_t latest_us(const struct history *h, uint64_t at_us)
{
	uint64_t before_us = h->n_items ? history_kept(h, h->n_items - 1)->latest_us : 0;

	return at_us == NOT_KNOWN ? before_us : MAX(before_us, at_us);
}

static size_t n_windows_of(const struct heap *heap)
{
	size_t n = 0;

	for (uint32_t i = 0; i < heap->n_pools; i++)
		n += heap->pools[i].window != NULL;
	return n;
}

static struct kept *kept_new(struct history *h, const struct heap *heap, const struct history_moment *moment)
{
	size_t n_bytes = sizeof(struct kept) + moment->n_pools * sizeof(struct history_figures) +
			 heap->n_pools * sizeof(struct heap_pool) + heap->n_tasks * sizeof(struct heap_task) +
			 n_windows_of(heap) * sizeof(struct heap_window);
	struct kept *kept = malloc(n_bytes);
	struct shape *shape = NULL;

	if (!kept)
		return NULL;
	if (n_areas_of(heap)) {
		shape = has_shape(heap, h->last_shape) ? h->last_shape : shape_new(h, heap);
		if (!shape) {
			free(kept);
			return NULL;
		}
		shape->n_refs += shape == h->last_shape;
	}
	struct history_figures *figures = (struct history_figures *)(kept + 1);
	struct heap_pool *pools = (struct heap_pool *)(figures + moment->n_pools);
	struct heap_task *tasks = (struct heap_task *)(pools + heap->n_pools);
	struct heap_window *window = (struct heap_window *)(tasks + heap->n_tasks);
	*kept = (struct kept){ .moment = *moment,
			       .n_bytes = n_bytes,
			       .latest_us = latest_us(h, moment->at_us),
			       .heap = *heap,
			       .shape = shape,
			       .key = is_next_key(h) };
	kept->moment.pools = figures;
	kept->heap.pools = pools;
	kept->heap.tasks = tasks;
	if (moment->n_pools)
		memcpy(figures, moment->pools, moment->n_pools * sizeof(*figures));
	if (heap->n_pools)
		memcpy(pools, heap->pools, heap->n_pools * sizeof(*pools));
	if (heap->n_tasks)
		memcpy(tasks, heap->tasks, heap->n_tasks * sizeof(*tasks));
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		pools[i].own_window = NULL;
		if (pools[i].window) {
			*window = *pools[i].window;
			pools[i].window = window++;
		}
		pools[i].kinds = NULL;
		pools[i].areas = shape ? shape->pools[i].areas : NULL;
	}
	h->n_bytes += n_bytes;
	return kept;
}

/* Against the newest moment, or against nothing if it is a key. Lines that a key has no pool for are free
 * from there on, unless it has no table at all. */
static int pack(struct history *h, const struct heap *heap, struct kept *kept)
{
	size_t n_lines = kept->shape ? kept->shape->n_lines : 0;

	packer_begin(&h->packer);
	if (kept->key && n_lines == 0)
		packer_add(&h->packer, 0, h->last.kinds, h->last.n_lines * LINE_BLOCKS, NULL);
	for (uint32_t i = 0; n_lines && i < heap->n_pools; i++) {
		size_t i_line = kept->shape->pools[i].i_line;
		const uint8_t *before = kept->key ? NULL : h->last.kinds + i_line * LINE_BLOCKS;
		if (heap->pools[i].n_blocks)
			packer_add(&h->packer, i_line, heap->pools[i].kinds, heap->pools[i].n_blocks, before);
	}
	if (packer_take(&h->packer, &kept->packed) < 0)
		return -ENOMEM;
	h->n_bytes += kept->packed.n_bytes;
	return 0;
}

/* What is free in front of the items (history_remove_item), before the vector itself is changed. */
static void close_gap(struct history *h)
{
	if (h->n_gap == 0)
		return;
	memmove(h->items - h->n_gap, h->items, h->n_items * sizeof(*h->items));
	h->items -= h->n_gap;
	h->room_items += h->n_gap;
	h->n_gap = 0;
}

int history_add(struct history *h, const struct heap *heap, const struct history_moment *moment)
{
	struct heap nothing;

	heap_init(&nothing);
	if (!heap)
		heap = &nothing;
	struct kept *kept = history_thin(h) == 0 ? kept_new(h, heap, moment) : NULL;
	if (!kept)
		return -ENOMEM;
	if (table_grow(&h->last, kept->shape ? kept->shape->n_lines : 0) < 0 || pack(h, heap, kept) < 0)
		goto no_memory;
	if (h->n_items == h->room_items)
		close_gap(h);
	struct item *item = vec_add(h, items);
	if (!item)
		goto no_memory;
	/* Nothing fails from here on. */
	if (kept->key && kept->shape && kept->shape->n_lines)
		table_clear(&h->last);
	packed_apply(&kept->packed, &h->last, NULL);
	kept->moment.n = ++h->n_added;
	*item = (struct item){ kept, kept->moment.n, moment->label[0] != '\0' };
	h->n_bytes += sizeof(*item);
	if (kept->shape && kept->shape != h->last_shape) {
		history_let_go(h, h->last_shape);
		h->last_shape = kept->shape;
		kept->shape->n_refs++;
	}
	history_thin(h); /* where it cannot now, the next one is not taken before it can */
	return 0;

no_memory:
	kept_free(h, kept);
	return -ENOMEM;
}

/* ---- what is kept ---- */

void history_remove_item(struct history *h, size_t i)
{
	h->n_items--;
	if (i >= h->n_items / 2) {
		memmove(&h->items[i], &h->items[i + 1], (h->n_items - i) * sizeof(*h->items));
		return;
	}
	memmove(&h->items[1], &h->items[0], i * sizeof(*h->items));
	h->items++;
	h->room_items--;
	h->n_gap++;
}

size_t history_n(const struct history *h) { return h->n_items; }
size_t history_bytes(const struct history *h) { return h->n_bytes; }
const struct history_moment *history_moment(const struct history *h, size_t i) { return &history_kept(h, i)->moment; }

size_t history_find(const struct history *h, uint64_t n)
{
	size_t i_after = search_while(h->n_items, i, h->items[i].n <= n);

	return i_after ? i_after - 1 : 0;
}

size_t history_find_time(const struct history *h, uint64_t at_us)
{
	size_t i_after = search_while(h->n_items, i, history_kept(h, i)->latest_us <= at_us);

	return i_after ? i_after - 1 : 0;
}

int history_table(const struct history *h, size_t i, struct block_table *ret)
{
	size_t i_key = i;

	*ret = (struct block_table){ 0 };
	if (h->last.n_lines == 0)
		return 0;
	ret->kinds = malloc(h->last.n_lines * LINE_BLOCKS);
	if (!ret->kinds)
		return -ENOMEM;
	ret->n_lines = h->last.n_lines;
	if (i == h->n_items - 1) {
		memcpy(ret->kinds, h->last.kinds, ret->n_lines * LINE_BLOCKS);
		return 0;
	}
	table_clear(ret);
	while (!history_kept(h, i_key)->key)
		i_key--;
	for (; i_key <= i; i_key++)
		packed_apply(&history_kept(h, i_key)->packed, ret, NULL);
	return 0;
}

int history_heap(const struct history *h, size_t i, struct heap *ret)
{
	const struct kept *kept = history_kept(h, i);
	struct heap_pool pools[HEAP_POOLS_MAX];
	struct heap heap = kept->heap;
	struct block_table table;
	int r = history_table(h, i, &table);

	heap_reset(ret);
	heap.pools = pools;
	for (uint32_t p = 0; r == 0 && p < heap.n_pools; p++) {
		pools[p] = kept->heap.pools[p];
		if (pools[p].n_blocks)
			pools[p].kinds = table.kinds + kept->shape->pools[p].i_line * LINE_BLOCKS;
	}
	if (r == 0)
		r = heap_copy(ret, &heap);
	table_deinit(&table);
	return r;
}

/* ---- board events ---- */

void history_add_event(struct history *h, const struct board_event *info)
{
	h->board_events[h->n_board_events_added++ % HISTORY_EVENTS_MAX] = (struct history_event){ *info, h->n_added };
}

size_t history_n_events(const struct history *h)
{
	return (size_t)MIN(h->n_board_events_added, (uint64_t)HISTORY_EVENTS_MAX);
}

uint64_t history_n_all_events(const struct history *h) { return h->n_board_events_added; }

const struct history_event *history_event(const struct history *h, size_t i)
{
	uint64_t first = h->n_board_events_added - history_n_events(h);

	return &h->board_events[(first + i) % HISTORY_EVENTS_MAX];
}

/* ---- all of it ---- */

struct history *history_new(size_t max_bytes)
{
	struct history *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->max_bytes = max_bytes;
	h->board_events = calloc(HISTORY_EVENTS_MAX, sizeof(*h->board_events));
	if (!h->board_events) {
		free(h);
		return NULL;
	}
	return h;
}

void history_free(struct history *h)
{
	if (!h)
		return;
	ages_deinit(h, &h->ages);
	ages_deinit(h, &h->then);
	for (size_t i = 0; i < N_AGES_BEFORE; i++)
		ages_deinit(h, &h->before[i]);
	for (size_t i = 0; i < h->n_items; i++)
		kept_free(h, h->items[i].kept);
	close_gap(h);
	vec_deinit(h, items);
	history_let_go(h, h->last_shape);
	table_deinit(&h->last);
	strbuf_deinit(&h->packer.out);
	free(h->board_events);
	free(h);
}
