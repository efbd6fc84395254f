/* What mpy-tool makes, in small: the source of frozen-*.elf. Two modules stored as text, three as bytecode, of which
 * one's name begins with another's; three pools of strings.
 *
 * arm-none-eabi-gcc -mcpu=cortex-m0 -Os -g -nostdlib -fdata-sections -Wl,-Ttext=0x10000100 -Wl,-Tbss=0x20000000
 *     -o frozen-arm.elf frozen.c
 * arm-none-eabi-strip -x -o frozen-x.elf frozen-arm.elf
 * gcc -Os -g -nostdlib -pie -fpie -Wl,--build-id=none -o frozen-pie.elf frozen.c && strip -g frozen-pie.elf */
#include <stddef.h>
#include <stdint.h>

typedef struct { const void *type; size_t hash, len; const char *data; } str_t;
typedef struct { const uint16_t *qstrs; const void *const *objs; const void *proto; } module_t;
typedef struct { uint8_t zero[2], kind, generator; const void *fun_data; const void *const *children; } proto_t;
typedef struct pool {
	const struct pool *prev;
	size_t total_prev_len : 31, is_sorted : 1, alloc, len;
	const uint8_t *hashes, *lengths;
	const char *qstrs[];
} pool_t;
#define KEEP __attribute__((used))

const size_t mp_type_str KEEP = 1, mp_type_bytes KEEP = 2;

const char mp_frozen_names[] KEEP = "boot.py\0notes.txt\0frozen.py\0frozen_const.py\0pkg/__init__.py\0";
const uint32_t mp_frozen_str_sizes[] KEEP = { 9, 5, 0 };
const char mp_frozen_str_content[] KEEP = "print(1)\n\0hello";

static const uint8_t fun_data_frozen__lt_module_gt_[7] = { 8, 2, 3 };
static const uint16_t const_qstr_table_data_frozen[3] = { 1, 2, 3 };
static const module_t frozen_module_frozen = { const_qstr_table_data_frozen, NULL, fun_data_frozen__lt_module_gt_ };

static const str_t const_obj_frozen_const_0 = { &mp_type_str, 0x1234, 11, "hello world" };
static const str_t const_obj_frozen_const_1 = { &mp_type_bytes, 0x1234, 3, "abc" };
static const struct { const void *type; size_t n; } const_obj_frozen_const_2 = { NULL, 5 };
static const void *const const_obj_table_data_frozen_const[3] = { &const_obj_frozen_const_0, &const_obj_frozen_const_1,
	&const_obj_frozen_const_2 };
static const uint16_t const_qstr_table_data_frozen_const[2] = { 4, 5 };
static const uint8_t fun_data_frozen_const_f[5] = { 16, 4 };
static const uint8_t fun_data_frozen_const__lt_module_gt_[9] = { 24, 4 };
static const void *const children_frozen_const__lt_module_gt_[1] = { fun_data_frozen_const_f };
static const proto_t proto_fun_frozen_const__lt_module_gt_ = { { 0, 0 }, 2, 0, fun_data_frozen_const__lt_module_gt_,
	children_frozen_const__lt_module_gt_ };
static const module_t frozen_module_frozen_const = { const_qstr_table_data_frozen_const,
	const_obj_table_data_frozen_const, &proto_fun_frozen_const__lt_module_gt_ };

static const uint8_t fun_data_pkg___init____lt_module_gt_[3] = { 8, 2, 3 };
static const uint16_t const_qstr_table_data_pkg___init__[1] = { 6 };
static const module_t frozen_module_pkg___init__ = { const_qstr_table_data_pkg___init__, NULL,
	fun_data_pkg___init____lt_module_gt_ };

const module_t *const mp_frozen_mpy_content[] KEEP = { &frozen_module_frozen, &frozen_module_frozen_const,
	&frozen_module_pkg___init__ };

const uint8_t mp_qstr_const_hashes_static[] KEEP = { 1, 2 }, mp_qstr_const_lengths_static[] KEEP = { 0, 4 };
const pool_t mp_qstr_const_pool_static KEEP = { NULL, 0, 0, 10, 2, mp_qstr_const_hashes_static,
	mp_qstr_const_lengths_static, { "", "main" } };
const uint8_t mp_qstr_const_hashes[] KEEP = { 1, 2, 3 }, mp_qstr_const_lengths[] KEEP = { 3, 3, 5 };
const pool_t mp_qstr_const_pool KEEP = { &mp_qstr_const_pool_static, 2, 1, 10, 3, mp_qstr_const_hashes,
	mp_qstr_const_lengths, { "abs", "dir", "print" } };
const uint8_t mp_qstr_frozen_const_hashes[] KEEP = { 7 }, mp_qstr_frozen_const_lengths[] KEEP = { 6 };
const pool_t mp_qstr_frozen_const_pool KEEP = { &mp_qstr_const_pool, 5, 1, 10, 1, mp_qstr_frozen_const_hashes,
	mp_qstr_frozen_const_lengths, { "frozen" } };

char __GcHeapStart[64], __GcHeapEnd[1];
static int counter;

int _start(void)
{
	return ++counter;
}
