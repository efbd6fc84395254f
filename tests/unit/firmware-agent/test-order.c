/* Snapshots of the heap and tables, figures and descriptions of other pools, events, HELLOs, in any order, with areas
 * and pools that come and go, and a channel that refuses: each snapshot that the agent counts as sent is whole. */
#include "agent_board.h"
#include "memprof/extra.h"
#include "memprof/pool.h"
#include "memprof/rolling.h"
#include "unit.h"

enum { N_ROWS = 512, N_POOLS = 3, GRANULE_BYTES = 32, MAX_GRANULES = 2000, ROUNDS = 200, STEPS = 120 };

static uint16_t rows[N_ROWS];
static struct memprof_agent agent;
static struct memprof_rolling rolling;
static bool (*write_frame)(const uint8_t *frame, size_t n_bytes);

/* A pool whose blocks are as long as granules. */
struct test_pool {
	bool is_there;
	uintptr_t address;
	uint32_t n_granules;
	uint8_t codes[MAX_GRANULES];
};
static struct test_pool pools[N_POOLS];

static struct test_pool *of(const struct memprof_pool *pool) { return (struct test_pool *)(uintptr_t)pool->ctx; }

static bool where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	*ret_address = of(pool)->address;
	*ret_n_bytes = of(pool)->n_granules * GRANULE_BYTES;
	return of(pool)->is_there;
}

static void stats(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	memprof_stat(ret, WIRE_STAT_TOTAL, of(pool)->n_granules * GRANULE_BYTES);
}

static bool walk(const struct memprof_pool *pool,
		 void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx)
{
	const struct test_pool *test = of(pool);

	for (uint32_t i = 0; i < test->n_granules;) {
		uint32_t end = i + 1;

		while (test->codes[i] != WIRE_FREE && end < test->n_granules && test->codes[end] == WIRE_TAIL)
			end++;
		each(ctx, test->address + i * GRANULE_BYTES, (end - i) * GRANULE_BYTES, test->codes[i] != WIRE_FREE);
		i = end;
	}
	return true;
}

#define ENTRY(i)                                                                                      \
	{                                                                                             \
		.name = "pool", .kind = WIRE_POOL_TLSF, .where = where, .stats = stats, .walk = walk, \
		.granule_bytes = GRANULE_BYTES, .ctx = &pools[i]                                      \
	}
static const struct memprof_pool entries[N_POOLS] = { ENTRY(0), ENTRY(1), ENTRY(2) };
static const struct memprof_pool *const table[N_POOLS] = { &entries[0], &entries[1], &entries[2] };
static struct memprof_pool_list list;

static bool send_pools(bool with_descriptions) { return memprof_send_pools(&agent, &list, with_descriptions); }

static void fill_pool(struct test_pool *pool, uint32_t *random)
{
	for (uint32_t i = 0; i < pool->n_granules; i++) {
		bool continues = i > 0 && pool->codes[i - 1] != WIRE_FREE && next_random(random) % 3;

		pool->codes[i] = continues ? WIRE_TAIL : next_random(random) % 2 ? WIRE_HEAD : WIRE_FREE;
	}
}

static void check_pool(uint32_t i)
{
	const struct wire_table *table_there = &board.rx.tables[1 + i];

	assert_true(table_there->shown);
	assert_int_equal(table_there->n_areas, 1);
	assert_u64_equal(table_there->areas[0].address, pools[i].address);
	assert_u64_equal(table_there->areas[0].n_blocks, pools[i].n_granules);
	assert_memory_equal(table_there->areas[0].codes, pools[i].codes, pools[i].n_granules);
}

static void change(uint32_t *random)
{
	uint32_t i = next_random(random) % N_POOLS;

	switch (next_random(random) % 4) {
	case 0: /* an area more, or other ones */
		board.n_areas = next_random(random) % BOARD_MAX_AREAS;
		board_area(board.n_areas, 0x20000000 + 0x100000 * (uintptr_t)board.n_areas,
			   4 + next_random(random) % 300 * 4);
		break;
	case 1:
		pools[i].is_there = next_random(random) % 4;
		pools[i].n_granules = 1 + next_random(random) % MAX_GRANULES;
		fill_pool(&pools[i], random);
		break;
	default:
		board_fill(next_random(random) % board.n_areas, random, next_random(random) % 256);
	}
}

static bool write_and_look(const uint8_t *frame, size_t n_bytes)
{
	bool taken = write_frame(frame, n_bytes);

	memprof_rolling_wrote(&rolling, taken ? n_bytes : 0, board.write_us);
	return taken;
}

/* One call, as a port makes it. Returns whether a snapshot of the heap was sent whole. */
static bool act(uint32_t *random)
{
	const uintptr_t field = 77;

	switch (next_random(random) % 8) {
	case 0:
		memprof_event(&agent, WIRE_GC_ENDED, 5, &field, 1);
		return false;
	case 1:
		memprof_send_pools(&agent, &list, next_random(random) % 2);
		return false;
	case 2: {
		uint32_t i = next_random(random) % N_POOLS;
		static uint8_t number; /* those of the list are below */
		if (memprof_send_blocks(&agent, table[i], (uint8_t)(1 + i), number++ | 128))
			check_pool(i);
		return false;
	}
	case 3:
		memprof_hello(&agent);
		return false;
	case 4:
		memprof_force_rows(&agent, next_random(random) % 40, next_random(random) % 40);
		return false;
	case 5:
		return memprof_snapshot(&agent, next_random(random) % 2);
	default:
		board.now_us += 100000;
		return rolling.stop_us ? memprof_poll_rolling(&rolling) : memprof_poll(&agent);
	}
}

UNIT_TEST(any_order)
{
	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint32_t random = round + 1;
		uint64_t n_sent = 0;

		board_reset();
		board_port.send_pools = send_pools;
		write_frame = board_port.write;
		board_port.write = write_and_look;
		board.write_us = 200;
		rolling = (struct memprof_rolling){ &agent, .stop_us = round / 2 % 2 * 10000 };
		board_area(0, 0x20000000, 400);
		memset(pools, 0, sizeof(pools));
		list = (struct memprof_pool_list){ table, N_POOLS, 1, .tables_every = (uint8_t)(round % 5) };
		for (uint32_t i = 0; i < N_POOLS; i++)
			pools[i].address = 0x60000000 + 0x100000 * (uintptr_t)i;
		memset(rows, 0, sizeof(rows));
		memprof_start(&agent, &board_port, 7, round % 3 ? rows : NULL, N_ROWS);
		memprof_period(&agent, 100);
		for (int step = 0; step < STEPS; step++) {
			if (!agent.between) /* else there is no one moment to compare with */
				change(&random);
			if (round % 2 && next_random(&random) % 8 == 0) {
				board.refuse_from = board.n_writes + next_random(&random) % 30;
				board.refuse_to = board.refuse_from + next_random(&random) % 30;
			}
			if (act(&random)) {
				board_check();
				n_sent++;
			}
			assert_u64_equal(board.rx.tables[0].n_shown, n_sent);
		}
		assert_true(n_sent > STEPS / 40);
		assert_true(list.tables_every == 0 || board.rx.tables[1].n_shown + board.rx.tables[2].n_shown > 1);
	}
	wire_rx_deinit(&board.rx);
	memset(&board.rx, 0, sizeof(board.rx));
}
