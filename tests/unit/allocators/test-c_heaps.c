/* Heaps in the memory of tests/data/c-heaps/firmware.elf, as allocators lay them out: two regions of heap_5, a k_heap,
 * a pool of TLSF behind its control structure, two threads. */
#include "memprof/allocators/c_heaps.h"

#include <stdlib.h>

#include "memprof/base/number.h"
#include "sample.h"
#include "unit.h"

enum {
	RAM = 0x20000000,
	RAM_BYTES = 0x4800,
	REGIONS = RAM,
	X_START = RAM + 0x18,
	X_FREE = RAM + 0x20,
	IMAGE_HEAP = RAM + 0x28,
	MALLOC_HEAP = RAM + 0x40,
	PX_END = RAM + 0x4c,
	KERNEL = RAM + 0x50,
	PICTURES = RAM + 0x64,
	MEMORY = RAM + 0x68,
	REGION_A = MEMORY + 0x000,
	REGION_B = MEMORY + 0x800,
	REGION_BYTES = 0x400,
	K_HEAP = MEMORY + 0x1000,
	K_HEAP_UNITS = 100,
	THREADS = MEMORY + 0x1800,
	STACKS = MEMORY + 0x1a00,
	STACK_BYTES = 0x100,
	CONTROL = MEMORY + 0x2000,
	CONTROL_BYTES = 116 + 24 * 32 * 4,
	POOL = CONTROL + CONTROL_BYTES,
	POOL_BYTES = 0x3000 - 0x2000 - CONTROL_BYTES,
	UMA_MEMORY = RAM + 0x3068,
	UMA_BYTES = 0x1000,
	UMA_POOL = UMA_MEMORY + CONTROL_BYTES,
	UMA_POOLS = RAM + 0x4068,
	UMA_ENTRY_BYTES = 32,
	UMA_N = RAM + 0x40e8,
	USED_BIT = (int)0x80000000,
};

struct firmware {
	struct sample elf;
	struct image image;
	struct image_types *types;
	uint8_t ram[RAM_BYTES];
	uint64_t n_reads;
	int fails; /* of each read; 0 */
	struct heap heap;
};

static struct firmware f;

static int read_ram(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	(void)ctx;
	if (f.fails)
		return f.fails;
	f.n_reads++;
	if (address < RAM || address - RAM > RAM_BYTES || n_bytes > RAM_BYTES - (address - RAM))
		return -EFAULT;
	memcpy(ret, f.ram + (address - RAM), n_bytes);
	return 0;
}

static void put(uint32_t address, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		f.ram[address - RAM + i] = (uint8_t)(value >> 8 * i);
}

/* ---- what allocators write ---- */

/* heap_5: a free block, a used one of 0x80 bytes, and the rest free; the end links to `next`. */
static void put_region(uint32_t i, uint32_t start, uint32_t next)
{
	uint32_t end = start + REGION_BYTES - 8;

	put(REGIONS + 8 * i, start);
	put(REGIONS + 8 * i + 4, REGION_BYTES);
	put(start, start + 0x140);
	put(start + 4, 0xc0);
	put(start + 0xc0, 0);
	put(start + 0xc4, 0x80 | (uint32_t)USED_BIT);
	put(start + 0x140, end);
	put(start + 0x144, end - start - 0x140);
	put(end, next);
	put(end + 4, 0);
}

/* sys_heap with fields of 16 bits: the allocator's own 8 units, 12 used, the rest free. */
static void put_k_heap(void)
{
	const uint32_t own = 8, used = 12, rest = K_HEAP_UNITS - own - used;

	put(IMAGE_HEAP, K_HEAP);
	put(IMAGE_HEAP + 4, K_HEAP);
	put(IMAGE_HEAP + 8, K_HEAP_UNITS * 8 + 4);
	put(K_HEAP, 0 | (own << 1 | 1) << 16);
	put(K_HEAP + 8, K_HEAP_UNITS);
	put(K_HEAP + 8 * own, own | (used << 1 | 1) << 16);
	put(K_HEAP + 8 * (own + used), used | rest << 1 << 16);
	put(K_HEAP + 8 * (own + used) + 4, (own + used) | (own + used) << 16); /* alone in its list */
	put(K_HEAP + 8 * K_HEAP_UNITS, rest | 1 << 16);
}

static void put_thread(uint32_t i, uint32_t next, const char *name, uint32_t untouched)
{
	uint32_t at = THREADS + 96 * i, stack = STACKS + STACK_BYTES * i;

	put(at + 44, next);
	memcpy(f.ram + (at + 48 - RAM), name, strlen(name));
	put(at + 80, stack);
	put(at + 84, STACK_BYTES);
	memset(f.ram + (stack - RAM), 0x11, STACK_BYTES);
	memset(f.ram + (stack - RAM), 0xaa, untouched);
}

