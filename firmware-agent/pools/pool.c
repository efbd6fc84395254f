/* The messages of a pool: POOL, STATS, and its block table. */
#include "memprof/pools.h"

#include <string.h>

#include "memprof/frame.h"
#include "memprof/memprof_config.h"
#include "memprof/table.h"

void memprof_stat(struct memprof_stats *stats, enum wire_stat which, uintptr_t value)
{
	uint32_t i = 0;

	while ((uint32_t)which >> i > 1)
		i++;
	stats->mask |= (uint32_t)which;
	stats->values[i] = value;
}

void memprof_count_block(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used)
{
	struct memprof_count *count = ctx;

	(void)address;
	if (used) {
		count->used_bytes += n_bytes;
		count->n_used++;
		return;
	}
	count->free_bytes += n_bytes;
	count->n_free++;
	if (count->largest_free < n_bytes)
		count->largest_free = n_bytes;
}

void memprof_count_stats(const struct memprof_pool *pool, const struct memprof_count *count, bool damaged,
			 struct memprof_stats *ret)
{
	uintptr_t address, n_bytes;

	if (pool->where(pool, &address, &n_bytes))
		memprof_stat(ret, WIRE_STAT_TOTAL, n_bytes);
	memprof_stat(ret, WIRE_STAT_USED, count->used_bytes);
	memprof_stat(ret, WIRE_STAT_FREE, count->free_bytes);
	memprof_stat(ret, WIRE_STAT_LARGEST_FREE, count->largest_free);
	memprof_stat(ret, WIRE_STAT_USED_BLOCKS, count->n_used);
	memprof_stat(ret, WIRE_STAT_FREE_BLOCKS, count->n_free);
	if (damaged)
		memprof_stat(ret, WIRE_STAT_DAMAGED, 1);
}

#if !MEMPROF_FIGURES_ONLY

void memprof_send_pool(struct memprof_agent *agent, const struct memprof_pool *pool, uint8_t id)
{
	uintptr_t address, n_bytes;
	bool is_there = pool->where(pool, &address, &n_bytes);

	memprof_frame_begin(agent, is_there ? WIRE_POOL : WIRE_POOL_GONE);
	memprof_put_u8(agent, id);
	if (is_there) {
		memprof_put_u8(agent, pool->kind);
		memprof_put_u8(agent, pool->memory);
		memprof_put_varint(agent, address);
		memprof_put_varint(agent, n_bytes);
		memprof_put_varint(agent, pool->walk ? pool->granule_bytes : 0);
		for (const char *at = pool->name; *at && memprof_frame_room(agent); at++)
			memprof_put_u8(agent, (uint8_t)*at);
	}
	memprof_frame_end(agent);
}

void memprof_send_stats(struct memprof_agent *agent, const struct memprof_pool *pool, uint8_t id, uint32_t at_ms)
{
	struct memprof_stats stats = { 0 };
	uintptr_t address, n_bytes;

	if (!pool->where(pool, &address, &n_bytes))
		return;
	pool->stats(pool, &stats);
	memprof_frame_begin(agent, WIRE_STATS);
	memprof_put_u8(agent, id);
	memprof_put_varint(agent, at_ms);
	memprof_put_varint(agent, stats.mask);
	for (uint32_t i = 0; i < WIRE_N_STATS; i++)
		if (stats.mask >> i & 1)
			memprof_put_varint(agent, stats.values[i]);
	memprof_frame_end(agent);
}

/* Where a walk has come to, in granules of the block table. */
struct block_map {
	struct memprof_agent *agent;
	uintptr_t address;
	uint32_t n_granules, at; /* at: the next one */
	uint8_t log2;            /* of a granule's bytes */
};

/* Granules of one code up to number end; the first of a used block is its head. Rows that were sent are passed over. */
static void fill(struct block_map *map, uint32_t end, bool used)
{
	struct memprof_agent *agent = map->agent;
	uint32_t code = used ? WIRE_HEAD : WIRE_FREE;

	for (; map->at < end && !agent->halt; code = used ? WIRE_TAIL : WIRE_FREE) {
		uint32_t in_row = map->at % WIRE_ROW_BLOCKS;

		if (in_row == 0)
			memset(agent->codes, 0, sizeof(agent->codes));
		agent->codes[in_row / 8] |= code << 4 * (in_row % 8);
		map->at++;
		if (map->at > agent->next_block && (in_row == WIRE_ROW_BLOCKS - 1 || map->at == map->n_granules)) {
			memprof_table_digest(agent, ~memprof_crc(~(uint32_t)0, agent->codes, WIRE_ROW_BYTES));
			memprof_table_row(agent, in_row + 1);
		}
	}
}

/* A granule belongs to the block that its first byte lies in; what lies between two blocks belongs to the second. */
static void map_block(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used)
{
	struct block_map *map = ctx;
	uintptr_t end = address + n_bytes - map->address;
	uint32_t n = (uint32_t)((end + ((uintptr_t)1 << map->log2) - 1) >> map->log2);

	fill(map, n < map->n_granules ? n : map->n_granules, used);
}

static void ignore_block(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used)
{
	(void)ctx, (void)address, (void)n_bytes, (void)used;
}

