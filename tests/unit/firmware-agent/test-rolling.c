/* Snapshots over several calls: none of them stops the program for longer than it was told, on slow and fast channels,
 * with pools, their tables and HELLOs; and what arrives was there when it was read. */
#include "memprof/rolling.h"

#include "agent_board.h"
#include "memprof/pool.h"
#include "unit.h"

enum {
	N_ROWS = 4096,
	STOP_US = 20000,
	UART_US = 11000, /* of 128 bytes at 115200 baud */
	GRANULE_BYTES = 32,
	N_GRANULES = 6000,
	MAX_CALLS = 2000,
};

static uint16_t rows[N_ROWS];
static struct memprof_agent agent;
static struct memprof_rolling rolling;
static bool (*write_frame)(const uint8_t *frame, size_t n_bytes);

/* A channel that takes time for each byte, and does not refuse a frame before it has waited for room. */
static bool write_slowly(const uint8_t *frame, size_t n_bytes)
{
	uint32_t whole_us = board.write_us, took_us = (uint32_t)(whole_us * n_bytes / WIRE_FRAME_MAX_BYTES);

	board.write_us = took_us;
	bool taken = write_frame(frame, n_bytes);
	board.write_us = whole_us;
	if (!taken) {
		board.now_us += STOP_US;
		took_us += STOP_US;
	}
	memprof_rolling_wrote(&rolling, taken ? n_bytes : 0, took_us);
	return taken;
}

/* Two pools whose blocks are two granules long, every other one free. */
static bool where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	*ret_address = 0x60000000 + (uintptr_t)(pool->kind - WIRE_POOL_TLSF) * 0x1000000;
	*ret_n_bytes = N_GRANULES * GRANULE_BYTES;
	return true;
}

static void stats(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	(void)pool;
	memprof_stat(ret, WIRE_STAT_TOTAL, N_GRANULES * GRANULE_BYTES);
}

static uint32_t pool_shift; /* which of them are free */
static uint32_t walk_us;    /* so long a walk takes */
static uint32_t limit_us;   /* of a call */

static bool walk(const struct memprof_pool *pool,
		 void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx)
{
	uintptr_t address, n_bytes;

	where(pool, &address, &n_bytes);
	board.now_us += walk_us;
	for (uintptr_t i = 0; i < N_GRANULES; i += 2)
		each(ctx, address + i * GRANULE_BYTES, 2 * GRANULE_BYTES, (i / 2 + pool_shift) % 2);
	return true;
}

static const struct memprof_pool first = { "first", WIRE_POOL_TLSF, 0, where, stats, walk, GRANULE_BYTES, NULL },
				 second = { "second", WIRE_POOL_CAPS, 0, where, stats, walk, GRANULE_BYTES, NULL };
static const struct memprof_pool *const table[] = { &first };
static struct memprof_pool_list list;

static bool send_pools(bool with_descriptions) { return memprof_send_pools(&agent, &list, with_descriptions); }

UNIT_BEFORE(set_up)
{
	board_reset();
	write_frame = board_port.write;
	board_port.write = write_slowly;
	board_port.send_pools = NULL;
	board_port.abilities |= WIRE_CAN_ROLL;
	list = (struct memprof_pool_list){
		.pools = table, .n_pools = 1, .first_id = 1, .tables_every = 2, .last = &second
	};
	rolling = (struct memprof_rolling){ .agent = &agent, .stop_us = STOP_US };
	pool_shift = walk_us = 0;
	limit_us = STOP_US;
}

UNIT_AFTER(tear_down) { board_tear_down(); }

static void start(uint32_t write_us)
{
	uint32_t random = 5;

	board.step_us = 1;
	board.write_us = write_us;
	board_area(0, 0x20001000, 15384);
	board_area(1, 0x60001000, 20000);
	board_fill(0, &random, 128);
	board_fill(1, &random, 128);
	memset(rows, 0, sizeof(rows));
	memprof_start(&agent, &board_port, 7, rows, N_ROWS);
	memprof_period(&agent, 1000);
}

/* STOPS of the last snapshot. */
struct stops {
	uint64_t n_calls, longest_us, took_ms;
};

static struct stops stops_of_last(void)
{
	const struct wire_frame *frame = NULL, *next;
	size_t at = 2;

	for (size_t i = 0; (next = wire_find(&board.rx, WIRE_STOPS, i)); i++)
		frame = next;
	assert_non_null(frame);
	assert_int_equal(frame->payload[0], 0);
	assert_int_equal(frame->payload[1], board.rx.tables[0].number);
	struct stops ret = { .n_calls = wire_varint(frame, &at) };
	ret.longest_us = wire_varint(frame, &at);
	ret.took_ms = wire_varint(frame, &at);
	assert_int_equal(at, frame->n_payload);
	return ret;
}

/* What the board had at each call of a snapshot. */
static uint8_t *moments[MAX_CALLS][2];
static size_t n_moments;

