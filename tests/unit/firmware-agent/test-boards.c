/* The two boards of firmware-agent/boards/, compiled as they stand, on an allocator whose blocks are right. */
#include "memprof/board_pools.h"

#include "framebuffer.h"
#include "py/gc.h"
#include "tlsf.h"
#include "umalloc.h"

#include "agent_board.h"
#include "badge_memory.h"
#include "unit.h"

enum { WORD = sizeof(uintptr_t), CONTROL_WORDS = 50, MEMORY_WORDS = 4096 };

/* boards/openmv.c, under other names (meson.build). */
extern const struct memprof_pool *const openmv_board_pools[];
extern const uint8_t openmv_n_board_pools;
uintptr_t badge_memory[MEMORY_WORDS];
static uintptr_t uma_memory[MEMORY_WORDS];
static struct memprof_agent agent;
static int n_collections;

/* ---- an allocator that cuts from the one free block at the end, in TLSF's form ---- */

static uintptr_t *last_free(uintptr_t *at)
{
	while (!(*at & 1))
		at += 1 + *at / WORD;
	return at;
}

static void make_free(uintptr_t *at, const uintptr_t *memory, size_t n_words, bool after_free)
{
	at[0] = n_words * WORD | 1 | (after_free ? 2 : 0);
	at[1] = at[2] = (uintptr_t)memory;
	at[n_words] = (uintptr_t)(at - 1);
	at[1 + n_words] = 2;
}

tlsf_t tlsf_create_with_pool(void *memory, size_t pool_bytes, size_t max_bytes)
{
	assert_true(max_bytes == 0 || max_bytes >= pool_bytes);
	make_free((uintptr_t *)memory + CONTROL_WORDS, memory, pool_bytes / WORD - CONTROL_WORDS - 2, false);
	return memory;
}

pool_t tlsf_get_pool(tlsf_t tlsf) { return (uintptr_t *)tlsf + CONTROL_WORDS; }

void *tlsf_malloc(tlsf_t tlsf, size_t n_bytes)
{
	uintptr_t *at = last_free(tlsf_get_pool(tlsf));
	size_t n_words = (n_bytes + WORD - 1) / WORD, n_free = *at / WORD;

	if (n_words + 4 > n_free)
		return NULL;
	at[0] = n_words * WORD;
	make_free(at + 1 + n_words, tlsf, n_free - n_words - 1, false);
	return at + 1;
}

/* All was garbage. */
void gc_collect(void)
{
	n_collections++;
	tlsf_create_with_pool(badge_memory, sizeof(badge_memory), sizeof(badge_memory));
}

/* ---- a badge: its psram_alloc.c, with the lines that boards/badgeware.c says ---- */

static tlsf_t allocator;
tlsf_t badge_psram(void);
tlsf_t badge_psram(void) { return allocator; }

/* NULL where the firmware raises. */
static void *psram_malloc(size_t num_bytes)
{
	if (!allocator)
		allocator = tlsf_create_with_pool(badge_memory, sizeof(badge_memory), sizeof(badge_memory));
	void *ptr = tlsf_malloc(allocator, num_bytes);
	if (!ptr) {
		memprof_board_failed(1, num_bytes);
		gc_collect();
		ptr = tlsf_malloc(allocator, num_bytes);
		if (!ptr)
			return NULL;
		memprof_board_recovered(1, num_bytes);
	}
	return ptr;
}

/* ---- a camera ---- */

static uma_pool_t uma[2];
static framebuffer_t frames[2];
static char frame_memory[1000];

uma_pool_t *uma_pool_get(int index) { return index >= 0 && index < 2 ? &uma[index] : NULL; }

framebuffer_t *framebuffer_get(size_t id)
{
	assert_true(id < 2);
	return &frames[id];
}

/* The stream buffer has no queues of frames, and so no end of them. */
char *framebuffer_pool_end(framebuffer_t *fb) { return fb->raw_base + (fb == &frames[FB_MAINFB_ID] ? 600 : 0); }

static size_t picture_bytes;

void framebuffer_to_image(framebuffer_t *fb, image_t *img)
{
	assert_ptr_equal(fb, &frames[FB_STREAM_ID]);
	img->n_bytes = picture_bytes;
}

size_t image_size(image_t *ptr) { return ptr->n_bytes; }

/* ---- */

void memprof_board_failed(uint8_t pool, size_t n_bytes) { memprof_failed(&agent, 0, pool, n_bytes); }

void memprof_board_recovered(uint8_t pool, size_t n_bytes) { memprof_recovered(&agent, 0, pool, n_bytes); }

UNIT_BEFORE(set_up)
{
	board_reset();
	board_area(0, 0x20001000, 640);
	memprof_start(&agent, &board_port, 7, NULL, 0);
}

UNIT_AFTER(tear_down)
{
	wire_rx_deinit(&board.rx);
	memset(&board.rx, 0, sizeof(board.rx));
}

static uint64_t stat_of(const struct memprof_pool *pool, enum wire_stat which)
{
	struct memprof_stats stats = { 0 };
	uintptr_t address, n_bytes;
	uint32_t i = 0;

	if (!pool->where(pool, &address, &n_bytes))
		return UINT64_MAX;
	pool->stats(pool, &stats);
	while (1u << i != (uint32_t)which)
		i++;
	return stats.mask & which ? stats.values[i] : UINT64_MAX;
}

