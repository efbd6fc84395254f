#include "objects.h"

#include <string.h>

#include "memprof/base/number.h"
#include "memprof/wire.h"

enum {
	WORD = 4,
	TYPES_AT = 0x10038a00,
	TYPE_BYTES = 0x48, /* in flash, at plausible addresses */
	LIST_MIN_ROOM = 4, /* py/objlist.c */
};

static const struct {
	enum sim_type type;
	uint8_t code;
} letters[] = {
	{ SIM_TUPLE, WIRE_TUPLE }, { SIM_LIST, WIRE_LIST },         { SIM_DICT, WIRE_DICT },
	{ SIM_STR, WIRE_STR },     { SIM_BYTES, WIRE_STR },         { SIM_BYTEARRAY, WIRE_ARRAY },
	{ SIM_FLOAT, WIRE_FLOAT }, { SIM_FUNCTION, WIRE_FUNCTION }, { SIM_MODULE, WIRE_MODULE },
};

uint32_t sim_type_word(enum sim_type type) { return TYPES_AT + (uint32_t)type * TYPE_BYTES; }

uint8_t sim_type_code(uint32_t first_word)
{
	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		if (sim_type_word(letters[i].type) == first_word)
			return letters[i].code;
	return WIRE_HEAD;
}

static uint32_t word_of(const struct sim_heap *heap, uint32_t object, uint32_t i)
{
	return sim_load(heap->board, object + i * WORD);
}

static void set_word(struct sim_heap *heap, uint32_t object, uint32_t i, uint32_t word)
{
	sim_store(heap->board, object + i * WORD, word);
}

static uint32_t make(struct sim_heap *heap, enum sim_type type, uint32_t n_words)
{
	uint32_t object = sim_alloc(heap, n_words * WORD, false);

	if (object)
		set_word(heap, object, 0, sim_type_word(type));
	return object;
}

/* Letters, so that no word of them looks like an address of RAM. */
static void fill(struct sim_heap *heap, uint32_t address, uint32_t n_bytes, uint32_t seed)
{
	uint8_t *p = sim_memory_at(heap->board, address, n_bytes);

	for (uint32_t i = 0; i < n_bytes; i++)
		p[i] = (uint8_t)('a' + (seed + i * 7 + (i >> 3) * 5) % 26);
}

uint32_t sim_float(struct sim_heap *heap, uint32_t value)
{
	uint32_t object = make(heap, SIM_FLOAT, 2);

	if (object)
		set_word(heap, object, 1, 0x41000000 | (value & 0x3fffff)); /* 8 to 32 */
	return object;
}

static uint32_t make_with_words(struct sim_heap *heap, enum sim_type type, const uint32_t *values, uint32_t n)
{
	uint32_t object;

	for (uint32_t i = 0; i < n; i++)
		sim_hold(heap, values[i]);
	object = make(heap, type, 2 + n);
	sim_drop(heap, n);
	if (!object)
		return 0;
	set_word(heap, object, 1, n);
	for (uint32_t i = 0; i < n; i++)
		set_word(heap, object, 2 + i, values[i]);
	return object;
}

uint32_t sim_tuple(struct sim_heap *heap, const uint32_t *values, uint32_t n)
{
	return make_with_words(heap, SIM_TUPLE, values, n);
}

uint32_t sim_closure(struct sim_heap *heap, const uint32_t *values, uint32_t n)
{
	return make_with_words(heap, SIM_CLOSURE, values, n);
}

uint32_t sim_raw(struct sim_heap *heap, uint32_t n_bytes, uint32_t seed)
{
	uint32_t address = sim_alloc(heap, n_bytes, false);

	if (address)
		fill(heap, address, n_bytes, seed);
	return address;
}

