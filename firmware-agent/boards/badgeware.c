/* The pools of a badge with 8 MiB of PSRAM: 3 MiB are an area of the GC heap, 4 MiB a TLSF pool that is made on first
 *use, 1 MiB a FAT file system in RAM. To be copied beside the board's own files, with its names and addresses, and
 *compiled into the firmware; the agent with
 *
 *	-DMEMPROF_POOLS="tlsf;ramfs"
 */
#include "memprof/board_pools.h"

#include "lib/oofatfs/ff.h"
#include "py/gc.h"
#include "tlsf.h" /* espressif's, branch idf */

enum { POOL_PSRAM = 1, POOL_TMP }; /* their places below, from 1 */

#ifndef PSRAM_POOL_BEGIN
#define PSRAM_POOL_BEGIN ((void *)0x11300000)
#endif
#ifndef PSRAM_POOL_BYTES
#define PSRAM_POOL_BYTES ((size_t)4 << 20)
#endif

/* What the drawing code has in place of malloc. */
void *badge_malloc(size_t n_bytes);
/* &vfs->fatfs once the file system is mounted, and NULL before it is gone. */
void badge_set_tmp(const FATFS *fs);

static tlsf_t psram;
static const FATFS *tmp;

/* The pool is what lies behind the allocator's own structure, not all that tlsf_create_with_pool() was given. */
static bool psram_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	(void)pool;
	if (!psram)
		return false;
	*ret_address = (uintptr_t)tlsf_get_pool(psram);
	*ret_n_bytes = (uintptr_t)PSRAM_POOL_BEGIN + PSRAM_POOL_BYTES - *ret_address;
	return true;
}

/* FatFs counts the free clusters when it is first asked for them (os.statvfs); before, nothing is reported. */
static bool tmp_statvfs(struct memprof_vfs *ret)
{
	if (!tmp || tmp->free_clst > tmp->n_fatent - 2)
		return false;
	*ret = (struct memprof_vfs){
		.block_bytes = tmp->csize * 512u,
		.n_blocks = tmp->n_fatent - 2,
		.n_free = tmp->free_clst,
	};
	return true;
}

MEMPROF_POOL_TLSF(psram_pool, "PSRAM", WIRE_MEMORY_PSRAM, psram_where, 5, MEMPROF_TLSF_ONE_POOL, 64);
MEMPROF_POOL_RAMFS(tmp_pool, "/tmp", WIRE_MEMORY_PSRAM, tmp_statvfs);

const struct memprof_pool *const memprof_board_pools[] = { &psram_pool, &tmp_pool };
const uint8_t memprof_n_board_pools = 2;

/* Images that nobody has any more free their pixels in their finalisers, so a collection makes room. */
void *badge_malloc(size_t n_bytes)
{
	void *ret;

	if (!psram)
		psram = tlsf_create_with_pool(PSRAM_POOL_BEGIN, PSRAM_POOL_BYTES, PSRAM_POOL_BYTES);
	ret = psram ? tlsf_malloc(psram, n_bytes) : NULL;
	if (ret || !psram)
		return ret;
	memprof_board_failed(POOL_PSRAM, n_bytes);
	gc_collect();
	ret = tlsf_malloc(psram, n_bytes);
	if (ret)
		memprof_board_recovered(POOL_PSRAM, n_bytes);
	return ret;
}

void badge_set_tmp(const FATFS *fs) { tmp = fs; }
