/* Interned strings (py/qstr.h): a chain of pools, from the last one, which is on the heap if anything was interned
 * since boot, to the one of the firmware. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "private.h"

enum {
	NEAR_BYTES = 4 << 20,
	GAP_BYTES = 64,
	HEADER_WORDS = 6, /* prev, total before and a bit, alloc, len, hashes, lengths; names follow */
};

/* ---- object words ---- */

static bool is_repr_c(const struct objects *o) { return o->ids.id_none == NONE_C; }

bool is_qstr(const struct objects *o, uint64_t word, uint64_t *ret_qstr)
{
	if (is_repr_c(o) ? (word & 0xff80000f) != 6 : (word & 7) != 2)
		return false;
	*ret_qstr = is_repr_c(o) ? word >> 4 : word >> 3;
	return true;
}

bool is_small_int(const struct objects *o, uint64_t word, int64_t *ret)
{
	int64_t value = o->ids.word_bytes == 4 ? (int32_t)(uint32_t)word : (int64_t)word;

	*ret = value >> 1;
	return word & 1;
}

/* ---- pools ---- */

/* Words of memory that may be on the heap. */
static bool words_at(struct objects *o, uint64_t address, size_t n, uint64_t *ret)
{
	uint32_t i = blocks_object_over(&o->blocks, address);
	size_t n_bytes = n * o->ids.word_bytes;

	if (address % o->ids.word_bytes)
		return false;
	if (i == OBJECT_NONE) {
		uint8_t bytes[HEADER_WORDS * 8];
		if (blocks_has(&o->blocks, address) || !memory_get(o, address, n_bytes, bytes))
			return false;
		reader_words(o->ids.word_bytes, bytes, n, ret);
		return true;
	}
	size_t from = (size_t)(address - blocks_address(&o->blocks, i));
	if (n_bytes > blocks_n_bytes(&o->blocks, i) - from)
		return false;
	reader_words(o->ids.word_bytes, blocks_bytes(&o->blocks, i) + from, n, ret);
	return true;
}

/* The pools from this one to the first, which are in o->pools then. 0; -ENOENT: there is none; errors of the reader. */
static int follow(struct objects *o, uint64_t address)
{
	uint64_t end = NOT_KNOWN, mask = o->ids.word_bytes == 4 ? INT32_MAX : INT64_MAX;

	for (o->n_pools = 0; o->n_pools < QSTR_POOLS_MAX; o->n_pools++) {
		uint64_t words[HEADER_WORDS];
		uint64_t distance = address > o->low ? address - o->low : o->low - address;
		bool in_heap = blocks_object(&o->blocks, address) != OBJECT_NONE;
		if (!in_heap && (address == 0 || address % o->ids.word_bytes || distance > NEAR_BYTES ||
				 blocks_has(&o->blocks, address)))
			return -ENOENT;
		int error = in_heap ? 0 : memory_fetch(o, address, sizeof(words) / 8 * o->ids.word_bytes);
		if (error < 0)
			return error == -ERANGE ? -ENOENT : error;
		if (!words_at(o, address, HEADER_WORDS, words))
			return -ENOENT;
		uint64_t prev = words[0], first = words[1] & mask, alloc = words[2], n = words[3];
		/* In ROM, alloc is the size of the next pool; the last of ROM is empty without frozen modules. */
		if ((in_heap && n > alloc) || n > QSTRS_MAX || alloc > QSTRS_MAX || first > QSTRS_MAX ||
		    (end != NOT_KNOWN && first + n != end) || (prev == 0) != (first == 0) || (prev == 0 && n == 0))
			return -ENOENT;
		o->pools[o->n_pools] =
			(struct qstr_pool){ .address = address, .first = (uint32_t)first, .n = (uint32_t)n };
		end = first;
		address = prev;
		if (prev == 0) {
			o->n_pools++;
			return 0;
		}
	}
	return -ENOENT;
}

/* Where the arrays of a pool are. Those of the firmware show where ROM is. */
static void place_arrays(struct objects *o, struct qstr_pool *pool, bool has_hashes)
{
	uint64_t words[HEADER_WORDS] = { 0 }, word = o->ids.word_bytes;
	size_t n_words = has_hashes ? HEADER_WORDS : HEADER_WORDS - 1;

	words_at(o, pool->address, HEADER_WORDS, words);
	pool->pointers = pool->address + n_words * word;
	pool->lengths = words[n_words - 1];
	if (pool->n == 0 || blocks_has(&o->blocks, pool->address))
		return;
	if (!rom_grow(o, pool->address, n_words * word + pool->n * word) ||
	    !rom_grow(o, pool->lengths, (uint64_t)pool->n * o->length_bytes))
		pool->n = 0;
}

static const struct qstr_pool *pool_of(const struct objects *o, uint64_t qstr, uint64_t *ret_i)
{
	for (size_t i = 0; i < o->n_pools; i++) {
		*ret_i = qstr - o->pools[i].first;
		if (qstr >= o->pools[i].first && *ret_i < o->pools[i].n)
			return &o->pools[i];
	}
	return NULL;
}

/* Some bytes that may be on the heap, of an object or inside one. */
static bool bytes_at(const struct objects *o, uint64_t address, size_t n, uint8_t *ret)
{
	uint32_t i = blocks_object_over(&o->blocks, address);

	if (i == OBJECT_NONE)
		return memory_get(o, address, n, ret);
	uint64_t from = address - blocks_address(&o->blocks, i);
	if (n > blocks_n_bytes(&o->blocks, i) - from)
		return false;
	memcpy(ret, blocks_bytes(&o->blocks, i) + from, n);
	return true;
}