/* The bytes first, then the object (py/objstr.c makes it from a filled vstr). */
uint32_t sim_text(struct sim_heap *heap, enum sim_type type, uint32_t n_bytes, uint32_t seed)
{
	uint32_t data = sim_raw(heap, n_bytes + (type != SIM_BYTEARRAY), seed), object;

	if (!data)
		return 0;
	sim_hold(heap, data);
	object = make(heap, type, 4);
	sim_drop(heap, 1);
	if (!object)
		return 0;
	set_word(heap, object, 1, type == SIM_BYTEARRAY ? 1 : seed & 0xffff); /* typecode, or hash */
	set_word(heap, object, 2, n_bytes);
	set_word(heap, object, 3, data);
	return object;
}

/* The object first, then its table, in the last of four words; no table for 0 words. */
static uint32_t make_with_table(struct sim_heap *heap, enum sim_type type, uint32_t n_words)
{
	uint32_t object = make(heap, type, 4), table;

	if (!object || n_words == 0)
		return object;
	sim_hold(heap, object);
	table = sim_alloc(heap, n_words * WORD, false);
	sim_drop(heap, 1);
	set_word(heap, object, 3, table);
	return table ? object : 0;
}

/* ---- lists: type, room, length, items ---- */

uint32_t sim_list(struct sim_heap *heap, uint32_t n_room)
{
	uint32_t room = MAX(n_room, (uint32_t)LIST_MIN_ROOM), object = make_with_table(heap, SIM_LIST, room);

	if (object)
		set_word(heap, object, 1, room);
	return object;
}

uint32_t sim_list_n(struct sim_heap *heap, uint32_t list) { return word_of(heap, list, 2); }

void sim_list_set(struct sim_heap *heap, uint32_t list, uint32_t i, uint32_t value)
{
	set_word(heap, word_of(heap, list, 3), i, value);
}

static bool list_resize(struct sim_heap *heap, uint32_t list, uint32_t n_room)
{
	uint32_t items = sim_realloc(heap, word_of(heap, list, 3), n_room * WORD);

	if (!items)
		return false;
	set_word(heap, list, 1, n_room);
	set_word(heap, list, 3, items);
	return true;
}

bool sim_list_append(struct sim_heap *heap, uint32_t list, uint32_t value)
{
	uint32_t n = sim_list_n(heap, list);
	bool fits = true;

	sim_hold(heap, list);
	sim_hold(heap, value);
	if (n == word_of(heap, list, 1))
		fits = list_resize(heap, list, n * 2);
	sim_drop(heap, 2);
	if (!fits)
		return false;
	sim_list_set(heap, list, n, value);
	set_word(heap, list, 2, n + 1);
	return true;
}

void sim_list_pop_first(struct sim_heap *heap, uint32_t list)
{
	uint32_t n = sim_list_n(heap, list), items = word_of(heap, list, 3), room = word_of(heap, list, 1);

	if (n == 0)
		return;
	uint8_t *p = sim_memory_at(heap->board, items, room * WORD);
	memmove(p, p + WORD, (size_t)(n - 1) * WORD);
	set_word(heap, items, n - 1, 0);
	set_word(heap, list, 2, n - 1);
	if (room > LIST_MIN_ROOM && room > 2 * n)
		list_resize(heap, list, room / 2);
}

/* ---- dicts: type, used << 3 and flags, room, table of keys and values ---- */

/* hash_allocation_sizes of py/map.c, as far as needed here. */
static uint32_t dict_room(uint32_t n)
{
	static const uint16_t rooms[] = {
		0,   2,   4,   6,   8,   10,  12,   17,   23,   29,   37,   47,   59,    73,    97,    127,   167,
		223, 293, 389, 521, 691, 919, 1223, 1627, 2161, 3229, 4831, 7243, 10861, 16273, 24407, 36607, 54907,
	};

	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++)
		if (rooms[i] >= n)
			return rooms[i];
	return n + n / 2;
}

uint32_t sim_dict(struct sim_heap *heap, uint32_t n_room)
{
	uint32_t object = make_with_table(heap, SIM_DICT, n_room * 2);

	if (!object)
		return 0;
	set_word(heap, object, 1, 1); /* all keys are qstrs */
	set_word(heap, object, 2, n_room);
	return object;
}

