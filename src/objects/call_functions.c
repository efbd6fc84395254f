#include "call_functions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/search.h"
#include "private.h"

enum {
	FUNCTION_WORDS = 4, /* type, context, children, bytecode (py/objfun.h) */
	CONTEXT_WORDS = 3,  /* type, globals, table of names (py/bc.h, mp_module_context_t) */
	HEAD_BYTES = 64,    /* of bytecode: read at first, and compared later */
	KNOWN_MAX = 4096,
	NAMES_N = 2, /* of a function: its own and its file's */
};

struct known {
	uint64_t address, words[FUNCTION_WORDS];
	uint8_t *prelude;
	struct call_code code; /* its lines are in the prelude */
	uint32_t file, name;
};

struct call_cache {
	VEC(struct known, list); /* by address */
	uint64_t low, high;      /* ROM, as far as something is known to be there */
	uint64_t dict_type;
};

/* A function while it is read. */
struct reading {
	struct call_function *function;
	struct known *known; /* NULL */
	uint8_t raw[FUNCTION_WORDS * 8], raw_context[CONTEXT_WORDS * 8], raw_globals[8], head[HEAD_BYTES];
	uint64_t words[FUNCTION_WORDS], context[CONTEXT_WORDS];
	size_t n_head, n_prelude;
	uint8_t *prelude;
	uint8_t names[NAMES_N][2];
};

struct call_cache *call_cache_new(void) { return calloc(1, sizeof(struct call_cache)); }

static void forget_all(struct call_cache *cache)
{
	for (size_t i = 0; i < cache->n_list; i++)
		free(cache->list[i].prelude);
	vec_deinit(cache, list);
}

void call_cache_free(struct call_cache *cache)
{
	if (cache)
		forget_all(cache);
	free(cache);
}

/* Whether this may be read: in an area, or in ROM near what is known to be there, which is allowed then. */
static bool may_read(struct call_stacks *c, struct memory_reader *r, uint64_t address, uint64_t n_bytes)
{
	const struct gc_area *area = gc_areas_at(&c->areas, address);

	if (area)
		return n_bytes <= area->pool_end - address;
	return hull_grow(r, address, n_bytes, &c->cache->low, &c->cache->high);
}

/* ---- what is to be read ---- */

struct batch {
	VEC(struct memory_read, reads);
	int error;
};

static void add(struct batch *batch, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	if (batch->error == 0)
		batch->error = vec_push(batch, reads, (struct memory_read){ address, n_bytes, ret });
}

/* Ends the batch. */
static int read_all(struct memory_reader *r, struct batch *batch)
{
	int error = batch->error;

	if (error == 0 && batch->n_reads)
		error = reader_read_batch(r, batch->reads, batch->n_reads);
	vec_deinit(batch, reads);
	*batch = (struct batch){ 0 };
	return error;
}

/* ---- functions ---- */

/* An instruction of bytecode that begins there; 0: none is. */
static uint64_t instruction_of(const struct reading *in, uint64_t code)
{
	const uint64_t ips[] = { in->function->ip_high, in->function->ip_low };

	for (size_t i = 0; i < ARRAY_SIZE(ips); i++)
		if (code && ips[i] > code && ips[i] - code <= CALL_CODE_BYTES_MAX)
			return ips[i];
	return 0;
}

static struct known *find_known(const struct call_cache *cache, uint64_t address)
{
	size_t i = search_while(cache->n_list, k, cache->list[k].address < address);

	return i < cache->n_list && cache->list[i].address == address ? &cache->list[i] : NULL;
}

static void forget(struct call_cache *cache, uint64_t address)
{
	struct known *known = find_known(cache, address);

	if (!known)
		return;
	free(known->prelude);
	size_t i = (size_t)(known - cache->list);
	memmove(known, known + 1, (--cache->n_list - i) * sizeof(*known));
}

static int remember(struct call_cache *cache, const struct reading *in, const struct call_function *function)
{
	size_t i = search_while(cache->n_list, k, cache->list[k].address < function->address);

	if (!vec_add(cache, list))
		return -ENOMEM;
	memmove(&cache->list[i + 1], &cache->list[i], (cache->n_list - 1 - i) * sizeof(*cache->list));
	struct known *known = &cache->list[i];
	*known = (struct known){
		.address = function->address,
		.prelude = in->prelude,
		.code = function->code,
		.file = function->file,
		.name = function->name,
	};
	memcpy(known->words, in->words, sizeof(known->words));
	return 0;
}