/* False: there is no block table of it now. */
static bool find_blocks(struct memprof_agent *agent, const struct memprof_pool *pool, struct block_map *ret)
{
	uintptr_t n_bytes;

	*ret = (struct block_map){ .agent = agent };
	if (agent->between || !pool->walk || !pool->granule_bytes || !pool->where(pool, &ret->address, &n_bytes) ||
	    !pool->walk(pool, ignore_block, NULL))
		return false;
	while (pool->granule_bytes >> ret->log2 > 1)
		ret->log2++;
	ret->n_granules = (uint32_t)(n_bytes >> ret->log2);
	return ret->n_granules > 0;
}

/* A table in one call or several: BEGIN and AREA with the first one, then rows from agent->next_block on until
 * agent->halt, and END once all are sent. Returns whether it has ended, or is abandoned. */
static bool send_table(struct block_map *map, const struct memprof_pool *pool, uint8_t id, uint8_t snapshot,
		       bool begins)
{
	struct memprof_agent *agent = map->agent;
	struct memprof_area area = { .address = map->address, .n_blocks = map->n_granules, .memory = pool->memory };
	uint32_t pause_us = agent->pause_us, wait_us = agent->wait_us;
	bool ends;

	agent->pause_us = 0u - agent->port->now_us();
	agent->wait_us = 0;
	if (begins) {
		agent->n_areas = 1;
		memprof_table_begin(agent, id, snapshot, WIRE_KEY, pool->granule_bytes);
		memprof_table_area(agent, 0, &area);
		agent->next_block = 0;
	}
	if (!agent->halt) {
		memprof_table_rows_of(agent, 0, &area, agent->next_block);
		pool->walk(pool, map_block, map);
		fill(map, map->n_granules, true); /* the allocator's own, at the end */
		memprof_table_flush(agent);
	}
	ends = !memprof_is_full(agent); /* END may fill the call, and is sent all the same */
	if (ends && !memprof_table_end(agent))
		agent->n_abandoned++;
	agent->pause_us = pause_us - agent->wait_us; /* of the snapshot of the heap that this may be a part of */
	agent->wait_us += wait_us;
	return ends;
}

bool memprof_send_blocks(struct memprof_agent *agent, const struct memprof_pool *pool, uint8_t id, uint8_t snapshot)
{
	struct block_map map;

	return find_blocks(agent, pool, &map) && send_table(&map, pool, id, snapshot, true) && !memprof_is_stuck(agent);
}

static const struct memprof_pool *pool_of(const struct memprof_pool_list *list, uint32_t i)
{
	return i < list->n_pools ? list->pools[i] : list->last;
}

/* Begins the table of a pool, or continues it. False: the call has used its time. */
static bool send_table_of(struct memprof_agent *agent, struct memprof_pool_list *list, uint32_t i)
{
	const struct memprof_pool *pool = pool_of(list, i);
	struct block_map map;
	bool begins = !list->n_granules, is_there = find_blocks(agent, pool, &map);

	if (!begins && (!is_there || map.n_granules != list->n_granules || map.address != list->address)) {
		agent->n_abandoned++;
		is_there = false;
	}
	list->n_granules = 0;
	if (!is_there || send_table(&map, pool, (uint8_t)(list->first_id + i), list->n_tables, begins))
		return true;
	list->n_granules = map.n_granules;
	list->address = map.address;
	return false;
}

static void send_figures(struct memprof_agent *agent, struct memprof_pool_list *list, uint32_t i)
{
	const struct memprof_pool *pool = pool_of(list, i);
	uint8_t id = (uint8_t)(list->first_id + i);
	uint32_t bit = i < 32 ? (uint32_t)1 << i : 0, is_there;
	uintptr_t address, n_bytes;

	is_there = pool->where(pool, &address, &n_bytes) ? bit : 0;
	if (list->describes || is_there != (list->known & bit)) {
		memprof_send_pool(agent, pool, id);
		list->known = (list->known & ~bit) | is_there;
	}
	memprof_send_stats(agent, pool, id, agent->port->now_ms());
}

static void begin_description(struct memprof_agent *agent, struct memprof_pool_list *list)
{
	if (list->n_granules) { /* a host has begun to read this one */
		list->n_tables++;
		agent->n_abandoned++;
	}
	list->describes = true;
	list->n_done = 0;
	list->n_granules = 0;
}

bool memprof_send_pools(struct memprof_agent *agent, struct memprof_pool_list *list, bool with_descriptions)
{
	uint32_t n_pools = list->n_pools + (uint32_t) !!list->last, n_steps = n_pools;
	bool with_tables;

	if (with_descriptions)
		begin_description(agent, list);
	with_tables = !list->describes && list->tables_every && list->n_until <= 1;
	if (with_tables)
		n_steps *= 2;
	for (; list->n_done < n_steps; list->n_done++) {
		if (memprof_is_full(agent))
			return false;
		if (list->n_done < n_pools)
			send_figures(agent, list, list->n_done);
		else if (!send_table_of(agent, list, list->n_done - n_pools))
			return false;
	}
	list->n_done = 0;
	list->n_tables = (uint8_t)(list->n_tables + with_tables);
	list->n_until = with_tables ? list->tables_every : list->describes || list->n_until < 2 ? 1 : list->n_until - 1;
	list->describes = false;
	return true;
}

#endif
