/* Words of objects and of the tables of dicts. */
#include "memprof/base/number.h"
#include "private.h"

uint64_t word_at(const struct objects *o, const uint8_t *bytes, size_t i)
{
	uint64_t ret;

	reader_words(o->ids.word_bytes, bytes + i * o->ids.word_bytes, 1, &ret);
	return ret;
}

size_t n_words_of(const struct objects *o, uint32_t i) { return blocks_n_bytes(&o->blocks, i) / o->ids.word_bytes; }

uint64_t object_word(const struct objects *o, uint32_t i, size_t i_word)
{
	return i_word < n_words_of(o, i) ? word_at(o, blocks_bytes(&o->blocks, i), i_word) : 0;
}

uint32_t table_of(const struct objects *o, uint64_t dict)
{
	uint64_t word;

	return memory_word(o, dict + 3 * o->ids.word_bytes, &word) ? blocks_object(&o->blocks, word) : OBJECT_NONE;
}

bool is_empty_key(uint64_t word) { return word == 0 || word == 4 || word == 8; }
