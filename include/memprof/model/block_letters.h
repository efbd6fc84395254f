/* A block table as it lies in memory has no letters: a head is a head. These come from the last text of mem_info(1)
 * for heads that are as they were, and from first words for the others, once it is known which type an address is.
 * Pure; no I/O. */
#ifndef MEMPROF_BLOCK_LETTERS_H
#define MEMPROF_BLOCK_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/model/heap.h"

/* A head that nobody has looked at yet. Never in a heap: block_letters_show makes BLOCK_HEAD of it. */
enum { BLOCK_ASK = '?' };

/* Kinds from a table of two bits a block (py/gc.c), n_blocks of them, of which the table holds n_table_bytes * 4; the
 * rest is free. Heads become BLOCK_ASK. *ret_used: how many are not free. 0; -EINVAL if that is no table at rest: a
 * tail without a head, a mark of a collection. */
int block_table_read(const uint8_t *table, size_t n_table_bytes, uint8_t *kinds, uint32_t n_blocks, uint32_t *ret_used);

/* Of two tables of the same area: heads of now that were heads of the same length get their letters of before. How many
 * are still to be asked. */
uint32_t block_letters_carry(uint8_t *now, const uint8_t *before, uint32_t n_blocks);

/* Copies kinds for others to see. */
void block_letters_show(uint8_t *ret, const uint8_t *kinds, uint32_t n_blocks);

/* ---- which address is which type ---- */

enum { LETTER_TYPES_MAX = 64 };

struct letter_type {
	uint64_t address;
	uint8_t letter; /* BLOCK_ASK: two heads contradict each other */
	bool sure;      /* the board said so itself */
};

struct letter_types {
	struct letter_type types[LETTER_TYPES_MAX];
	size_t n_types;
};

/* Whether a letter says that the first word is one certain type: T L D S A F B M. */
bool letter_is_type(uint8_t letter);
/* A head with this letter has this first word; sure: that is the address of the type. What two heads say differently
 * is known of neither, and none contradicts what is sure. */
void letter_types_learn(struct letter_types *types, uint64_t first_word, uint8_t letter, bool sure);
/* The letter of a head with this first word. */
uint8_t letter_types_of(const struct letter_types *types, uint64_t first_word);

#endif
