/* What else than the GC heap is told of: MicroPython's tracked C allocations and interned strings, and the pools of the
 * board, in a file of its own:
 *
 *	#include "memprof/board_pools.h"
 *	MEMPROF_POOL_FIXED(framebuffer, "framebuffer", WIRE_MEMORY_SRAM, framebuffer_where, framebuffer_used);
 *	const struct memprof_pool *const memprof_board_pools[] = { &framebuffer };
 *	const uint8_t memprof_n_board_pools = 1;
 *
 * boards/ has two whole ones. */
#include "memprof/board_pools.h"
#include "memprof/extra.h"
#include "mpagent.h"
#include "py/qstr.h"
#include "py/runtime.h"

#pragma weak memprof_board_pools
#pragma weak memprof_n_board_pools

static uint8_t n_board_pools(void) { return &memprof_n_board_pools ? memprof_n_board_pools : 0; }

#if MICROPY_TRACKED_ALLOC

static const void *tracked_head(void) { return MP_STATE_VM(m_tracked_head); }

static size_t tracked_bytes(const void *node) { return memprof_mp_object_bytes((uintptr_t)node); }

MEMPROF_POOL_TRACKED(tracked, "C allocations", tracked_head, tracked_bytes, 1 << 16);

#endif

bool memprof_mp_has_pools(void)
{
#if MICROPY_TRACKED_ALLOC
	return true;
#else
	return n_board_pools() > 0;
#endif
}

/* Which of the first 32 there were when they were told of last: one that is made later, or is gone, is told of at once.
 */
static uint32_t known_pools;

static void send(struct memprof_agent *agent, const struct memprof_pool *pool, uint8_t id, bool with_description,
		 uint32_t at_ms)
{
	const uint32_t bit = id <= 32 ? (uint32_t)1 << (id - 1) : 0;
	uintptr_t address, n_bytes;
	const uint32_t is_there = pool->where(pool, &address, &n_bytes) ? bit : 0;
	if (with_description || is_there != (known_pools & bit)) {
		memprof_send_pool(agent, pool, id);
		known_pools = (known_pools & ~bit) | is_there;
	}
	memprof_send_stats(agent, pool, id, at_ms);
}

#if MEMPROF_QSTR
static void send_qstr(struct memprof_agent *agent, uint32_t at_ms)
{
	size_t n_pools, n_strings, string_bytes, total_bytes;
	qstr_pool_info(&n_pools, &n_strings, &string_bytes, &total_bytes);
	const struct memprof_qstr qstr = {
		(uint32_t)n_pools,
		(uint32_t)n_strings,
		(uint32_t)string_bytes,
		(uint32_t)total_bytes,
	};
	memprof_send_qstr(agent, at_ms, &qstr);
}
#endif

/* Block tables of those that have one: with the first snapshot behind a HELLO, and every so-manieth from there. */
static void send_tables(struct memprof_agent *agent, bool is_hello)
{
	static uint8_t n_sent, n_until;
	if (is_hello)
		n_until = 1;
	else if (--n_until == 0) {
		n_until = MEMPROF_TABLES_EVERY;
		for (uint8_t i = 0; i < n_board_pools(); i++)
			memprof_send_blocks(agent, memprof_board_pools[i], (uint8_t)(i + 1), n_sent);
		n_sent++;
	}
}

void memprof_mp_send_pools(struct memprof_agent *agent, bool with_descriptions, uint32_t at_ms)
{
	for (uint8_t i = 0; i < n_board_pools(); i++)
		send(agent, memprof_board_pools[i], (uint8_t)(i + 1), with_descriptions, at_ms);
#if MICROPY_TRACKED_ALLOC
	send(agent, &tracked, (uint8_t)(n_board_pools() + 1), with_descriptions, at_ms);
#endif
#if MEMPROF_QSTR
	if (with_descriptions)
		send_qstr(agent, at_ms);
#endif
	send_tables(agent, with_descriptions);
}
