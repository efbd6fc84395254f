/* The simulated boards, each run for some minutes of their time. An independent receiver
 * (tests/support/agent_wire.h) reads their output, which is compared with their memory. */
#include "board.h"

#include "agent_wire.h"
#include "line.h"
#include "memprof/base/bytes.h"
#include "memprof/sim_names.h"
#include "memprof/wire.h"
#include "tlsf_check.h"
#include "unit.h"

enum { SNAPSHOTS = 200 };

/* ---- the output as a whole ---- */

struct sum {
	uint64_t n_bytes;
	uint32_t crc;
};

static bool sum_up(void *ctx, const void *bytes, size_t n_bytes, bool is_frame)
{
	struct sum *sum = ctx;

	(void)is_frame;
	sum->n_bytes += n_bytes;
	sum->crc = wire_crc32(sum->crc, bytes, n_bytes);
	return true;
}

/* step_us 0: runs to the next due time. */
static struct sum sum_of(const struct sim_profile *profile, uint32_t seed, uint64_t until_us, uint64_t step_us)
{
	struct sim_board board;
	struct sum sum = { 0 };

	assert_int_equal(sim_board_init(&board, profile, seed, 0, sum_up, &sum), 0);
	for (uint64_t at_us = 0; at_us < until_us;) {
		at_us = step_us ? at_us + step_us : sim_board_due_us(&board);
		sim_board_run(&board, MIN(at_us, until_us));
	}
	sim_board_deinit(&board);
	return sum;
}

UNIT_TEST(the_same_seed_gives_the_same_bytes)
{
	for (const struct sim_profile *profile = sim_profiles; profile->name; profile++) {
		uint64_t until_us = profile->period_ms * 20000;
		struct sum one = sum_of(profile, 1, until_us, 0), same = sum_of(profile, 1, until_us, 0);
		struct sum in_steps = sum_of(profile, 1, until_us, 7001), other = sum_of(profile, 2, until_us, 0);
		assert_true(one.n_bytes > 5000);
		assert_u64_equal(one.n_bytes, same.n_bytes);
		assert_int_equal(one.crc, same.crc);
		assert_u64_equal(one.n_bytes, in_steps.n_bytes);
		assert_int_equal(one.crc, in_steps.crc); /* also in other steps of time */
		assert_int_not_equal(one.crc, other.crc);
	}
}

UNIT_TEST(boards_are_those_that_memprof_names)
{
	size_t i = 0;

	for (const struct sim_profile *profile = sim_profiles; profile->name; profile++, i++) {
		assert_true(i < SIM_N_NAMES);
		assert_string_equal(profile->name, sim_names[i].name);
		assert_true(strlen(sim_names[i].summary) <= 60);
		assert_ptr_equal(sim_profile_find(sim_names[i].name, strlen(sim_names[i].name)), profile);
		assert_true(strlen(profile->firmware) <= 40 && strlen(profile->machine) <= 32);
		assert_non_null(strstr(profile->firmware, "(simulated)"));
	}
	assert_int_equal(i, SIM_N_NAMES);
	assert_null(sim_profile_find("pic", 3));
	assert_null(sim_profile_find("picos", 5));
}

/* ---- the contents ---- */

struct watch {
	struct sim_board board;
	struct wire_rx rx;
	bool snapshot_ended; /* END has come: compare the tables */
	uint32_t n_events[WIRE_EVENTS_LOST + 1];
	uint8_t last_events[4]; /* the latest first */
	uint32_t n_stats;
	uint32_t n_chains; /* FAILED of a pool, a collection, RECOVERED */
	uint32_t n_snapshots, n_unshown, n_keys, frag_max_permille, n_text_bytes;
	uint32_t used_after[400], n_after; /* used blocks at the end of collections, until a soft reset */
};
static struct watch watch;

