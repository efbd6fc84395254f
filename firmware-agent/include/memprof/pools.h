/* The kinds of pools in pools/, each with the macro that makes one of it: a const entry for the port's table.
 *
 *     static bool where_psram(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes) { ... }
 *     MEMPROF_POOL_TLSF(psram, "PSRAM", WIRE_MEMORY_PSRAM, where_psram, 5, MEMPROF_TLSF_ONE_POOL, 64);
 *     static const struct memprof_pool *const pools[] = { &psram };
 *
 * where: the pool's address and size; false while it is not there. Nothing here takes a lock: call where no allocator
 * can be under way. A walk goes no further than damage that it finds, nor than the pool; the figures are those up to
 * there. */
#ifndef MEMPROF_POOLS_H
#define MEMPROF_POOLS_H

#include "memprof/pool.h"

#define MEMPROF_POOL_ENTRY(id, name_text, kind_, memory_, where_, stats_, walk_, granule, ctx_) \
	static const struct memprof_pool id = {                                                 \
		.name = (name_text),                                                            \
		.kind = (kind_),                                                                \
		.memory = (memory_),                                                            \
		.where = (where_),                                                              \
		.stats = (stats_),                                                              \
		.walk = (walk_),                                                                \
		.granule_bytes = (granule),                                                     \
		.ctx = (ctx_),                                                                  \
	}

/* tlsf.c: mattconte/tlsf, espressif/tlsf and OpenMV's, whose blocks have the same form; where: of the pool itself,
 * behind the control structure (tlsf_get_pool; what tlsf_add_pool was given). sl_log2: log2 of the lists of a size
 * class (SL_INDEX_COUNT_LOG2: 5; espressif: 3 up to 16 KiB, 4 up to 256 KiB, else 5). granule: bytes of a block of its
 * block table, a power of two, or 0: none. */
enum memprof_tlsf_flag {
	MEMPROF_TLSF_ONE_POOL = 1, /* the allocator has no other pool: its free lists can be checked */
	MEMPROF_TLSF_PERSIST = 2,  /* OpenMV: the highest bit of a size is a flag */
};
struct memprof_tlsf {
	uint8_t sl_log2, flags;
	uintptr_t (*peak)(const struct memprof_pool *pool); /* most bytes ever used; NULL: not known */
};
void memprof_tlsf_stats(const struct memprof_pool *pool, struct memprof_stats *ret);
bool memprof_tlsf_walk(const struct memprof_pool *pool,
		       void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx);
