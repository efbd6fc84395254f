/* Heaps made of objects, from the memory of real boards. */

#include "memprof/model/heap.h"
#include "memprof/objects/objects.h"
#include "sample.h"
#include "unit.h"

struct board {
	struct sample sample;
	struct memory_file file;
	struct objects *objects;
	struct heap heap;
};

static struct board board;

static const struct heap_pool *read_heap(const char *name)
{
	struct diag diag = { 0 };

	sample_read(name, &board.sample);
	assert_int_equal(
		memory_file_read((const char *)board.sample.bytes, board.sample.n_bytes, name, &board.file, &diag), 0);
	struct memory_reader reader = memory_file_reader(&board.file);
	assert_int_equal(objects_read(&reader, &board.file.ids, &board.objects, &diag), 0);
	heap_init(&board.heap);
	assert_int_equal(objects_heap(board.objects, &board.heap), 0);
	assert_int_equal(heap_check(&board.heap), 0);
	assert_int_equal(board.heap.n_pools, 1);
	return board.heap.pools;
}

UNIT_AFTER(tear_down)
{
	heap_deinit(&board.heap);
	objects_free(board.objects);
	memory_file_deinit(&board.file);
	sample_free(&board.sample);
	memset(&board, 0, sizeof(board));
}

static uint8_t kind_at(const struct heap_pool *pool, uint64_t address)
{
	for (uint32_t i = 0; i < pool->n_areas; i++) {
		const struct heap_area *area = &pool->areas[i];
		uint64_t i_block = (address - area->base) / pool->block_bytes;
		if (address >= area->base && i_block < area->n_blocks)
			return area->kinds[i_block];
	}
	fail_msg("no area has 0x%" PRIx64, address);
	return BLOCK_UNKNOWN;
}

static const char *owner_of(const struct heap_pool *pool, uint64_t start, uint64_t n_bytes, struct strbuf *out)
{
	strbuf_reset(out);
	pool->owners.by->name(pool->owners.ctx, start, n_bytes, out);
	return strbuf_text(out);
}

/* Each object is where it was, and nothing else is. */
static void same_blocks(const char *name)
{
	const struct heap_pool *pool = read_heap(name);
	uint64_t n_used = 0, n_objects = 0;

	for (uint32_t i = 0; i < objects_count(board.objects); i++) {
		struct object object;
		objects_get(board.objects, i, &object);
		assert_true(block_is_head(kind_at(pool, object.address)));
		for (uint64_t at = pool->block_bytes; at < object.n_bytes; at += pool->block_bytes)
			assert_int_equal(kind_at(pool, object.address + at), BLOCK_TAIL);
		n_objects += object.n_bytes / pool->block_bytes;
	}
	for (uint32_t i = 0; i < pool->n_areas; i++)
		for (uint32_t k = 0; k < pool->areas[i].n_blocks; k++)
			n_used += pool->areas[i].kinds[k] != BLOCK_FREE;
	assert_int_equal(n_used, n_objects);
	assert_int_equal(n_used * pool->block_bytes, board.file.ids.used_bytes);
	tear_down();
}

UNIT_TEST(blocks_of_boards)
{
	same_blocks("objects/qemu.mem");
	same_blocks("objects/gdb.mem");
	same_blocks("objects/unix-split.mem");
	same_blocks("objects/areas.mem");
	same_blocks("objects/hostile.mem");
}

/* By what an object is, not by its first word: the items of a list may begin with the address of a type. */
UNIT_TEST(letters)
{
	const struct heap_pool *pool = read_heap("objects/qemu.mem");
	static const struct {
		const char *path;
		uint8_t letter;
	} expected[] = {
		{ "handlers", BLOCK_LIST },
		{ "cache", BLOCK_DICT },
		{ "outer", BLOCK_FUNCTION },
		{ "cache['ev3'][2]['t']", BLOCK_TUPLE },
		{ "cache['ev3'][2]['t'][1]", BLOCK_STR },
		{ "Dev", BLOCK_HEAD },
	};

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		struct object object;
		objects_get(board.objects, objects_find(board.objects, expected[i].path), &object);
		assert_int_equal(kind_at(pool, object.address), expected[i].letter);
	}
}

/* What nobody was asked is no figure of the board. */
UNIT_TEST(what_the_board_says)
{
	const struct heap_pool *pool = read_heap("objects/qemu.mem");

	assert_int_equal(pool->reported.used_bytes, 13808);
	assert_int_equal(pool->reported.free_bytes, NOT_KNOWN);
	assert_int_equal(board.heap.stack_used_bytes, 536);
	tear_down();
	pool = read_heap("objects/gdb.mem");
	assert_int_equal(pool->reported.total_bytes, NOT_KNOWN);
	assert_int_equal(pool->reported.used_bytes, NOT_KNOWN);
	assert_int_equal(board.heap.stack_used_bytes, NOT_KNOWN);
}

/* A memory file that has gc.mem_free(). */
UNIT_TEST(what_the_board_says_is_free)
{
	struct diag diag = { 0 };

	read_heap("objects/qemu.mem");
	objects_free(board.objects);
	board.objects = NULL;
	board.file.ids.free_bytes = 140032 - 13808;
	board.file.ids.total_bytes = 140032;
	struct memory_reader reader = memory_file_reader(&board.file);
	assert_int_equal(objects_read(&reader, &board.file.ids, &board.objects, &diag), 0);
	assert_int_equal(objects_heap(board.objects, &board.heap), 0);
	assert_int_equal(board.heap.pools->reported.total_bytes, 140032);
	assert_int_equal(board.heap.pools->reported.free_bytes, 140032 - 13808);
	assert_int_equal(board.heap.pools->reported.max_new_split_bytes, NOT_KNOWN);
}

UNIT_TEST(owners)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct heap_pool *pool = read_heap("objects/fragmented.mem");
	struct object object;

	objects_get(board.objects, objects_find(board.objects, "log[4]"), &object);
	assert_string_equal(owner_of(pool, object.address, object.n_bytes, &text), "log[4]");
	assert_string_equal(owner_of(pool, object.address, pool->block_bytes, &text), "log[4]");
	assert_string_equal(owner_of(pool, 0x33150 - 16, 16, &text), ""); /* free */
	/* of several the largest */
	assert_string_equal(owner_of(pool, pool->areas[0].base, 1 << 20, &text), "<stack 10>");
	/* a copy has the same */
	struct heap copy;
	heap_init(&copy);
	assert_int_equal(heap_copy(&copy, &board.heap), 0);
	assert_string_equal(owner_of(copy.pools, object.address, object.n_bytes, &text), "log[4]");
	heap_reset(&copy);
	struct heap_pool *anew;
	assert_int_equal(heap_add_pool(&copy, "gc", POOL_GC, &anew), 0);
	assert_null(anew->owners.by);
	heap_deinit(&copy);
	tear_down();
	/* what read the memory at a prompt is nobody's */
	pool = read_heap("objects/qemu.mem");
	assert_string_equal(owner_of(pool, 0x32c70, 656, &text), "<memprof>");
}
