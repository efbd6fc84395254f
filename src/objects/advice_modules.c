/* Modules in Python: what of one would be in flash if it were frozen, and globals that could be constants. Compiled
 * code is a function's: its module, a table of the functions in it, its bytecode (py/emitglue.h, mp_raw_code_t;
 * py/bc.h, mp_module_context_t). */
#define _GNU_SOURCE /* memmem */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "memprof/base/number.h"

enum code_role { CODE_TABLE, CODE_RAW, CODE_BYTES, CODE_TABLES, CODE_CONSTANT };

struct code_block {
	uint32_t object;
	uint8_t role;
};

/* Blocks of the code of one module, each once. */
struct code {
	const struct objects *o;
	uint64_t globals; /* of the module */
	uint8_t *is_seen;
	VEC(struct code_block, list);
	struct code_tables tables;
	uint64_t n_bytes;
	int error;
};

static void code_add(struct code *c, uint64_t address, enum code_role role)
{
	uint32_t object = blocks_object(&c->o->blocks, address);

	if (object == OBJECT_NONE || c->is_seen[object] || !c->o->nodes[object].live || c->error < 0)
		return;
	c->is_seen[object] = true;
	c->n_bytes += blocks_n_bytes(&c->o->blocks, object);
	c->error = vec_push(c, list, (struct code_block){ object, (uint8_t)role });
}

/* A constant; a module's table of them has nothing else. */
static void code_add_constant(struct code *c, uint64_t address)
{
	uint32_t object = blocks_object(&c->o->blocks, address);
	enum shape shape = object == OBJECT_NONE ? SHAPE_OTHER : object_shape(c->o, object);

	if (shape == SHAPE_TEXT || shape == SHAPE_INT || shape == SHAPE_TUPLE || shape == SHAPE_LEAF)
		code_add(c, address, CODE_CONSTANT);
}

static void code_follow(struct code *c, const struct code_block *block)
{
	const struct objects *o = c->o;
	uint32_t i = block->object;
	enum shape shape;

	switch ((enum code_role)block->role) {
	case CODE_TABLE:
		for (size_t k = 0; k < n_words_of(o, i); k++)
			code_add(c, object_word(o, i, k), CODE_RAW);
		break;
	case CODE_RAW:
		code_add(c, object_word(o, i, 1), CODE_BYTES);
		code_add(c, object_word(o, i, 2), CODE_TABLE);
		break;
	case CODE_CONSTANT:
		shape = object_shape(o, i);
		if (shape == SHAPE_TEXT || shape == SHAPE_INT)
			code_add(c, object_word(o, i, 3), CODE_BYTES);
		for (size_t k = 2; shape == SHAPE_TUPLE && k < n_words_of(o, i); k++)
			code_add_constant(c, object_word(o, i, k));
		break;
	case CODE_BYTES:
	case CODE_TABLES:
		break;
	}
}

/* Whether it is the context of code of the module with these globals. */
static bool is_context(const struct objects *o, uint32_t i, uint64_t globals)
{
	return i != OBJECT_NONE && o->nodes[i].live && object_word(o, i, 1) == globals &&
	       object_shape(o, i) == SHAPE_MODULE;
}

static void code_add_function(struct code *c, uint32_t i)
{
	code_add(c, object_word(c->o, i, 2), CODE_TABLE);
	code_add(c, object_word(c->o, i, 3), CODE_BYTES);
}

static void code_add_context(struct code *c, uint32_t i)
{
	struct code_tables tables = code_tables(c->o, i);

	if (tables.block == OBJECT_NONE)
		return;
	c->tables = tables;
	code_add(c, blocks_address(&c->o->blocks, tables.block), CODE_TABLES);
	for (size_t k = 0; k < tables.n_constants; k++)
		code_add_constant(c, object_word(c->o, tables.block, tables.n_name_words + k));
}

/* Of a module's functions and those in them, of its classes, its constants and its tables. */
static int code_find(const struct objects *o, uint32_t module, struct code *ret)
{
	uint64_t globals = object_word(o, module, 1);

	*ret = (struct code){ .o = o,
			      .globals = globals,
			      .is_seen = calloc(o->blocks.n_extents + 1, 1),
			      .tables = { .block = OBJECT_NONE } };
	if (!ret->is_seen)
		return -ENOMEM;
	for (uint32_t i = 0; i < o->blocks.n_extents; i++) {
		if (is_context(o, i, globals)) {
			code_add_context(ret, i);
			if (i != module)
				code_add(ret, blocks_address(&o->blocks, i), CODE_BYTES);
		} else if (o->nodes[i].live && object_shape(o, i) == SHAPE_FUNCTION &&
			   is_context(o, blocks_object(&o->blocks, object_word(o, i, 1)), globals)) {
			code_add_function(ret, i);
		}
	}
	for (size_t i = 0; i < ret->n_list && ret->error == 0; i++) {
		struct code_block block = ret->list[i];
		code_follow(ret, &block);
	}
	return ret->error;
}

