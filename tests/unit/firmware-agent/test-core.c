#include "memprof/extra.h"
#include "memprof/frame.h"

#include "agent_board.h"
#include "memprof/memprof_config.h"
#include "unit.h"

enum { N_ROWS = 4096 };
static uint16_t rows[N_ROWS];
static struct memprof_agent agent;

UNIT_BEFORE(set_up) { board_reset(); }

UNIT_AFTER(tear_down) { board_tear_down(); }

static void start(bool deltas)
{
	memset(rows, 0, sizeof(rows));
	memprof_start(&agent, &board_port, 7, deltas ? rows : NULL, N_ROWS);
}

UNIT_TEST(heaps_of_all_kinds_arrive)
{
	uint32_t random = 1;

	for (uint32_t n_areas = 1; n_areas <= BOARD_MAX_AREAS; n_areas++) {
		for (uint32_t round = 0; round < 60; round++) {
			board_reset();
			for (uint32_t i = 0; i < n_areas; i++) {
				board_area(i, 0x20000000 + 0x1000000 * (uintptr_t)i, next_random(&random) % 400 * 4);
				board_fill(i, &random, round * 5);
			}
			start(round % 2);
			for (int k = 0; k < 4; k++) {
				board_fill(next_random(&random) % n_areas, &random, round * 5);
				assert_true(memprof_snapshot(&agent, false));
				board_check();
			}
		}
	}
}

UNIT_TEST(what_changed_is_sent)
{
	uint32_t random = 99;

	board_area(0, 0x20001000, 15384);
	board_fill(0, &random, 128);
	start(true);
	assert_true(memprof_snapshot(&agent, false));
	board_check();
	for (int k = 0; k < 40; k++) {
		board_set(0, next_random(&random) % 15384, WIRE_LIST);
		wire_rx_clear(&board.rx);
		assert_true(memprof_snapshot(&agent, false));
		board_check();
		assert_false(board.rx.tables[0].flags & WIRE_KEY);
		assert_true(board.rx.tables[0].n_rows_sent <= 1 + (15384 / 64 + 7) / 8 + 1);
	}
}

UNIT_TEST(a_refused_snapshot_is_abandoned)
{
	uint32_t random = 5;
	uint64_t n_frames;

	board_area(0, 0x20001000, 6000);
	board_fill(0, &random, 128);
	start(true);
	assert_true(memprof_snapshot(&agent, false));
	n_frames = board.rx.n_frames - 1;
	for (uint64_t i = 0; i < n_frames; i++) {
		uint64_t before;

		board_reset();
		board_area(0, 0x20001000, 6000);
		board_fill(0, &random, 128);
		start(true);
		assert_true(memprof_snapshot(&agent, false));
		board_check();
		board_fill(0, &random, 128);
		before = board.n_writes;
		board.refuse_from = before + i;
		board.refuse_to = UINT64_MAX;
		if (memprof_snapshot(&agent, false)) {
			assert_true(board.n_writes <= before + i);
			continue;
		}
		assert_u64_equal(board.n_writes, before + i + 1);
		board.refuse_from = UINT64_MAX;
		assert_true(memprof_snapshot(&agent, false));
		board_check();
		assert_true(board.rx.tables[0].flags & WIRE_KEY);
		assert_int_equal(board.rx.tables[0].n_abandoned, 1);
	}
}

UNIT_TEST(areas_come_and_go)
{
	uint32_t random = 8;

	start(true);
	for (int k = 0; k < 200; k++) {
		uint32_t n = next_random(&random) % (BOARD_MAX_AREAS + 1);
		bool changed = k == 0;

		for (uint32_t i = 0; i < n; i++) {
			if (i < board.n_areas && next_random(&random) % 4)
				continue;
			board_area(i, 0x20000000 + (16 * i + next_random(&random) % 16) * 0x100000,
				   next_random(&random) % 300 * 4);
			board_fill(i, &random, 100);
			changed = true;
		}
		changed |= n != board.n_areas;
		board.n_areas = n;
		assert_true(memprof_snapshot(&agent, false));
		board_check();
		assert_true(!changed == !(board.rx.tables[0].flags & WIRE_KEY));
	}
}

/* Each length of an area around the edges of rows, and the heaps that are best and worst for tokens. */
UNIT_TEST(edges_of_rows_and_frames)
{
	static const char *const patterns[] = { ".",   "h",  "h=",       "h==", ".h", ".=",
						"h.=", "h.", "hhhh....", "=.",  "f",  "h=======" };

	for (size_t p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++) {
		size_t n_letters = strlen(patterns[p]);

		for (uint32_t n_blocks = 0; n_blocks <= 1400; n_blocks += n_blocks < 268 ? 4 : 100) {
			board_reset();
			board_area(0, 0x20000000, n_blocks);
			for (uint32_t i = 0; i < n_blocks; i++) {
				char letter[] = { patterns[p][i % n_letters], 0 };

				board_text(0, i, letter);
			}
			start(n_blocks % 8);
			for (int k = 0; k < 3; k++) {
				assert_true(memprof_snapshot(&agent, false));
				board_check();
			}
		}
	}
}

