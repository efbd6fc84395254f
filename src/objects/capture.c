/* Reads what is needed, and only what is known to be memory: the interpreter's state, block tables, blocks in use, the
 * stack. How each is found, and why reading it is safe: facts of py/mpstate.h, and the addresses of sys.modules and of
 * __main__'s globals, which lie in the state. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "private.h"

enum {
	STEP_BYTES = 32,
	STATE_MAX_BYTES = 4096, /* between dict_locals and sys.modules; 872 seen */
	STACK_MORE_WORDS = 16,  /* of gc.collect() below what stack_use() counted from; further down are old words */
	STACK_MAX_BYTES = 1 << 20,
	STACK_LEAST_BYTES = 256,         /* a smaller limit is another number */
	STACK_LIMIT_MAX_BYTES = 1 << 17, /* and so is a larger one: 80000 in the unix port */
	STACK_MORE_BYTES = 2048,         /* below the limit, which ports take off for C: 256 to 2048 */
	HEAD_WORDS = 3,                  /* before dict_locals: stack_top, stack_limit, gc_lock_depth */
	PYSTACK_MAX_BYTES = 1 << 16,
	RUN_GAP_BYTES = 64,
	BATCH = 256,
	POOL_MAX_BYTES = 128 << 20, /* of all areas, up to their last used blocks */
};

/* ---- tables and blocks ---- */

int tables_read(struct memory_reader *r, const struct gc_areas *areas, struct blocks *ret)
{
	int error = blocks_init(ret, areas);

	for (size_t i = 0; i < areas->n_areas && error == 0; i++) {
		const struct gc_area *area = &areas->areas[i];
		size_t n = (size_t)area->n_table_bytes;
		uint8_t *table = malloc(n);
		error = table ? reader_allow(r, area->table, n) : -ENOMEM;
		if (error == 0)
			error = reader_read(r, area->table, n, table);
		if (error == 0)
			error = blocks_add(ret, area, table);
		free(table);
	}
	if (error == 0)
		blocks_seal(ret);
	return error;
}

/* The used blocks of an area, with gaps that cost less than another read. */
static int read_blocks(struct objects *o, struct area *area, const struct extent *extents, size_t n_extents)
{
	const struct blocks *b = &o->blocks;
	size_t n_bytes = (size_t)area->n_blocks * b->block_bytes;
	struct memory_read reads[BATCH];
	size_t n_reads = 0;
	int error = 0;

	if (n_bytes == 0)
		return 0;
	area->bytes = calloc(1, n_bytes);
	if (!area->bytes)
		return -ENOMEM;
	error = reader_allow(o->reader, area->pool, n_bytes);
	for (size_t i = 0; i < n_extents && error == 0; i++) {
		size_t from = (size_t)(extents[i].i_block - area->i_first) * b->block_bytes;
		size_t n = (size_t)extents[i].n_blocks * b->block_bytes;
		struct memory_read *last = n_reads ? &reads[n_reads - 1] : NULL;
		if (last && area->pool + from - (last->address + last->n_bytes) <= RUN_GAP_BYTES &&
		    area->pool + from + n - last->address <= RUN_MAX_BYTES) {
			last->n_bytes = (size_t)(area->pool + from + n - last->address);
			continue;
		}
		for (; n > 0 && error == 0; from += RUN_MAX_BYTES) {
			size_t n_piece = MIN(n, (size_t)RUN_MAX_BYTES);
			if (n_reads == BATCH) {
				error = reader_read_batch(o->reader, reads, n_reads);
				n_reads = 0;
			}
			reads[n_reads++] = (struct memory_read){ area->pool + from, n_piece, area->bytes + from };
			n -= n_piece;
		}
	}
	return error < 0 ? error : reader_read_batch(o->reader, reads, n_reads);
}