static void keep_moment(void)
{
	assert_true(n_moments < MAX_CALLS);
	for (size_t i = 0; i < 2; i++) {
		moments[n_moments][i] = malloc(board.areas[i].area.n_blocks);
		assert_non_null(moments[n_moments][i]);
		memcpy(moments[n_moments][i], board.areas[i].codes, board.areas[i].area.n_blocks);
	}
	n_moments++;
}

static void drop_moments(void)
{
	for (; n_moments > 0; n_moments--)
		for (size_t i = 0; i < 2; i++)
			free(moments[n_moments - 1][i]);
}

/* Each row is of one moment, and they are in order. */
static void check_moments(void)
{
	size_t moment = 0;

	for (size_t i = 0; i < 2; i++) {
		const struct wire_area *area = &board.rx.tables[0].areas[i];

		for (uint64_t block = 0; block < area->n_blocks; block += 64) {
			size_t n = area->n_blocks - block < 64 ? area->n_blocks - block : 64;
			while (moment < n_moments && memcmp(moments[moment][i] + block, area->codes + block, n) != 0)
				moment++;
			assert_true(moment < n_moments);
		}
	}
}

static void change(uint32_t *random)
{
	for (int i = 0; i < 20; i++)
		board_set(next_random(random) % 2, next_random(random) % 15384, WIRE_TUPLE);
}

/* Calls every 10 ms until a snapshot is sent. None is longer than it may be. Returns how many were part of it. */
static uint64_t send_one(uint32_t *random, bool with_changes)
{
	uint64_t n_calls = 0;

	drop_moments();
	for (bool sent = false; !sent;) {
		board.now_us += 10000;
		if (with_changes)
			change(random);
		uint32_t begin_us = board.now_us;
		sent = memprof_poll_rolling(&rolling);
		uint32_t took_us = board.now_us - begin_us;
		assert_true(took_us < limit_us);
		if (sent || agent.between)
			keep_moment();
		n_calls += took_us > 10;
	}
	struct stops stops = stops_of_last();
	assert_true(stops.longest_us < limit_us);
	assert_true(stops.n_calls >= n_calls); /* some only find rows that did not change */
	assert_true(board.rx.tables[0].shown);
	assert_true(board.rx.tables[0].flags & WIRE_ROLLING);
	check_moments();
	return n_calls;
}

UNIT_TEST(no_call_is_longer_than_its_limit)
{
	uint32_t random = 5;

	start(UART_US);
	for (int k = 0; k < 30; k++) {
		bool is_key = agent.areas_crc == 0;
		uint64_t n_calls = send_one(&random, true);

		assert_true(n_calls > (is_key ? 30 : 3));
		assert_int_equal(board.rx.tables[0].n_abandoned, 0);
	}
	drop_moments();
}

UNIT_TEST(a_fast_channel_needs_one_call)
{
	uint32_t random = 5;

	start(50);
	for (int k = 0; k < 30; k++) {
		change(&random);
		assert_u64_equal(send_one(&random, false), 1);
		board_check();
	}
	drop_moments();
}

UNIT_TEST(pools_are_sent_in_parts_as_well)
{
	uint32_t random = 5;

	board_port.send_pools = send_pools;
	start(UART_US);
	for (int k = 0; k < 40; k++) {
		size_t n_before = board.rx.tables[2].n_shown;

		send_one(&random, k % 2);
		assert_int_equal(board.rx.tables[0].n_abandoned, 0);
		for (size_t pool = 1; pool <= 2 && board.rx.tables[2].n_shown > n_before; pool++)
			for (size_t i = 0; i < N_GRANULES; i++)
				assert_int_equal(board.rx.tables[pool].areas[0].codes[i],
						 (i / 2 + pool_shift) % 2 == 0 ? WIRE_FREE :
						 i % 2                         ? WIRE_TAIL :
										 WIRE_HEAD);
		pool_shift++;
	}
	assert_int_equal(board.rx.tables[1].n_shown, board.rx.tables[2].n_shown);
	assert_true(board.rx.tables[1].n_shown >= 18);
	drop_moments();
}

/* At 57600 baud one frame takes more than half of a call, and END of a table ends the call that sends it. */
UNIT_TEST(a_line_too_slow_for_a_frame_and_a_half)
{
	uint32_t random = 5;

	board_port.send_pools = send_pools;
	start(2 * UART_US);
	limit_us = 3 * STOP_US;
	for (int k = 0; k < 6; k++)
		send_one(&random, true);
	assert_int_equal(board.rx.tables[0].n_abandoned, 0);
	assert_true(board.rx.tables[1].n_shown >= 3 && board.rx.tables[2].n_shown == board.rx.tables[1].n_shown);
	drop_moments();
}

