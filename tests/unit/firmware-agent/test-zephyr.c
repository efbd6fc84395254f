#include "agent_board.h"
#include "agent_pool.h"
#include "unit.h"

/* Heaps in the form of Zephyr's sys_heap, of both widths of fields, as sys_heap_init lays them out. */
enum { UNIT = 8, STRUCT_BYTES = 16, BUCKETS = 12, ODD_BYTES = 3 };
enum { LEFT, SIZE_AND_USED, PREVIOUS_FREE, NEXT_FREE };

static uintptr_t most_ever(const struct memprof_pool *pool)
{
	(void)pool;
	return 4321;
}
MEMPROF_POOL_ZEPHYR(heap_pool, "k_heap", WIRE_MEMORY_SRAM, pool_where, NULL, 16);
MEMPROF_POOL_ZEPHYR(with_peak, "k_heap", WIRE_MEMORY_SRAM, pool_where, most_ever, 16);

struct zephyr {
	uint8_t *bytes; /* malloc'ed as large as it is, so that a read beyond is found */
	uint8_t *base;  /* of chunk 0 */
	bool big;
	uint32_t n_units, own;
};

static uint32_t get(const struct zephyr *heap, uint32_t chunk, uint32_t field)
{
	const uint8_t *at = heap->base + (size_t)UNIT * chunk + (heap->big ? 4 : 2) * field;
	uint32_t word;
	uint16_t half;

	memcpy(&word, at, heap->big ? sizeof(word) : sizeof(half));
	memcpy(&half, at, sizeof(half));
	return heap->big ? word : half;
}

static void set(struct zephyr *heap, uint32_t chunk, uint32_t field, uint32_t value)
{
	uint8_t *at = heap->base + (size_t)UNIT * chunk + (heap->big ? 4 : 2) * field;
	uint16_t half = (uint16_t)value;

	if (heap->big)
		memcpy(at, &value, sizeof(value));
	else
		memcpy(at, &half, sizeof(half));
}

static uint32_t head_bytes(const struct zephyr *heap) { return heap->big ? 8 : 4; }
static bool is_listed(const struct zephyr *heap, int units) { return units < 0 && (!heap->big || units < -1); }

/* blocks: units, negative ones free. All free ones of a size class are one ring; here all have one. */
static void build(struct zephyr *heap, bool big, const int *blocks, size_t n_blocks)
{
	uint32_t at, left, first = 0, last = 0, end_units = STRUCT_BYTES + 4 * BUCKETS;

	heap->big = big;
	heap->own = end_units / UNIT;
	heap->n_units = heap->own;
	for (size_t i = 0; i < n_blocks; i++)
		heap->n_units += (uint32_t)abs(blocks[i]);
	pool_bytes = UNIT - ODD_BYTES + (size_t)UNIT * heap->n_units + head_bytes(heap);
	heap->bytes = malloc(pool_bytes + ODD_BYTES);
	assert_non_null(heap->bytes);
	assert_int_equal((uintptr_t)heap->bytes % UNIT, 0);
	memset(heap->bytes, 0x5a, pool_bytes + ODD_BYTES);
	pool_address = (uintptr_t)heap->bytes + ODD_BYTES; /* sys_heap_init rounds it up */
	heap->base = heap->bytes + UNIT;
	memcpy(heap->base + UNIT, &heap->n_units, 4);
	set(heap, 0, LEFT, 0);
	set(heap, 0, SIZE_AND_USED, heap->own << 1 | 1);
	at = left = heap->own;
	for (size_t i = 0; i < n_blocks; i++) {
		uint32_t units = (uint32_t)abs(blocks[i]);

		set(heap, at, LEFT, left);
		set(heap, at, SIZE_AND_USED, units << 1 | (blocks[i] > 0));
		if (is_listed(heap, blocks[i])) {
			first = first ? first : at;
			last = last ? last : at;
			set(heap, at, PREVIOUS_FREE, last);
			set(heap, last, NEXT_FREE, at);
			set(heap, at, NEXT_FREE, first);
			set(heap, first, PREVIOUS_FREE, at);
			last = at;
		}
		at += units;
		left = units;
	}
	set(heap, at, LEFT, left);
	set(heap, at, SIZE_AND_USED, 1);
	pool_is_there = true;
}

static const int blocks[] = { 3, -40, 8, -1, 4, -700, 16, -5, 2, -2, 200 };
enum { N_BLOCKS = sizeof(blocks) / sizeof(blocks[0]), USED_UNITS = 233, FREE_UNITS = 748 };

UNIT_TEST(chunks_are_counted)
{
	struct zephyr heap;

	for (int big = 0; big < 2; big++) {
		build(&heap, big, blocks, N_BLOCKS);
		assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_DAMAGED), UINT64_MAX);
		assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_TOTAL), pool_bytes);
		assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_USED), USED_UNITS * UNIT - 6 * head_bytes(&heap));
		assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_FREE), FREE_UNITS * UNIT - 5 * head_bytes(&heap));
		assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_USED_BLOCKS), 6);
		assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_FREE_BLOCKS), 5);
		assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_LARGEST_FREE), 700 * UNIT - head_bytes(&heap));
		assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_PEAK), UINT64_MAX);
		assert_u64_equal(pool_stat(&with_peak, WIRE_STAT_PEAK), 4321);
		pool_is_there = false;
		assert_false(heap_pool.walk(&heap_pool, memprof_count_block, NULL));
		free(heap.bytes);
	}
}

