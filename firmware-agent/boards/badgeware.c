/* The pools of Badgeware, Pimoroni's firmware for the Tufty 2350 (pimoroni/tufty2350 0ecf74e, modules/c/psram and
 * modules/common/ramfs.py). Of its 8 MiB of PSRAM the first 3 are the GC heap, which has no other area; 4 are a pool
 * of Espressif's TLSF, which psram_malloc() makes when it is first called; 1 is /tmp, a LittleFS on a block device in
 * Python, of which C code knows only where it lies. To be copied beside the board's own files and compiled into the
 * firmware; the agent with
 *
 *	-DMEMPROF_POOLS="tlsf;fixed"
 *
 * To psram_alloc.c, whose allocator is static, are to be added: with its own includes
 *
 *	#include "memprof/board_pools.h"
 *
 * behind "static tlsf_t allocator;"
 *
 *	tlsf_t badge_psram(void) { return allocator; }
 *
 * in psram_malloc, before gc_collect(), and behind the block that raises where the second try has failed as well
 *
 *	memprof_board_failed(1, num_bytes);
 *	memprof_board_recovered(1, num_bytes);
 *
 * and the same in psram_realloc, with new_num_bytes. */
#include "memprof/board_pools.h"

#include "tlsf.h" /* espressif's, branch idf */

#ifndef PSRAM_MALLOC_BASE
#define PSRAM_MALLOC_BASE 0x11300000
#define PSRAM_MALLOC_SIZE 0x00400000
#define RAMFS_BASE        0x11700000
#define RAMFS_SIZE        0x00100000
#endif

tlsf_t badge_psram(void);

/* The pool is what lies behind the allocator's own structure, not all that tlsf_create_with_pool() was given. */
static bool psram_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	(void)pool;
	if (!badge_psram())
		return false;
	*ret_address = (uintptr_t)tlsf_get_pool(badge_psram());
	*ret_n_bytes = (uintptr_t)PSRAM_MALLOC_BASE + PSRAM_MALLOC_SIZE - *ret_address;
	return true;
}

static bool tmp_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	(void)pool;
	*ret_address = (uintptr_t)RAMFS_BASE;
	*ret_n_bytes = RAMFS_SIZE;
	return true;
}

MEMPROF_POOL_TLSF(psram_pool, "PSRAM", WIRE_MEMORY_PSRAM, psram_where, 5, MEMPROF_TLSF_ONE_POOL, 64);
MEMPROF_POOL_FIXED(tmp_pool, "/tmp", WIRE_MEMORY_PSRAM, tmp_where, NULL);

const struct memprof_pool *const memprof_board_pools[] = { &psram_pool, &tmp_pool };
const uint8_t memprof_n_board_pools = 2;
