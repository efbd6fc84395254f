/* Letters for a block table read from memory, which has only heads and tails. They come from the last mem_info(1) text
 * for unchanged heads, and for others from their first words, once the addresses of types are known. Pure; no I/O. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/model/heap.h"

/* A head whose letter is not known yet. Never in a heap: block_letters_show converts it to BLOCK_HEAD. */
enum { BLOCK_ASK = '?' };

/* Kinds of n_blocks from a table of two bits per block (py/gc.c); blocks after the n_table_bytes * 4 of the table are
 * free. Heads become BLOCK_ASK. *ret_used: blocks that are not free. 0; -EINVAL if the table is inconsistent (a tail
 * without a head), or of a running collection (a mark). */
int block_table_read(const uint8_t *table, size_t n_table_bytes, uint8_t *kinds, uint32_t n_blocks, uint32_t *ret_used);

/* Copies letters between two tables of the same area, to heads that were heads of the same length before. Returns the
 * number of heads still unknown. */
uint32_t block_letters_carry(uint8_t *now, const uint8_t *before, uint32_t n_blocks);

/* Copies kinds, with BLOCK_HEAD for BLOCK_ASK. */
void block_letters_show(uint8_t *ret, const uint8_t *kinds, uint32_t n_blocks);

/* ---- addresses of types ---- */

enum { LETTER_TYPES_MAX = 64 };

struct letter_type {
	uint64_t address;
	uint8_t letter; /* BLOCK_ASK: heads contradict each other */
	bool sure;      /* reported by the board */
};

struct letter_types {
	struct letter_type types[LETTER_TYPES_MAX];
	size_t n_types;
};

/* Whether the letter implies a type in the first word: T L D S A F B M. */
bool letter_is_type(uint8_t letter);
/* Records the first word of a head with this letter; sure: it is the address of the type. Contradictions make the
 * letter unknown, unless it was sure. */
void letter_types_learn(struct letter_types *types, uint64_t first_word, uint8_t letter, bool sure);
/* The letter of a head with this first word. */
uint8_t letter_types_of(const struct letter_types *types, uint64_t first_word);
