#include "memprof/pools.h"

#include "agent_board.h"
#include "agent_doubles.h"
#include "agent_pool.h"
#include "unit.h"

enum { WORD = sizeof(uintptr_t) };

static uintptr_t tlsf_peak(const struct memprof_pool *pool)
{
	(void)pool;
	return 4321;
}

MEMPROF_POOL_TLSF(tlsf_pool, "tlsf", WIRE_MEMORY_PSRAM, pool_where, 5, MEMPROF_TLSF_ONE_POOL, 64);
MEMPROF_POOL_TLSF(tlsf_of_many, "tlsf", WIRE_MEMORY_PSRAM, pool_where, 3, 0, 64);
MEMPROF_POOL_UMA(uma_pool, "uma", WIRE_MEMORY_SDRAM, pool_where, tlsf_peak, 64);

/* A pool in the form of TLSF: payloads in words, negative ones free. */
struct tlsf_heap {
	uintptr_t *words; /* malloc'ed as large as it is, so that a read beyond is found */
	size_t n_words;
	uintptr_t null_block[4];
};

static void tlsf_build(struct tlsf_heap *heap, const int *blocks, size_t n_blocks)
{
	size_t at = 0, previous = 0, previous_free_at = SIZE_MAX;
	bool previous_free = false;
	uintptr_t base;

	heap->n_words = 1;
	for (size_t i = 0; i < n_blocks; i++)
		heap->n_words += 1 + (size_t)abs(blocks[i]);
	heap->words = malloc(heap->n_words * WORD);
	assert_non_null(heap->words);
	memset(heap->words, 0x5a, heap->n_words * WORD);
	base = (uintptr_t)heap->words;
	for (size_t i = 0; i <= n_blocks; i++) {
		uintptr_t size = i < n_blocks ? (uintptr_t)abs(blocks[i]) : 0;
		bool is_free = i < n_blocks && blocks[i] < 0;

		heap->words[at] = size * WORD | (is_free ? 1 : 0) | (previous_free ? 2 : 0);
		if (previous_free)
			heap->words[at - 1] = base + (previous - 1) * WORD;
		if (is_free) { /* appended to the one list */
			heap->words[at + 1] = (uintptr_t)heap->null_block;
			heap->words[at + 2] = previous_free_at == SIZE_MAX ? (uintptr_t)heap->null_block :
									     base + (previous_free_at - 1) * WORD;
			if (previous_free_at != SIZE_MAX)
				heap->words[previous_free_at + 1] = base + (at - 1) * WORD;
			previous_free_at = at;
		}
		previous = at;
		previous_free = is_free;
		at += 1 + size;
	}
	pool_address = base;
	pool_bytes = heap->n_words * WORD;
	pool_is_there = true;
}

/* No size that differs in a bit would end where another block does: that is no damage that can be seen. */
static const int tlsf_blocks[] = { 3, -40, 8, 4, -700, 16, -5, 200, 4, -3, 12 };
enum { N_TLSF_BLOCKS = sizeof(tlsf_blocks) / sizeof(tlsf_blocks[0]) };

UNIT_TEST(tlsf_is_counted)
{
	struct tlsf_heap heap;

	tlsf_build(&heap, tlsf_blocks, N_TLSF_BLOCKS);
	assert_u64_equal(pool_stat(&tlsf_pool, WIRE_STAT_TOTAL), heap.n_words * WORD);
	assert_u64_equal(pool_stat(&tlsf_pool, WIRE_STAT_USED), 247 * WORD);
	assert_u64_equal(pool_stat(&tlsf_pool, WIRE_STAT_FREE), 748 * WORD);
	assert_u64_equal(pool_stat(&tlsf_pool, WIRE_STAT_USED_BLOCKS), 7);
	assert_u64_equal(pool_stat(&tlsf_pool, WIRE_STAT_FREE_BLOCKS), 4);
	assert_u64_equal(pool_stat(&tlsf_pool, WIRE_STAT_LARGEST_FREE), 700 * WORD);
	/* 700 words are between 512 and 1024 of them: classes of 16 words with 32 lists, of 64 with 8 */
	assert_u64_equal(pool_stat(&tlsf_pool, WIRE_STAT_LARGEST_FIT), 688 * WORD);
	assert_u64_equal(pool_stat(&tlsf_of_many, WIRE_STAT_LARGEST_FIT), 640 * WORD);
	assert_u64_equal(pool_stat(&tlsf_pool, WIRE_STAT_DAMAGED), UINT64_MAX);
	assert_u64_equal(pool_stat(&tlsf_pool, WIRE_STAT_PEAK), UINT64_MAX);
	heap.words[0] |= (uintptr_t)1 << (8 * WORD - 1); /* persistent, which only OpenMV has */
	assert_u64_equal(pool_stat(&uma_pool, WIRE_STAT_DAMAGED), UINT64_MAX);
	assert_u64_equal(pool_stat(&uma_pool, WIRE_STAT_USED), 247 * WORD);
	assert_u64_equal(pool_stat(&uma_pool, WIRE_STAT_PEAK), 4321);
	assert_u64_equal(pool_stat(&tlsf_pool, WIRE_STAT_DAMAGED), 1);
	free(heap.words);
}

