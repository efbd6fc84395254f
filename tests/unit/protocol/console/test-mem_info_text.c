/* What is written as the text of mem_info() is read as the same heap. */
#include "memprof/protocol/mem_info_text.h"

#include "memprof/base/number.h"
#include "memprof/protocol/decoder.h"
#include "unit.h"

/* 64 blocks a row: rows that are all free are elided from two on. */
static void make_heap(struct heap *heap, bool guessed)
{
	struct heap_pool *pool;

	heap_init(heap);
	assert_int_equal(heap_add_pool(heap, "gc", POOL_GC, &pool), 0);
	pool->block_bytes = 16;
	pool->guessed_kinds = guessed;
	pool->reported.max_new_split_bytes = guessed ? 4096 : NOT_KNOWN;
	assert_int_equal(heap_add_area(pool, 0x20001000), 0);
	assert_int_equal(heap_append(pool, guessed ? BLOCK_HEAD : BLOCK_LIST, 1), 0);
	assert_int_equal(heap_append(pool, BLOCK_HEAD, 1), 0);
	assert_int_equal(heap_append(pool, BLOCK_TAIL, 40), 0);
	assert_int_equal(heap_append(pool, BLOCK_FREE, 22 + 3 * 64), 0);
	assert_int_equal(heap_append(pool, guessed ? BLOCK_HEAD : BLOCK_DICT, 1), 0);
	assert_int_equal(heap_append(pool, BLOCK_FREE, 63 + 64), 0);
	assert_int_equal(heap_add_area(pool, 0x20008000), 0);
	assert_int_equal(heap_append(pool, BLOCK_FREE, 60), 0);
	assert_int_equal(heap_append(pool, guessed ? BLOCK_HEAD : BLOCK_STR, 4), 0);
	heap_seal(heap);
}

/* The snapshots of a text: how many; collected[i]: of each. The last one is copied. */
static size_t read_text(const char *text, size_t n, struct heap *ret_last, bool *collected, size_t n_collected)
{
	void *state = calloc(1, decoder_mem_info.state_bytes);
	struct event event;
	struct diag diag;
	size_t n_snapshots = 0;

	assert_non_null(state);
	decoder_mem_info.feed(state, (const uint8_t *)text, n, NOT_KNOWN);
	for (int end = 0; end < 2; end++) {
		while (decoder_mem_info.next_event(state, &event, &diag) == DECODER_EVENT) {
			if (event.kind != EVENT_SNAPSHOT)
				continue;
			assert_true(n_snapshots < n_collected);
			collected[n_snapshots++] = event.snapshot.collected;
			assert_int_equal(heap_copy(ret_last, event.snapshot.heap), 0);
		}
		decoder_mem_info.finish(state);
	}
	decoder_mem_info.deinit(state);
	free(state);
	return n_snapshots;
}

UNIT_TEST(a_heap_is_read_as_it_was_written)
{
	for (int guessed = 0; guessed < 2; guessed++) {
		CLEANUP(strbuf_deinit) struct strbuf text = STRBUF_INIT;
		struct heap heap, again;
		bool collected;
		make_heap(&heap, guessed);
		heap_init(&again);
		strbuf_printf(&text, "%s\n", mem_info_collected);
		mem_info_text(&text, &heap);
		assert_non_null(strstr(strbuf_text(&text), "(3 lines all free)"));
		assert_int_equal(read_text(strbuf_text(&text), text.n_bytes, &again, &collected, 1), 1);
		assert_int_equal(again.problem, HEAP_WHOLE);
		const struct heap_pool *a = &heap.pools[0], *b = &again.pools[0];
		assert_int_equal(a->n_areas, b->n_areas);
		assert_int_equal(a->block_bytes, b->block_bytes);
		assert_int_equal(b->guessed_kinds, guessed);
		assert_u64_equal(a->reported.max_new_split_bytes, b->reported.max_new_split_bytes);
		assert_u64_equal(b->reported.total_bytes, a->n_blocks * 16);
		for (uint32_t i = 0; i < a->n_areas; i++) {
			assert_u64_equal(a->areas[i].base, b->areas[i].base);
			assert_int_equal(a->areas[i].n_blocks, b->areas[i].n_blocks);
			for (uint32_t k = 0; k < a->areas[i].n_blocks; k++)
				assert_int_equal(b->areas[i].kinds[k], a->areas[i].kinds[k]);
		}
		heap_deinit(&heap);
		heap_deinit(&again);
	}
}

static void assert_collected(const char *before, bool first, bool second)
{
	CLEANUP(strbuf_deinit) struct strbuf text = STRBUF_INIT;
	struct heap heap, last;
	bool collected[2];

	make_heap(&heap, false);
	heap_init(&last);
	strbuf_puts(&text, before);
	mem_info_text(&text, &heap);
	mem_info_text(&text, &heap);
	assert_int_equal(read_text(strbuf_text(&text), text.n_bytes, &last, collected, 2), 2);
	assert_int_equal(collected[0], first);
	assert_int_equal(collected[1], second);
	heap_deinit(&heap);
	heap_deinit(&last);
}

UNIT_TEST(a_collection_is_announced_for_one_dump)
{
	assert_collected("hello\n", false, false);
	assert_collected("GC: collected\n", true, false);
	assert_collected(">>> \nGC: collected\n=== __import__('micropython').mem_info(1)\n=== pass\n", true, false);
	assert_collected("it says GC: collected\n", false, false);
	assert_collected("GC: collected\nMemoryError: memory allocation failed, allocating 56 bytes\n", false, false);
	assert_collected(
		"GC: collected\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n"
		"21\n22\n23\n24\n25\n26\n27\n28\n29\n30\n31\n32\n33\n",
		false, false);
}