/* A table of rows that is too small for the heap: those beyond always come. */
UNIT_TEST(a_small_table_does)
{
	uint32_t random = 77;

	board_area(0, 0x20000000, 6400);
	board_fill(0, &random, 128);
	memset(rows, 0, sizeof(rows));
	memprof_start(&agent, &board_port, 7, rows, 10);
	for (int k = 0; k < 20; k++) {
		board_set(0, next_random(&random) % 6400, WIRE_DICT);
		assert_true(memprof_snapshot(&agent, false));
		board_check();
		assert_true(board.rx.tables[0].n_blocks_sent >= 90 * 64);
	}
}

static uint16_t hash_of_row(const uint8_t *codes)
{
	uint8_t row[32];

	for (size_t i = 0; i < 32; i++)
		row[i] = (uint8_t)(codes[2 * i] | codes[2 * i + 1] << 4);
	return (uint16_t)wire_crc32(0, row, sizeof(row));
}

/* Two rows of the same hash: the agent takes one for the other, the digest shows it, and the row is sent in its turn.
 */
UNIT_TEST(a_collision_is_never_shown)
{
	uint32_t random = 1, n_wrong = 0;
	uint16_t hash;

	board_area(0, 0x20000000, 6400);
	board_fill(0, &random, 128);
	start(true);
	assert_true(memprof_snapshot(&agent, false));
	board_check();
	hash = hash_of_row(board.areas[0].codes + 90 * 64);
	do {
		for (uint32_t i = 0; i < 64; i++)
			board_set(0, 90 * 64 + i, next_random(&random) % 2 ? WIRE_LIST : WIRE_TUPLE);
	} while (hash_of_row(board.areas[0].codes + 90 * 64) != hash);
	for (int k = 0; k < MEMPROF_REFRESH_PART; k++) {
		assert_true(memprof_snapshot(&agent, false));
		n_wrong += !board.rx.tables[0].shown;
	}
	assert_true(n_wrong > 0 && n_wrong < MEMPROF_REFRESH_PART);
	board_check();
}

UNIT_TEST(the_pause_is_without_the_channel)
{
	uint32_t random = 3;

	board_area(0, 0x20000000, 6400);
	board_fill(0, &random, 128);
	start(true);
	board.write_us = 1000;
	board.step_us = 1;
	assert_true(memprof_snapshot(&agent, true));
	assert_true(board.rx.n_frames > 10);
	assert_true(board.rx.tables[0].pause_us > board.rx.n_frames / 2 && board.rx.tables[0].pause_us < 1000);
	assert_true(board.rx.tables[0].wait_us >= (board.rx.n_frames - 2) * 1000); /* not HELLO, nor END itself */
}

UNIT_TEST(hello_comes_now_and_then)
{
	size_t n = 0;

	board_area(0, 0x20000000, 64);
	start(true);
	for (int k = 0; k < 64; k++)
		assert_true(memprof_snapshot(&agent, false));
	while (wire_find(&board.rx, WIRE_HELLO, n))
		n++;
	assert_int_equal(n, 5);
	assert_int_equal(board.n_descriptions, 5);
	assert_int_equal(board.n_pool_sends - board.n_descriptions, 64);
}

/* It says the period, so one comes before the next snapshot. */
UNIT_TEST(another_period_is_reported)
{
	const struct wire_frame *hello;
	size_t n_head = 7; /* versions, pointers, a block of 16 */

	board_area(0, 0x20000000, 64);
	start(false);
	hello = wire_find(&board.rx, WIRE_HELLO, 0);
	assert_int_equal(hello->payload[n_head + 1], 0);
	memprof_period(&agent, 100);
	assert_true(memprof_poll(&agent));
	hello = wire_find(&board.rx, WIRE_HELLO, 1);
	assert_non_null(hello);
	assert_int_equal(hello->payload[n_head + 1], 100);
}

UNIT_TEST(nothing_is_sent_without_a_listener)
{
	board_area(0, 0x20000000, 6400);
	board.refuse_from = 0;
	start(true);
	assert_u64_equal(board.n_writes, 1);
	memprof_period(&agent, 10);
	for (int k = 0; k < 100; k++) {
		board.now_us += 5000;
		assert_false(memprof_poll(&agent));
	}
	assert_u64_equal(board.n_writes, 51); /* one try for each that was due */
	assert_int_equal(agent.n_abandoned, 50);
	memprof_mark(&agent, "x", 1);
	assert_int_equal(agent.n_skipped, 52);
	board.refuse_from = UINT64_MAX;
	board.now_us += 10000;
	assert_true(memprof_poll(&agent));
	assert_non_null(wire_find(&board.rx, WIRE_HELLO, 0));
	board_check();
	assert_int_equal(board.rx.tables[0].n_abandoned, 50);
	assert_int_equal(board.rx.tables[0].n_skipped, 52);
}