static void see_event(const struct wire_frame *frame)
{
	uint8_t what = frame->payload[0];

	assert_in_range(what, 1, WIRE_EVENTS_LOST);
	watch.n_events[what]++;
	memmove(watch.last_events + 1, watch.last_events, 3);
	watch.last_events[0] = what;
	static const uint8_t chain[4] = { WIRE_RECOVERED, WIRE_GC_ENDED, WIRE_GC_BEGAN, WIRE_FAILED };
	watch.n_chains += memcmp(watch.last_events, chain, 4) == 0;
	if (what == WIRE_SOFT_RESET)
		watch.n_after = 0;
	if (what == WIRE_GC_ENDED && watch.n_after < ARRAY_SIZE(watch.used_after))
		watch.used_after[watch.n_after++] = sim_heap_count(&watch.board.heap).n_used;
}

/* The results of the agent's walker, and the allocator's own statistics. */
static void see_stats(const struct wire_frame *frame)
{
	uint64_t values[WIRE_N_STATS];
	const struct sim_pool *pool;
	size_t at = 1;

	assert_in_range(frame->payload[0], 1, watch.board.n_pools);
	pool = &watch.board.pools[frame->payload[0] - 1];
	wire_varint(frame, &at);
	uint64_t mask = wire_varint(frame, &at);
	for (size_t i = 0; i < WIRE_N_STATS; i++)
		values[i] = mask >> i & 1 ? wire_varint(frame, &at) : NOT_KNOWN;
	assert_int_equal(at, frame->n_payload);
	assert_false(mask & WIRE_STAT_DAMAGED);
	watch.n_stats++;
	if (!sim_pool_has_blocks(pool->plan)) {
		assert_u64_equal(values[0], pool->plan->n_bytes);
		assert_u64_equal(values[1], pool->n_used_bytes);
		assert_u64_equal(values[2], pool->plan->n_bytes - pool->n_used_bytes);
		return;
	}
	assert_u64_equal(values[0], pool->tlsf.n_pool_bytes);
	assert_u64_equal(values[1], pool->tlsf.n_used_bytes);
	assert_u64_equal(values[5], pool->tlsf.n_peak_bytes);
	assert_u64_equal(values[7], pool->tlsf.n_allocations);
	assert_u64_equal(values[8], pool->tlsf.n_failed);
	assert_u64_equal(values[9], pool->tlsf.n_used);
	/* a word before each block, and the last one */
	assert_u64_equal(values[1] + values[2] + 4 * (values[9] + values[10] + 1), values[0]);
}

static bool take(void *ctx, const void *bytes, size_t n_bytes, bool is_frame)
{
	(void)ctx;
	if (!is_frame) {
		assert_null(memchr(bytes, 0, n_bytes));
		watch.n_text_bytes += (uint32_t)n_bytes;
		return true;
	}
	if (watch.rx.n_frames > 60000)
		wire_rx_clear(&watch.rx);
	wire_rx_frame(&watch.rx, bytes, n_bytes);
	const struct wire_frame *frame = &watch.rx.frames[watch.rx.n_frames - 1];
	if (frame->type == WIRE_EVENT)
		see_event(frame);
	if (frame->type == WIRE_STATS)
		see_stats(frame);
	watch.snapshot_ended = frame->type == WIRE_END && frame->payload[0] == 0;
	if (!watch.snapshot_ended)
		return true;

	/* At this moment the heap is as it was for the snapshot. */
	const struct wire_table *table = &watch.rx.tables[0];
	const struct sim_heap *heap = &watch.board.heap;
	watch.n_snapshots++;
	watch.n_keys += table->flags & WIRE_KEY;
	if (!table->shown) {
		watch.n_unshown++;
		return true;
	}
	assert_int_equal(table->n_areas, heap->n_areas);
	for (uint32_t i = 0; i < heap->n_areas; i++) {
		const struct sim_area *area = &heap->areas[i];
		assert_int_equal(table->areas[i].address, area->address);
		assert_int_equal(table->areas[i].n_blocks, area->n_blocks);
		assert_int_equal(table->areas[i].memory, area->memory);
		for (uint32_t b = 0; b < area->n_blocks; b++) {
			uint8_t code = table->areas[i].codes[b];
			enum sim_kind kind = sim_area_kind(area, b);
			uint8_t expected = kind == SIM_FREE ?
						   WIRE_FREE :
					   kind == SIM_TAIL ?
						   WIRE_TAIL :
					   sim_area_has_finaliser(area, b) ?
						   WIRE_FINALISER :
						   sim_type_code(bytes_u32(area->bytes + b * SIM_BLOCK_BYTES));
			assert_int_equal(code, expected);
		}
	}
	struct sim_heap_counts counts = sim_heap_count(heap);
	uint32_t n_free = counts.n_blocks - counts.n_used;
	uint32_t frag_permille = n_free ? 1000 - counts.n_free_run_max * 1000 / n_free : 0;
	watch.frag_max_permille = MAX(watch.frag_max_permille, frag_permille);
	return true;
}