static int read_all_blocks(struct objects *o, struct diag *diag)
{
	struct blocks *b = &o->blocks;
	uint64_t n_bytes = 0;
	int error = 0;

	for (size_t i = 0; i < b->n_areas; i++)
		n_bytes += (uint64_t)b->areas[i].n_blocks * b->block_bytes;
	if (n_bytes > POOL_MAX_BYTES)
		return diag_set(diag, -ENOTSUP, "the heap is larger than the %d MiB that memprof reads",
				POOL_MAX_BYTES >> 20);
	for (size_t i = 0, i_first = 0, n; i < b->n_areas && error == 0; i++, i_first += n) {
		struct area *area = &b->areas[i];
		for (n = 0;
		     i_first + n < b->n_extents && b->extents[i_first + n].i_block < area->i_first + area->n_blocks;)
			n++;
		error = read_blocks(o, area, b->extents + i_first, n);
	}
	return error;
}

/* While it was read, its header had the address of some block. */
static void clear_reader(struct objects *o)
{
	enum { HEADER_WORDS = 4 };
	uint32_t i = blocks_object(&o->blocks, o->ids.id_reader);
	size_t word = o->ids.word_bytes;

	if (i != OBJECT_NONE && blocks_n_bytes(&o->blocks, i) >= HEADER_WORDS * word)
		memset(blocks_bytes(&o->blocks, i) + 2 * word, 0, 2 * word);
}

/* ---- the interpreter's state ---- */

static bool is_dict(const struct objects *o, uint64_t address)
{
	uint32_t i = blocks_object(&o->blocks, address);
	uint64_t type;

	return i != OBJECT_NONE && memory_word(o, o->ids.id_globals, &type) && object_word(o, i, 0) == type;
}

/* Words of the state that may be of a stack. */
struct head {
	uint64_t top, limit;
	uint64_t used; /* what is certainly on it: nlr_top; top while no Python runs */
};

static bool is_head(const struct objects *o, const struct head *h)
{
	return h->top > o->ids.word_bytes && h->used <= h->top && h->top - h->used <= STACK_MAX_BYTES &&
	       !blocks_has(&o->blocks, h->top);
}

static bool has_limit(const struct head *h)
{
	return h->limit >= MAX(h->top - h->used, (uint64_t)STACK_LEAST_BYTES) && h->limit <= STACK_LIMIT_MAX_BYTES &&
	       h->limit < h->top;
}

/* The lowest word of a stack, as the board or its processor has it; 0 if it is no stack's. */
static uint64_t known_low(const struct objects *o, const struct head *h)
{
	uint64_t n_bytes = o->ids.stack_used_bytes + STACK_MORE_WORDS * o->ids.word_bytes, sp = o->ids.stack_pointer;
	uint64_t n_max_bytes = has_limit(h) ? h->limit + STACK_MORE_BYTES : STACK_MAX_BYTES;

	if (o->ids.stack_used_bytes)
		return n_bytes <= STACK_MAX_BYTES && h->top > n_bytes && h->used >= h->top - n_bytes ?
			       h->top - n_bytes :
			       0;
	return sp <= h->used && h->top - sp <= n_max_bytes ? sp : 0;
}

/* The stack pointer may be another task's: then all down to the limit may be of the stack. */
static uint64_t limit_low(const struct objects *o, const struct head *h)
{
	return !o->ids.stack_used_bytes && has_limit(h) ? h->top - h->limit : 0;
}

/* Python's own stack, whose three addresses end i words before dict_locals. Not more is read than is there without. 1:
 * it is there; 0; errors of the reader. */
static int place_pystack(struct objects *o, uint64_t i)
{
	uint64_t word = o->ids.word_bytes, at = o->roots - i * word, start, end, now;

	if (!memory_word(o, at - 2 * word, &end) || !memory_word(o, at - word, &now) || now == 0 || now % word ||
	    end % word || now > end || end - now > PYSTACK_MAX_BYTES || blocks_has(&o->blocks, now))
		return 0;
	int error = memory_fetch(o, at - 3 * word - (HEAD_WORDS - 1) * word, HEAD_WORDS * word);
	if (error < 0)
		return error == -EFAULT || error == -ERANGE ? 0 : error;
	if (!memory_word(o, at - 3 * word, &start) || start == 0 || start % word || start > now || start >= end ||
	    end - start > PYSTACK_MAX_BYTES)
		return 0;
	o->pystack = start;
	o->pystack_end = now;
	return 1;
}

