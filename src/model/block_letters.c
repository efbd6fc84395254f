#include "memprof/model/block_letters.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/model/blocks.h"

int block_table_read(const uint8_t *table, size_t n_table_bytes, uint8_t *kinds, uint32_t n_blocks, uint32_t *ret_used)
{
	enum { FREE, HEAD, TAIL, MARK };
	static const uint8_t letters[] = { [FREE] = BLOCK_FREE, [HEAD] = BLOCK_ASK, [TAIL] = BLOCK_TAIL };
	uint32_t n = (uint32_t)MIN((uint64_t)n_table_bytes * 4, (uint64_t)n_blocks), n_used = 0;
	unsigned before = FREE;

	for (uint32_t i = 0; i < n; i++) {
		unsigned bits = table[i / 4] >> 2 * (i % 4) & 3;
		if (bits == MARK || (bits == TAIL && before == FREE))
			return -EINVAL;
		kinds[i] = letters[bits];
		n_used += bits != FREE;
		before = bits;
	}
	memset(kinds + n, BLOCK_FREE, n_blocks - n);
	*ret_used = n_used;
	return 0;
}

uint32_t block_letters_carry(uint8_t *now, const uint8_t *before, uint32_t n_blocks)
{
	uint32_t n_unknown = 0;

	for (uint32_t i = 0, n; i < n_blocks; i += n) {
		n = 1;
		if (!block_is_head(now[i]))
			continue;
		n = blocks_run_end(now, i + 1, n_blocks, BLOCK_TAIL) - i;
		if (block_is_head(before[i]) && before[i] != BLOCK_MARKED &&
		    blocks_run_end(before, i + 1, n_blocks, BLOCK_TAIL) - i == n)
			now[i] = before[i];
		n_unknown += now[i] == BLOCK_ASK;
	}
	return n_unknown;
}

void block_letters_show(uint8_t *ret, const uint8_t *kinds, uint32_t n_blocks)
{
	for (uint32_t i = 0; i < n_blocks; i++)
		ret[i] = kinds[i] == BLOCK_ASK ? BLOCK_HEAD : kinds[i];
}

/* ---- types ---- */

bool letter_is_type(uint8_t letter) { return letter && strchr("TLDSAFBM", letter); }

static struct letter_type *type_at(const struct letter_types *types, uint64_t address)
{
	for (size_t i = 0; i < types->n_types; i++)
		if (types->types[i].address == address)
			return (struct letter_type *)&types->types[i];
	return NULL;
}

void letter_types_learn(struct letter_types *types, uint64_t first_word, uint8_t letter, bool sure)
{
	struct letter_type *known = type_at(types, first_word);

	if (known && !known->sure && known->letter != letter)
		known->letter = BLOCK_ASK;
	if (known || types->n_types == LETTER_TYPES_MAX)
		return;
	types->types[types->n_types++] = (struct letter_type){ first_word, letter, sure };
}

uint8_t letter_types_of(const struct letter_types *types, uint64_t first_word)
{
	const struct letter_type *known = type_at(types, first_word);

	return known && known->letter != BLOCK_ASK ? known->letter : BLOCK_HEAD;
}
