// mppools: the pools of a board, for tests of the agent: an allocator whose blocks have TLSF's form, a
// file system in RAM, a frame buffer; and a second area for the heap of a port that has one.
//   mppools.alloc(n)   address of n bytes; 0, and the agent is told, if there is no room
//   mppools.free(address)
//   mppools.use(pool, n)   n bytes of the file system (2) or the frame buffer (3) are in use
//   mppools.add_area()
//   mppools.t()        print one line: @T{...json...}T@, the blocks of the allocator: [bytes, used]
#include "memprof/board_pools.h"
#include "py/gc.h"
#include "py/runtime.h"
#include <string.h>

#ifndef MPPOOLS_BYTES
#define MPPOOLS_BYTES (256 * 1024)
#endif
#define FRAMES_BYTES (8 * 1024)
#define AREA_BYTES   (32 * 1024)
#define FS_BLOCK     512
#define FS_BLOCKS    64
#define WORD         sizeof(uintptr_t)
#define FREE         ((uintptr_t)1)
#define PREV_FREE    ((uintptr_t)2)
#define PAYLOAD_MIN  3

// The head of a block; the first word is the last one of the block before, if that is free.
struct block {
	struct block *previous;
	uintptr_t size;
	struct block *next_free, *prev_free;
};

static uintptr_t memory[1 + MPPOOLS_BYTES / WORD]; // the pool begins at its second word
static uint8_t frames[FRAMES_BYTES];
static struct block null_block, *first_free = &null_block;
static size_t fs_used, frames_used;
static bool is_made;

static struct block *first_block(void) { return (struct block *)memory; }
static uintptr_t size_of(const struct block *b) { return b->size & ~(FREE | PREV_FREE); }
static struct block *after(const struct block *b) { return (struct block *)((uintptr_t)b + WORD + size_of(b)); }

static void unlink_block(struct block *b)
{
	b->next_free->prev_free = b->prev_free;
	b->prev_free->next_free = b->next_free;
	if (first_free == b)
		first_free = b->next_free;
}

static void set_free(struct block *b, uintptr_t size)
{
	b->size = size | FREE | (b->size & PREV_FREE);
	after(b)->previous = b;
	after(b)->size |= PREV_FREE;
	b->next_free = first_free;
	b->prev_free = &null_block;
	first_free->prev_free = b;
	first_free = b;
}

static void make(void)
{
	memory[MPPOOLS_BYTES / WORD] = 0;
	first_block()->size = 0;
	set_free(first_block(), MPPOOLS_BYTES - 2 * WORD);
	is_made = true;
}

static mp_obj_t mppools_alloc(mp_obj_t n_obj)
{
	size_t n_bytes = mp_obj_get_int(n_obj);
	uintptr_t n = MAX((n_bytes + WORD - 1) / WORD, PAYLOAD_MIN) * WORD;
	struct block *b;
	if (!is_made)
		make();
	for (b = first_free; b != &null_block && size_of(b) < n;)
		b = b->next_free;
	if (b == &null_block) {
		memprof_board_failed(1, n_bytes);
		return MP_OBJ_NEW_SMALL_INT(0);
	}
	uintptr_t had = size_of(b);
	unlink_block(b);
	b->size = had | (b->size & PREV_FREE);
	after(b)->size &= ~PREV_FREE;
	if (had >= n + (1 + PAYLOAD_MIN) * WORD) {
		b->size = n | (b->size & PREV_FREE);
		after(b)->size = 0;
		set_free(after(b), had - n - WORD);
	}
	memset((char *)b + 2 * WORD, 0x5a, n_bytes);
	return mp_obj_new_int_from_uint((uintptr_t)b + 2 * WORD);
}
static MP_DEFINE_CONST_FUN_OBJ_1(mppools_alloc_obj, mppools_alloc);