/* The stack: stack_top lies some words before dict_locals, and up to 1.9 behind nlr_top, with or without stack_limit
 * behind it (py/mpstate.h, mp_state_thread_t). nlr_top, behind dict_globals, lies on the stack. 1: it, or Python's own,
 * is found; 0; errors of the reader. */
static int place_stack(struct objects *o)
{
	enum { N_TOPS = 4 };
	/* Without pystack, with it up to 1.16, and since. 0: none. */
	static const int8_t tops[][N_TOPS] = { { 1, 2, 3, -3 }, { 5, 4 }, { 6, 5 } };
	uint64_t word = o->ids.word_bytes, nlr_top, low;
	struct head h;

	o->stack = o->stack_end = o->pystack = o->pystack_end = 0;
	if (!memory_word(o, o->roots + 2 * word, &nlr_top))
		return 0;
	int later = place_pystack(o, 1), early = later == 0 ? place_pystack(o, 0) : 0;
	if (later < 0 || early < 0)
		return later < 0 ? later : early;
	const int8_t *top = tops[later ? 2 : early ? 1 : 0];
	for (size_t i = 0; i < N_TOPS && top[i] && !o->stack_end; i++) {
		uint64_t at = o->roots - (uint64_t)top[i] * word;
		if (!memory_word(o, at, &h.top) || !memory_word(o, at + word, &h.limit))
			continue;
		h.used = nlr_top ? nlr_top : h.top;
		low = is_head(o, &h) ? known_low(o, &h) : 0;
		o->stack_known = low != 0;
		if (!low && is_head(o, &h))
			low = limit_low(o, &h);
		o->stack_end = low ? h.top & ~(word - 1) : 0;
		o->stack = low & ~(word - 1);
	}
	return o->stack_end || o->pystack;
}

/* Down from sys.modules to dict_locals and dict_globals. While the REPL runs both are __main__'s; else each is some
 * dict, and what is near them must be of a stack. */
static int find_dict_locals(struct objects *o, struct diag *diag)
{
	uint64_t word = o->ids.word_bytes, at = o->ids.id_modules, first, second, id = o->ids.id_globals;

	for (uint64_t n = STEP_BYTES; n <= STATE_MAX_BYTES && n < o->ids.id_modules; n += STEP_BYTES) {
		uint64_t low = o->ids.id_modules - n;
		int error = memory_fetch(o, low, STEP_BYTES);
		/* What is readable may begin with the state. */
		for (size_t n_left = STEP_BYTES - word; error == -EFAULT && n_left > 0; n_left -= word)
			error = memory_fetch(o, low += word, n_left);
		if (error < 0)
			return error;
		for (; at > low; at -= word) {
			if (!memory_word(o, at - word, &first) || !memory_word(o, at, &second) ||
			    (first != id && !is_dict(o, first)) || (second != id && !is_dict(o, second)))
				continue;
			o->roots = at - word;
			error = memory_fetch(o, o->roots - HEAD_WORDS * word, HEAD_WORDS * word);
			int found = error == 0 ? place_stack(o) : error;
			if (found != 0 || (first == id && second == id))
				return MIN(found, 0);
		}
	}
	return diag_set(diag, -ENOENT,
			"unexpected interpreter state: no current globals before sys.modules, with a stack");
}

/* The collector's roots end at qstr_last_chunk, qstr_last_alloc, qstr_last_used. There is a chunk if anything was
 * interned since boot; else the end is not known. */