/* Moves to a larger table and frees the old one at once (py/map.c, mp_map_rehash). */
static bool dict_grow(struct sim_heap *heap, uint32_t dict)
{
	uint32_t room = word_of(heap, dict, 2), old = word_of(heap, dict, 3);
	uint32_t larger = dict_room(room + 1), table = sim_alloc(heap, larger * 2 * WORD, false);

	if (!table)
		return false;
	for (uint32_t i = 0; i < 2 * room; i++)
		set_word(heap, table, i, word_of(heap, old, i));
	set_word(heap, dict, 2, larger);
	set_word(heap, dict, 3, table);
	sim_free(heap, old);
	return true;
}

static bool dict_put_held(struct sim_heap *heap, uint32_t dict, uint32_t key, uint32_t value)
{
	uint32_t room = word_of(heap, dict, 2), table = word_of(heap, dict, 3), slot = room;

	for (uint32_t i = 0; i < room; i++) {
		uint32_t there = word_of(heap, table, 2 * i);
		if (there == key) {
			set_word(heap, table, 2 * i + 1, value);
			return true;
		}
		if (slot == room && there == 0)
			slot = i;
	}
	if (slot == room) {
		if (!dict_grow(heap, dict))
			return false;
		table = word_of(heap, dict, 3);
	}
	set_word(heap, table, 2 * slot, key);
	set_word(heap, table, 2 * slot + 1, value);
	set_word(heap, dict, 1, ((word_of(heap, dict, 1) >> 3) + 1) << 3);
	return true;
}

bool sim_dict_put(struct sim_heap *heap, uint32_t dict, uint32_t key, uint32_t value)
{
	sim_hold(heap, dict);
	sim_hold(heap, key);
	sim_hold(heap, value);
	bool ok = dict_put_held(heap, dict, key, value);
	sim_drop(heap, 3);
	return ok;
}

/* ---- code ---- */

/* With n_bytecode bytes of bytecode: type, context, child table, bytecode. */
static uint32_t function_of(struct sim_heap *heap, uint32_t n_bytecode, uint32_t seed)
{
	uint32_t bytecode = sim_raw(heap, n_bytecode, seed), object;

	if (!bytecode)
		return 0;
	sim_hold(heap, bytecode);
	object = make(heap, SIM_FUNCTION, 4);
	sim_drop(heap, 1);
	if (object)
		set_word(heap, object, 3, bytecode);
	return object;
}

/* type, globals */
uint32_t sim_module(struct sim_heap *heap, uint32_t n_functions, uint32_t seed)
{
	uint32_t object = make(heap, SIM_MODULE, 4), globals;

	if (!object)
		return 0;
	sim_hold(heap, object);
	globals = sim_dict(heap, 1);
	if (globals)
		set_word(heap, object, 1, globals);
	for (uint32_t i = 0; globals && i < n_functions; i++) {
		/* The parser's and compiler's data, garbage once the function exists. */
		uint32_t parsed = sim_hold(heap, sim_raw(heap, 128 + seed % 7 * 96, seed));
		uint32_t scope = sim_hold(heap, sim_raw(heap, 48 + i % 5 * 16, seed));
		uint32_t function = parsed && scope ? function_of(heap, 40 + (seed + i * 37) % 300, seed + i) : 0;
		sim_drop(heap, 2);
		if (!function || !sim_dict_put(heap, globals, sim_qstr(seed + i), function))
			globals = 0;
	}
	sim_drop(heap, 1);
	return globals ? object : 0;
}

uint32_t sim_image(struct sim_heap *heap, uint32_t buffer, uint32_t n_bytes)
{
	uint32_t object = sim_alloc(heap, 4 * WORD, true);

	if (!object)
		return 0;
	set_word(heap, object, 0, sim_type_word(SIM_IMAGE));
	set_word(heap, object, 1, buffer);
	set_word(heap, object, 2, n_bytes);
	return object;
}