static void watch_board(const char *name, uint32_t seed, uint32_t n_snapshots)
{
	memset(&watch, 0, sizeof(watch));
	wire_rx_init(&watch.rx);
	/* HELLO is sent before init returns, snapshots only after. */
	const struct sim_profile *profile = sim_profile_find(name, strlen(name));
	assert_int_equal(sim_board_init(&watch.board, profile, seed, 0, take, NULL), 0);
	while (watch.n_snapshots < n_snapshots) {
		sim_board_run(&watch.board, sim_board_due_us(&watch.board));
		assert_int_equal(watch.board.heap.n_held, 0);
	}
	assert_int_equal(watch.board.n_snapshots, n_snapshots);
}

static void watch_end(void)
{
	sim_board_deinit(&watch.board);
	wire_rx_deinit(&watch.rx);
}

UNIT_TEST(every_board_reports_its_memory)
{
	static const struct {
		const char *name;
		uint32_t frag_permille, n_text_bytes;
	} expected[] = {
		{ "pico", 200, 300 }, { "badgeware", 200, 500 }, { "openmv", 300, 200 }, { "leak", 300, 300 },
		{ "big", 100, 20 },   { "grow", 500, 300 },      { "faulty", 200, 100 },
	};

	assert_int_equal(ARRAY_SIZE(expected), SIM_N_NAMES);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		watch_board(expected[i].name, 3, SNAPSHOTS);
		uint32_t n_began = watch.n_events[WIRE_GC_BEGAN] + watch.n_events[WIRE_THRESHOLD];
		if (watch.n_unshown > 16) /* two rows with the same hash of 16 bits now and then */
			fail_msg("%s: %u snapshots with a wrong digest", expected[i].name, watch.n_unshown);
		if (n_began < 3 || n_began != watch.n_events[WIRE_GC_ENDED])
			fail_msg("%s: %u collections", expected[i].name, n_began);
		if (watch.frag_max_permille < expected[i].frag_permille)
			fail_msg("%s: fragmentation of %u permille", expected[i].name, watch.frag_max_permille);
		if (watch.n_text_bytes < expected[i].n_text_bytes)
			fail_msg("%s: %u bytes of text", expected[i].name, watch.n_text_bytes);
		assert_true(watch.n_keys >= 1 && watch.n_keys < SNAPSHOTS / 10);
		assert_true(watch.n_stats >= SNAPSHOTS * watch.board.n_pools);
		for (uint32_t id = 1; id <= watch.board.n_pools; id++)
			if (sim_pool_has_blocks(watch.board.pools[id - 1].plan))
				assert_int_equal(watch.rx.tables[id].n_shown, SNAPSHOTS / 4);
		watch_end();
	}
}

/* The pool of pictures fills, a collection frees the unreachable ones, and the allocation succeeds. */
UNIT_TEST(pictures_are_freed_by_a_collection)
{
	watch_board("badgeware", 4, SNAPSHOTS);
	assert_true(watch.n_chains > 10);
	assert_int_equal(watch.n_chains, watch.n_events[WIRE_FAILED]);
	assert_int_equal(watch.n_events[WIRE_SOFT_RESET], 0);
	const struct sim_pool *vectors = sim_pool_named(&watch.board, "picovector");
	const struct sim_pool *files = sim_pool_named(&watch.board, "ramfs");
	assert_true(vectors->initialized && tlsf_check(&vectors->tlsf));
	assert_true(vectors->tlsf.n_peak_bytes > vectors->plan->n_bytes / 2);
	assert_in_range(files->n_peak_bytes, 1024, files->plan->n_bytes);
	watch_end();
}