static void code_deinit(struct code *c)
{
	free(c->is_seen);
	vec_deinit(c, list);
}

struct code_tables code_tables(const struct objects *o, uint32_t context)
{
	uint64_t names = object_word(o, context, 2), constants = object_word(o, context, 3), word = o->ids.word_bytes;
	struct code_tables ret = { .block = blocks_object(&o->blocks, names) };
	uint64_t n_bytes = ret.block == OBJECT_NONE ? 0 : blocks_n_bytes(&o->blocks, ret.block);

	if (constants < names || constants - names > n_bytes || (constants - names) % word)
		return (struct code_tables){ .block = OBJECT_NONE };
	ret.n_name_words = (size_t)((constants - names) / word);
	ret.n_names = ret.n_name_words * word / 2;
	ret.n_constants = (size_t)(n_bytes / word) - ret.n_name_words;
	return ret;
}

/* ---- names ---- */

/* Interned strings on the heap, by number, which is the order in which they came. Globals of ALL_MODULES: those of any
 * but __main__. */
enum { ALL_MODULES = 0 };
struct names {
	uint32_t first, n;
	uint8_t *uses; /* of each one: */
};
enum { USED_BY_MODULE = 1, USED_BY_OTHERS = 2, LOCAL_NAME = 4 };

static uint16_t short_at(const struct objects *o, uint32_t object, size_t i)
{
	const uint8_t *bytes = blocks_bytes(&o->blocks, object) + 2 * i;

	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static int find_names(const struct objects *o, uint64_t globals, struct names *ret)
{
	*ret = (struct names){ .first = UINT32_MAX };
	for (size_t i = 0; i < o->n_pools; i++) {
		if (blocks_object(&o->blocks, o->pools[i].address) == OBJECT_NONE)
			continue;
		ret->first = MIN(ret->first, o->pools[i].first);
		ret->n += o->pools[i].n;
	}
	ret->uses = calloc((size_t)ret->n + 1, 1);
	for (uint32_t i = 0; ret->uses && i < o->blocks.n_extents; i++) {
		if (!o->nodes[i].live || object_shape(o, i) != SHAPE_MODULE)
			continue;
		struct code_tables tables = code_tables(o, i);
		uint64_t own = object_word(o, i, 1);
		bool is_own = globals == ALL_MODULES ? own != o->ids.id_globals : own == globals;
		for (size_t k = 0; k < tables.n_names; k++) {
			uint32_t at = short_at(o, tables.block, k) - ret->first;
			if (at < ret->n)
				ret->uses[at] |= is_own ? USED_BY_MODULE : USED_BY_OTHERS;
		}
	}
	return ret->uses ? 0 : -ENOMEM;
}

/* The compiler interns local names too, which no table has: they came between two names of the same module. Some may be
 * local names of others as well. */
static void find_local_names(struct names *names)
{
	for (uint32_t from = 0, to; from < names->n; from = to) {
		for (to = from; to < names->n && !names->uses[to]; to++)
			;
		if (to > from && from > 0 && to < names->n && names->uses[from - 1] == USED_BY_MODULE &&
		    names->uses[to] == USED_BY_MODULE)
			memset(names->uses + from, LOCAL_NAME, to - from);
		to += to == from;
	}
}

/* Pools of names on the heap: the first has room for 20 names behind firmware with frozen modules, each other one for
 * twice as many as the one before (py/qstr.c, qstr_add). */
struct pools {
	uint64_t n_bytes, n_names;
	uint64_t n_header_bytes, n_entry_bytes;
};

static struct pools pools_now(const struct objects *o)
{
	struct pools ret = { 0 };

	for (size_t i = 0; i < o->n_pools; i++) {
		const struct qstr_pool *pool = &o->pools[i];
		uint32_t object = blocks_object(&o->blocks, pool->address);
		uint64_t n_room = object == OBJECT_NONE ? 0 : object_word(o, object, 2);
		if (n_room == 0 || n_room > QSTRS_MAX || pool->lengths < pool->pointers)
			continue;
		ret.n_bytes += blocks_n_bytes(&o->blocks, object);
		ret.n_names += pool->n;
		ret.n_header_bytes = pool->pointers - pool->address;
		ret.n_entry_bytes = MIN((pool->lengths - pool->pointers) / n_room, (uint64_t)UINT8_MAX) + 1;
	}
	return ret;
}

/* Blocks that pools for n names less do not need. */
static uint64_t pool_bytes(const struct objects *o, const struct pools *now, uint64_t n_gone)
{
	enum { FIRST_ROOM = 20 };
	uint64_t n_left = now->n_names - MIN(now->n_names, n_gone), n_then = 0, block = o->blocks.block_bytes;

	for (uint64_t room = FIRST_ROOM; n_left > 0; room *= 2) {
		n_then += (now->n_header_bytes + room * now->n_entry_bytes + block - 1) / block * block;
		n_left -= MIN(n_left, room);
	}
	return now->n_bytes - MIN(now->n_bytes, n_then);
}

/* A pool goes with a single name, or does not: between what goes if three quarters of the local names go, and if all
 * do. */
static int saved_by_names(const struct objects *o, uint64_t globals, uint64_t *ret_n_bytes)
{
	struct names names;
	struct request text;
	uint64_t n_text_bytes = 0;
	uint32_t n_gone = 0, n_local = 0;
	struct pools pools = pools_now(o);
	int error = find_names(o, globals, &names);

	if (error == 0)
		find_local_names(&names);
	for (size_t i = 0; i < o->n_pools && error == 0; i++) {
		for (uint32_t k = 0; k < o->pools[i].n; k++) {
			uint32_t at = o->pools[i].first + k - names.first;
			if (at >= names.n || !(names.uses[at] & (USED_BY_MODULE | LOCAL_NAME)))
				continue;
			n_gone++;
			n_local += names.uses[at] == LOCAL_NAME;
			if (name_place(o, o->pools[i].first + k, &text) &&
			    blocks_object_over(&o->blocks, text.start) != OBJECT_NONE)
				n_text_bytes += text.n_bytes + 1;
		}
	}
	*ret_n_bytes = n_text_bytes / o->blocks.block_bytes * o->blocks.block_bytes +
		       (pool_bytes(o, &pools, n_gone) + pool_bytes(o, &pools, n_gone - n_local / 4)) / 2;
	free(names.uses);
	return error;
}

/* ---- to be frozen ---- */

static const char *say_flash(const struct advisor *a, uint64_t n_bytes)
{
	const struct advice_flash *flash = a->flash;

	if (!flash)
		return "";
	if (flash->free_bytes < 0 || (uint64_t)flash->free_bytes < n_bytes)
		return arena_printf(&a->ret->arena, ", but %s has no room for that: %" PRId64 " B are free",
				    flash->region, flash->free_bytes);
	return arena_printf(&a->ret->arena, "; %s has room: %" PRId64 " B are free", flash->region, flash->free_bytes);
}

/* Of all modules that have code in RAM. */
struct frozen {
	uint32_t n;
	uint64_t n_code_bytes;
};

static int advise_frozen(const struct advisor *a, const struct objects_module *module, const struct code *code,
			 struct frozen *all)
{
	uint64_t n_names, n_constants = 0;
	struct arena *arena = &a->ret->arena;
	int error = saved_by_names(a->o, code->globals, &n_names);

	for (size_t i = 0; i < code->n_list; i++)
		if (code->list[i].role == CODE_CONSTANT)
			n_constants++;
	if (error < 0)
		return error;
	all->n++;
	all->n_code_bytes += code->n_bytes;
	return advice_add(a,
			  &(struct advice){
				  .kind = "freeze-module",
				  .text = arena_printf(arena, "%s: freeze the module into the firmware%s", module->name,
						       say_flash(a, code->n_bytes + n_names)),
				  .basis = arena_printf(arena,
							"bytecode, tables and %" PRIu64 " constants of %" PRIu64
							" B; names of %" PRIu64
							" B; the module's globals, functions and classes stay in RAM",
							n_constants, code->n_bytes, n_names),
				  .saved_bytes = code->n_bytes + n_names,
				  .object = module->object,
			  });
}

/* Together they save another amount than the sum: a pool of names goes as a whole. */
static int advise_all_frozen(const struct advisor *a, const struct frozen *all)
{
	uint64_t n_names;
	struct arena *arena = &a->ret->arena;
	int error = all->n < 2 ? 0 : saved_by_names(a->o, ALL_MODULES, &n_names);

	if (all->n < 2 || error < 0)
		return error;
	return advice_add(
		a, &(struct advice){
			   .kind = "freeze-modules",
			   .text = arena_printf(arena, "Freeze all %" PRIu32 " modules in RAM into the firmware%s",
						all->n, say_flash(a, all->n_code_bytes + n_names)),
			   .basis = arena_printf(arena,
						 "bytecode, tables and constants of all of %" PRIu64
						 " B; names of %" PRIu64 " B",
						 all->n_code_bytes, n_names),
			   .saved_bytes = all->n_code_bytes + n_names,
			   .object = OBJECT_NONE,
		   });
}

/* ---- globals that are constants ---- */

/* Room of a table for so many names (py/map.c, hash_allocation_sizes). */
static uint64_t table_room(uint64_t n)
{
	static const uint16_t sizes[] = { 0,   2,    4,    6,    8,    10,   12,   17,    23,    29,    37,
					  47,  59,   73,   97,   127,  167,  223,  293,   389,   521,   691,
					  919, 1223, 1627, 2161, 3229, 4831, 7243, 10861, 16273, 24407, 36607 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		if (sizes[i] >= n)
			return sizes[i];
	return NOT_KNOWN;
}

/* Whether any code of the module may assign to the global that a table of names has at k: the instruction and that
 * number. Other bytes may look like it. */
static bool may_be_stored(const struct code *c, size_t k)
{
	enum { STORE_GLOBAL = 0x17 }; /* py/bc0.h */
	const uint8_t one[] = { STORE_GLOBAL, (uint8_t)k };
	const uint8_t two[] = { STORE_GLOBAL, (uint8_t)(k >> 7 | 0x80), (uint8_t)(k & 0x7f) };
	const uint8_t *wanted = k < 0x80 ? one : two;

	for (size_t i = 0; i < c->n_list; i++)
		if (c->list[i].role == CODE_BYTES &&
		    memmem(blocks_bytes(&c->o->blocks, c->list[i].object),
			   blocks_n_bytes(&c->o->blocks, c->list[i].object), wanted, k < 0x80 ? 2 : 3))
			return true;
	return false;
}

/* Numbers that no code assigns to: with names that begin with one _, as const() wants them, or names of constants, all
 * in capitals, that no other module has. */
enum { NUMBERS_MAX = 1000 };
struct numbers {
	uint64_t n;
	const char *example;
};

static bool is_private(const struct code *c, const char *name, uint64_t qstr)
{
	(void)c;
	(void)qstr;
	return name[0] == '_' && name[1] != '_';
}

static bool has_name(const struct objects *o, uint32_t context, uint64_t qstr)
{
	struct code_tables tables = code_tables(o, context);

	for (size_t k = 0; tables.block != OBJECT_NONE && k < tables.n_names; k++)
		if (short_at(o, tables.block, k) == qstr)
			return true;
	return false;
}

static bool is_public(const struct code *c, const char *name, uint64_t qstr)
{
	const struct objects *o = c->o;

	if (name[0] < 'A' || name[0] > 'Z' || name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")])
		return false;
	for (uint32_t i = 0; i < o->blocks.n_extents; i++)
		if (o->nodes[i].live && object_shape(o, i) == SHAPE_MODULE && !is_context(o, i, c->globals) &&
		    has_name(o, i, qstr))
			return false;
	return true;
}

/* What is advised of them. */
static const struct advised_numbers {
	const char *kind;
	bool (*is_meant)(const struct code *c, const char *name, uint64_t qstr);
	const char *before, *between, *behind; /* before their number, and around the first of their names */
	unsigned n_longer;                     /* letters of each name then */
} advised_numbers[] = {
	{ "use-const", is_private, "assign its", " numbers whose names begin with _ by const(), as in ", " = const(1)",
	  0 },
	{ "hide-const", is_public, "put _ before the names of", " numbers that no other module uses, as in _",
	  " = const(1): by const() such names take no room", 1 },
};

static bool is_assigned(const struct code *c, uint64_t qstr)
{
	size_t k = 0;

	while (k < c->tables.n_names && short_at(c->o, c->tables.block, k) != qstr)
		k++;
	return k < c->tables.n_names && may_be_stored(c, k);
}

static void find_numbers(const struct code *c, uint32_t table, const struct advised_numbers *of, struct numbers *ret)
{
	const struct objects *o = c->o;
	uint64_t qstr;
	int64_t number;

	for (size_t k = 0; k + 1 < n_words_of(o, table) && ret->n < NUMBERS_MAX; k += 2) {
		const char *name = is_qstr(o, object_word(o, table, k), &qstr) ? name_of(o, qstr) : NULL;
		if (!name || !is_small_int(o, object_word(o, table, k + 1), &number) || is_assigned(c, qstr) ||
		    !of->is_meant(c, name, qstr))
			continue;
		ret->n++;
		ret->example = ret->example ? ret->example : name;
	}
}

/* Bytes that a block of so many would have less. */
static uint64_t shrunk_by(const struct objects *o, uint64_t n_block_bytes, uint64_t n_bytes)
{
	uint64_t block = o->blocks.block_bytes, n_then = (n_bytes + block - 1) / block * block;

	return n_block_bytes - MIN(n_block_bytes, n_then);
}

/* Behind the last constant, its block is 0. Numbers by const() need no name. */
static uint64_t saved_in_tables(const struct code *c, uint64_t n_gone)
{
	const struct code_tables *t = &c->tables;
	size_t n = t->n_constants, n_names = t->n_names, word = c->o->ids.word_bytes;

	while (n > 0 && object_word(c->o, t->block, t->n_name_words + n - 1) == 0)
		n--;
	while (n_names > 0 && short_at(c->o, t->block, n_names - 1) == 0)
		n_names--;
	if (n_names < n_gone)
		return 0;
	return shrunk_by(c->o, blocks_n_bytes(&c->o->blocks, t->block),
			 ((n_names - n_gone) * 2 + word - 1) / word * word + n * word);
}

static int advise_const(const struct advisor *a, const struct objects_module *module, const struct code *code,
			const struct advised_numbers *of)
{
	const struct objects *o = a->o;
	uint32_t dict = blocks_object(&o->blocks, code->globals);
	uint32_t table = dict == OBJECT_NONE ? OBJECT_NONE : blocks_object(&o->blocks, object_word(o, dict, 3));
	uint64_t n_used = table == OBJECT_NONE ? 0 : object_word(o, dict, 1) >> o->n_dict_flags;
	struct arena *arena = &a->ret->arena;
	struct numbers numbers = { 0 };

	if (table != OBJECT_NONE)
		find_numbers(code, table, of, &numbers);
	if (!numbers.n || numbers.n > n_used || table_room(n_used - numbers.n) == NOT_KNOWN)
		return 0;
	uint64_t room = table_room(n_used - numbers.n);
	uint64_t n_table = shrunk_by(o, blocks_n_bytes(&o->blocks, table), room * 2 * o->ids.word_bytes);
	uint64_t n_names = saved_in_tables(code, numbers.n);
	uint64_t n_longer = numbers.n * of->n_longer;
	if (n_table == 0 || n_table + n_names <= n_longer)
		return 0;
	return advice_add(a, &(struct advice){
				     .kind = of->kind,
				     .text = arena_printf(arena, "%s: %s %" PRIu64 "%s%s%s", module->name, of->before,
							  numbers.n, of->between, numbers.example, of->behind),
				     .basis = arena_printf(
					     arena,
					     "a table of globals for %" PRIu64 " names instead of %" PRIu64 ": %" PRIu64
					     " B; of names in the code: %" PRId64 " B",
					     n_used - numbers.n, n_used, n_table, (int64_t)n_names - (int64_t)n_longer),
				     .saved_bytes = n_table + n_names - n_longer,
				     .object = module->object,
			     });
}

int advise_modules(const struct advisor *a)
{
	struct frozen all = { 0 };
	int error = 0;

	for (size_t i = 0; i < a->report->n_modules && error == 0; i++) {
		const struct objects_module *module = &a->report->modules[i];
		struct code code;
		if (object_shape(a->o, module->object) != SHAPE_MODULE)
			continue;
		error = code_find(a->o, module->object, &code);
		bool is_known = code.tables.block != OBJECT_NONE; /* since 1.19, and not frozen */
		if (error == 0 && is_known)
			error = advise_frozen(a, module, &code, &all);
		for (size_t k = 0; k < ARRAY_SIZE(advised_numbers) && error == 0 && is_known; k++)
			error = advise_const(a, module, &code, &advised_numbers[k]);
		code_deinit(&code);
	}
	return error < 0 ? error : advise_all_frozen(a, &all);
}
