#include "board.h"

#include "agent_config.h"
#include "memprof/pools.h"
#include "memprof/wire.h"

/* A board's processing times, so that a snapshot costs time here too: to find the type of a head, for the
 * CRC and COBS of a byte, and for a block of another pool. */
enum { KIND_NS = 300, FRAME_BYTE_NS = 120, BLOCK_NS = 200, STACK_LIMIT_BYTES = 7936, TABLES_EVERY = 4 };

/* The functions of the agent's port have no context argument. */
static struct sim_board *the_board;

static bool port_write(const uint8_t *frame, size_t n_bytes)
{
	the_board->now_ns += n_bytes * FRAME_BYTE_NS;
	return the_board->output(the_board->output_ctx, frame, n_bytes, true);
}

static uint32_t port_now_us(void) { return (uint32_t)(the_board->now_ns / 1000); }
static uint32_t port_now_ms(void) { return sim_now_ms(the_board); }

static bool port_area(uint32_t i, struct memprof_area *ret)
{
	const struct sim_area *area = &the_board->heap.areas[i];

	if (i >= the_board->heap.n_areas)
		return false;
	*ret = (struct memprof_area){ .table = area->table,
				      .finalisers = area->finalisers,
				      .address = area->address,
				      .n_blocks = area->n_blocks,
				      .memory = area->memory };
	return true;
}

static uint8_t port_kind(uintptr_t address)
{
	the_board->now_ns += KIND_NS;
	return sim_type_code(sim_load(&the_board->memory, (uint32_t)address));
}

/* Plausible depths for a small program; they differ by task. */
static void port_stack(uint32_t *ret_used, uint32_t *ret_limit)
{
	*ret_used = 620 + the_board->i_task * 176 + (uint32_t)the_board->heap.n_held * 16;
	*ret_limit = STACK_LIMIT_BYTES;
}

/* ---- pools ---- */

const void *sim_agent_at(uintptr_t address)
{
	static const uint8_t nothing[WIRE_FRAME_MAX_BYTES];

	for (size_t i = 0; i < the_board->memory.n_regions; i++) {
		const struct sim_region *region = &the_board->memory.regions[i];
		if (address >= region->address && address - region->address < region->n_bytes)
			return region->bytes + (address - region->address);
	}
	return nothing;
}

static const struct sim_pool *pool_of(const struct memprof_pool *pool)
{
	return &the_board->pools[pool - the_board->agent_pools];
}

static bool where_blocks(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	const struct sim_pool *sim = pool_of(pool);

	*ret_address = sim->tlsf.pool;
	*ret_n_bytes = sim->tlsf.n_pool_bytes;
	return sim->initialized;
}

static uintptr_t peak_of_blocks(const struct memprof_pool *pool) { return pool_of(pool)->tlsf.n_peak_bytes; }

static bool walk_blocks(const struct memprof_pool *pool,
			void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx)
{
	the_board->now_ns += pool_of(pool)->tlsf.n_used * BLOCK_NS;
	return memprof_tlsf_walk(pool, each, ctx);
}

static void stats_of_blocks(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	memprof_tlsf_stats(pool, ret);
	memprof_stat(ret, WIRE_STAT_ALLOCATIONS, pool_of(pool)->tlsf.n_allocations);
	memprof_stat(ret, WIRE_STAT_FAILURES, pool_of(pool)->tlsf.n_failed);
}

static bool where_plan(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	const struct sim_pool_plan *plan = pool_of(pool)->plan;

	*ret_address = plan->address;
	*ret_n_bytes = plan->n_bytes;
	return true;
}

/* Of a pool without blocks. */
static void stats_of_bytes(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	const struct sim_pool *sim = pool_of(pool);

	memprof_stat(ret, WIRE_STAT_TOTAL, sim->plan->n_bytes);
	memprof_stat(ret, WIRE_STAT_USED, sim->n_used_bytes);
	memprof_stat(ret, WIRE_STAT_FREE, sim->plan->n_bytes - sim->n_used_bytes);
	memprof_stat(ret, WIRE_STAT_PEAK, sim->n_peak_bytes);
}

static void attach_pools(struct sim_board *board)
{
	static const struct memprof_tlsf tlsf = { 5, MEMPROF_TLSF_ONE_POOL, peak_of_blocks };
	static const struct memprof_tlsf uma = { 5, MEMPROF_TLSF_ONE_POOL | MEMPROF_TLSF_PERSIST, peak_of_blocks };

	for (uint32_t i = 0; i < board->n_pools; i++) {
		const struct sim_pool_plan *plan = board->pools[i].plan;
		bool has_blocks = sim_pool_has_blocks(plan);
		board->agent_pools[i] = (struct memprof_pool){
			.name = plan->name,
			.kind = plan->kind,
			.memory = plan->memory,
			.where = has_blocks ? where_blocks : where_plan,
			.stats = has_blocks ? stats_of_blocks : stats_of_bytes,
			.walk = has_blocks ? walk_blocks : NULL,
			.granule_bytes = plan->granule_bytes,
			.ctx = plan->kind == WIRE_POOL_UMA ? &uma : &tlsf,
		};
		board->pool_table[i] = &board->agent_pools[i];
	}
	board->pool_list = (struct memprof_pool_list){
		.pools = board->pool_table,
		.n_pools = (uint8_t)board->n_pools,
		.first_id = 1,
		.tables_every = TABLES_EVERY,
	};
}

static bool port_send_pools(bool with_descriptions)
{
	return memprof_send_pools(&the_board->agent, &the_board->pool_list, with_descriptions);
}

/* ---- requests ---- */

void sim_board_receive(struct sim_board *board, const uint8_t *bytes, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++)
		memprof_requests_feed(&board->requests, bytes[i]);
}

void sim_board_silence(struct sim_board *board) { memprof_requests_silence(&board->requests); }

/* All of the RAM may be read. */
static void attach_requests(struct sim_board *board)
{
	for (size_t i = 0; i < board->memory.n_regions; i++) {
		const struct sim_region *region = &board->memory.regions[i];
		board->readable[i] = (struct memprof_range){ region->address, region->n_bytes };
	}
	board->requests = (struct memprof_requests){ .agent = &board->agent,
						     .readable = board->readable,
						     .n_readable = (uint8_t)board->memory.n_regions };
}

/* ---- the port ---- */

void sim_port_attach(struct sim_board *board)
{
	the_board = board;
	attach_pools(board);
	attach_requests(board);
	board->port = (struct memprof_port){
		.write = port_write,
		.now_us = port_now_us,
		.now_ms = port_now_ms,
		.area = port_area,
		.kind = port_kind,
		.stack = port_stack,
		.send_pools = board->n_pools ? port_send_pools : NULL,
		.block_bytes = SIM_BLOCK_BYTES,
		.abilities = (uint16_t)(WIRE_CAN_KINDS | WIRE_CAN_FINALISERS | WIRE_REPORTS_GC | WIRE_REPORTS_FAILED |
					WIRE_TAKES_REQUESTS | WIRE_CAN_READ | (board->n_pools ? WIRE_CAN_POOLS : 0)),
		.firmware = board->profile->firmware,
		.machine = board->profile->machine,
	};
}
