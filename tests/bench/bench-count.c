/* Statistics of 524,288 blocks, and a heap map of them on a screen of 200 x 50 cells, against memcpy of the
 * same table: 256 tables one after another, more than any cache holds, so that all read from memory.
 *
 *     bench-count SAMPLE... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "memprof/analysis/heap_map.h"
#include "memprof/protocol/decoder.h"

enum { N_BLOCKS = 524288, N_TABLES = 256, TRIES = 5 };

static void take_blocks(const struct heap *heap, uint8_t *kinds, size_t *n)
{
	for (uint32_t p = 0; p < heap->n_pools; p++) {
		for (uint32_t i = 0; i < heap->pools[p].n_areas; i++) {
			const struct heap_area *area = &heap->pools[p].areas[i];
			size_t n_take = MIN((size_t)area->n_blocks, N_BLOCKS - *n);
			memcpy(kinds + *n, area->kinds, n_take);
			*n += n_take;
		}
	}
}

/* The blocks of all dumps in a log, after one another, until there are enough; their number. */
static size_t read_blocks(const char *name, uint8_t *kinds)
{
	const struct decoder *decoder = &decoder_mem_info;
	void *state = calloc(1, decoder->state_bytes);
	FILE *in = fopen(name, "r");
	uint8_t bytes[65536];
	struct event event;
	size_t n = 0, n_read;

	if (!in || !state)
		bench_give_up("cannot read", name);
	do {
		n_read = fread(bytes, 1, sizeof(bytes), in);
		decoder->feed(state, bytes, n_read, NOT_KNOWN);
		if (n_read == 0)
			decoder->finish(state);
		while (decoder->next_event(state, &event, NULL) == DECODER_EVENT)
			if (event.kind == EVENT_SNAPSHOT)
				take_blocks(event.snapshot.heap, kinds, &n);
	} while (n_read > 0);
	fclose(in);
	decoder->deinit(state);
	free(state);
	if (n == 0)
		bench_give_up("no blocks in", name);
	return n;
}

static double copy_s(const uint8_t *kinds, uint8_t *copy)
{
	double start = bench_now_s();

	for (size_t i = 0; i < N_TABLES; i++) {
		memcpy(copy + i * N_BLOCKS, kinds + i * N_BLOCKS, N_BLOCKS);
		__asm__ volatile("" : : "r"(copy) : "memory"); /* somebody may read it */
	}
	return bench_now_s() - start;
}

static double count_s(const uint8_t *kinds, uint64_t *ret_objects)
{
	double start = bench_now_s();

	*ret_objects = 0;
	for (size_t i = 0; i < N_TABLES; i++) {
		struct heap_area area = { .n_blocks = N_BLOCKS, .kinds = kinds + i * N_BLOCKS };
		struct area_counts counts = { 0 };
		area_count(&area, &counts);
		*ret_objects += counts.n_objects;
	}
	return bench_now_s() - start;
}

/* One area of a pool, as sealing leaves it. */
struct table {
	struct heap_area area;
	struct heap_pool pool;
};

static void set_table(struct table *t, uint8_t *kinds)
{
	t->area = (struct heap_area){ .base = 0x20000000, .n_blocks = N_BLOCKS, .kinds = kinds };
	t->pool = (struct heap_pool){
		.block_bytes = 16, .areas = &t->area, .n_areas = 1, .n_blocks = N_BLOCKS, .kinds = kinds
	};
}

/* A picture of each table with all that a cell can say: ages, culprits, and, if there is a before, what
 * changed. */