UNIT_TEST(tlsf_joins_free_blocks)
{
	static const int apart[] = { -40, 3, -50 }, beside[] = { -40, -50, 3 };
	struct tlsf_heap heap;

	tlsf_build(&heap, apart, 3);
	assert_u64_equal(pool_stat(&tlsf_pool, WIRE_STAT_DAMAGED), UINT64_MAX);
	free(heap.words);
	tlsf_build(&heap, beside, 3);
	assert_u64_equal(pool_stat(&tlsf_pool, WIRE_STAT_DAMAGED), 1);
	free(heap.words);
}

/* A word of the allocator's own in which any change is damage. */
static bool is_telling(const struct tlsf_heap *heap, size_t i)
{
	for (size_t at = 0; at < heap->n_words;) {
		size_t n = (size_t)(heap->words[at] & ~(uintptr_t)3) / WORD;
		bool is_free = heap->words[at] & 1;

		if (i == at || (is_free && (i == at + 1 || i == at + 2 || i == at + n)))
			return true;
		at += 1 + n;
	}
	return false;
}

UNIT_TEST(damage_of_each_word_is_found)
{
	struct tlsf_heap heap;
	uint32_t random = 3;
	size_t n_telling = 0;

	tlsf_build(&heap, tlsf_blocks, N_TLSF_BLOCKS);
	for (size_t i = 0; i < heap.n_words; i++) {
		bool telling = is_telling(&heap, i);
		uintptr_t right = heap.words[i];

		n_telling += telling;
		for (int k = 0; k < 8 * WORD + 40; k++) {
			uintptr_t flip = (uintptr_t)next_random(&random) << 16 ^ next_random(&random);

			heap.words[i] = right ^ (k < 8 * WORD ? (uintptr_t)1 << k : flip | 1);
			if (telling)
				assert_u64_equal(pool_stat(&tlsf_pool, WIRE_STAT_DAMAGED), 1);
			else
				assert_u64_equal(pool_stat(&tlsf_pool, WIRE_STAT_DAMAGED), UINT64_MAX);
			pool_stat(&tlsf_of_many, WIRE_STAT_FREE);
			pool_stat(&uma_pool, WIRE_STAT_FREE);
		}
		heap.words[i] = right;
	}
	assert_int_equal(n_telling, N_TLSF_BLOCKS + 1 + 4 * 3);
	assert_u64_equal(pool_stat(&tlsf_pool, WIRE_STAT_DAMAGED), UINT64_MAX);
	for (size_t n = 0; n < heap.n_words; n++) { /* the caller gives a smaller size than the pool has */
		uintptr_t *cut = malloc(n * WORD + 1);

		assert_non_null(cut);
		memcpy(cut, heap.words, n * WORD);
		pool_address = (uintptr_t)cut;
		pool_bytes = n * WORD;
		assert_u64_equal(pool_stat(&tlsf_of_many, WIRE_STAT_DAMAGED), 1);
		free(cut);
	}
	free(heap.words);
}

/* FreeRTOS: sizes in units of the alignment, negative ones free. */
MEMPROF_POOL_FREERTOS(freertos_8, "ucHeap", WIRE_MEMORY_SRAM, pool_where, NULL, 8, 0, 16);
MEMPROF_POOL_FREERTOS(freertos_16, "ucHeap", WIRE_MEMORY_SRAM, pool_where, NULL, 16, 0, 16);
MEMPROF_POOL_FREERTOS(freertos_32, "ucHeap", WIRE_MEMORY_SRAM, pool_where, NULL, 32, MEMPROF_FREERTOS_PROTECTED, 32);
MEMPROF_POOL_FREERTOS(freertos_protected, "ucHeap", WIRE_MEMORY_SRAM, pool_where, NULL, 8, MEMPROF_FREERTOS_PROTECTED,
		      16);