UNIT_TEST(the_leak_grows_until_memory_is_out)
{
	watch_board("leak", 5, 120);
	assert_int_equal(watch.n_events[WIRE_SOFT_RESET], 0);
	assert_true(watch.n_after > 30);
	/* Each third of the collections leaves more than the one before. */
	uint64_t sums[3] = { 0 };
	for (uint32_t i = 0; i < watch.n_after; i++)
		sums[MIN(i / (watch.n_after / 3), 2u)] += watch.used_after[i];
	assert_true(sums[1] > sums[0] * 5 / 4 && sums[2] > sums[1] * 5 / 4);
	watch_end();

	watch_board("leak", 5, 400);
	assert_true(watch.n_events[WIRE_FAILED] >= 1);
	assert_int_equal(watch.n_events[WIRE_SOFT_RESET], watch.n_events[WIRE_FAILED]);
	watch_end();

	watch_board("pico", 5, 400); /* does not leak */
	assert_int_equal(watch.n_events[WIRE_SOFT_RESET], 0);
	uint64_t early = 0, late = 0;
	for (uint32_t i = 0; i < 50; i++) {
		early += watch.used_after[watch.n_after / 2 - i];
		late += watch.used_after[watch.n_after - 1 - i];
	}
	assert_true(late < early * 5 / 4);
	watch_end();
}

UNIT_TEST(a_camera_uses_all_of_its_memory)
{
	watch_board("openmv", 6, SNAPSHOTS);
	assert_int_equal(watch.n_events[WIRE_SOFT_RESET], 0);
	assert_true(watch.board.heap.areas[1].last_used > 0); /* beyond SRAM */
	for (uint32_t i = 0; i < watch.board.n_pools; i++) {
		const struct sim_pool *pool = &watch.board.pools[i];
		assert_true(pool->initialized);
		if (pool->plan->kind != WIRE_POOL_UMA)
			continue;
		assert_true(tlsf_check(&pool->tlsf));
		assert_true(pool->tlsf.n_allocations > 0 && pool->tlsf.n_failed == 0);
	}
	watch_end();
}

UNIT_TEST(a_heap_that_grows_reports_it)
{
	watch_board("grow", 7, SNAPSHOTS);
	assert_true(watch.n_events[WIRE_AREA_ADDED] >= 1);
	assert_int_equal(watch.board.heap.n_areas,
			 1 + watch.n_events[WIRE_AREA_ADDED] - watch.n_events[WIRE_AREA_REMOVED]);
	watch_end();
}

/* ---- requests of the host ---- */

static void ask(uint8_t type, const void *payload, size_t n_payload)
{
	static uint16_t sequence;
	uint8_t bytes[WIRE_FRAME_MAX_BYTES];

	sim_board_receive(&watch.board, bytes, wire_make(type, 9, sequence++, payload, n_payload, bytes));
}

