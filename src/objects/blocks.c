#include <errno.h>
#include <stdlib.h>

#include "memprof/base/search.h"
#include "private.h"

/* ---- the tables ---- */

enum code { CODE_FREE, CODE_HEAD, CODE_TAIL, CODE_MARKED };

static enum code code_at(const uint8_t *table, uint32_t i) { return (enum code)(table[i / 4] >> i % 4 * 2 & 3); }

int blocks_init(struct blocks *b, const struct gc_areas *areas)
{
	*b = (struct blocks){ .block_bytes = areas->areas[0].block_bytes };
	for (size_t i = 0; i < areas->n_areas; i++)
		b->n_words += (areas->areas[i].n_blocks + 63) / 64;
	b->heads = calloc(b->n_words, sizeof(*b->heads));
	b->rank = calloc(b->n_words, sizeof(*b->rank));
	return b->heads && b->rank ? 0 : -ENOMEM;
}

void blocks_deinit(struct blocks *b)
{
	for (size_t i = 0; i < b->n_areas; i++)
		free(b->areas[i].bytes);
	free(b->heads);
	free(b->rank);
	vec_deinit(b, extents);
}

int blocks_add(struct blocks *b, const struct gc_area *area, const uint8_t *table)
{
	const struct area *last = b->n_areas ? &b->areas[b->n_areas - 1] : NULL;
	uint32_t i_first = last ? last->i_first + (last->n_blocks + 63) / 64 * 64 : 0, n_blocks = 0;
	enum code before = CODE_FREE;

	for (uint32_t i = 0; i < area->n_blocks; i++) {
		enum code code = code_at(table, i);
		uint32_t at = i_first + i;
		if (code == CODE_TAIL && before == CODE_FREE)
			return -EINVAL;
		if (code == CODE_HEAD || code == CODE_MARKED) {
			b->heads[at / 64] |= UINT64_C(1) << at % 64;
			if (vec_push(b, extents, (struct extent){ at, 1 }) < 0)
				return -ENOMEM;
		} else if (code == CODE_TAIL) {
			b->extents[b->n_extents - 1].n_blocks++;
		}
		if (code != CODE_FREE)
			n_blocks = i + 1;
		before = code;
	}
	b->areas[b->n_areas++] = (struct area){ .pool = area->pool, .i_first = i_first, .n_blocks = n_blocks };
	return 0;
}

/* Without a call: __builtin_popcountll is one of libgcc's for a processor that has no instruction for it. */
static uint32_t n_bits(uint64_t word)
{
	word -= word >> 1 & 0x5555555555555555;
	word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
	word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (uint32_t)(word * 0x0101010101010101 >> 56);
}

void blocks_seal(struct blocks *b)
{
	uint32_t n = 0;

	for (size_t i = 0; i < b->n_words; i++) {
		b->rank[i] = n;
		n += n_bits(b->heads[i]);
	}
}

/* ---- addresses ---- */

static const struct area *area_of(const struct blocks *b, uint64_t address)
{
	for (size_t i = 0; i < b->n_areas; i++) {
		const struct area *area = &b->areas[i];
		if (address >= area->pool && address - area->pool < (uint64_t)area->n_blocks * b->block_bytes)
			return area;
	}
	return NULL;
}

bool blocks_has(const struct blocks *b, uint64_t address) { return area_of(b, address) != NULL; }

uint32_t blocks_object(const struct blocks *b, uint64_t address)
{
	const struct area *area = address % b->block_bytes ? NULL : area_of(b, address);

	if (!area)
		return OBJECT_NONE;
	uint32_t i = area->i_first + (uint32_t)((address - area->pool) / b->block_bytes);
	uint64_t bit = UINT64_C(1) << i % 64;
	if (!(b->heads[i / 64] & bit))
		return OBJECT_NONE;
	return b->rank[i / 64] + n_bits(b->heads[i / 64] & (bit - 1));
}

uint32_t blocks_object_over(const struct blocks *b, uint64_t address)
{
	const struct area *area = area_of(b, address);

	if (!area)
		return OBJECT_NONE;
	uint32_t i_block = area->i_first + (uint32_t)((address - area->pool) / b->block_bytes);
	size_t i = search_while(b->n_extents, k, b->extents[k].i_block <= i_block);
	bool is_in = i > 0 && i_block - b->extents[i - 1].i_block < b->extents[i - 1].n_blocks;
	return is_in ? (uint32_t)i - 1 : OBJECT_NONE;
}

static const struct area *area_of_object(const struct blocks *b, uint32_t i)
{
	const struct area *area = b->areas;

	while (area + 1 < b->areas + b->n_areas && area[1].i_first <= b->extents[i].i_block)
		area++;
	return area;
}

uint64_t blocks_address(const struct blocks *b, uint32_t i)
{
	const struct area *area = area_of_object(b, i);

	return area->pool + (uint64_t)(b->extents[i].i_block - area->i_first) * b->block_bytes;
}

uint32_t blocks_n_bytes(const struct blocks *b, uint32_t i) { return b->extents[i].n_blocks * b->block_bytes; }

uint8_t *blocks_bytes(const struct blocks *b, uint32_t i)
{
	const struct area *area = area_of_object(b, i);

	return area->bytes + (size_t)(b->extents[i].i_block - area->i_first) * b->block_bytes;
}
