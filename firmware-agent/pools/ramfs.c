/* A file system in RAM: blocks, used and free. */
#include "memprof/pools.h"

bool memprof_ramfs_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	const struct memprof_ramfs *ramfs = pool->ctx;
	struct memprof_vfs vfs;

	if (!ramfs->statvfs(&vfs))
		return false;
	*ret_address = 0;
	*ret_n_bytes = (uintptr_t)vfs.n_blocks * vfs.block_bytes;
	return true;
}

void memprof_ramfs_stats(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	const struct memprof_ramfs *ramfs = pool->ctx;
	struct memprof_vfs vfs;

	if (!ramfs->statvfs(&vfs))
		return;
	if (vfs.n_free > vfs.n_blocks)
		vfs.n_free = vfs.n_blocks;
	memprof_stat(ret, WIRE_STAT_TOTAL, (uintptr_t)vfs.n_blocks * vfs.block_bytes);
	memprof_stat(ret, WIRE_STAT_USED, (uintptr_t)(vfs.n_blocks - vfs.n_free) * vfs.block_bytes);
	memprof_stat(ret, WIRE_STAT_FREE, (uintptr_t)vfs.n_free * vfs.block_bytes);
}