/* The allocator looks at three chunks of the class of a request. */
UNIT_TEST(largest_that_fits)
{
	static const int few[] = { -64, 1, -100, 1, -120, 1, -63, 1, -63, 1, -63, 1 },
			 many[] = { -127, 1, -66, 1, -100, 1, -120, 1, -63, 1, -20, 1 }, none[] = { 30 };
	struct zephyr heap;

	build(&heap, false, few, 12);
	assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_LARGEST_FIT), 120 * UNIT - 4);
	free(heap.bytes);
	build(&heap, false, many, 12);
	assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_LARGEST_FREE), 127 * UNIT - 4);
	assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_LARGEST_FIT), 66 * UNIT - 4);
	free(heap.bytes);
	build(&heap, true, few, 12); /* classes count from the smallest chunk, of two units: 64 is in that of 63 */
	assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_LARGEST_FIT), 120 * UNIT - 8);
	free(heap.bytes);
	build(&heap, true, none, 1);
	assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_LARGEST_FIT), 0);
	assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_LARGEST_FREE), 0);
	free(heap.bytes);
}

/* Every bit of what is the allocator's own. */
UNIT_TEST(damage_is_found)
{
	struct zephyr heap;

	for (int big = 0; big < 2; big++) {
		build(&heap, big, blocks, N_BLOCKS);
		for (uint32_t at = 0, i = 0; at <= heap.n_units; i++) {
			uint32_t size = get(&heap, at, SIZE_AND_USED) >> 1;
			bool listed = i > 0 && i <= N_BLOCKS && is_listed(&heap, blocks[i - 1]);

			for (uint32_t field = LEFT; field <= (uint32_t)(listed ? NEXT_FREE : SIZE_AND_USED); field++) {
				uint32_t right = get(&heap, at, field);

				for (int bit = 0; bit < (big ? 32 : 16); bit++) {
					set(&heap, at, field, right ^ 1u << bit);
					/* That a block of one unit is free, no other word tells. */
					bool silent = big && field == SIZE_AND_USED && bit == 0 && size == 1;
					assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_DAMAGED),
							 silent ? UINT64_MAX : 1);
				}
				set(&heap, at, field, right);
			}
			if (size == 0)
				break;
			at += size;
		}
		for (int bit = 0; bit < 32; bit++) { /* the number of units */
			uint32_t wrong = heap.n_units ^ 1u << bit;

			memcpy(heap.base + UNIT, &wrong, 4);
			assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_DAMAGED), 1);
		}
		memcpy(heap.base + UNIT, &heap.n_units, 4);
		assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_DAMAGED), UINT64_MAX);
		for (size_t n = 0, all = pool_bytes; n < all; n++) { /* a smaller size than the pool has */
			pool_bytes = n;
			assert_u64_equal(pool_stat(&heap_pool, WIRE_STAT_DAMAGED), 1);
		}
		free(heap.bytes);
	}
}

/* Whatever is there: no read outside, and an end. */
UNIT_TEST(any_bytes_are_walked)
{
	uint32_t random = 7;

	for (int round = 0; round < 4000; round++) {
		struct zephyr heap;

		build(&heap, round % 2, blocks, N_BLOCKS);
		for (uint32_t k = next_random(&random) % 40; k > 0; k--)
			heap.base[next_random(&random) % ((size_t)UNIT * heap.n_units)] = (uint8_t)next_random(&random);
		pool_stat(&heap_pool, WIRE_STAT_DAMAGED);
		free(heap.bytes);
	}
}

static struct memprof_agent agent;

UNIT_TEST(a_table_shows_the_chunks)
{
	struct zephyr heap;
	const struct wire_table *table = &board.rx.tables[3];

	for (int big = 0; big < 2; big++) {
		board_reset();
		memprof_start(&agent, &board_port, 1, NULL, 0);
		build(&heap, big, blocks, N_BLOCKS);
		assert_true(memprof_send_blocks(&agent, &heap_pool, 3, 9));
		assert_true(table->shown);
		for (uint32_t i = 0; i < pool_bytes / 16; i++) {
			intptr_t byte = (intptr_t)i * 16 - (UNIT - ODD_BYTES); /* from chunk 0 on */
			uint32_t begin = 0, k = 0, size = heap.own;
			uint8_t code = WIRE_HEAD;

			while (byte >= (intptr_t)UNIT * (begin + size) && k < N_BLOCKS) {
				begin += size;
				size = (uint32_t)abs(blocks[k++]);
			}
			if (byte >= (intptr_t)UNIT * heap.n_units || (k == 0 && i > 0))
				code = WIRE_TAIL;
			else if (k > 0)
				code = blocks[k - 1] < 0                  ? WIRE_FREE :
				       byte - 16 < (intptr_t)UNIT * begin ? WIRE_HEAD :
									    WIRE_TAIL;
			assert_int_equal(table->areas[0].codes[i], code);
		}
		heap.base[8] ^= 1; /* one that is damaged has no table */
		assert_false(memprof_send_blocks(&agent, &heap_pool, 3, 10));
		free(heap.bytes);
	}
	wire_rx_deinit(&board.rx);
	memset(&board.rx, 0, sizeof(board.rx));
}
