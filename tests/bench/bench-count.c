/* Statistics of 524,288 blocks against memcpy of the same table: 256 tables one after another, more
 * than any cache holds, so that both read from memory.
 *
 *     bench-count SAMPLE... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "memprof/decoder.h"
#include "memprof/report.h"

enum { N_BLOCKS = 524288, N_TABLES = 256, TRIES = 5 };

static _Noreturn void give_up(const char *what, const char *name)
{
	fprintf(stderr, "bench: %s %s\n", what, name);
	exit(99);
}

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
		give_up("cannot read", name);
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
		give_up("no blocks in", name);
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
		report_count(&area, &counts);
		*ret_objects += counts.n_objects;
	}
	return bench_now_s() - start;
}

int main(int argc, char **argv)
{
#ifndef __OPTIMIZE__
	return BENCH_SKIP;
#endif
	const size_t n_all = (size_t)N_BLOCKS * N_TABLES;
	uint8_t *kinds = malloc(n_all), *copy = malloc(n_all);

	if (!kinds || !copy)
		give_up("no memory", "");
	memset(copy, 1, n_all);
	printf("report_count / memcpy of %d blocks\n", N_BLOCKS);
	for (int k = 1; k < argc; k++) {
		const char *name = strrchr(argv[k], '/');
		double best_copy_s = 1e9, best_count_s = 1e9;
		uint64_t n_objects = 0;
		size_t n = read_blocks(argv[k], kinds);
		for (size_t i = n; i < n_all; i++)
			kinds[i] = kinds[i - n];
		for (int i = 0; i < TRIES; i++) {
			best_copy_s = MIN(best_copy_s, copy_s(kinds, copy));
			best_count_s = MIN(best_count_s, count_s(kinds, &n_objects));
		}
		bench_row(best_count_s / best_copy_s, 8, "x", "  %s (%.0f / %.0f us)",
			  name ? name + 1 : argv[k], best_count_s / N_TABLES * 1e6,
			  best_copy_s / N_TABLES * 1e6);
	}
	free(kinds);
	free(copy);
	return bench_end();
}
