/* Mark and sweep like py/gc.c: a small stack of heads to scan, and passes over the whole heap when it
 * overflows. */
#include <string.h>

#include "heap.h"
#include "memprof/base/bytes.h"

/* Marks the head at the address that a word holds, if there is one. */
static void mark_word(struct sim_heap *heap, uint32_t word)
{
	struct sim_area *area = word % SIM_BLOCK_BYTES == 0 ? sim_heap_area_of(heap, word) : NULL;

	if (!area)
		return;
	uint32_t i = (word - area->address) / SIM_BLOCK_BYTES;
	if (sim_area_kind(area, i) != SIM_HEAD)
		return;
	sim_area_set_kind(area, i, SIM_MARKED);
	if (heap->n_mark_stack < SIM_MARK_STACK)
		heap->mark_stack[heap->n_mark_stack++] = word;
	else
		heap->mark_overflow = true;
}

static void mark_words_of(struct sim_heap *heap, uint32_t address)
{
	struct sim_area *area = sim_heap_area_of(heap, address);
	uint32_t i = (address - area->address) / SIM_BLOCK_BYTES;

	do {
		for (uint32_t at = 0; at < SIM_BLOCK_BYTES; at += 4)
			mark_word(heap, bytes_u32(area->bytes + (size_t)i * SIM_BLOCK_BYTES + at));
		heap->n_marked_blocks++;
		i++;
	} while (i < area->n_blocks && sim_area_kind(area, i) == SIM_TAIL);
}

static void mark_from_stack(struct sim_heap *heap)
{
	while (heap->n_mark_stack > 0)
		mark_words_of(heap, heap->mark_stack[--heap->n_mark_stack]);
}

/* Heads that were marked but not pushed may refer to unmarked ones. */
static void mark_after_overflow(struct sim_heap *heap)
{
	while (heap->mark_overflow) {
		heap->mark_overflow = false;
		heap->n_marked_blocks = 0;
		for (uint32_t i = 0; i < heap->n_areas; i++) {
			const struct sim_area *area = &heap->areas[i];
			for (uint32_t b = 0; b <= area->last_used; b++)
				if (sim_area_kind(area, b) == SIM_MARKED) {
					mark_words_of(heap, area->address + b * SIM_BLOCK_BYTES);
					mark_from_stack(heap);
				}
		}
	}
}

static void mark(struct sim_heap *heap)
{
	heap->n_marked_blocks = 0;
	heap->mark_overflow = false;
	for (uint32_t i = 0; i < SIM_ROOTS; i++) {
		mark_word(heap, heap->roots[i]);
		mark_from_stack(heap);
	}
	for (uint32_t i = 0; i < heap->n_held; i++) {
		mark_word(heap, heap->held[i]);
		mark_from_stack(heap);
	}
	mark_after_overflow(heap);
}

/* All finalisers run before anything is freed (py/gc.c since v1.25). */
static void call_finalisers(struct sim_heap *heap)
{
	for (uint32_t i = 0; i < heap->n_areas; i++) {
		struct sim_area *area = &heap->areas[i];
		for (uint32_t b = 0; b <= area->last_used; b++)
			if (sim_area_has_finaliser(area, b) && sim_area_kind(area, b) == SIM_HEAD) {
				if (heap->finalise)
					heap->finalise(heap->ctx, area->address + b * SIM_BLOCK_BYTES);
				sim_area_set_finaliser(area, b, false);
			}
	}
}

static void sweep_area(struct sim_heap *heap, struct sim_area *area)
{
	uint32_t last = 0;
	bool freeing = false;

	for (uint32_t b = 0; b <= area->last_used; b++) {
		enum sim_kind kind = sim_area_kind(area, b);
		if (kind == SIM_HEAD) {
			freeing = true;
			heap->n_swept++;
		} else if (kind == SIM_MARKED) {
			freeing = false;
			sim_area_set_kind(area, b, SIM_HEAD);
		}
		if (freeing && kind != SIM_FREE)
			sim_area_set_kind(area, b, SIM_FREE);
		else if (kind != SIM_FREE)
			last = b;
	}
	area->last_used = last;
	area->last_free = 0;
}

static bool is_empty(const struct sim_area *area) { return area->last_used == 0 && sim_area_kind(area, 0) == SIM_FREE; }

static void release_empty(struct sim_heap *heap)
{
	for (uint32_t i = heap->n_areas; i-- > 1;) {
		struct sim_area area = heap->areas[i];
		if (!area.grown || !is_empty(&area))
			continue;
		heap->n_areas--;
		memmove(&heap->areas[i], &heap->areas[i + 1], (heap->n_areas - i) * sizeof(area));
		if (heap->released)
			heap->released(heap->ctx, &area);
	}
}

void sim_collect(struct sim_heap *heap, bool by_threshold)
{
	if (heap->collecting)
		return;
	heap->collecting = true;
	if (heap->began)
		heap->began(heap->ctx, by_threshold);
	heap->n_swept = 0;
	mark(heap);
	call_finalisers(heap);
	for (uint32_t i = 0; i < heap->n_areas; i++)
		sweep_area(heap, &heap->areas[i]);
	release_empty(heap);
	heap->last_free_area = 0;
	heap->n_allocated = 0;
	heap->n_collections++;
	heap->collecting = false;
	if (heap->ended)
		heap->ended(heap->ctx);
}
