/* MicroPython's objects as they are laid out on its heap (32-bit, py/obj*.h of v1.27), with the runtime's
 * sizes, growth steps and garbage. An object is the address of its head; 0 is a MemoryError. A value is a
 * word: an object, sim_int(n) or sim_qstr(n). A new object is unreachable until something refers to it:
 * keep it on the stack (sim_hold) across further allocations. */
#pragma once

#include "heap.h"

/* An object's first word is the address of its type. */
enum sim_type {
	SIM_TUPLE,
	SIM_LIST,
	SIM_DICT,
	SIM_STR,
	SIM_BYTES,
	SIM_BYTEARRAY,
	SIM_FLOAT,
	SIM_FUNCTION,
	SIM_MODULE,
	SIM_CLOSURE,
	SIM_IMAGE,
};
uint32_t sim_type_word(enum sim_type type); /* the address of the type, in flash */
/* The wire's code of a head with this first word: WIRE_HEAD unless the firmware's own map has a letter
 * for its type. */
uint8_t sim_type_code(uint32_t first_word);

static inline uint32_t sim_int(uint32_t n) { return n << 1 | 1; }
static inline uint32_t sim_qstr(uint32_t n) { return n << 3 | 2; }

uint32_t sim_float(struct sim_heap *heap, uint32_t value);
uint32_t sim_tuple(struct sim_heap *heap, const uint32_t *values, uint32_t n);
uint32_t sim_closure(struct sim_heap *heap, const uint32_t *values, uint32_t n);
/* SIM_STR, SIM_BYTES or SIM_BYTEARRAY; seed selects the contents. */
uint32_t sim_text(struct sim_heap *heap, enum sim_type type, uint32_t n_bytes, uint32_t seed);
/* Plain bytes, without a type: bytecode, a parser's chunk. */
uint32_t sim_raw(struct sim_heap *heap, uint32_t n_bytes, uint32_t seed);

uint32_t sim_list(struct sim_heap *heap, uint32_t n_room);
uint32_t sim_list_n(struct sim_heap *heap, uint32_t list);
void sim_list_set(struct sim_heap *heap, uint32_t list, uint32_t i, uint32_t value);
bool sim_list_append(struct sim_heap *heap, uint32_t list, uint32_t value); /* holds both */
void sim_list_pop_first(struct sim_heap *heap, uint32_t list);

uint32_t sim_dict(struct sim_heap *heap, uint32_t n_room);
bool sim_dict_put(struct sim_heap *heap, uint32_t dict, uint32_t key, uint32_t value); /* holds all three */

/* A module with n_functions functions. */
uint32_t sim_module(struct sim_heap *heap, uint32_t n_functions, uint32_t seed);
/* An object of four words with a finaliser that owns a buffer outside the heap; words 1 and 2 are its
 * address and size. */
uint32_t sim_image(struct sim_heap *heap, uint32_t buffer, uint32_t n_bytes);