/* The function itself, and of one that is known the first bytes of its code. */
static int read_objects(struct call_stacks *c, struct memory_reader *r, struct reading *list, size_t n)
{
	struct batch batch = { 0 };
	unsigned word = c->ids.word_bytes;

	for (size_t i = 0; i < n; i++) {
		struct reading *in = &list[i];
		in->known = find_known(c->cache, in->function->address);
		if (may_read(c, r, in->function->address, FUNCTION_WORDS * word))
			add(&batch, in->function->address, FUNCTION_WORDS * word, in->raw);
		if (in->known)
			add(&batch, in->known->words[3], MIN((size_t)in->known->code.n_prelude, (size_t)HEAD_BYTES),
			    in->head);
	}
	int error = read_all(r, &batch);
	for (size_t i = 0; i < n && error == 0; i++)
		reader_words(word, list[i].raw, FUNCTION_WORDS, list[i].words);
	return error;
}

static bool is_unchanged(const struct reading *in)
{
	const struct known *known = in->known;

	return known && memcmp(known->words, in->words, sizeof(in->words)) == 0 &&
	       memcmp(known->prelude, in->head, MIN((size_t)known->code.n_prelude, (size_t)HEAD_BYTES)) == 0;
}

static void use(const struct known *known, struct call_function *ret)
{
	ret->bytecode = known->words[3];
	ret->code = known->code;
	ret->file = known->file;
	ret->name = known->name;
}

/* What a function has before its bytecode: nothing of it is read that is not on the heap. */
static bool is_plausible(const struct call_stacks *c, const struct reading *in)
{
	uint64_t word = c->ids.word_bytes, type = in->words[0], context = in->words[1];

	return type && type % word == 0 && !gc_areas_at(&c->areas, type) && context % word == 0 &&
	       (gc_areas_at(&c->areas, context) || context == c->ids.id_globals);
}

static int read_contexts(struct call_stacks *c, struct memory_reader *r, struct reading *list, size_t n)
{
	struct batch batch = { 0 };
	size_t n_bytes = CONTEXT_WORDS * c->ids.word_bytes;

	for (size_t i = 0; i < n; i++) {
		struct reading *in = &list[i];
		if (is_plausible(c, in) && (in->words[1] == c->ids.id_globals || may_read(c, r, in->words[1], n_bytes)))
			add(&batch, in->words[1], n_bytes, in->raw_context);
	}
	int error = read_all(r, &batch);
	for (size_t i = 0; i < n && error == 0; i++)
		reader_words(c->ids.word_bytes, list[i].raw_context, CONTEXT_WORDS, list[i].context);
	return error;
}

/* The type of its globals. Up to 1.18 there was no context, but the globals. */
static int read_globals(struct call_stacks *c, struct memory_reader *r, struct reading *list, size_t n)
{
	struct batch batch = { 0 };
	unsigned word = c->ids.word_bytes;

	for (size_t i = 0; i < n; i++) {
		struct reading *in = &list[i];
		uint64_t globals = in->context[1];
		in->function->is_old = in->context[0] == c->cache->dict_type && instruction_of(in, in->words[2]);
		if (globals == c->ids.id_globals ||
		    (gc_areas_at(&c->areas, globals) && globals % word == 0 && may_read(c, r, globals, word)))
			add(&batch, globals, word, in->raw_globals);
	}
	return read_all(r, &batch);
}

/* The bytecode of what is certainly a function. It is as readable as an instruction behind it is. */
static int read_heads(struct call_stacks *c, struct memory_reader *r, struct reading *list, size_t n)
{
	struct batch batch = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct reading *in = &list[i];
		uint64_t type, code = in->words[3], ip = instruction_of(in, code);
		reader_words(c->ids.word_bytes, in->raw_globals, 1, &type);
		if (type != c->cache->dict_type || in->function->is_old || !ip || !may_read(c, r, code, ip - code))
			continue;
		in->n_head = (size_t)MIN(ip - code, (uint64_t)HEAD_BYTES);
		add(&batch, code, in->n_head, in->head);
	}
	int error = read_all(r, &batch);
	for (size_t i = 0; i < n && error == 0; i++) {
		struct reading *in = &list[i];
		uint64_t code = in->words[3];
		in->n_prelude = call_code_n_prelude(in->head, in->n_head);
		if (in->n_prelude && in->n_prelude > instruction_of(in, code) - code)
			in->n_prelude = 0;
	}
	return error;
}

