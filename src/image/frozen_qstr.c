/* Interned strings of the firmware. A pool is { prev, total_prev_len, alloc, len, hashes, lengths, texts[len] }, of
 * words (py/qstr.h, 1.19 to 1.26); hashes are missing where MICROPY_QSTR_BYTES_IN_HASH is 0, and before 1.19 the
 * texts had hash and length before them. Which it is the pool's size tells. */
#include <string.h>

#include "frozen.h"
#include "memprof/text.h"

enum { POOLS_MAX = 16 };        /* there are 3: static, the port's, that of frozen modules */

/* ---- of an ELF ---- */

struct pool {
	uint64_t prev, n_strings, size_bytes;
	uint64_t hashes_at, lengths_at;         /* NOT_KNOWN: it has none */
};

static uint64_t size_at(const struct frozen_source *source, uint64_t address)
{
	for (size_t i = 0; i < source->n_symbols; i++)
		if (source->symbols[i].address == address && text_starts(source->symbols[i].name.text,
									   source->symbols[i].name.n_bytes, "mp_qstr_"))
			return source->symbols[i].elf->size_bytes;
	return 0;
}

static bool read_pool(const struct frozen_source *source, uint64_t address, struct pool *ret)
{
	const struct elf_file *elf = source->elf;
	unsigned word_bytes = elf->image->address_bits / 8;
	uint64_t n_header_words = 6;

	*ret = (struct pool){ .size_bytes = size_at(source, address), .hashes_at = NOT_KNOWN, .lengths_at = NOT_KNOWN };
	if (!elf_pointer(elf, address, &ret->prev)
	    || !elf_number(elf, address + 3 * word_bytes, word_bytes, &ret->n_strings)
	    || ret->n_strings >= elf->n_bytes / word_bytes)
		return false;
	if (ret->size_bytes)
		n_header_words = ret->size_bytes / word_bytes - ret->n_strings;
	else
		ret->size_bytes = (n_header_words + ret->n_strings) * word_bytes;
	if (ret->size_bytes != (n_header_words + ret->n_strings) * word_bytes || n_header_words < 4 || n_header_words > 6
	    || !elf_content(elf, address, ret->size_bytes))
		return false;
	if (n_header_words == 6)
		elf_pointer(elf, address + 4 * word_bytes, &ret->hashes_at);
	if (n_header_words >= 5)
		elf_pointer(elf, address + (n_header_words - 1) * word_bytes, &ret->lengths_at);
	return true;
}

/* Bytes of each item of a table, by the size of its symbol. */
static unsigned item_bytes(const struct frozen_source *source, uint64_t address, uint64_t n_items)
{
	uint64_t size_bytes = address == NOT_KNOWN ? 0 : size_at(source, address);

	return n_items && size_bytes == 2 * n_items ? 2 : n_items && size_bytes == n_items ? 1 : 0;
}

static uint64_t texts_bytes(const struct frozen_source *source, const struct pool *p, unsigned length_bytes)
{
	uint64_t n_bytes = 0, length;

	if (p->lengths_at == NOT_KNOWN || !length_bytes
	    || !elf_content(source->elf, p->lengths_at, p->n_strings * length_bytes))
		return 0;
	for (uint64_t i = 0; i < p->n_strings; i++)
		if (elf_number(source->elf, p->lengths_at + i * length_bytes, length_bytes, &length))
			n_bytes += length + 1;
	return n_bytes;
}

static void of_elf(struct image *image, const struct frozen_source *source)
{
	static const char *const firsts[] = { "mp_qstr_frozen_const_pool", "mp_qstr_const_pool" };
	uint64_t seen[POOLS_MAX], address = 0;
	const struct frozen_symbol *first = NULL;
	struct image_qstr *to = &image->qstr;

	for (size_t i = 0; i < ARRAY_SIZE(firsts) && !first; i++)
		first = frozen_symbol(source, firsts[i]);
	if (first)
		address = first->address;
	for (size_t n = 0; address; n++) {
		struct pool pool;
		bool again = n == POOLS_MAX;
		for (size_t i = 0; i < n && !again; i++)
			again = seen[i] == address;
		if (again || !read_pool(source, address, &pool)) {
			image_note(image, "the chain of qstr pools breaks at 0x%llx: interned strings behind it are not counted",
				   (unsigned long long)address);
			return;
		}
		unsigned length_bytes = item_bytes(source, pool.lengths_at, pool.n_strings);
		unsigned hash_bytes = item_bytes(source, pool.hashes_at, pool.n_strings);
		if (pool.n_strings && !length_bytes)
			image_note(image, "the qstr pool at 0x%llx has no table of lengths: its texts are not counted",
				   (unsigned long long)address);
		to->n_pools++;
		to->n_strings += pool.n_strings;
		to->total_bytes += pool.size_bytes + pool.n_strings * (length_bytes + hash_bytes)
			+ texts_bytes(source, &pool, length_bytes);
		seen[n] = address;
		address = pool.prev;
	}
}

/* ---- of a map ---- */

/* Sizes of input sections; the texts lie among the merged strings, where nothing tells them from others. */
static void of_map(struct image *image, const struct frozen_source *source)
{
	static const struct { const char *name; bool pool, lengths; } tables[] = {
		{ "mp_qstr_const_pool_static", true, false }, { "mp_qstr_const_pool", true, false },
		{ "mp_qstr_frozen_const_pool", true, false }, { "mp_qstr_const_lengths_static", false, true },
		{ "mp_qstr_const_lengths", false, true }, { "mp_qstr_frozen_const_lengths", false, true },
		{ "mp_qstr_const_hashes_static", false, false }, { "mp_qstr_const_hashes", false, false },
		{ "mp_qstr_frozen_const_hashes", false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		const struct frozen_symbol *s = frozen_symbol(source, tables[i].name);
		if (!s)
			continue;
		image->qstr.n_pools += tables[i].pool;
		image->qstr.n_strings += tables[i].lengths ? s->size_bytes : 0;
		image->qstr.total_bytes += s->size_bytes;
	}
}

void frozen_qstrs(struct image *image, const struct frozen_source *source)
{
	if (source->elf)
		of_elf(image, source);
	else
		of_map(image, source);
}