static mp_obj_t mppools_free(mp_obj_t address)
{
	struct block *b = (struct block *)(mp_obj_get_int_truncated(address) - 2 * WORD);
	uintptr_t size = size_of(b);
	if (after(b)->size & FREE) {
		struct block *next = after(b);
		unlink_block(next);
		size += WORD + size_of(next);
	}
	if (b->size & PREV_FREE) {
		b = b->previous;
		unlink_block(b);
		size += WORD + size_of(b);
	}
	set_free(b, size);
	return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(mppools_free_obj, mppools_free);

static mp_obj_t mppools_use(mp_obj_t pool, mp_obj_t n_bytes)
{
	*(mp_obj_get_int(pool) == 2 ? &fs_used : &frames_used) = mp_obj_get_int(n_bytes);
	return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(mppools_use_obj, mppools_use);

static mp_obj_t mppools_add_area(void)
{
#if MICROPY_GC_SPLIT_HEAP && MPPOOLS_SECOND_AREA
	static uint64_t area[AREA_BYTES / 8];
	gc_add(area, area + AREA_BYTES / 8);
#endif
	return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(mppools_add_area_obj, mppools_add_area);

static mp_obj_t mppools_t(void)
{
	const char *comma = "";
	mp_printf(&mp_plat_print, "@T{\"address\":%lu,\"bytes\":%u,\"word_bytes\":%u,\"blocks\":[",
		  (unsigned long)(uintptr_t)&memory[1], (unsigned)MPPOOLS_BYTES, (unsigned)WORD);
	for (struct block *b = first_block(); is_made && size_of(b); b = after(b), comma = ",")
		mp_printf(&mp_plat_print, "%s[%u,%u]", comma, (unsigned)size_of(b), !(b->size & FREE));
	mp_printf(&mp_plat_print, "]}T@\n");
	return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(mppools_t_obj, mppools_t);

static const mp_rom_map_elem_t globals_table[] = {
	{ MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_mppools) },
	{ MP_ROM_QSTR(MP_QSTR_alloc), MP_ROM_PTR(&mppools_alloc_obj) },
	{ MP_ROM_QSTR(MP_QSTR_free), MP_ROM_PTR(&mppools_free_obj) },
	{ MP_ROM_QSTR(MP_QSTR_use), MP_ROM_PTR(&mppools_use_obj) },
	{ MP_ROM_QSTR(MP_QSTR_add_area), MP_ROM_PTR(&mppools_add_area_obj) },
	{ MP_ROM_QSTR(MP_QSTR_t), MP_ROM_PTR(&mppools_t_obj) },
};
static MP_DEFINE_CONST_DICT(globals, globals_table);
const mp_obj_module_t mppools_module = {
	.base = { &mp_type_module },
	.globals = (mp_obj_dict_t *)&globals,
};
MP_REGISTER_MODULE(MP_QSTR_mppools, mppools_module);

// What the agent is told of them.
static bool where_blocks(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	(void)pool;
	*ret_address = (uintptr_t)&memory[1];
	*ret_n_bytes = MPPOOLS_BYTES;
	return is_made;
}

static bool statvfs(struct memprof_vfs *ret)
{
	*ret = (struct memprof_vfs){ FS_BLOCK, FS_BLOCKS, FS_BLOCKS - fs_used / FS_BLOCK };
	return true;
}

static bool where_frames(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	(void)pool;
	*ret_address = (uintptr_t)frames;
	*ret_n_bytes = sizeof(frames);
	return true;
}

static uintptr_t used_of_frames(const struct memprof_pool *pool)
{
	(void)pool;
	return frames_used;
}

MEMPROF_POOL_TLSF(pictures, "pictures", WIRE_MEMORY_PSRAM, where_blocks, 5, MEMPROF_TLSF_ONE_POOL, 64);
MEMPROF_POOL_RAMFS(files, "/ram", WIRE_MEMORY_PSRAM, statvfs);
MEMPROF_POOL_FIXED(frame_buffer, "frame buffer", WIRE_MEMORY_SRAM, where_frames, used_of_frames);

const struct memprof_pool *const memprof_board_pools[] = { &pictures, &files, &frame_buffer };
const uint8_t memprof_n_board_pools = 3;