UNIT_TEST(a_badge_reports_its_chain)
{
	const struct memprof_pool *psram = memprof_board_pools[0], *files = memprof_board_pools[1];
	int n = 0;

	assert_int_equal(memprof_n_board_pools, 2);
	assert_u64_equal(stat_of(psram, WIRE_STAT_TOTAL), UINT64_MAX); /* until it is first used */
	assert_non_null(psram_malloc(100 * WORD));
	assert_u64_equal(stat_of(psram, WIRE_STAT_TOTAL), (MEMORY_WORDS - CONTROL_WORDS) * WORD);
	assert_u64_equal(stat_of(psram, WIRE_STAT_USED), 100 * WORD);
	assert_u64_equal(stat_of(psram, WIRE_STAT_DAMAGED), UINT64_MAX);
	assert_true(memprof_send_blocks(&agent, psram, 1, 0));
	while (n_collections == 0 && n++ < 1000)
		assert_non_null(psram_malloc(100 * WORD));
	assert_int_equal(n_collections, 1);
	assert_non_null(wire_find(&board.rx, WIRE_EVENT, 0));
	assert_int_equal(wire_find(&board.rx, WIRE_EVENT, 0)->payload[0], WIRE_FAILED);
	assert_non_null(wire_find(&board.rx, WIRE_EVENT, 1));
	assert_int_equal(wire_find(&board.rx, WIRE_EVENT, 1)->payload[0], WIRE_RECOVERED);
	assert_null(psram_malloc(sizeof(badge_memory)));
	assert_int_equal(wire_find(&board.rx, WIRE_EVENT, 2)->payload[0], WIRE_FAILED);
	assert_null(wire_find(&board.rx, WIRE_EVENT, 3));
	assert_u64_equal(stat_of(files, WIRE_STAT_TOTAL), 1 << 20);
	assert_u64_equal(stat_of(files, WIRE_STAT_USED), UINT64_MAX); /* Python alone knows */
}

UNIT_TEST(a_camera_reports_its_pools)
{
	assert_int_equal(openmv_n_board_pools, 5);
	uma[0] = (uma_pool_t){ tlsf_create_with_pool(uma_memory, sizeof(uma_memory), 0), 4321, (uintptr_t)uma_memory,
			       (uintptr_t)(uma_memory + MEMORY_WORDS), 0 };
	uma[1] = uma[0];
	uma[1].flags = UMA_TRANSIENT;
	frames[0] = (framebuffer_t){ sizeof(frame_memory), frame_memory };
	assert_non_null(tlsf_malloc(uma[0].tlsf, 30 * WORD));
	assert_u64_equal(stat_of(openmv_board_pools[0], WIRE_STAT_USED), 30 * WORD);
	assert_u64_equal(stat_of(openmv_board_pools[0], WIRE_STAT_PEAK), 4321);
	assert_u64_equal(stat_of(openmv_board_pools[0], WIRE_STAT_DAMAGED), UINT64_MAX);
	assert_u64_equal(stat_of(openmv_board_pools[1], WIRE_STAT_TOTAL), UINT64_MAX); /* made anew at any time */
	assert_u64_equal(stat_of(openmv_board_pools[2], WIRE_STAT_TOTAL), UINT64_MAX); /* this board has no third */
	assert_u64_equal(stat_of(openmv_board_pools[3], WIRE_STAT_TOTAL), 1000);
	assert_u64_equal(stat_of(openmv_board_pools[3], WIRE_STAT_USED), 600);
	assert_u64_equal(stat_of(openmv_board_pools[4], WIRE_STAT_TOTAL), UINT64_MAX);
	frames[FB_STREAM_ID] = (framebuffer_t){ 400, frame_memory };
	assert_u64_equal(stat_of(openmv_board_pools[4], WIRE_STAT_TOTAL), 400);
	assert_u64_equal(stat_of(openmv_board_pools[4], WIRE_STAT_USED), 0);
	picture_bytes = 300;
	assert_u64_equal(stat_of(openmv_board_pools[4], WIRE_STAT_USED), sizeof(framebuffer_header_t) + 300);
	for (uint8_t i = 0; i < openmv_n_board_pools; i++) {
		memprof_send_pool(&agent, openmv_board_pools[i], (uint8_t)(i + 1));
		memprof_send_stats(&agent, openmv_board_pools[i], (uint8_t)(i + 1), 0);
	}
	assert_non_null(wire_find(&board.rx, WIRE_POOL, 1));
	assert_non_null(wire_find(&board.rx, WIRE_POOL_GONE, 1));
}

/* Named and sorted by the memories that the board's configuration has (tests/support/firmware/board_config.h). */
UNIT_TEST(a_camera_names_its_memories)
{
	static const struct {
		const char *name;
		uint8_t memory;
	} expected[] = {
		{ "uma.0 DRAM", WIRE_MEMORY_SDRAM },    { "uma.1 SRAM0", WIRE_MEMORY_SRAM },
		{ "uma.2 DTCM", WIRE_MEMORY_TCM },      { "frame buffer", WIRE_MEMORY_SDRAM },
		{ "stream buffer", WIRE_MEMORY_SDRAM },
	};

	assert_int_equal(openmv_n_board_pools, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_string_equal(openmv_board_pools[i]->name, expected[i].name);
		assert_int_equal(openmv_board_pools[i]->memory, expected[i].memory);
	}
}
