/* TLSF heaps (mattconte/tlsf deff9ab and older, espressif/tlsf ba64d19): variables that lead to a control structure,
 * which is known by its lists, as an empty one is a link to it. Its first pool lies behind it
 * (tlsf_create_with_pool). Others are told by the free blocks that its lists have: a pool begins where a symbol does,
 * from where blocks lead to that one. */
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

enum {
	NULL_BLOCK_WORDS = 4,
	LISTS_MAX = 32 * 32,
	POOLS_MAX = 8,
	SYMBOLS_MAX = 8, /* before a free block that are tried as the beginning of its pool */
	HEAD_FLAGS = 3,
	FULL_MIN_BYTES = 1024,
	PAYLOAD_MIN_BYTES = 3 * WORD_BYTES,
};

struct heap_of {
	struct reading *reading;
	const char *name;
	uint64_t control, control_bytes, lists, n_lists;
	uint64_t heads[LISTS_MAX];
	uint8_t sl_log2;
	struct {
		uint64_t start, end;
	} pools[POOLS_MAX];
	size_t n_pools;
};

static bool any(const struct reading *reading)
{
	uint64_t address;

	return symbol_at(reading, "tlsf_malloc", &address, NULL);
}

/* ---- the control structure ---- */

/* Espressif's has numbers of its lists in bit fields behind the null block, and an array of lists elsewhere. */
static bool find_lists(struct heap_of *h)
{
	const struct image_types *types = h->reading->program->types;
	static const char *const names[] = { "control_t", "control_s" };
	uint64_t offset, n_bytes, bits;

	for (size_t i = 0; types && i < ARRAY_SIZE(names); i++) {
		if (!image_types_bytes(types, names[i], &h->control_bytes) ||
		    !image_types_member(types, names[i], "blocks", &offset, &n_bytes))
			continue;
		h->sl_log2 = 5;
		h->lists = h->control + offset;
		h->n_lists = n_bytes / WORD_BYTES;
		if (h->n_lists > 1)
			return h->n_lists <= LISTS_MAX;
		uint64_t at = h->control + NULL_BLOCK_WORDS * WORD_BYTES;
		if (!read_word(h->reading, at, &bits) || !read_word(h->reading, h->lists, &h->lists))
			return false;
		uint64_t n_first = bits & 0x1f, n_second = bits >> 14 & 0x3f;
		h->sl_log2 = bits >> 20 & 7;
		h->n_lists = n_first * n_second;
		h->control_bytes += (n_first + h->n_lists) * WORD_BYTES;
		return h->n_lists > 0 && h->n_lists <= LISTS_MAX;
	}
	return false;
}

/* ---- pools ---- */

/* Where the variable ends that has the address; 0: none has. */
static uint64_t end_of_symbol(const struct reading *reading, uint64_t address)
{
	const struct image *image = reading->program->image;

	for (size_t i = 0; i < image->n_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];
		uint64_t start = s->address + reading->program->moved_by;
		if (s->kind == 'o' && s->size_bytes != NOT_KNOWN && address >= start && address - start < s->size_bytes)
			return start + s->size_bytes;
	}
	return 0;
}

/* Follows blocks from the beginning of a pool to its end, a block of no bytes, or to the size of a certain block.
 * NOT_KNOWN: they lead to neither. */
static uint64_t follow(struct heap_of *h, uint64_t start, uint64_t limit, uint64_t target)
{
	struct window w;
	uint64_t at = start, ret = NOT_KNOWN;
	uint32_t word;

	window_open(&w, h->reading, start, limit - start);
	while (at <= limit - WORD_BYTES && !w.failed) {
		memcpy(&word, allocators_at(at), sizeof(word));
		uint32_t size = word & ~(uint32_t)HEAD_FLAGS;
		if (at == target || (size == 0 && target == NOT_KNOWN)) {
			ret = at + WORD_BYTES;
			break;
		}
		if (size < PAYLOAD_MIN_BYTES || size % WORD_BYTES || size > limit - at - WORD_BYTES)
			break;
		at += WORD_BYTES + size;
	}
	window_close();
	return ret;
}

static bool has_pool(const struct heap_of *h, uint64_t address)
{
	for (size_t i = 0; i < h->n_pools; i++)
		if (address >= h->pools[i].start - WORD_BYTES && address < h->pools[i].end)
			return true;
	return false;
}

static void add_pool(struct heap_of *h, uint64_t start, uint64_t end)
{
	if (h->n_pools < POOLS_MAX) {
		h->pools[h->n_pools].start = start;
		h->pools[h->n_pools++].end = end;
	}
}

static bool has_list_in(const struct heap_of *h, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < h->n_lists; i++)
		if (h->heads[i] != h->control && h->heads[i] >= start && h->heads[i] < end)
			return true;
	return false;
}

/* The pool behind the control structure, of which tlsf_create_with_pool was given all. One that is damaged ends with
 * that memory; without a free block of it, or with pools elsewhere, there was none (tlsf_create). */
static void find_first(struct heap_of *h, bool is_last_try)
{
	uint64_t start = h->control + h->control_bytes, limit = end_of_symbol(h->reading, h->control);
	bool is_sized = limit > start + PAYLOAD_MIN_BYTES;
	uint64_t end = follow(h, start, is_sized ? limit : start + POOL_MAX_BYTES / 4, NOT_KNOWN);

	if (end != NOT_KNOWN && end > start + WORD_BYTES)
		add_pool(h, start, end);
	else if (is_sized && (is_last_try || has_list_in(h, start, limit)))
		add_pool(h, start, limit);
}