/* tlsf_create_with_pool, then an allocation of 100 bytes: one block in use, one free. */
static void put_blocks(uint32_t control, uint32_t pool_bytes, uint32_t used_flags)
{
	const uint32_t pool = control + CONTROL_BYTES, used = 100, rest = pool_bytes - 8 - used - 4;

	put(control + 8, control);
	put(control + 12, control);
	for (uint32_t i = 0; i < 24 * 32; i++)
		put(control + 116 + 4 * i, control);
	put(control + 116 + 4 * 33, pool + used);
	put(pool, used | used_flags);
	put(pool + 4 + used, rest | 1);
	put(pool + 8 + used, control);
	put(pool + 12 + used, control);
	put(pool + 4 + used + rest, pool + used);
	put(pool + 8 + used + rest, 2);
}

static void put_tlsf(void)
{
	put(PICTURES, CONTROL);
	put_blocks(CONTROL, POOL_BYTES, 0);
}

/* A pool with a block that persists, and one of scratch memory, which is not walked. */
static void put_uma(void)
{
	const uint32_t entries[2][8] = {
		{ UMA_MEMORY, 900, 800, 100, 200, UMA_MEMORY, UMA_MEMORY + UMA_BYTES, 1 | 4 },
		{ 0, 50000, 50000, 0, 0, 0x24000000, 0x24010000, 64 },
	};

	put(UMA_N, 2);
	for (uint32_t i = 0; i < 2; i++)
		for (uint32_t k = 0; k < 8; k++)
			put(UMA_POOLS + UMA_ENTRY_BYTES * i + 4 * k, entries[i][k]);
	put_blocks(UMA_MEMORY, UMA_BYTES - CONTROL_BYTES, (uint32_t)USED_BIT);
}

static void put_all(void)
{
	memset(f.ram, 0, sizeof(f.ram));
	put_region(0, REGION_A, REGION_B);
	put_region(1, REGION_B, 0);
	put(PX_END, REGION_B + REGION_BYTES - 8);
	put_k_heap();
	put_thread(0, THREADS + 96, "main", 0x40);
	put_thread(1, 0, "idle\x1b[2J", 0xf0);
	put(KERNEL + 8, THREADS);
	put(KERNEL + 12, THREADS);
	put_tlsf();
	put_uma();
}

/* ---- reading them ---- */

UNIT_BEFORE(open_it)
{
	struct diag diag = { 0 };

	memset(&f, 0, sizeof(f));
	sample_read("c-heaps/firmware.elf", &f.elf);
	assert_int_equal(image_read(&f.image, "firmware.elf", (const char *)f.elf.bytes, f.elf.n_bytes,
				    IMAGE_WANT_SYMBOLS, &diag),
			 0);
	assert_int_equal(image_types_read(&f.types, "firmware.elf", (const char *)f.elf.bytes, f.elf.n_bytes, &diag),
			 0);
	heap_init(&f.heap);
	put_all();
}

UNIT_AFTER(close_it)
{
	heap_deinit(&f.heap);
	image_types_free(f.types);
	image_deinit(&f.image);
	sample_free(&f.elf);
}

static int read_heaps(void)
{
	const struct c_program program = { .image = &f.image, .types = f.types };
	struct memory_reader r = { .word_bytes = 4, .read = read_ram };

	heap_reset(&f.heap);
	f.n_reads = 0;
	int error = c_heaps_read(&program, &r, &f.heap);
	heap_seal(&f.heap);
	assert_int_equal(heap_check(&f.heap), 0);
	return error;
}

static void is_pool(const char *name, enum pool_kind kind, uint64_t start, uint64_t total, uint64_t used,
		    uint64_t free_bytes)
{
	const struct heap_pool *pool = heap_find_pool(&f.heap, name);

	assert_non_null(pool);
	assert_int_equal(pool->kind, kind);
	assert_false(pool->damaged);
	assert_u64_equal(pool->start, start);
	assert_u64_equal(pool->reported.total_bytes, total);
	assert_u64_equal(pool->reported.used_bytes, used);
	assert_u64_equal(pool->reported.free_bytes, free_bytes);
}

UNIT_TEST(all_of_them)
{
	const struct c_program program = { .image = &f.image, .types = f.types };

	assert_true(c_heaps_any(&program));
	assert_int_equal(read_heaps(), 0);
	assert_int_equal(f.heap.n_pools, 7);
	is_pool("heap_5.0", POOL_FREERTOS, REGION_A, REGION_BYTES, 0x78, 0xb8 + REGION_BYTES - 8 - 0x140 - 8);
	is_pool("heap_5.1", POOL_FREERTOS, REGION_B, REGION_BYTES, 0x78, 0xb8 + REGION_BYTES - 8 - 0x140 - 8);
	is_pool("image_heap", POOL_ZEPHYR, K_HEAP, K_HEAP_UNITS * 8 + 4, 12 * 8 - 4, 80 * 8 - 4);
	is_pool("pictures", POOL_TLSF, POOL, POOL_BYTES, 100, POOL_BYTES - 112);
	is_pool("uma.0", POOL_UMA, UMA_POOL, UMA_BYTES - CONTROL_BYTES, 100, UMA_BYTES - CONTROL_BYTES - 112);
	is_pool("uma.0 persist", POOL_FIXED, NOT_KNOWN, NOT_KNOWN, 100, NOT_KNOWN);
	is_pool("uma.1", POOL_UMA, 0x24000000, 50000, 0, 50000);
	assert_int_equal(heap_find_pool(&f.heap, "uma.0")->memory, MEMORY_SRAM);
	assert_u64_equal(heap_find_pool(&f.heap, "uma.0")->reported.peak_bytes, 200);
	assert_int_equal(f.heap.n_tasks, 2);
	const struct heap_task *main_task = &f.heap.tasks[0], *idle = &f.heap.tasks[1];
	assert_string_equal(main_task->name, "main");
	assert_true(main_task->is_current);
	assert_u64_equal(main_task->stack_bytes, STACK_BYTES);
	assert_u64_equal(main_task->least_free_bytes, 0x40);
	assert_string_equal(idle->name, "idle?[2J"); /* no escape sequence reaches a terminal */
	assert_u64_equal(idle->least_free_bytes, 0xf0);
	/* A line each: of variables, of memory. */
	assert_true(f.n_reads <= RAM_BYTES / 2048 + 8);
}

