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

/* py/obj.h. Before 1.13 None is the address of an object, and names have one bit more. */
static const struct repr {
	uint32_t mask, tag;
	uint8_t shift;
	uint64_t none; /* 0: an address */
} reprs[] = {
	{ 0xff80000f, 6, 4, NONE_C },
	{ 7, 2, 3, NONE_A },
	{ 0xff800007, 6, 3, 0 },
	{ 3, 2, 2, 0 },
};

bool is_qstr(const struct objects *o, uint64_t word, uint64_t *ret_qstr)
{
	const struct repr *repr = &reprs[o->i_repr];

	if ((word & repr->mask) != repr->tag)
		return false;
	*ret_qstr = word >> repr->shift;
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

/* Where a name's length is (py/qstr.h): in an array beside the pool, or before the name itself. */
struct names_layout {
	uint8_t header_words;
	uint8_t stride;   /* of the array; 0: before the name */
	uint8_t i_length; /* bytes from the start of the entry, or from where the pointer points to */
	uint8_t n_length; /* bytes of it */
};
static const struct names_layout layouts[] = {
	{ 6, 1, 0, 1 },                                 /* since 1.19: hashes, lengths */
	{ 5, 1, 0, 1 },                                 /* without hashes */
	{ 6, 2, 0, 2 }, { 5, 2, 0, 2 }, { 4, 0, 2, 1 }, /* up to 1.18: hash, length, name */
	{ 4, 0, 1, 1 }, { 4, 0, 2, 2 }, { 4, 0, 1, 2 },
	{ 5, 2, 1, 1 }, /* CircuitPython 8: hash and length in one array */
	{ 5, 4, 2, 1 },
};

/* The pointers of a pool, and the array of lengths if there is one. Those of the firmware show where ROM is. */
static void place_arrays(struct objects *o, struct qstr_pool *pool, const struct names_layout *layout)
{
	uint64_t words[HEADER_WORDS] = { 0 }, word = o->ids.word_bytes, n_header = layout->header_words;

	words_at(o, pool->address, HEADER_WORDS, words);
	pool->pointers = pool->address + n_header * word;
	pool->lengths = layout->stride ? words[n_header - 1] : 0;
	if (pool->n == 0 || blocks_has(&o->blocks, pool->address))
		return;
	if (!rom_grow(o, pool->address, n_header * word + pool->n * word) ||
	    (layout->stride && !rom_grow(o, pool->lengths, (uint64_t)pool->n * layout->stride)))
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

/* What is read of a name, in this order. */
enum step { STEP_POINTER, STEP_LENGTH, STEP_TEXT, N_STEPS };

/* Where that is, if the steps before it have been read. */
static bool place_step(const struct objects *o, uint64_t qstr, enum step step, struct request *ret)
{
	const struct names_layout *layout = &layouts[o->i_layout];
	uint8_t pointer[8], length[2] = { 0, 0 };
	uint64_t i, word = o->ids.word_bytes, at;
	const struct qstr_pool *pool = pool_of(o, qstr, &i);

	if (!pool)
		return false;
	*ret = (struct request){ pool->pointers + i * word, word };
	if (step == STEP_POINTER)
		return true;
	if (!bytes_at(o, ret->start, word, pointer))
		return false;
	reader_words(o->ids.word_bytes, pointer, 1, &at);
	if (at == 0 || at > UINT64_MAX - UINT16_MAX)
		return false;
	*ret = (struct request){ (layout->stride ? pool->lengths + i * layout->stride : at) + layout->i_length,
				 layout->n_length };
	if (step == STEP_LENGTH)
		return true;
	if (!bytes_at(o, ret->start, layout->n_length, length))
		return false;
	*ret = (struct request){ layout->stride ? at : ret->start + layout->n_length,
				 MIN((size_t)(length[0] | length[1] << 8), (size_t)QSTR_MAX_BYTES) };
	return true;
}

bool name_place(const struct objects *o, uint64_t qstr, struct request *ret)
{
	return place_step(o, qstr, STEP_TEXT, ret);
}

/* Fetches what lies in ROM, step by step. */
static int fetch_names(struct objects *o, const uint32_t *qstrs, size_t n)
{
	struct request *requests = calloc(n + 1, sizeof(*requests));
	int error = requests ? 0 : -ENOMEM;

	for (int step = 0; step < N_STEPS && error == 0; step++) {
		size_t n_requests = 0;
		for (size_t k = 0; k < n; k++) {
			struct request *next = &requests[n_requests];
			if (place_step(o, qstrs[k], (enum step)step, next) && next->n_bytes > 0 &&
			    !blocks_has(&o->blocks, next->start) && rom_grow(o, next->start, next->n_bytes))
				n_requests++;
		}
		error = memory_fetch_all(o, requests, n_requests, GAP_BYTES);
	}
	free(requests);
	return error;
}

static int keep_name(struct objects *o, uint32_t qstr)
{
	uint8_t bytes[QSTR_MAX_BYTES];
	struct request name;
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	while (o->n_names <= qstr)
		if (!vec_add(o, names))
			return -ENOMEM;
	if (o->names[qstr] || !place_step(o, qstr, STEP_TEXT, &name) ||
	    (name.n_bytes > 0 && !bytes_at(o, name.start, name.n_bytes, bytes)))
		return 0;
	text_visible(&text, bytes, name.n_bytes, false);
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

static bool is_named(const struct objects *o, uint64_t qstr, const char *text)
{
	const char *name = name_of(o, qstr);

	return name && strcmp(name, text) == 0;
}

/* Places the arrays of all pools as a layout has them. */
static void place_pools(struct objects *o, const struct qstr_pool *pools, const struct names_layout *layout)
{
	memcpy(o->pools, pools, sizeof(o->pools));
	for (size_t i = 0; i < o->n_pools; i++)
		place_arrays(o, &o->pools[i], layout);
}

/* The layout with which the name of `type` is right. */
static int find_layout(struct objects *o)
{
	/* A type has flags before its name since 1.10 (py/obj.h, mp_obj_type_t). */
	static const uint8_t shifts[] = { 16, 0 };
	struct qstr_pool pools[QSTR_POOLS_MAX];
	uint64_t low = o->low, high = o->high, word = o->ids.word_bytes, second;
	int error = memory_fetch(o, o->ids.id_type, 2 * word);
	bool lacks = false;

	memcpy(pools, o->pools, sizeof(pools));
	if (error < 0 && error != -EFAULT && error != -ERANGE)
		return error;
	if (error < 0 || !memory_word(o, o->ids.id_type + word, &second))
		return -ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(layouts) * ARRAY_SIZE(shifts) && error == 0; i++) {
		o->i_layout = (uint8_t)(i % ARRAY_SIZE(layouts));
		o->name_shift = shifts[i / ARRAY_SIZE(layouts)];
		uint32_t qstr = second >> o->name_shift & 0xffff;
		o->low = low;
		o->high = high;
		place_pools(o, pools, &layouts[o->i_layout]);
		error = names_read(o, &qstr, 1);
		if (is_named(o, qstr, "type"))
			return 0;
		lacks |= error == -EFAULT; /* where another one would have it, maybe */
		error = error == -EFAULT ? 0 : error;
		if (qstr < o->n_names)
			o->names[qstr] = NULL;
	}
	o->low = low;
	o->high = high;
	return error < 0 ? error : lacks ? -EFAULT : -ENOENT;
}

/* The names among the keys of __main__'s globals, with the representation at hand. */
static size_t global_names(const struct objects *o, uint32_t table, uint32_t *ret)
{
	size_t n = 0;

	for (size_t k = 0; k < n_words_of(o, table); k += 2) {
		uint64_t qstr;
		if (is_qstr(o, object_word(o, table, k), &qstr) && qstr < QSTRS_MAX)
			ret[n++] = (uint32_t)qstr;
	}
	return n;
}

/* The representation with which the keys are names, as far as they can be, and one is __name__. */
static int find_repr(struct objects *o)
{
	uint32_t table = table_of(o, o->ids.id_globals);
	uint32_t *qstrs = table == OBJECT_NONE ? NULL : calloc(n_words_of(o, table) / 2 + 1, sizeof(*qstrs));
	int error = table == OBJECT_NONE ? -ENOTSUP : qstrs ? 0 : -ENOMEM;
	size_t n_most = 0;
	bool found = false;

	for (o->i_repr = 0; o->i_repr < ARRAY_SIZE(reprs) && error == 0; o->i_repr++) {
		size_t n = global_names(o, table, qstrs);
		n_most = MAX(n_most, n);
	}
	for (size_t i = 0; i < ARRAY_SIZE(reprs) && error == 0 && !found; i++) {
		o->i_repr = (uint8_t)i;
		size_t n = global_names(o, table, qstrs);
		if (n == n_most)
			error = names_read(o, qstrs, n);
		for (size_t k = 0; k < n && n == n_most && error == 0 && !found; k++)
			found = is_named(o, qstrs[k], "__name__");
	}
	free(qstrs);
	if (o->ids.id_none == 0)
		o->ids.id_none = reprs[o->i_repr].none;
	return found || error < 0 ? error : -ENOTSUP;
}

int names_find_pools(struct objects *o, uint64_t from, uint64_t to, struct diag *diag)
{
	for (uint64_t at = from; at < to; at += o->ids.word_bytes) {
		uint64_t address;
		int error = memory_word(o, at, &address) ? follow(o, address) : -ENOENT;
		if (error == 0)
			error = find_layout(o);
		if (error == 0)
			error = find_repr(o);
		if (error == -ENOTSUP)
			return diag_set(diag, error,
					"memprof reads objects of MICROPY_OBJ_REPR_A and _C; this firmware has others");
		if (error != -ENOENT)
			return error;
	}
	o->n_pools = 0;
	return diag_set(diag, -ENOENT, "unexpected interpreter state: no pool of interned strings");
}