UNIT_TEST(walks_that_take_long)
{
	uint32_t random = 5;

	board_port.send_pools = send_pools;
	start(UART_US);
	walk_us = 2000;
	limit_us = STOP_US + 4 * walk_us;
	for (int k = 0; k < 6; k++)
		send_one(&random, true);
	assert_int_equal(board.rx.tables[0].n_abandoned, 0);
	assert_true(board.rx.tables[1].n_shown >= 3 && board.rx.tables[2].n_shown == board.rx.tables[1].n_shown);
	drop_moments();
}

/* A host that has nothing yet asks again and again. */
UNIT_TEST(a_whole_one_that_is_asked_for_again_goes_on)
{
	bool sent = false;

	start(UART_US);
	memprof_period(&agent, 0);
	for (int k = 0; !sent; k++) {
		assert_true(k < 100);
		memprof_rolling_ask(&rolling, true);
		board.now_us += 50000;
		sent = memprof_poll_rolling(&rolling);
	}
	assert_int_equal(agent.n_abandoned, 0);
	board_check();
}

UNIT_TEST(the_program_has_three_quarters_of_the_time)
{
	uint32_t stopped_us = 0, begin_us;
	bool sent = false;

	start(UART_US);
	board.now_us += 1000;
	begin_us = board.now_us;
	while (!sent) {
		uint32_t call_us = board.now_us += 100;
		sent = memprof_poll_rolling(&rolling);
		stopped_us += board.now_us - call_us;
	}
	assert_in_range((board.now_us - begin_us) / stopped_us, 3, 4);
}

UNIT_TEST(other_calls_end_it)
{
	start(UART_US);
	for (int k = 0; k < 30; k++) {
		board.now_us += 10000;
		assert_false(memprof_poll_rolling(&rolling));
	}
	assert_true(agent.between);
	memprof_mark(&agent, "between", 7); /* other messages may come in between */
	assert_true(memprof_snapshot(&agent, false));
	assert_false(agent.between);
	board_check();
	assert_true(board.rx.tables[0].flags & WIRE_KEY);
	assert_int_equal(board.rx.tables[0].n_abandoned, 1);
	/* areas that change */
	memprof_rolling_ask(&rolling, true);
	for (int k = 0; k < 10; k++) {
		board.now_us += 100000;
		assert_false(memprof_poll_rolling(&rolling));
	}
	assert_true(agent.between);
	board_area(2, 0x70000000, 64);
	board.now_us += 100000;
	assert_false(memprof_poll_rolling(&rolling));
	assert_false(agent.between);
	assert_int_equal(agent.n_abandoned, 2);
}

UNIT_TEST(what_is_asked_for_comes)
{
	uint32_t random = 5;

	start(UART_US);
	send_one(&random, false);
	memprof_period(&agent, 0);
	for (int k = 0; k < 10; k++) {
		board.now_us += 1000000;
		assert_false(memprof_poll_rolling(&rolling));
		assert_false(agent.between);
	}
	memprof_rolling_ask(&rolling, false);
	send_one(&random, false);
	assert_false(board.rx.tables[0].flags & WIRE_KEY);
	memprof_rolling_ask(&rolling, false);
	memprof_poll_rolling(&rolling);
	memprof_rolling_ask(&rolling, true); /* while one is under way */
	send_one(&random, false);
	assert_true(board.rx.tables[0].flags & WIRE_KEY);
	assert_true(board.rx.tables[0].n_blocks_sent == 15384 + 20000);
	board_check();
	drop_moments();
}

UNIT_TEST(a_channel_that_is_stuck_is_left_alone)
{
	start(UART_US);
	board.now_us += 2000000;
	board.refuse_from = board.n_writes + 20;
	board.refuse_to = UINT64_MAX;
	while (agent.n_abandoned == 0) {
		board.now_us += 50000;
		assert_false(memprof_poll_rolling(&rolling));
	}
	uint64_t n_writes = board.n_writes;
	for (int k = 0; k < 90; k++) {
		board.now_us += 10000;
		assert_false(memprof_poll_rolling(&rolling));
	}
	assert_u64_equal(board.n_writes, n_writes); /* a second has not gone by */
	board.refuse_to = 0;
	uint32_t random = 1;
	send_one(&random, true);
	assert_true(board.rx.tables[0].flags & WIRE_KEY);
	drop_moments();
}

/* Also when the wait for it has used up the call. */
UNIT_TEST(a_frame_that_is_refused_ends_the_snapshot)
{
	uint32_t random = 1;

	start(50);
	limit_us = 2 * STOP_US;
	board.now_us += 2000000;
	board.refuse_from = board.n_writes + 20;
	board.refuse_to = board.refuse_from + 1;
	assert_false(memprof_poll_rolling(&rolling));
	assert_true(board.n_writes > board.refuse_from);
	assert_int_equal(agent.n_abandoned, 1);
	assert_false(agent.between);
	board.now_us += 2000000;
	send_one(&random, false);
	board_check();
	drop_moments();
}
