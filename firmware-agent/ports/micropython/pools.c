/* The pools other than the GC heap: MicroPython's interned strings; with MEMPROF_POOLS its tracked C allocations
 * ("tracked"), and the pools of the board, in a file of its own:
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

#if MEMPROF_HAS_POOLS

#if MEMPROF_TRACKED && MICROPY_TRACKED_ALLOC
#define TRACKED 1
#else
#define TRACKED 0
#endif

#pragma weak memprof_board_pools
#pragma weak memprof_n_board_pools

static uint8_t n_board_pools(void) { return &memprof_n_board_pools ? memprof_n_board_pools : 0; }

#if TRACKED

static const void *tracked_head(void) { return MP_STATE_VM(m_tracked_head); }

static size_t tracked_bytes(const void *node) { return memprof_mp_object_bytes((uintptr_t)node); }

MEMPROF_POOL_TRACKED(tracked, "C allocations", tracked_head, tracked_bytes, 1 << 16);

#endif

bool memprof_mp_has_pools(void) { return TRACKED || n_board_pools() > 0; }

const struct memprof_pool *memprof_mp_pool(uint32_t i) { return i < n_board_pools() ? memprof_board_pools[i] : NULL; }

static bool send_pools(struct memprof_agent *agent, bool with_descriptions)
{
	static struct memprof_pool_list list = {
		.pools = memprof_board_pools,
#if TRACKED
		.last = &tracked,
#endif
		.first_id = 1,
		.tables_every = MEMPROF_TABLES_EVERY,
	};
	list.n_pools = n_board_pools();
	return memprof_send_pools(agent, &list, with_descriptions);
}

#else

const struct memprof_pool *memprof_mp_pool(uint32_t i)
{
	(void)i;
	return NULL;
}

static bool send_pools(struct memprof_agent *agent, bool with_descriptions)
{
	(void)agent, (void)with_descriptions;
	return true;
}

#endif

#if MEMPROF_QSTR
static void send_qstr(struct memprof_agent *agent, uint32_t at_ms)
{
	size_t n_pools, n_strings, string_bytes, total_bytes;
	qstr_pool_info(&n_pools, &n_strings, &string_bytes, &total_bytes);
	const struct memprof_qstr strings = {
		(uint32_t)n_pools,
		(uint32_t)n_strings,
		(uint32_t)string_bytes,
		(uint32_t)total_bytes,
	};
	memprof_send_qstr(agent, at_ms, &strings);
}
#endif

bool memprof_mp_send_pools(struct memprof_agent *agent, bool with_descriptions)
{
#if MEMPROF_QSTR
	if (with_descriptions)
		send_qstr(agent, memprof_mp_now_ms());
#endif
	return send_pools(agent, with_descriptions);
}