/* What follows the heads. */
static int read_preludes(struct memory_reader *r, struct reading *list, size_t n)
{
	struct batch batch = { 0 };

	for (size_t i = 0; i < n && batch.error == 0; i++) {
		struct reading *in = &list[i];
		if (in->n_prelude == 0)
			continue;
		in->prelude = malloc(in->n_prelude);
		if (!in->prelude) {
			batch.error = -ENOMEM;
			break;
		}
		size_t n_head = MIN(in->n_head, in->n_prelude);
		memcpy(in->prelude, in->head, n_head);
		if (in->n_prelude > n_head)
			add(&batch, in->words[3] + n_head, in->n_prelude - n_head, in->prelude + n_head);
	}
	return read_all(r, &batch);
}

/* Names, through the table of the module: numbers of interned strings, of two bytes. Builds that cannot load compiled
 * code have no table: the file is in its place, and names are in the bytecode (MICROPY_EMIT_BYTECODE_USES_QSTR_TABLE).
 */
static int read_names(struct call_stacks *c, struct memory_reader *r, struct reading *list, size_t n)
{
	struct batch batch = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct reading *in = &list[i];
		struct call_function *function = in->function;
		if (!in->prelude || !call_code_read(in->prelude, in->n_prelude, &function->code))
			continue;
		function->bytecode = in->words[3];
		uint64_t table = in->context[2], name = table + 2 * (uint64_t)function->code.i_name;
		if (table < QSTRS_MAX) {
			function->file = (uint32_t)table;
			function->name = function->code.i_name;
		} else if (table % 2 == 0 && function->code.i_name < QSTRS_MAX && may_read(c, r, table, 2) &&
			   may_read(c, r, name, 2)) {
			add(&batch, table, 2, in->names[0]);
			add(&batch, name, 2, in->names[1]);
		}
	}
	return read_all(r, &batch);
}

/* Those that are not known yet, or not any more. */
static int read_new(struct call_stacks *c, struct memory_reader *r, struct reading *list, size_t n)
{
	int error = read_contexts(c, r, list, n);

	if (error == 0)
		error = read_globals(c, r, list, n);
	if (error == 0)
		error = read_heads(c, r, list, n);
	if (error == 0)
		error = read_preludes(r, list, n);
	if (error == 0)
		error = read_names(c, r, list, n);
	for (size_t i = 0; i < n; i++) {
		struct reading *in = &list[i];
		struct call_function *function = in->function;
		if (in->context[2] >= QSTRS_MAX) {
			function->file = in->names[0][0] | (uint32_t)in->names[0][1] << 8;
			function->name = in->names[1][0] | (uint32_t)in->names[1][1] << 8;
		}
		if (error == 0 && function->bytecode)
			error = remember(c->cache, in, function);
		if (error < 0 || !function->bytecode)
			free(in->prelude);
	}
	return error;
}

/* Uses what is known; the others come first in the list then, and their number is returned. */
static size_t use_known(struct call_stacks *c, struct reading *list, size_t n)
{
	size_t n_new = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_unchanged(&list[i]))
			use(list[i].known, list[i].function);
		else
			list[n_new++] = list[i];
	}
	for (size_t i = 0; i < n_new; i++)
		forget(c->cache, list[i].function->address);
	return n_new;
}

int call_areas_allow(struct call_stacks *c, struct memory_reader *r)
{
	struct call_cache *cache = c->cache;
	unsigned word = c->ids.word_bytes;
	uint8_t bytes[8];

	if (cache->high == 0) {
		cache->low = c->ids.id_type;
		cache->high = c->ids.id_type + word;
	}
	int error = reader_allow(r, cache->low, cache->high - cache->low);
	for (size_t i = 0; i < c->areas.n_areas && error == 0; i++) {
		const struct gc_area *area = &c->areas.areas[i];
		error = reader_allow(r, area->pool, area->pool_end - area->pool);
		if (error == 0)
			error = reader_allow(r, area->table, area->n_table_bytes);
	}
	if (error == 0)
		error = reader_allow(r, c->ids.id_globals, CONTEXT_WORDS * word);
	if (cache->dict_type || error < 0)
		return error;
	error = reader_read(r, c->ids.id_globals, word, bytes);
	if (error == 0)
		reader_words(word, bytes, 1, &cache->dict_type);
	return error;
}

int call_functions_read(struct call_stacks *c, struct memory_reader *r, struct call_function *functions,
			size_t n_functions)
{
	struct reading *list = calloc(n_functions + 1, sizeof(*list));
	int error = list ? 0 : -ENOMEM;

	for (size_t i = 0; i < n_functions && list; i++)
		list[i].function = &functions[i];
	if (c->cache->n_list > KNOWN_MAX)
		forget_all(c->cache);
	if (error == 0)
		error = read_objects(c, r, list, n_functions);
	if (error == 0)
		error = read_new(c, r, list, use_known(c, list, n_functions));
	free(list);
	return error;
}