/* Where a name and its length are. */
static bool place_name(const struct objects *o, uint64_t qstr, uint64_t *ret_address, size_t *ret_n)
{
	uint64_t i;
	const struct qstr_pool *pool = pool_of(o, qstr, &i);
	uint8_t pointer[8], length[2] = { 0, 0 };

	if (!pool || !bytes_at(o, pool->pointers + i * o->ids.word_bytes, o->ids.word_bytes, pointer) ||
	    !bytes_at(o, pool->lengths + i * o->length_bytes, o->length_bytes, length))
		return false;
	reader_words(o->ids.word_bytes, pointer, 1, ret_address);
	*ret_n = (size_t)(length[0] | length[1] << 8);
	return *ret_address != 0;
}

/* Fetches what lies in ROM: pointers and lengths first, then the names. */
static int fetch_names(struct objects *o, const uint32_t *qstrs, size_t n)
{
	struct request *requests = calloc(2 * n + 1, sizeof(*requests));
	size_t n_requests = 0;
	uint64_t word = o->ids.word_bytes;

	if (!requests)
		return -ENOMEM;
	for (size_t k = 0; k < n; k++) {
		uint64_t i;
		const struct qstr_pool *pool = pool_of(o, qstrs[k], &i);
		if (!pool || blocks_has(&o->blocks, pool->address))
			continue;
		requests[n_requests++] = (struct request){ pool->pointers + i * word, word };
		requests[n_requests++] = (struct request){ pool->lengths + i * o->length_bytes, o->length_bytes };
	}
	int error = memory_fetch_all(o, requests, n_requests, GAP_BYTES);
	n_requests = 0;
	for (size_t k = 0; k < n && error == 0; k++) {
		uint64_t address;
		size_t n_bytes;
		if (place_name(o, qstrs[k], &address, &n_bytes) && n_bytes > 0 && !blocks_has(&o->blocks, address) &&
		    rom_grow(o, address, n_bytes))
			requests[n_requests++] = (struct request){ address, n_bytes };
	}
	if (error == 0)
		error = memory_fetch_all(o, requests, n_requests, GAP_BYTES);
	free(requests);
	return error;
}

static int keep_name(struct objects *o, uint32_t qstr)
{
	uint8_t bytes[UINT16_MAX];
	uint64_t address;
	size_t n;
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	while (o->n_names <= qstr)
		if (!vec_add(o, names))
			return -ENOMEM;
	if (o->names[qstr] || !place_name(o, qstr, &address, &n) || (n > 0 && !bytes_at(o, address, n, bytes)))
		return 0;
	text_visible(&text, bytes, MIN(n, (size_t)QSTR_MAX_BYTES), false);
	o->names[qstr] = arena_text(&o->arena, strbuf_text(&text), text.n_bytes);
	return strbuf_error(&text) < 0 ? -ENOMEM : arena_error(&o->arena);
}

int names_read(struct objects *o, const uint32_t *qstrs, size_t n)
{
	int error = fetch_names(o, qstrs, n);

	for (size_t i = 0; i < n && error == 0; i++)
		error = qstrs[i] < QSTRS_MAX ? keep_name(o, qstrs[i]) : 0;
	return error;
}

const char *name_of(const struct objects *o, uint64_t qstr) { return qstr < o->n_names ? o->names[qstr] : NULL; }

/* The number of a name that is known: 'len', if it was asked for, else that of `type`. NULL: there is none. */
static const char *known_name(struct objects *o, uint64_t *ret_qstr)
{
	uint64_t word = o->ids.word_bytes;

	if (is_qstr(o, o->ids.id_len, ret_qstr))
		return "len";
	if (memory_fetch(o, o->ids.id_type, 2 * word) < 0 || !memory_word(o, o->ids.id_type + word, ret_qstr))
		return NULL;
	*ret_qstr = *ret_qstr >> 16 & 0xffff;
	return "type";
}

/* Builds with and without hashes, and with lengths of one or two bytes: the one in which a known name is right. */
static int find_arrays(struct objects *o)
{
	struct qstr_pool pools[QSTR_POOLS_MAX];
	uint64_t low = o->low, high = o->high, qstr;
	const char *known = known_name(o, &qstr);
	int error = 0;

	memcpy(pools, o->pools, sizeof(pools));
	if (!known || qstr >= QSTRS_MAX)
		return -ENOENT;
	for (unsigned variant = 0; variant < 4 && error == 0; variant++) {
		uint32_t one = (uint32_t)qstr;
		memcpy(o->pools, pools, sizeof(pools));
		o->low = low;
		o->high = high;
		o->length_bytes = variant & 2 ? 2 : 1;
		for (size_t i = 0; i < o->n_pools; i++)
			place_arrays(o, &o->pools[i], !(variant & 1));
		error = names_read(o, &one, 1);
		const char *name = name_of(o, qstr);
		if (name && strcmp(name, known) == 0)
			return 0;
		if (qstr < o->n_names)
			o->names[qstr] = NULL;
	}
	return error < 0 ? error : -ENOENT;
}

int names_find_pools(struct objects *o, uint64_t from, uint64_t to, struct diag *diag)
{
	if (o->ids.id_none != NONE_A && o->ids.id_none != NONE_C)
		return diag_set(diag, -ENOTSUP,
				"this firmware's objects are of a representation that memprof does not read"
				" (MICROPY_OBJ_REPR_A and _C are read)");
	for (uint64_t at = from; at < to; at += o->ids.word_bytes) {
		uint64_t address;
		int error = memory_word(o, at, &address) ? follow(o, address) : -ENOENT;
		if (error == 0)
			error = find_arrays(o);
		if (error != -ENOENT)
			return error;
	}
	o->n_pools = 0;
	return diag_set(diag, -ENOENT, "unexpected interpreter state: no pool of interned strings");
}
