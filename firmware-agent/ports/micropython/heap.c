/* MicroPython's heap: areas, kinds of objects, the C stack. Fields of mp_state_mem_area_t as in 1.20 to 1.28
 * (py/mpstate.h). */
#include "mpagent.h"
#include "py/objarray.h"
#include "py/objfun.h"
#include "py/objmodule.h"
#include "py/objstr.h"
#include "py/objtype.h"

#if MICROPY_GC_SPLIT_HEAP
#define NEXT_AREA(area) ((area)->next)
#else
#define NEXT_AREA(area) NULL
#endif
#define BLOCKS_PER_TABLE_BYTE 4

struct memory {
	uintptr_t first, end;
	uint8_t kind; /* enum wire_memory */
};

static uint8_t memory_at(uintptr_t address)
{
#ifdef MEMPROF_MEMORIES
	static const struct memory memories[] = { MEMPROF_MEMORIES };
	for (size_t i = 0; i < MP_ARRAY_SIZE(memories); i++)
		if (address >= memories[i].first && address < memories[i].end)
			return memories[i].kind;
#else
	(void)address;
#endif
	return WIRE_MEMORY_UNKNOWN;
}

bool memprof_mp_area(uint32_t i, struct memprof_area *ret)
{
	const mp_state_mem_area_t *area = &MP_STATE_MEM(area);
	while (area && i--)
		area = NEXT_AREA(area);
	if (!area || !area->gc_alloc_table_start)
		return false;
	ret->table = area->gc_alloc_table_start;
#if MICROPY_ENABLE_FINALISER
	ret->finalisers = area->gc_finaliser_table_start;
#else
	ret->finalisers = NULL;
#endif
	ret->address = (uintptr_t)area->gc_pool_start;
	ret->n_blocks = (uint32_t)(area->gc_alloc_table_byte_len * BLOCKS_PER_TABLE_BYTE);
	ret->memory = memory_at(ret->address);
	return true;
}

static const struct {
	const mp_obj_type_t *type;
	uint8_t code;
} kinds[] = {
	{ &mp_type_dict, WIRE_DICT },       { &mp_type_bytes, WIRE_STR },   { &mp_type_str, WIRE_STR },
	{ &mp_type_fun_bc, WIRE_FUNCTION }, { &mp_type_tuple, WIRE_TUPLE }, { &mp_type_list, WIRE_LIST },
#if MICROPY_PY_BUILTINS_BYTEARRAY
	{ &mp_type_bytearray, WIRE_ARRAY },
#endif
#if MICROPY_PY_ARRAY
	{ &mp_type_array, WIRE_ARRAY },
#endif
#if MICROPY_PY_BUILTINS_FLOAT
	{ &mp_type_float, WIRE_FLOAT },
#endif
	{ &mp_type_module, WIRE_MODULE },
};

/* This runs for every head. Most are no objects but what belongs to one, and begin with no address between the first
 * and the last type. Of the others many are of the type of the one before. */
static struct {
	uintptr_t first, span, last;
	uint8_t last_code;
} types;

void memprof_mp_init_kinds(void)
{
	uintptr_t first = UINTPTR_MAX, last = 0;
	for (size_t i = 0; i < MP_ARRAY_SIZE(kinds); i++) {
		first = MIN(first, (uintptr_t)kinds[i].type);
		last = MAX(last, (uintptr_t)kinds[i].type);
	}
	types.first = first;
	types.span = last - first;
	types.last = (uintptr_t)kinds[0].type;
	types.last_code = kinds[0].code;
}

/* Apart, so that what comes before it needs no register saved. */
static uint8_t look_up(uintptr_t type) __attribute__((noinline));
static uint8_t look_up(uintptr_t type)
{
	for (size_t i = 0; i < MP_ARRAY_SIZE(kinds); i++)
		if (type == (uintptr_t)kinds[i].type) {
			types.last = type;
			types.last_code = kinds[i].code;
			return kinds[i].code;
		}
	return WIRE_HEAD;
}

/* The letters of py/gc.c, gc_dump_alloc_table(), by the same rule: the first word of the block. */
uint8_t memprof_mp_kind(uintptr_t address)
{
	const uintptr_t type = *(const uintptr_t *)address;
	if (type - types.first > types.span)
		return WIRE_HEAD;
	if (type == types.last)
		return types.last_code;
	return look_up(type);
}

/* The stack grows down on every port there is. */
void memprof_mp_stack(uint32_t *ret_used, uint32_t *ret_limit)
{
	char here;
	*ret_used = (uint32_t)(MP_STATE_THREAD(stack_top) - &here);
#if MICROPY_STACK_CHECK
	*ret_limit = (uint32_t)MP_STATE_THREAD(stack_limit);
#else
	*ret_limit = 0;
#endif
}

static unsigned block_state(const struct memprof_area *area, uint32_t block)
{
	return area->table[block / BLOCKS_PER_TABLE_BYTE] >> 2 * (block % BLOCKS_PER_TABLE_BYTE) & 3;
}

/* As memprof_mp_object_bytes, without the heap's lock. */
uintptr_t memprof_mp_used_bytes(void)
{
	struct memprof_area area;
	uintptr_t n_used = 0;
	for (uint32_t i = 0; memprof_mp_area(i, &area); i++)
		for (uint32_t block = 0; block < area.n_blocks; block++)
			n_used += block_state(&area, block) != 0;
	return n_used * MICROPY_BYTES_PER_GC_BLOCK;
}

/* The block of which this is the address, in its area; false: no object begins there. */
static bool find_head(uintptr_t address, struct memprof_area *ret_area, uint32_t *ret_block)
{
	for (uint32_t i = 0; memprof_mp_area(i, ret_area); i++) {
		uintptr_t block = (address - ret_area->address) / MICROPY_BYTES_PER_GC_BLOCK;
		if (address < ret_area->address || block >= ret_area->n_blocks)
			continue;
		*ret_block = (uint32_t)block;
		return block_state(ret_area, (uint32_t)block) & 1; /* a head or a marked one */
	}
	return false;
}

#if MEMPROF_SITES
bool memprof_mp_is_object(uintptr_t address)
{
	struct memprof_area area;
	uint32_t block;
	return address % MICROPY_BYTES_PER_GC_BLOCK == 0 && find_head(address, &area, &block);
}
#endif

/* gc_nbytes() takes the heap's lock, which is held by whoever calls the agent, and was not recursive before 1.25. */
uintptr_t memprof_mp_object_bytes(uintptr_t address)
{
	struct memprof_area area;
	uint32_t block, end;
	if (!find_head(address, &area, &block))
		return 0;
	end = block + 1;
	while (end < area.n_blocks && block_state(&area, end) == 2)
		end++;
	return (end - block) * MICROPY_BYTES_PER_GC_BLOCK;
}
