/* The format is that of MicroPython 1.25 (py/gc.c, gc_dump_info and gc_dump_alloc_table). */
#include "memprof/protocol/mem_info_text.h"

#include <inttypes.h>

#include "memprof/base/number.h"
#include "memprof/model/blocks.h"

enum { ROW_BLOCKS = 64, ELIDED_LEAST = 2 };

const char mem_info_collected[] = "GC: collected";
const char mem_info_ended[] = "GC: program ended";

struct counts {
	uint64_t n_used, n_free, n_one, n_two, longest, longest_free;
};

static void count_area(const struct heap_area *area, struct counts *counts)
{
	for (uint32_t i = 0, end; i < area->n_blocks; i = end) {
		bool free = area->kinds[i] == BLOCK_FREE;
		end = blocks_run_end(area->kinds, i + 1, area->n_blocks, free ? BLOCK_FREE : BLOCK_TAIL);
		uint32_t n = end - i;
		if (free) {
			counts->n_free += n;
			counts->longest_free = MAX(counts->longest_free, n);
			continue;
		}
		counts->n_used += n;
		counts->n_one += n == 1;
		counts->n_two += n == 2;
		counts->longest = MAX(counts->longest, n);
	}
}

static void add_rows(struct strbuf *out, const struct heap_pool *pool, const struct heap_area *area)
{
	for (uint32_t i = 0; i < area->n_blocks;) {
		uint32_t n_free = (blocks_run_end(area->kinds, i, area->n_blocks, BLOCK_FREE) - i) / ROW_BLOCKS;
		uint32_t n = MIN(area->n_blocks - i, (uint32_t)ROW_BLOCKS);
		if (n_free >= ELIDED_LEAST) {
			strbuf_printf(out, "\n       (%" PRIu32 " lines all free)", n_free);
			i += n_free * ROW_BLOCKS;
			continue;
		}
		strbuf_printf(out, "\n%08" PRIx32 ": ", i * pool->block_bytes);
		strbuf_add(out, (const char *)area->kinds + i, n);
		i += n;
	}
	strbuf_putc(out, '\n');
}

void mem_info_text(struct strbuf *out, const struct heap *heap)
{
	const struct heap_pool *pool = &heap->pools[0];
	struct counts counts = { 0 };
	uint64_t block = pool->block_bytes;

	for (uint32_t i = 0; i < pool->n_areas; i++)
		count_area(&pool->areas[i], &counts);
	strbuf_printf(out, "GC: total: %" PRIu64 ", used: %" PRIu64 ", free: %" PRIu64,
		      (counts.n_used + counts.n_free) * block, counts.n_used * block, counts.n_free * block);
	if (pool->reported.max_new_split_bytes != NOT_KNOWN)
		strbuf_printf(out, ", max new split: %" PRIu64, pool->reported.max_new_split_bytes);
	strbuf_printf(out,
		      "\n No. of 1-blocks: %" PRIu64 ", 2-blocks: %" PRIu64 ", max blk sz: %" PRIu64
		      ", max free sz: %" PRIu64 "\n",
		      counts.n_one, counts.n_two, counts.longest, counts.longest_free);
	for (uint32_t i = 0; i < pool->n_areas; i++) {
		strbuf_printf(out, "GC memory layout; from 0x%" PRIx64 ":", pool->areas[i].base);
		add_rows(out, pool, &pool->areas[i]);
	}
}
