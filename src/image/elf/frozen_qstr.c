/* Interned strings of the firmware. A pool is { prev, total_prev_len, alloc, len, hashes, lengths, texts[len] }, of
 * words (checked against 32- and 64-bit builds of 1.25.0); hashes are missing where MICROPY_QSTR_BYTES_IN_HASH is 0,
 * and older releases have no lengths either. The size of the pool distinguishes the forms. */
#include <inttypes.h>

#include "elf/frozen.h"
#include "slice.h"

/* ---- of an ELF ---- */

static uint64_t size_at(const struct frozen_source *source, uint64_t address)
{
	for (size_t i = 0; i < source->n_symbols; i++)
		if (source->symbols[i].address == address && slice_starts(source->symbols[i].name, "mp_qstr_"))
			return source->symbols[i].elf->size_bytes;
	return 0;
}

/* Bytes of each item of a table, by the size of its symbol. */
static unsigned item_bytes(const struct frozen_source *source, uint64_t address, uint64_t n_items)
{
	uint64_t size_bytes = address == NOT_KNOWN ? 0 : size_at(source, address);

	return n_items && size_bytes == 2 * n_items ? 2 : n_items && size_bytes == n_items ? 1 : 0;
}

static bool read_pool(const struct frozen_source *source, uint64_t address, struct frozen_pool *ret)
{
	const struct elf_file *elf = source->elf;
	unsigned word_bytes = elf->image->address_bits / 8;
	uint64_t n_header_words = 6;

	*ret = (struct frozen_pool){ .address = address,
				     .size_bytes = size_at(source, address),
				     .hashes_at = NOT_KNOWN,
				     .lengths_at = NOT_KNOWN };
	if (!elf_pointer(elf, address, &ret->prev) ||
	    !elf_number(elf, address + 3 * word_bytes, word_bytes, &ret->n_strings) ||
	    ret->n_strings >= elf->n_bytes / word_bytes)
		return false;
	if (ret->size_bytes)
		n_header_words = ret->size_bytes / word_bytes - ret->n_strings;
	else
		ret->size_bytes = (n_header_words + ret->n_strings) * word_bytes;
	if (ret->size_bytes != (n_header_words + ret->n_strings) * word_bytes || n_header_words < 4 ||
	    n_header_words > 6 || !elf_content(elf, address, ret->size_bytes))
		return false;
	ret->texts_at = address + n_header_words * word_bytes;
	if (n_header_words == 6)
		elf_pointer(elf, address + 4 * word_bytes, &ret->hashes_at);
	if (n_header_words >= 5)
		elf_pointer(elf, ret->texts_at - word_bytes, &ret->lengths_at);
	ret->hash_bytes = item_bytes(source, ret->hashes_at, ret->n_strings);
	ret->length_bytes = item_bytes(source, ret->lengths_at, ret->n_strings);
	return true;
}

static bool is_known(const struct frozen_source *source, uint64_t address)
{
	for (size_t i = 0; i < source->n_pools; i++)
		if (source->pools[i].address == address)
			return true;
	return false;
}

static void find_pools(struct image *image, struct frozen_source *source)
{
	const struct frozen_symbol *first = frozen_find_symbol(source, "mp_qstr_frozen_const_pool");
	uint64_t address, number = 0;

	if (!first)
		first = frozen_find_symbol(source, "mp_qstr_const_pool");
	for (address = first ? first->address : 0; address; source->n_pools++) {
		struct frozen_pool *pool = &source->pools[source->n_pools];
		if (source->n_pools == FROZEN_POOLS_MAX || is_known(source, address) ||
		    !read_pool(source, address, pool)) {
			image_note(image,
				   "the chain of qstr pools breaks at 0x%" PRIx64
				   ": interned strings behind it are not counted",
				   address);
			break;
		}
		if (pool->n_strings && !pool->length_bytes)
			image_note(image,
				   "the qstr pool at 0x%" PRIx64 " has no table of lengths: its texts are not counted",
				   address);
		address = pool->prev;
	}
	for (size_t i = source->n_pools; i-- > 0;) { /* the end of the chain has the lowest numbers */
		source->pools[i].first = number;
		number += source->pools[i].n_strings;
	}
}

static uint64_t texts_bytes(const struct frozen_source *source, const struct frozen_pool *p)
{
	uint64_t n_bytes = 0, length;

	if (!p->length_bytes || !elf_content(source->elf, p->lengths_at, p->n_strings * p->length_bytes))
		return 0;
	for (uint64_t i = 0; i < p->n_strings; i++)
		if (elf_number(source->elf, p->lengths_at + i * p->length_bytes, p->length_bytes, &length))
			n_bytes += length + 1;
	return n_bytes;
}

static void add_elf_qstrs(struct image *image, struct frozen_source *source)
{
	find_pools(image, source);
	for (size_t i = 0; i < source->n_pools; i++) {
		const struct frozen_pool *p = &source->pools[i];
		image->qstr.n_pools++;
		image->qstr.n_strings += p->n_strings;
		image->qstr.tables_bytes += p->size_bytes + p->n_strings * (p->length_bytes + p->hash_bytes);
		if (p->n_strings && !p->length_bytes)
			image->qstr.texts_bytes = NOT_KNOWN;
		else if (image->qstr.texts_bytes != NOT_KNOWN)
			image->qstr.texts_bytes += texts_bytes(source, p);
	}
}

bool frozen_qstr_text(const struct frozen_source *source, uint64_t number, struct image_slice *ret)
{
	for (size_t i = 0; i < source->n_pools; i++) {
		const struct frozen_pool *p = &source->pools[i];
		uint64_t n = number - p->first, length, text_at;
		if (number < p->first || n >= p->n_strings || !p->length_bytes)
			continue;
		if (!elf_number(source->elf, p->lengths_at + n * p->length_bytes, p->length_bytes, &length) ||
		    !elf_pointer(source->elf, p->texts_at + n * (source->elf->image->address_bits / 8), &text_at))
			return false;
		*ret = (struct image_slice){ elf_content(source->elf, text_at, length), (uint32_t)length };
		return ret->text;
	}
	return false;
}

/* ---- of a map ---- */

/* Sizes of input sections. The texts are merged with other strings. */
static void add_map_qstrs(struct image *image, const struct frozen_source *source)
{
	static const struct {
		const char *name;
		bool pool, lengths;
	} tables[] = {
		{ "mp_qstr_const_pool_static", true, false },    { "mp_qstr_const_pool", true, false },
		{ "mp_qstr_frozen_const_pool", true, false },    { "mp_qstr_const_lengths_static", false, true },
		{ "mp_qstr_const_lengths", false, true },        { "mp_qstr_frozen_const_lengths", false, true },
		{ "mp_qstr_const_hashes_static", false, false }, { "mp_qstr_const_hashes", false, false },
		{ "mp_qstr_frozen_const_hashes", false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		const struct frozen_symbol *s = frozen_find_symbol(source, tables[i].name);
		if (!s)
			continue;
		image->qstr.n_pools += tables[i].pool;
		image->qstr.n_strings += tables[i].lengths ? s->size_bytes : 0;
		image->qstr.tables_bytes += s->size_bytes;
		image->qstr.texts_bytes = NOT_KNOWN;
	}
}

void frozen_add_qstrs(struct image *image, struct frozen_source *source)
{
	if (source->elf)
		add_elf_qstrs(image, source);
	else
		add_map_qstrs(image, source);
}