MEMPROF_POOL_FREERTOS(freertos_region, "region", WIRE_MEMORY_SRAM, pool_where, NULL, 8, MEMPROF_FREERTOS_REGION, 16);
MEMPROF_POOL_FREERTOS(freertos_protected_region, "region", WIRE_MEMORY_SRAM, pool_where, NULL, 8,
		      MEMPROF_FREERTOS_PROTECTED | MEMPROF_FREERTOS_REGION, 16);

static const struct memprof_freertos *freertos_of(const struct memprof_pool *pool) { return pool->ctx; }

static size_t freertos_head(const struct memprof_pool *pool)
{
	size_t align = freertos_of(pool)->align;

	return (2 * WORD + align - 1) / align * align;
}

/* links_on: the region's end links to a later region; merged: its last free block does, as it was joined with the end.
 */
static uint8_t *freertos_build(const struct memprof_pool *pool, const int *blocks, size_t n_blocks, bool links_on,
			       bool merged)
{
	size_t align = freertos_of(pool)->align, n_bytes = freertos_head(pool), at = 0, last_free = SIZE_MAX;
	uintptr_t canary = freertos_of(pool)->flags & MEMPROF_FREERTOS_PROTECTED ? (uintptr_t)0x9d3a71c5b2e68f04 : 0;
	uint8_t *bytes;

	for (size_t i = 0; i < n_blocks; i++)
		n_bytes += (size_t)abs(blocks[i]) * align;
	bytes = aligned_alloc(32, (n_bytes + 31) / 32 * 32);
	assert_non_null(bytes);
	memset(bytes, 0x5a, n_bytes);
	pool_address = (uintptr_t)bytes;
	pool_bytes = n_bytes;
	for (size_t i = 0; i <= n_blocks; i++) {
		size_t size = i < n_blocks ? (size_t)abs(blocks[i]) * align : 0;
		bool is_free = i == n_blocks || blocks[i] < 0;
		uintptr_t later = pool_address + n_bytes + 4096;
		uintptr_t head[2] = { canary ^ (i == n_blocks && links_on ? later : 0),
				      size | (is_free ? 0 : (size_t)1 << (8 * WORD - 1)) };

		memcpy(bytes + at, head, sizeof(head));
		if (is_free) {
			uintptr_t link = canary ^ (i == n_blocks && merged ? later : pool_address + at);

			if (last_free != SIZE_MAX)
				memcpy(bytes + last_free, &link, WORD);
			last_free = at;
		}
		at += size;
	}
	return bytes;
}

UNIT_TEST(freertos_is_counted)
{
	static const struct memprof_pool *const pools[] = { &freertos_8,      &freertos_16,
							    &freertos_32,     &freertos_protected,
							    &freertos_region, &freertos_protected_region };
	static const int blocks[] = { 4, 10, -20, 3, -6, 50 };

	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
		const struct memprof_pool *pool = pools[i];
		bool is_region = freertos_of(pool)->flags & MEMPROF_FREERTOS_REGION;
		size_t align = freertos_of(pool)->align, head = freertos_head(pool);

		for (int kind = 0; kind < 3; kind++) {
			uint8_t *bytes = freertos_build(pool, blocks, 6, kind > 0, kind > 1);

			if (kind > 0 && !is_region) { /* there is no later region that it could link to */
				assert_u64_equal(pool_stat(pool, WIRE_STAT_DAMAGED), 1);
				free(bytes);
				continue;
			}
			assert_u64_equal(pool_stat(pool, WIRE_STAT_DAMAGED), UINT64_MAX);
			assert_u64_equal(pool_stat(pool, WIRE_STAT_USED), 67 * align - 4 * head);
			assert_u64_equal(pool_stat(pool, WIRE_STAT_FREE), 26 * align - 2 * head);
			assert_u64_equal(pool_stat(pool, WIRE_STAT_LARGEST_FREE), 20 * align - head);
			free(bytes);
		}
	}
}