UNIT_TEST(one_that_was_not_begun)
{
	put(IMAGE_HEAP, 0);
	put(PICTURES, 0);
	put(REGIONS + 4, 0);
	put(KERNEL + 12, 0);
	put(UMA_N, 0);
	assert_int_equal(read_heaps(), 0);
	assert_int_equal(f.heap.n_pools, 0);
	assert_int_equal(f.heap.n_tasks, 0);
}

/* Each word of what is followed, as something else: a damaged pool, or none; and no hang. */
UNIT_TEST(hostile_words)
{
	static const uint32_t wrong[] = {
		0, 1, 4, UINT32_MAX, RAM, RAM + RAM_BYTES - 4, MEMORY, 0x40000000, 0x7ffffff8
	};

	for (uint32_t at = RAM; at + 4 <= MEMORY; at += 4)
		for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
			put_all();
			put(at, wrong[i]);
			assert_int_equal(read_heaps(), 0);
		}
	static const uint32_t heads[] = {
		REGION_A + 4, REGION_A + 0xc4, K_HEAP,       K_HEAP + 8,          K_HEAP + 64, POOL,     POOL + 104,
		THREADS + 44, THREADS + 80,    THREADS + 84, CONTROL + 116 + 132, UMA_N,       UMA_POOL, UMA_POOL + 104
	};
	for (size_t k = 0; k < ARRAY_SIZE(heads); k++)
		for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
			put_all();
			put(heads[k], wrong[i]);
			assert_int_equal(read_heaps(), 0);
		}
	for (uint32_t at = UMA_POOLS; at < UMA_POOLS + 2 * UMA_ENTRY_BYTES; at += 4)
		for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
			put_all();
			put(at, wrong[i]);
			assert_int_equal(read_heaps(), 0);
		}
}

UNIT_TEST(a_block_that_was_written_over)
{
	put(REGION_B + 0xc4, 0x7f | (uint32_t)USED_BIT);
	put(POOL + 104, 0x41414141);
	put(K_HEAP + 64, 0x41414141);
	assert_int_equal(read_heaps(), 0);
	assert_true(heap_find_pool(&f.heap, "heap_5.1")->damaged);
	assert_true(heap_find_pool(&f.heap, "pictures")->damaged);
	assert_true(heap_find_pool(&f.heap, "image_heap")->damaged);
	assert_false(heap_find_pool(&f.heap, "heap_5.0")->damaged);
}

UNIT_TEST(errors_of_the_reader)
{
	f.fails = -EIO;
	assert_int_equal(read_heaps(), -EIO);
	f.fails = -EFAULT; /* nothing can be read */
	assert_int_equal(read_heaps(), 0);
	assert_int_equal(f.heap.n_pools, 0);
}

UNIT_TEST(types)
{
	uint64_t offset, n_bytes;
	size_t n;

	assert_true(image_types_bytes(f.types, "k_thread", &n_bytes));
	assert_u64_equal(n_bytes, 92);
	assert_true(image_types_member(f.types, "k_thread", "stack_info.size", &offset, &n_bytes));
	assert_u64_equal(offset, 84);
	assert_u64_equal(n_bytes, 4);
	assert_true(image_types_member(f.types, "HeapRegion_t", "xSizeInBytes", &offset, NULL)); /* a typedef */
	assert_u64_equal(offset, 4);
	assert_true(image_types_member(f.types, "control_t", "blocks", &offset, &n_bytes));
	assert_u64_equal(n_bytes, 24 * 32 * 4);
	assert_false(image_types_member(f.types, "control_t", "block", &offset, NULL));
	assert_false(image_types_member(f.types, "control_t", "fl_bitmap.x", &offset, NULL));
	assert_false(image_types_bytes(f.types, "z_heap", &n_bytes)); /* only declared */
	const struct image_variable *all = image_types_variables(f.types, &n);
	assert_int_equal(n, 14);
	assert_string_equal(all[0].name, "regions");
	assert_string_equal(all[0].type, "HeapRegion_t");
	assert_u64_equal(all[0].n, 3);
	assert_int_equal(image_types_unit_of(f.types, "tlsf_malloc"), 1);
	assert_int_equal(image_types_unit_of(f.types, "malloc"), 0);
}
