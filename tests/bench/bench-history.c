/* A history of a board with 8 MiB of heap, 10 minutes of it at 10 snapshots a second: the bytes that it
 * keeps, and what a moment costs, against memcpy of its table.
 *
 *     bench-history MEMPROF-SIM */
#define _GNU_SOURCE /* popen */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "memprof/model/history.h"
#include "memprof/protocol/agent_link.h"

enum { N_SNAPSHOTS = 6000, AGES_EVERY = 10, N_TABLES = 8, N_LOOKS = 40 };

static double copy_s, add_s, longest_add_s, ages_s, steps_s;
static uint64_t n_added, n_blocks;

/* By CPU time: the board runs at the same time. Several, so that they lie in no cache. */
static void copy(const struct heap_pool *pool)
{
	static uint8_t to[N_TABLES][HEAP_BLOCKS_MAX];
	double start = bench_cpu_s();

	memcpy(to[n_added % N_TABLES], pool->kinds, pool->n_blocks);
	__asm__ volatile("" : : "r"(to) : "memory"); /* somebody may read it */
	copy_s += bench_cpu_s() - start;
}

static double add(struct history *h, const struct heap *heap)
{
	struct history_figures figures[HEAP_POOLS_MAX] = { { .state.used_bytes = 0 } };
	struct history_moment moment = { .reported = SNAPSHOT_REPORTED_NOTHING,
					 .n_pools = heap->n_pools,
					 .pools = figures };
	double start = bench_cpu_s();

	if (history_add(h, heap, &moment) < 0)
		bench_give_up("no memory", "");
	return bench_cpu_s() - start;
}

/* The longest of all the calls that it takes. */
static double see_ages(struct history *h, size_t i)
{
	uint32_t *seen = malloc(n_blocks * sizeof(*seen));
	double longest_s = 0;
	int r;

	do {
		double start = bench_cpu_s();
		r = seen ? history_first_seen(h, i, 0, seen) : -1;
		longest_s = MAX(longest_s, bench_cpu_s() - start);
	} while (r == HISTORY_MORE);
	if (r < 0)
		bench_give_up("no memory", "");
	free(seen);
	return longest_s;
}

static double see_heaps(const struct history *h)
{
	struct heap heap;
	double start = bench_cpu_s();

	heap_init(&heap);
	for (size_t i = 0; i < N_LOOKS; i++)
		if (history_heap(h, history_n(h) * i / N_LOOKS, &heap) < 0)
			bench_give_up("no memory", "");
	heap_deinit(&heap);
	return (bench_cpu_s() - start) / N_LOOKS;
}

static void take(struct history *bounded, struct history *all, const struct heap *heap)
{
	if (heap->n_pools == 0 || heap->pools[0].n_blocks == 0)
		bench_give_up("a snapshot without a table", "");
	n_blocks = heap->pools[0].n_blocks;
	copy(&heap->pools[0]);
	double took = add(bounded, heap);
	add_s += took;
	longest_add_s = MAX(longest_add_s, took);
	add(all, heap);
	if (++n_added % AGES_EVERY == 0)
		ages_s += see_ages(bounded, history_n(bounded) - 1);
}

static void read_board(const char *program, struct history *bounded, struct history *all)
{
	struct agent_link *link = agent_link_new(false);
	struct agent_item item;
	static uint8_t bytes[1 << 16];
	char command[4096];
	size_t n_read;
	int kind;

	snprintf(command, sizeof(command), "%s big --fast --snapshots %d < /dev/null", program, N_SNAPSHOTS);
	FILE *in = popen(command, "r");
	if (!in || !link)
		bench_give_up("cannot start memprof-sim", "");
	while ((n_read = fread(bytes, 1, sizeof(bytes), in)) > 0) {
		agent_link_feed(link, bytes, n_read, NOT_KNOWN);
		while ((kind = agent_link_next(link, &item)) != AGENT_MORE) {
			if (kind == AGENT_EVENT && item.event.kind == EVENT_SNAPSHOT)
				take(bounded, all, item.event.snapshot.heap);
		}
	}
	pclose(in);
	agent_link_free(link);
}

int main(int argc, char **argv)
{
#ifndef __OPTIMIZE__
	return BENCH_SKIP;
#endif
	struct history *bounded = history_new(HISTORY_BYTES), *all = history_new(SIZE_MAX);

	if (argc != 2 || !bounded || !all)
		bench_give_up("bench-history MEMPROF-SIM", "");
	read_board(argv[1], bounded, all);
	if (n_added < N_SNAPSHOTS / 2)
		bench_give_up("not every snapshot came", "");
	double n = (double)n_added, one_copy_s = copy_s / n;
	printf("a history of %llu moments of %llu blocks\n", (unsigned long long)n_added, (unsigned long long)n_blocks);
	bench_row((double)history_bytes(all) / 1048576, 0, "MiB", "  all moments (%.1f kB each)",
		  (double)history_bytes(all) / n / 1e3);
	bench_row((double)history_bytes(bounded) / 1048576, HISTORY_BYTES / 1048576 + 1, "MiB",
		  "  bounded (%zu moments)", history_n(bounded));
	bench_row(add_s / copy_s, 8, "x", "  history_add / memcpy of the table (%.0f / %.0f us; longest %.1f ms)",
		  add_s / n * 1e6, one_copy_s * 1e6, longest_add_s * 1e3);
	bench_row(see_heaps(bounded) / one_copy_s, 60, "x", "  history_heap / memcpy");
	bench_row(ages_s / (n / AGES_EVERY) / one_copy_s, 200, "x",
		  "  history_first_seen of the newest / memcpy (%.1f ms for %d moments)",
		  ages_s / (n / AGES_EVERY) * 1e3, AGES_EVERY);
	see_ages(bounded, history_n(bounded) - 1);
	bench_row(see_ages(bounded, history_n(bounded) - 2) * 1e3, 50, "ms",
		  "  history_first_seen of the one before it, first: the longest call");
	double longest_s = 0;
	for (size_t i = 3; i < 103; i++) {
		double took = see_ages(bounded, history_n(bounded) - i);
		steps_s += took;
		longest_s = MAX(longest_s, took);
	}
	bench_row(steps_s / 100 / one_copy_s, 200, "x", "  then a step back / memcpy (%.1f ms, longest of 100: %.1f)",
		  steps_s * 10, longest_s * 1e3);
	history_free(bounded);
	history_free(all);
	return bench_end();
}