UNIT_TEST(freertos_has_not_allocated_yet)
{
	static uint64_t nothing[128];

	pool_address = (uintptr_t)nothing;
	pool_bytes = sizeof(nothing);
	assert_u64_equal(pool_stat(&freertos_8, WIRE_STAT_USED_BLOCKS), 0);
	assert_u64_equal(pool_stat(&freertos_8, WIRE_STAT_FREE), sizeof(nothing) - 2 * freertos_head(&freertos_8));
	assert_u64_equal(pool_stat(&freertos_8, WIRE_STAT_DAMAGED), NOT_KNOWN); /* not reported */
	nothing[100] = 1;
	assert_u64_equal(pool_stat(&freertos_8, WIRE_STAT_DAMAGED), 1);
	nothing[100] = 0;
}

static void is_in_the_pool(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used)
{
	(void)ctx;
	(void)used;
	assert_true(address - pool_address <= pool_bytes && n_bytes <= pool_bytes - (address - pool_address));
}

UNIT_TEST(damage_of_freertos_is_found)
{
	static const struct memprof_pool *const pools[] = { &freertos_8, &freertos_16, &freertos_32,
							    &freertos_protected_region };
	static const int blocks[] = { 4, 10, -20, 3, -6, 50 }, all_free[] = { -30 };
	uint32_t random = 1;

	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
		uint8_t *bytes = freertos_build(pools[i], blocks, 6, false, false);
		uintptr_t *size = (uintptr_t *)(void *)bytes + 1;

		for (size_t at = 0; at + 8 <= pool_bytes; at += 8) {
			uint64_t right, wrong;

			memcpy(&right, bytes + at, 8);
			for (int k = 0; k < 100; k++) { /* whatever is there: no read outside, and an end */
				wrong = right ^ ((uint64_t)next_random(&random) << 32 | next_random(&random));
				memcpy(bytes + at, k % 2 ? &wrong : &right, 8);
				bytes[at + (size_t)k % 8] ^= (uint8_t)(1 << k / 8 % 8);
				memprof_freertos_walk(pools[i], is_in_the_pool, NULL);
				memcpy(bytes + at, &right, 8);
			}
		}
		assert_u64_equal(pool_stat(pools[i], WIRE_STAT_DAMAGED), UINT64_MAX);
		*size ^= 8u * freertos_of(pools[i])->align; /* the first block ends elsewhere */
		assert_u64_equal(pool_stat(pools[i], WIRE_STAT_DAMAGED), 1);
		*size ^= 8u * freertos_of(pools[i])->align;
		size[-1] ^= 64; /* one in use links somewhere */
		assert_u64_equal(pool_stat(pools[i], WIRE_STAT_DAMAGED), 1);
		size[-1] ^= 64;
		size[14 * freertos_of(pools[i])->align / WORD - 1] ^= 1 << 20; /* the first free one, beyond the next */
		assert_u64_equal(pool_stat(pools[i], WIRE_STAT_DAMAGED), 1);
		free(bytes);
		bytes = freertos_build(pools[i], all_free, 1, false, false);
		assert_u64_equal(pool_stat(pools[i], WIRE_STAT_DAMAGED), UINT64_MAX);
		assert_u64_equal(pool_stat(pools[i], WIRE_STAT_FREE_BLOCKS), 1);
		free(bytes);
	}
}

size_t heap_caps_get_total_size(uint32_t caps) { return caps == 4 ? 300000 : 0; }

void heap_caps_get_info(multi_heap_info_t *info, uint32_t caps)
{
	assert_int_equal(caps, 4);
	*info = (multi_heap_info_t){ 100000, 190000, 65000, 40000, 700, 20, 720 };
}

struct mallinfo mallinfo(void) { return (struct mallinfo){ .arena = 9000, .uordblks = 6000, .fordblks = 3000 }; }

MEMPROF_POOL_CAPS(caps_pool, "IDF", WIRE_MEMORY_SRAM, 4);
MEMPROF_POOL_CAPS(no_caps_pool, "IDF PSRAM", WIRE_MEMORY_PSRAM, 1024);
MEMPROF_POOL_NEWLIB(newlib_pool, "libc", WIRE_MEMORY_SRAM, pool_where);

static bool vfs_mounted;
static bool statvfs(struct memprof_vfs *ret)
{
	*ret = (struct memprof_vfs){ 512, 2048, 1500 };
	return vfs_mounted;
}
MEMPROF_POOL_RAMFS(ramfs_pool, "/tmp", WIRE_MEMORY_PSRAM, statvfs);