static double draw_s(uint8_t *kinds, uint8_t *before, const uint32_t *first_seen, const struct culprit *culprits,
		     uint64_t *ret_used)
{
	static struct heap_cells cells;
	struct heap_map v = { 200, 50, 0, 0 };
	double start = bench_now_s();

	for (size_t i = 0; i < N_TABLES; i++) {
		struct table now, was;
		set_table(&now, kinds + i * N_BLOCKS);
		cells = (struct heap_cells){ .pool = &now.pool,
					     .first_seen = first_seen,
					     .culprits = culprits,
					     .n_culprits = REPORT_CULPRITS_MAX,
					     .largest = { 1000, 99 } };
		if (before) {
			set_table(&was, before + i * N_BLOCKS);
			cells.before = &was.pool;
		}
		heap_cells_prepare(&cells);
		v.blocks_per_cell = heap_map_fit(cells.pool, v.columns, v.rows);
		for (int y = 0; y < v.rows; y++) {
			struct heap_span row = heap_map_row(cells.pool, &v, y);
			for (int x = 0; x < v.columns; x++) {
				struct heap_span span = heap_map_row_cell(&row, &v, x);
				struct heap_cell cell;
				heap_cells_get(&cells, &span, &cell);
				*ret_used += cell.n_used + cell.n_changed + cell.oldest;
			}
		}
	}
	return bench_now_s() - start;
}

int main(int argc, char **argv)
{
#ifndef __OPTIMIZE__
	return BENCH_SKIP;
#endif
	static const char *const draw_names[] = { "", ", little changed", ", all changed" };
	static const double draw_limits[] = { 20, 32, 32 };
	const size_t n_all = (size_t)N_BLOCKS * N_TABLES;
	uint8_t *kinds = malloc(n_all), *copy = malloc(n_all);
	uint32_t *first_seen = malloc(N_BLOCKS * sizeof(*first_seen));
	struct culprit culprits[REPORT_CULPRITS_MAX];

	if (!kinds || !copy || !first_seen)
		bench_give_up("no memory", "");
	memset(copy, 1, n_all);
	for (uint32_t i = 0; i < N_BLOCKS; i++)
		first_seen[i] = i % 3 * i;
	for (uint32_t i = 0; i < REPORT_CULPRITS_MAX; i++) /* all over the pool, in no order */
		culprits[i] = (struct culprit){ .start = 0x20000000 + i * 37 % REPORT_CULPRITS_MAX * 0x20000,
						.size_bytes = 64 };
	printf("area_count / memcpy of %d blocks; a heap map of them / memcpy\n", N_BLOCKS);
	for (int k = 1; k < argc; k++) {
		const char *name = strrchr(argv[k], '/');
		double best_copy_s = 1e9, best_count_s = 1e9, best_draw_s[3] = { 1e9, 1e9, 1e9 };
		uint64_t n_objects = 0, n_used = 0;
		size_t n = read_blocks(argv[k], kinds);
		for (size_t i = n; i < n_all; i++)
			kinds[i] = kinds[i - n];
		for (int i = 0; i < TRIES; i++) {
			best_copy_s = MIN(best_copy_s, copy_s(kinds, copy));
			best_count_s = MIN(best_count_s, count_s(kinds, &n_objects));
			best_draw_s[0] = MIN(best_draw_s[0], draw_s(kinds, NULL, first_seen, culprits, &n_used));
			for (size_t at = 0; at < n_all; at += 10000) /* 10 to 100 bytes, every 10,000 */
				memset(copy + at, BLOCK_FREE, MIN(10 + at / 10000 % 90, n_all - at));
			best_draw_s[1] = MIN(best_draw_s[1], draw_s(kinds, copy, first_seen, culprits, &n_used));
			memmove(copy, copy + 12345, n_all - 12345);
			best_draw_s[2] = MIN(best_draw_s[2], draw_s(kinds, copy, first_seen, culprits, &n_used));
		}
		bench_row(best_count_s / best_copy_s, 8, "x", "  %s (%.0f / %.0f us)", name ? name + 1 : argv[k],
			  best_count_s / N_TABLES * 1e6, best_copy_s / N_TABLES * 1e6);
		for (size_t i = 0; i < ARRAY_SIZE(best_draw_s); i++)
			bench_row(best_draw_s[i] / best_copy_s, draw_limits[i], "x", "    its map%s (%.0f us)",
				  draw_names[i], best_draw_s[i] / N_TABLES * 1e6);
	}
	free(kinds);
	free(copy);
	free(first_seen);
	return bench_end();
}