UNIT_TEST(a_board_answers_requests)
{
	const struct wire_frame *frame;
	size_t at = 0;

	watch_board("badgeware", 8, 2);
	wire_rx_clear(&watch.rx);
	sim_board_receive(&watch.board, (const uint8_t *)"\r\x03print(1)", 10); /* there is no prompt */
	assert_int_equal(watch.rx.n_frames, 0);
	ask(WIRE_ASK_HELLO, NULL, 0);
	frame = wire_find(&watch.rx, WIRE_HELLO, 0);
	assert_non_null(frame);
	assert_int_equal(frame->payload[5], 4); /* bytes of a pointer */
	assert_non_null(wire_find(&watch.rx, WIRE_POOL, 1));
	assert_null(wire_find(&watch.rx, WIRE_POOL, 2));

	uint8_t key = WIRE_KEY;
	uint32_t n = watch.n_snapshots, n_keys = watch.n_keys;
	ask(WIRE_ASK_SNAPSHOT, &key, 1);
	assert_int_equal(watch.n_snapshots, n + 1);
	assert_int_equal(watch.n_keys, n_keys + 1);

	uint8_t period[] = { 50 };
	uint64_t until_us = watch.board.now_ns / 1000 + 1000000;
	ask(WIRE_SET_PERIOD, period, 1);
	n = watch.n_snapshots;
	sim_board_run(&watch.board, until_us);
	assert_in_range(watch.n_snapshots - n, 15, 22);

	/* The first block of the heap, and an address after the end of RAM. */
	uint32_t address = watch.board.heap.areas[0].address;
	uint8_t read[6] = { (uint8_t)(address | 0x80),       (uint8_t)(address >> 7 | 0x80),
			    (uint8_t)(address >> 14 | 0x80), (uint8_t)(address >> 21 | 0x80),
			    (uint8_t)(address >> 28),        64 };
	wire_rx_clear(&watch.rx);
	ask(WIRE_READ, read, sizeof(read));
	frame = wire_find(&watch.rx, WIRE_MEMORY, 0);
	assert_non_null(frame);
	assert_u64_equal(wire_varint(frame, &at), address);
	assert_int_equal(frame->n_payload - at, 64);
	assert_memory_equal(frame->payload + at, sim_memory_at(&watch.board.memory, address, 64), 64);
	static const uint8_t nowhere[] = { 0x80, 0x80, 0x80, 0x80, 0x0f, 64 };
	wire_rx_clear(&watch.rx);
	ask(WIRE_READ, nowhere, sizeof(nowhere));
	at = 0;
	frame = wire_find(&watch.rx, WIRE_MEMORY, 0);
	assert_u64_equal(wire_varint(frame, &at), 0xf0000000);
	assert_int_equal(frame->n_payload, at);
	watch_end();
}

/* ---- the line ---- */

UNIT_TEST(a_good_line_carries_everything)
{
	static struct sim_line line;
	static const struct sim_faults none;
	uint8_t bytes[100], next = 0, expected = 0;
	uint32_t random = 1;

	sim_line_init(&line, &none, 1);
	for (int i = 0; i < 20000; i++) {
		size_t n = next_random(&random) % sizeof(bytes);
		for (size_t j = 0; j < n; j++)
			bytes[j] = (uint8_t)(next + j);
		if (sim_line_write(&line, bytes, n, random & 1))
			next = (uint8_t)(next + n);
		else
			assert_true(line.n_held + n + WIRE_FRAME_MAX_BYTES > SIM_LINE_BYTES);
		if (random % 3 == 0)
			continue;
		size_t n_taken = next_random(&random) % 200;
		const uint8_t *out = sim_line_next(&line, &n);
		n = MIN(n, n_taken);
		for (size_t j = 0; j < n; j++)
			assert_int_equal(out[j], expected++);
		sim_line_sent(&line, n);
	}
}

UNIT_TEST(a_bad_line_damages_as_much_as_configured)
{
	static struct sim_line line;
	static const struct sim_faults faults = { 2000, 4000, 100000 };
	static uint8_t bytes[64];
	size_t n, n_carried = 0, n_flipped = 0;

	sim_line_init(&line, &faults, 9);
	for (int i = 0; i < 5000; i++) {
		assert_true(sim_line_write(&line, bytes, sizeof(bytes), true));
		for (const uint8_t *p; p = sim_line_next(&line, &n), n > 0; sim_line_sent(&line, n)) {
			n_carried += n;
			for (size_t j = 0; j < n; j++)
				n_flipped += p[j] != 0;
		}
	}
	/* 320000 bytes, a tenth of the frames twice, two in a thousand bytes lost */
	assert_in_range(n_carried, 345000, 358000);
	assert_in_range(n_flipped, 1200, 1650);
}