UNIT_TEST(what_others_count_is_passed_on)
{
	uintptr_t address, n_bytes;

	assert_true(caps_pool.where(&caps_pool, &address, &n_bytes));
	assert_false(no_caps_pool.where(&no_caps_pool, &address, &n_bytes));
	assert_u64_equal(pool_stat(&caps_pool, WIRE_STAT_TOTAL), 300000);
	assert_u64_equal(pool_stat(&caps_pool, WIRE_STAT_USED), 190000);
	assert_u64_equal(pool_stat(&caps_pool, WIRE_STAT_LARGEST_FIT), 65000);
	assert_u64_equal(pool_stat(&caps_pool, WIRE_STAT_LARGEST_FREE), UINT64_MAX);
	assert_u64_equal(pool_stat(&caps_pool, WIRE_STAT_LEAST_FREE), 40000);
	pool_bytes = 16384;
	assert_u64_equal(pool_stat(&newlib_pool, WIRE_STAT_TOTAL), 16384);
	assert_u64_equal(pool_stat(&newlib_pool, WIRE_STAT_FREE), 10384);
	assert_u64_equal(pool_stat(&newlib_pool, WIRE_STAT_PEAK), 9000);
	vfs_mounted = false;
	assert_false(ramfs_pool.where(&ramfs_pool, &address, &n_bytes));
	vfs_mounted = true;
	assert_true(ramfs_pool.where(&ramfs_pool, &address, &n_bytes));
	assert_u64_equal(n_bytes, 1 << 20);
	assert_u64_equal(pool_stat(&ramfs_pool, WIRE_STAT_USED), 548 * 512);
}

static uintptr_t in_use(const struct memprof_pool *pool)
{
	(void)pool;
	return 614400;
}
MEMPROF_POOL_FIXED(frame_buffer, "frame buffer", WIRE_MEMORY_SDRAM, pool_where, in_use);

UNIT_TEST(a_region_has_one_owner)
{
	pool_bytes = 1000000;
	assert_u64_equal(pool_stat(&frame_buffer, WIRE_STAT_FREE), 385600);
	pool_bytes = 1000; /* more in use than there is */
	assert_u64_equal(pool_stat(&frame_buffer, WIRE_STAT_USED), 1000);
}

static struct tracked_node {
	struct tracked_node *previous, *next;
	uint8_t data[16];
} tracked_nodes[5];
static const void *tracked_head(void) { return tracked_nodes; }
static size_t tracked_bytes(const void *node)
{
	(void)node;
	return sizeof(struct tracked_node);
}
MEMPROF_POOL_TRACKED(tracked_pool, "C tracked", tracked_head, tracked_bytes, 100);
MEMPROF_POOL_TRACKED(tracked_up_to_3, "C tracked", tracked_head, tracked_bytes, 3);

UNIT_TEST(tracked_allocations_are_summed)
{
	for (size_t i = 0; i < 5; i++) {
		tracked_nodes[i].previous = i ? &tracked_nodes[i - 1] : NULL;
		tracked_nodes[i].next = i < 4 ? &tracked_nodes[i + 1] : NULL;
	}
	assert_u64_equal(pool_stat(&tracked_pool, WIRE_STAT_USED_BLOCKS), 5);
	assert_u64_equal(pool_stat(&tracked_pool, WIRE_STAT_USED), 5 * sizeof(struct tracked_node));
	assert_u64_equal(pool_stat(&tracked_pool, WIRE_STAT_DAMAGED), UINT64_MAX);
	assert_u64_equal(pool_stat(&tracked_up_to_3, WIRE_STAT_USED_BLOCKS), 3); /* longer than it may be */
	assert_u64_equal(pool_stat(&tracked_up_to_3, WIRE_STAT_DAMAGED), 1);
	tracked_nodes[4].next = &tracked_nodes[1]; /* a ring is found at its first wrong step back */
	assert_u64_equal(pool_stat(&tracked_pool, WIRE_STAT_DAMAGED), 1);
	assert_u64_equal(pool_stat(&tracked_pool, WIRE_STAT_USED_BLOCKS), 5);
	tracked_nodes[2].next = NULL;
	tracked_nodes[2].previous = &tracked_nodes[4];
	assert_u64_equal(pool_stat(&tracked_pool, WIRE_STAT_USED_BLOCKS), 2);
}

static struct memprof_agent agent;