#define MEMPROF_POOL_TLSF(id, name_text, memory_, where_, sl_log2_, flags_, granule)                              \
	static const struct memprof_tlsf id##_tlsf = { (sl_log2_), (flags_), NULL };                              \
	MEMPROF_POOL_ENTRY(id, name_text, WIRE_POOL_TLSF, memory_, where_, memprof_tlsf_stats, memprof_tlsf_walk, \
			   granule, &id##_tlsf)

/* tlsf.c again: a pool of OpenMV's umalloc. where: from tlsf_get_pool() of uma_pool_get(i)->tlsf to its end, not from
 * its base; peak as it counts it. Not for TRANSIENT ones: they are made anew at any time. boards/openmv.c has it all.
 */
#define MEMPROF_POOL_UMA(id, name_text, memory_, where_, peak_, granule)                                           \
	static const struct memprof_tlsf id##_tlsf = { 5, MEMPROF_TLSF_ONE_POOL | MEMPROF_TLSF_PERSIST, (peak_) }; \
	MEMPROF_POOL_ENTRY(id, name_text, WIRE_POOL_UMA, memory_, where_, memprof_tlsf_stats, memprof_tlsf_walk,   \
			   granule, &id##_tlsf)

/* caps.c: all of ESP-IDF's regions with these capabilities (MALLOC_CAP_...), as heap_caps_get_info reports. */
struct memprof_caps {
	uint32_t caps;
};
bool memprof_caps_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes);
void memprof_caps_stats(const struct memprof_pool *pool, struct memprof_stats *ret);
#define MEMPROF_POOL_CAPS(id, name_text, memory_, caps_)                                                            \
	static const struct memprof_caps id##_caps = { (caps_) };                                                   \
	MEMPROF_POOL_ENTRY(id, name_text, WIRE_POOL_CAPS, memory_, memprof_caps_where, memprof_caps_stats, NULL, 0, \
			   &id##_caps)

/* freertos.c: heap_4 (V10, V11). where: ucHeap and configTOTAL_HEAP_SIZE. least_free: xPortGetMinimumEverFreeHeapSize.
 * align: portBYTE_ALIGNMENT. heap_5: a pool for each region, with MEMPROF_FREERTOS_REGION. */
enum memprof_freertos_flag {
	MEMPROF_FREERTOS_PROTECTED = 1, /* configENABLE_HEAP_PROTECTOR */
	MEMPROF_FREERTOS_REGION = 2,    /* heap_5 */
};
struct memprof_freertos {
	size_t (*least_free)(void); /* NULL: not known */
	uint8_t align, flags;
};
void memprof_freertos_stats(const struct memprof_pool *pool, struct memprof_stats *ret);
bool memprof_freertos_walk(const struct memprof_pool *pool,
			   void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx);
#define MEMPROF_POOL_FREERTOS(id, name_text, memory_, where_, least_free_, align_, flags_, granule)    \
	static const struct memprof_freertos id##_freertos = { (least_free_), (align_), (flags_) };    \
	MEMPROF_POOL_ENTRY(id, name_text, WIRE_POOL_FREERTOS, memory_, where_, memprof_freertos_stats, \
			   memprof_freertos_walk, granule, &id##_freertos)

/* zephyr.c: sys_heap, k_heap (2.5 to 4). where: the memory that sys_heap_init was given; false before it was called: of
 * a K_HEAP_DEFINE'd one heap.init_mem and heap.init_bytes, once heap.heap is set. peak: max_allocated_bytes of
 * sys_heap_runtime_stats_get, with the headers of chunks up to Zephyr 4; NULL: not known. */
struct memprof_zephyr {
	uintptr_t (*peak)(const struct memprof_pool *pool);
};
void memprof_zephyr_stats(const struct memprof_pool *pool, struct memprof_stats *ret);
bool memprof_zephyr_walk(const struct memprof_pool *pool,
			 void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx);
#define MEMPROF_POOL_ZEPHYR(id, name_text, memory_, where_, peak_, granule)                        \
	static const struct memprof_zephyr id##_zephyr = { (peak_) };                              \
	MEMPROF_POOL_ENTRY(id, name_text, WIRE_POOL_ZEPHYR, memory_, where_, memprof_zephyr_stats, \
			   memprof_zephyr_walk, granule, &id##_zephyr)

/* newlib.c: mallinfo. where: from the start of the C heap to the limit of sbrk, so that what sbrk may still give counts
 * as free. */
void memprof_newlib_stats(const struct memprof_pool *pool, struct memprof_stats *ret);
#define MEMPROF_POOL_NEWLIB(id, name_text, memory_, where_) \
	MEMPROF_POOL_ENTRY(id, name_text, WIRE_POOL_NEWLIB, memory_, where_, memprof_newlib_stats, NULL, 0, NULL)

/* nano.c: newlib's malloc with nano.specs, block by block. where: from where sbrk begins to its limit; end: where it
 * stands now, sbrk(0). No one else may call sbrk. free_list: &__malloc_free_list, a variable that the functions of
 * libc_nano.a share: extern void *__malloc_free_list; */
struct memprof_nano {
	void *const *free_list;
	uintptr_t (*end)(void);
};
void memprof_nano_stats(const struct memprof_pool *pool, struct memprof_stats *ret);
bool memprof_nano_walk(const struct memprof_pool *pool,
		       void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx);
#define MEMPROF_POOL_NANO(id, name_text, memory_, where_, end_, free_list_, granule)                                \
	static const struct memprof_nano id##_nano = { (free_list_), (end_) };                                      \
	MEMPROF_POOL_ENTRY(id, name_text, WIRE_POOL_NEWLIB, memory_, where_, memprof_nano_stats, memprof_nano_walk, \
			   granule, &id##_nano)

/* dlmalloc.c: newlib's malloc without nano.specs, block by block; where and end as above. MEMPROF_DLMALLOC_PAGE: what
 * it asks sbrk for at least, 4096; 128 where newlib was built for small memories. */
struct memprof_dlmalloc {
	uintptr_t (*end)(void);
};
void memprof_dlmalloc_stats(const struct memprof_pool *pool, struct memprof_stats *ret);
bool memprof_dlmalloc_walk(const struct memprof_pool *pool,
			   void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx);
#define MEMPROF_POOL_DLMALLOC(id, name_text, memory_, where_, end_, granule)                         \
	static const struct memprof_dlmalloc id##_dlmalloc = { (end_) };                             \
	MEMPROF_POOL_ENTRY(id, name_text, WIRE_POOL_NEWLIB, memory_, where_, memprof_dlmalloc_stats, \
			   memprof_dlmalloc_walk, granule, &id##_dlmalloc)

/* ramfs.c: a file system, as os.statvfs reports; false while it is not mounted. */
struct memprof_vfs {
	uint32_t block_bytes, n_blocks, n_free;
};
struct memprof_ramfs {
	bool (*statvfs)(struct memprof_vfs *ret);
};
bool memprof_ramfs_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes);
void memprof_ramfs_stats(const struct memprof_pool *pool, struct memprof_stats *ret);
#define MEMPROF_POOL_RAMFS(id, name_text, memory_, statvfs_)                                                           \
	static const struct memprof_ramfs id##_ramfs = { (statvfs_) };                                                 \
	MEMPROF_POOL_ENTRY(id, name_text, WIRE_POOL_RAMFS, memory_, memprof_ramfs_where, memprof_ramfs_stats, NULL, 0, \
			   &id##_ramfs)

/* fixed.c: a region that one thing owns: a frame buffer, a stream buffer. used: bytes in use now; NULL: not known. */
struct memprof_fixed {
	uintptr_t (*used)(const struct memprof_pool *pool);
};
void memprof_fixed_stats(const struct memprof_pool *pool, struct memprof_stats *ret);
#define MEMPROF_POOL_FIXED(id, name_text, memory_, where_, used_)   \
	static const struct memprof_fixed id##_fixed = { (used_) }; \
	MEMPROF_POOL_ENTRY(id, name_text, WIRE_POOL_FIXED, memory_, where_, memprof_fixed_stats, NULL, 0, &id##_fixed)

/* tracked.c: m_tracked_calloc of MicroPython. head: MP_STATE_VM(m_tracked_head); n_bytes: gc_nbytes. They are blocks of
 * the GC heap; the pool has no size of its own. */
struct memprof_tracked {
	const void *(*head)(void);
	size_t (*n_bytes)(const void *node);
	uint32_t n_max; /* nodes that are followed: no more blocks than the GC heap has */
};
bool memprof_tracked_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes);
void memprof_tracked_stats(const struct memprof_pool *pool, struct memprof_stats *ret);
#define MEMPROF_POOL_TRACKED(id, name_text, head_, n_bytes_, n_max_)                                     \
	static const struct memprof_tracked id##_tracked = { (head_), (n_bytes_), (n_max_) };            \
	MEMPROF_POOL_ENTRY(id, name_text, WIRE_POOL_TRACKED, WIRE_MEMORY_UNKNOWN, memprof_tracked_where, \
			   memprof_tracked_stats, NULL, 0, &id##_tracked)

/* Counts the blocks of a walk, for the stats of a kind that has one. */
struct memprof_count {
	uintptr_t used_bytes, free_bytes, largest_free, n_used, n_free;
};
void memprof_count_block(void *count, uintptr_t address, uintptr_t n_bytes, bool used);
void memprof_count_stats(const struct memprof_pool *pool, const struct memprof_count *count, bool damaged,
			 struct memprof_stats *ret);

#endif