/* The pool that a free block belongs to. */
static void find_pool_of(struct heap_of *h, uint64_t block)
{
	const struct image *image = h->reading->program->image;
	uint64_t size_at = block + WORD_BYTES, before = size_at + 1;

	for (size_t n = 0; n < SYMBOLS_MAX; n++) {
		uint64_t start = 0;
		for (size_t i = 0; i < image->n_symbols; i++) {
			uint64_t at = image->symbols[i].address + h->reading->program->moved_by;
			if (at < before && at > start)
				start = at;
		}
		for (size_t i = 0; i < image->n_values; i++) {
			uint64_t at = image->values[i].value + h->reading->program->moved_by;
			if (at < before && at > start)
				start = at;
		}
		if (start == 0 || size_at - start > POOL_MAX_BYTES)
			return;
		before = start;
		uint64_t aligned = (start + WORD_BYTES - 1) & ~UINT64_C(3);
		if (aligned > size_at || follow(h, aligned, size_at + WORD_BYTES, size_at) == NOT_KNOWN)
			continue;
		uint64_t limit = end_of_symbol(h->reading, aligned);
		uint64_t end = follow(h, aligned, limit > block ? limit : block + POOL_MAX_BYTES / 4, NOT_KNOWN);
		add_pool(h, aligned, end != NOT_KNOWN ? end : limit > block ? limit : block + 2 * WORD_BYTES);
		return;
	}
}

/* Of a control structure: most lists are empty, which is a link to it, and others lead somewhere. */
static bool read_lists(struct heap_of *h)
{
	uint8_t bytes[LISTS_MAX * WORD_BYTES];
	size_t n_empty = 0;

	if (!read_bytes(h->reading, h->lists, (size_t)h->n_lists * WORD_BYTES, bytes))
		return false;
	reader_words(WORD_BYTES, bytes, (size_t)h->n_lists, h->heads);
	for (size_t i = 0; i < h->n_lists; i++) {
		if (h->heads[i] == 0 || h->heads[i] % WORD_BYTES)
			return false;
		n_empty += h->heads[i] == h->control;
	}
	return n_empty >= h->n_lists / 2;
}

static void find_others(struct heap_of *h)
{
	for (size_t i = 0; i < h->n_lists && h->n_pools < POOLS_MAX && h->reading->error == 0; i++)
		if (h->heads[i] != h->control && !has_pool(h, h->heads[i]))
			find_pool_of(h, h->heads[i]);
}

/* Pools without a free block: large variables that blocks fill to the end. */
static void find_full(struct heap_of *h)
{
	const struct image *image = h->reading->program->image;

	for (size_t i = 0; i < image->n_symbols && h->n_pools < POOLS_MAX && h->reading->error == 0; i++) {
		const struct image_symbol *s = &image->symbols[i];
		uint64_t start = (s->address + h->reading->program->moved_by + WORD_BYTES - 1) & ~UINT64_C(3);
		bool is_of_ram = s->section != IMAGE_NONE && image->sections[s->section].write;
		if (s->kind != 'o' || !is_of_ram || s->size_bytes == NOT_KNOWN || s->size_bytes < FULL_MIN_BYTES ||
		    s->size_bytes > POOL_MAX_BYTES || has_pool(h, start) ||
		    (h->control >= start && h->control - start < s->size_bytes))
			continue;
		uint64_t limit = s->address + h->reading->program->moved_by + s->size_bytes;
		uint64_t end = follow(h, start, limit, NOT_KNOWN);
		if (end != NOT_KNOWN && end > start + WORD_BYTES && limit - end < 2 * WORD_BYTES)
			add_pool(h, start, end);
	}
}

static void read_pools(struct heap_of *h)
{
	struct memprof_tlsf ctx = { .sl_log2 = h->sl_log2, .flags = h->n_pools == 1 ? MEMPROF_TLSF_ONE_POOL : 0 };
	char name[sizeof(((struct heap_pool *)NULL)->name)];

	for (size_t i = 0; i < h->n_pools; i++) {
		struct c_pool pool = c_pool_of(POOL_TLSF, memprof_tlsf_stats, memprof_tlsf_walk, &ctx);
		snprintf(name, sizeof(name), h->n_pools > 1 ? "%.12s.%zu" : "%.15s", h->name, i);
		pool.name = name;
		pool.start = h->pools[i].start;
		pool.n_bytes = h->pools[i].end - h->pools[i].start;
		pool.granule_bytes = WORD_BYTES;
		c_pool_add(h->reading, &pool);
	}
}

/* The heap of a control structure, if it is one. */
static void read_heap(struct reading *reading, const char *name, uint64_t control)
{
	struct heap_of h = { .reading = reading, .name = name, .control = control };

	if (control == 0 || control % WORD_BYTES || !find_lists(&h) || !read_lists(&h))
		return;
	find_first(&h, false);
	find_others(&h);
	find_full(&h);
	if (h.n_pools == 0)
		find_first(&h, true);
	read_pools(&h);
}

static bool leads_to_control(const struct image_variable *v)
{
	return (strcmp(v->type, "tlsf_t") == 0 && !v->is_pointer) ||
	       (v->is_pointer && (strcmp(v->type, "control_t") == 0 || strcmp(v->type, "tlsf_t") == 0));
}

static void read_heaps(struct reading *reading)
{
	size_t n;
	const struct image_variable *all = c_variables(reading, &n);
	uint64_t control;

	for (size_t i = 0; i < n && reading->error == 0; i++)
		for (uint64_t k = 0; leads_to_control(&all[i]) && k < MIN(all[i].n, (uint64_t)POOLS_MAX); k++)
			if (read_word(reading, all[i].address + reading->program->moved_by + k * WORD_BYTES, &control))
				read_heap(reading, all[i].name, control);
}

const struct allocator tlsf_heaps = { any, read_heaps };