UNIT_TEST(a_pool_reports_its_figures)
{
	struct tlsf_heap heap;
	const struct wire_frame *frame;
	size_t at = 1;

	board_reset();
	memprof_start(&agent, &board_port, 1, NULL, 0);
	tlsf_build(&heap, tlsf_blocks, N_TLSF_BLOCKS);
	memprof_send_pool(&agent, &tlsf_pool, 3);
	frame = wire_find(&board.rx, WIRE_POOL, 0);
	assert_non_null(frame);
	assert_int_equal(frame->payload[0], 3);
	assert_int_equal(frame->payload[1], WIRE_POOL_TLSF);
	assert_int_equal(frame->payload[2], WIRE_MEMORY_PSRAM);
	at = 3;
	assert_u64_equal(wire_varint(frame, &at), pool_address);
	assert_u64_equal(wire_varint(frame, &at), pool_bytes);
	assert_u64_equal(wire_varint(frame, &at), 64);
	assert_int_equal(frame->n_payload - at, 4);
	assert_memory_equal(frame->payload + at, "tlsf", 4);
	memprof_send_stats(&agent, &tlsf_pool, 3, 77);
	frame = wire_find(&board.rx, WIRE_STATS, 0);
	at = 1;
	assert_u64_equal(wire_varint(frame, &at), 77);
	assert_u64_equal(wire_varint(frame, &at), 1 | 2 | 4 | 8 | 16 | 512 | 1024);
	assert_u64_equal(wire_varint(frame, &at), pool_bytes);
	assert_u64_equal(wire_varint(frame, &at), 247 * WORD);
	pool_is_there = false;
	memprof_send_pool(&agent, &tlsf_pool, 3);
	memprof_send_stats(&agent, &tlsf_pool, 3, 77);
	assert_non_null(wire_find(&board.rx, WIRE_POOL_GONE, 0));
	assert_null(wire_find(&board.rx, WIRE_STATS, 1));
	assert_false(memprof_send_blocks(&agent, &tlsf_pool, 3, 0));
	pool_is_there = true;
	free(heap.words);
}

/* What a granule is, worked out from the other side: by looking for its first byte. */
static uint8_t code_of(const struct tlsf_heap *heap, size_t byte, size_t granule_bytes)
{
	for (size_t at = 0; at < heap->n_words;) {
		size_t n = (size_t)(heap->words[at] & ~(uintptr_t)3) / WORD, end = (at + 1 + n) * WORD;
		bool is_free = heap->words[at] & 1;

		if (byte < end) {
			bool first = byte < at * WORD + granule_bytes;

			return is_free ? WIRE_FREE : first ? WIRE_HEAD : WIRE_TAIL;
		}
		at += 1 + n;
	}
	return WIRE_TAIL;
}

UNIT_TEST(blocks_of_a_pool_arrive)
{
	for (uint32_t seed = 1; seed <= 60; seed++) {
		uint32_t random = seed;
		int blocks[400];
		size_t n_blocks = 1 + next_random(&random) % 400;
		struct tlsf_heap heap;
		const struct wire_table *table = &board.rx.tables[3];

		for (size_t i = 0; i < n_blocks; i++) {
			int size = 3 + (int)(next_random(&random) % (next_random(&random) % 8 ? 30 : 1000));

			blocks[i] = next_random(&random) % 2 && (i == 0 || blocks[i - 1] > 0) ? -size : size;
		}
		board_reset();
		memprof_start(&agent, &board_port, 1, NULL, 0);
		tlsf_build(&heap, blocks, n_blocks);
		assert_true(memprof_send_blocks(&agent, &tlsf_pool, 3, 9));
		assert_true(table->shown);
		assert_int_equal(table->number, 9);
		assert_u64_equal(table->block_bytes, 64);
		assert_u64_equal(table->areas[0].address, pool_address);
		assert_u64_equal(table->areas[0].n_blocks, pool_bytes / 64);
		for (size_t i = 0; i < pool_bytes / 64; i++)
			assert_int_equal(table->areas[0].codes[i], code_of(&heap, i * 64, 64));
		heap.words[0] ^= 2; /* one that is damaged has no table */
		assert_false(memprof_send_blocks(&agent, &tlsf_pool, 3, 10));
		heap.words[0] ^= 2;
		board.refuse_from = board.n_writes + 1;
		board.refuse_to = UINT64_MAX;
		assert_false(memprof_send_blocks(&agent, &tlsf_pool, 3, 10));
		assert_int_equal(agent.n_abandoned, 1);
		free(heap.words);
	}
	wire_rx_deinit(&board.rx);
	memset(&board.rx, 0, sizeof(board.rx));
}