static void find_roots_end(struct objects *o)
{
	uint64_t word = o->ids.word_bytes, area = o->areas.areas[0].address - word, chunk, alloc, used;

	o->roots_end = area;
	for (uint64_t at = o->ids.id_globals + 4 * word; at + 3 * word <= area; at += word) {
		if (!memory_word(o, at, &chunk) || !memory_word(o, at + word, &alloc) ||
		    !memory_word(o, at + 2 * word, &used))
			return;
		uint32_t i = blocks_object(&o->blocks, chunk);
		if (i == OBJECT_NONE || alloc == 0 || alloc > blocks_n_bytes(&o->blocks, i) || used > alloc ||
		    blocks_n_bytes(&o->blocks, i) - alloc >= o->blocks.block_bytes)
			continue;
		o->roots_end = at;
		o->roots_end_known = true;
		return;
	}
}

/* As the number of keys of __main__'s globals has it. */
static void count_dict_flags(struct objects *o)
{
	uint64_t dict = o->ids.id_globals, word = o->ids.word_bytes, used = 0, room = 0, n_keys = 0;
	uint32_t table = table_of(o, dict);

	memory_word(o, dict + word, &used);
	memory_word(o, dict + 2 * word, &room);
	for (size_t k = 0; table != OBJECT_NONE && k / 2 < room && k < n_words_of(o, table); k += 2)
		n_keys += !is_empty_key(object_word(o, table, k));
	o->n_dict_flags = used >> DICT_FLAGS_MAX == n_keys ? DICT_FLAGS_MAX : DICT_FLAGS;
}

/* Areas that were found one by one may lack the last: what the board says is in use is not there then. */
static int check_used(const struct objects *o, struct diag *diag)
{
	uint64_t used_bytes = 0;

	for (uint32_t i = 0; i < o->blocks.n_extents; i++)
		used_bytes += blocks_n_bytes(&o->blocks, i);
	if (used_bytes == o->ids.used_bytes)
		return 0;
	return diag_set(diag, -ENOENT,
			"unexpected heap layout: its areas have %" PRIu64
			" bytes in use, and gc.mem_alloc() says %" PRIu64,
			used_bytes, o->ids.used_bytes);
}

int capture(struct objects *o, struct diag *diag)
{
	const struct interpreter_ids *ids = &o->ids;
	const struct gc_areas_extent extent = { .total_bytes = ids->total_bytes, .lacks = ids->lacks_areas };
	int error = gc_areas_find(o->reader, ids->id_modules, ids->id_globals, &extent, &o->areas, diag);

	if (error == 0)
		error = tables_read(o->reader, &o->areas, &o->blocks);
	if (error == 0)
		error = check_used(o, diag);
	if (error == -EINVAL)
		error = diag_set(diag, -ENOENT, "unexpected heap layout: a block table begins an object with its tail");
	if (error == 0 && o->blocks.n_extents == 0)
		error = diag_set(diag, -ENOENT, "the heap is empty");
	if (error == 0)
		error = memory_fetch(o, ids->id_modules,
				     (size_t)(o->areas.areas[0].address + ids->word_bytes - ids->id_modules));
	if (error == 0)
		error = read_all_blocks(o, diag);
	if (error < 0)
		return error;
	clear_reader(o);
	count_dict_flags(o);
	error = find_dict_locals(o, diag);
	if (error == 0 && o->stack_end)
		error = memory_fetch(o, o->stack, (size_t)(o->stack_end - o->stack));
	if (error == 0 && o->pystack_end > o->pystack)
		error = memory_fetch(o, o->pystack, (size_t)(o->pystack_end - o->pystack));
	if (error < 0)
		return error;
	find_roots_end(o);
	o->low = ids->id_type;
	o->high = ids->id_type + 2 * ids->word_bytes;
	if (!rom_grow(o, ids->id_type, 2 * ids->word_bytes))
		return diag_set(diag, -ENOENT, "unexpected address of the type 'type'");
	return names_find_pools(o, o->roots + 2 * ids->word_bytes, ids->id_modules, diag);
}
