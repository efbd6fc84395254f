/* The state of a frame (py/bc.h, mp_code_state_t): function, ip, sp, n_state and exc_sp_idx, old_globals; then a word
 * or more in some builds, and n_state words. */
#include "memprof/objects/call_stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "call_functions.h"
#include "memprof/base/number.h"
#include "memprof/base/search.h"
#include "private.h"

enum {
	STATE_WORDS = 5,
	STATE_MORE_WORDS = 3,  /* prev if stackless, two with settrace */
	GENERATOR_WORDS = 2,   /* before the state: type, pend_exc (py/objgenerator.c) */
	CANDIDATES_MAX = 2048, /* addresses on the stack */
	NEAR_ROM_BYTES = 16 << 20,
	NLR_NEAR_WORDS = 128,
	STATES_MAX = 1024,
	SURE_STATES = 2, /* at one distance from their nlr_buf: no chance */
};

/* What may be a frame. */
struct state {
	uint64_t at;    /* its address */
	uint64_t place; /* on the stack: its own, of its nlr_buf, or of the outermost pointer to it */
	uint64_t function, ip;
	uint32_t n_state;
	bool on_stack, is_generator, is_placed;
	uint8_t table; /* the byte of the block table that has its block */
};

/* A word of the stack that may be the address of a state on the heap. */
struct pointer {
	uint64_t address, place;
	bool is_generator;
	uint8_t raw[(STATE_WORDS + 1) * 8]; /* pend_exc of a generator, and the state */
};

struct scan {
	struct call_stacks *c;
	struct memory_reader *r;
	uint64_t sp, end; /* aligned */
	uint64_t *words;  /* of the stack */
	size_t n_words;
	VEC(struct state, states);
	VEC(struct pointer, pointers);
	VEC(uint64_t, nlrs); /* ascending */
	VEC(struct call_function, functions);
};

int call_stacks_init(struct call_stacks *c, const struct interpreter_ids *ids, const struct gc_areas *areas,
		     uint64_t stack_end, uint64_t nlr_top)
{
	*c = (struct call_stacks){ .ids = *ids, .areas = *areas, .stack_end = stack_end, .nlr_top = nlr_top };
	c->cache = call_cache_new();
	return c->cache ? 0 : -ENOMEM;
}

void call_stacks_deinit(struct call_stacks *c)
{
	call_cache_free(c->cache);
	c->cache = NULL;
}

/* ---- what looks like a state ---- */

static bool is_code_address(const struct call_stacks *c, uint64_t address)
{
	uint64_t type = c->ids.id_type;

	return address && (gc_areas_at(&c->areas, address) ||
			   (address > type ? address - type : type - address) <= NEAR_ROM_BYTES);
}

static bool is_block(const struct call_stacks *c, uint64_t address)
{
	const struct gc_area *area = gc_areas_at(&c->areas, address);

	return area && (address - area->pool) % area->block_bytes == 0;
}

/* Of the words at this address; the memory around it ends at `end`. Its stack of values is in it, or empty: just below.
 */
static bool read_state(const struct call_stacks *c, const uint64_t *words, uint64_t at, uint64_t end, struct state *ret)
{
	uint64_t word = c->ids.word_bytes, n_state = words[3] & UINT16_MAX, sp = words[2], old_globals = words[4];

	if (n_state == 0 || (end - at) / word < STATE_WORDS + n_state || sp % word || sp < at ||
	    (sp - at) / word < STATE_WORDS - 1 || (sp - at) / word >= STATE_WORDS + STATE_MORE_WORDS + n_state ||
	    !is_block(c, words[0]) || !is_code_address(c, words[1]) ||
	    (old_globals != c->ids.id_globals && !is_block(c, old_globals)))
		return false;
	*ret = (struct state){ .at = at, .function = words[0], .ip = words[1], .n_state = (uint32_t)n_state };
	return true;
}

/* ---- the stack ---- */

static uint64_t place_of(const struct scan *s, size_t i) { return s->sp + i * s->c->ids.word_bytes; }

/* The chain of nlr_buf on the stack, from the innermost one: each execution of bytecode has one (py/nlr.h, py/vm.c). */
static int follow_nlrs(struct scan *s, uint64_t at)
{
	unsigned word = s->c->ids.word_bytes;
	uint64_t last = s->sp - 1;
	int error = 0;

	while (error == 0 && at > last && at < s->end && at % word == 0) {
		error = vec_push(s, nlrs, at);
		last = at;
		at = s->words[(at - s->sp) / word];
	}
	return error;
}

static int read_stack(struct scan *s)
{
	unsigned word = s->c->ids.word_bytes;
	uint8_t nlr_bytes[8] = { 0 }, *bytes = malloc((size_t)(s->end - s->sp));
	size_t n_bytes = (size_t)(s->end - s->sp);
	struct memory_read reads[] = { { s->sp, n_bytes, bytes },
				       { s->c->nlr_top, s->c->nlr_top ? word : 0, nlr_bytes } };
	uint64_t nlr;

	s->n_words = n_bytes / word;
	s->words = calloc(s->n_words, sizeof(*s->words));
	int error = bytes && s->words ? reader_allow(s->r, s->sp, n_bytes) : -ENOMEM;
	if (error == 0 && s->c->nlr_top)
		error = reader_allow(s->r, s->c->nlr_top, word);
	if (error == 0)
		error = reader_read_batch(s->r, reads, ARRAY_SIZE(reads));
	if (error == 0) {
		reader_words(word, bytes, s->n_words, s->words);
		reader_words(word, nlr_bytes, 1, &nlr);
		error = follow_nlrs(s, nlr);
	}
	free(bytes);
	return error;
}

static int find_on_stack(struct scan *s)
{
	struct state state;
	int error = 0;

	for (size_t i = 0; i + STATE_WORDS <= s->n_words && error == 0; i++) {
		if (!read_state(s->c, &s->words[i], place_of(s, i), s->end, &state))
			continue;
		state.on_stack = true;
		state.place = state.at;
		error = vec_push(s, states, state);
	}
	return error;
}

/* ---- states on the heap ---- */

static int by_pointer(const void *a, const void *b)
{
	const struct pointer *x = a, *y = b;

	return x->address != y->address ? (x->address < y->address ? -1 : 1) :
					  (x->place < y->place) - (x->place > y->place);
}

/* Words that are the address of a block, or of the state in a generator: each once, the outermost one. */
static int find_pointers(struct scan *s)
{
	const struct call_stacks *c = s->c;
	uint64_t before = GENERATOR_WORDS * c->ids.word_bytes;
	size_t n = 0;
	int error = 0;

	for (size_t i = 0; i < s->n_words && s->n_pointers < CANDIDATES_MAX && error == 0; i++) {
		uint64_t address = s->words[i];
		bool is_generator = address > before && is_block(c, address - before);
		const struct gc_area *area = gc_areas_at(&c->areas, address);
		if ((is_generator || is_block(c, address)) &&
		    area->pool_end - address >= STATE_WORDS * c->ids.word_bytes)
			error = vec_push(s, pointers,
					 (struct pointer){ .address = address,
							   .place = place_of(s, i),
							   .is_generator = is_generator });
	}
	if (s->n_pointers)
		qsort(s->pointers, s->n_pointers, sizeof(*s->pointers), by_pointer);
	for (size_t i = 0; i < s->n_pointers; i++)
		if (n == 0 || s->pointers[n - 1].address != s->pointers[i].address)
			s->pointers[n++] = s->pointers[i];
	s->n_pointers = n;
	return error;
}

/* A generator that runs has no pend_exc. */
static int add_on_heap(struct scan *s)
{
	unsigned word = s->c->ids.word_bytes;
	int error = 0;

	for (size_t i = 0; i < s->n_pointers && error == 0; i++) {
		const struct pointer *pointer = &s->pointers[i];
		const struct gc_area *area = gc_areas_at(&s->c->areas, pointer->address);
		uint64_t words[STATE_WORDS + 1];
		struct state state;
		reader_words(word, pointer->raw, STATE_WORDS + 1, words);
		if ((pointer->is_generator && words[0]) ||
		    !read_state(s->c, words + 1, pointer->address, area->pool_end, &state))
			continue;
		state.place = pointer->place;
		state.is_generator = pointer->is_generator;
		error = vec_push(s, states, state);
	}
	return error;
}

static int read_pointers(struct scan *s)
{
	size_t word = s->c->ids.word_bytes, n = s->n_pointers;
	struct memory_read *reads = calloc(n + 1, sizeof(*reads));
	int error = reads ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && reads; i++) {
		struct pointer *pointer = &s->pointers[i];
		size_t n_before = pointer->is_generator ? word : 0;
		reads[i] = (struct memory_read){ pointer->address - n_before, STATE_WORDS * word + n_before,
						 pointer->raw + word - n_before };
	}
	if (error == 0 && n)
		error = reader_read_batch(s->r, reads, n);
	free(reads);
	return error < 0 ? error : add_on_heap(s);
}

/* Of a block that was freed, the words may be as they were. */
static int drop_freed(struct scan *s)
{
	struct memory_read *reads = calloc(s->n_states + 1, sizeof(*reads));
	int error = reads ? 0 : -ENOMEM;
	size_t n_reads = 0, n = 0;

	for (size_t i = 0; i < s->n_states && reads; i++) {
		struct state *state = &s->states[i];
		const struct gc_area *area = gc_areas_at(&s->c->areas, state->at);
		if (state->on_stack)
			continue;
		uint64_t block = (state->at - area->pool) / area->block_bytes;
		reads[n_reads++] = (struct memory_read){ area->table + block / 4, 1, &state->table };
	}
	if (n_reads && error == 0)
		error = reader_read_batch(s->r, reads, n_reads);
	for (size_t i = 0; i < s->n_states && error == 0; i++) {
		const struct state *state = &s->states[i];
		const struct gc_area *area = gc_areas_at(&s->c->areas, state->at);
		unsigned shift = area ? 2 * ((state->at - area->pool) / area->block_bytes % 4) : 0;
		if (state->on_stack || (state->table >> shift & 1))
			s->states[n++] = *state;
	}
	if (error == 0)
		s->n_states = n;
	free(reads);
	return error;
}

/* ---- functions ---- */

static int by_place(const void *a, const void *b)
{
	const struct state *x = a, *y = b;

	return x->place != y->place ? (x->place < y->place ? -1 : 1) : (x->at > y->at) - (x->at < y->at);
}

static int by_function(const void *a, const void *b)
{
	const struct call_function *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/* Each once, ordered. */
static void join_functions(struct scan *s)
{
	size_t n = 0;

	if (s->n_functions)
		qsort(s->functions, s->n_functions, sizeof(*s->functions), by_function);
	for (size_t i = 0; i < s->n_functions; i++) {
		const struct call_function *function = &s->functions[i];
		struct call_function *last = n ? &s->functions[n - 1] : NULL;
		if (!last || last->address != function->address) {
			s->functions[n++] = *function;
			continue;
		}
		last->ip_low = MIN(last->ip_low, function->ip_low);
		last->ip_high = MAX(last->ip_high, function->ip_high);
	}
	s->n_functions = n;
}

static int read_functions(struct scan *s)
{
	int error = 0;

	if (s->n_states)
		qsort(s->states, s->n_states, sizeof(*s->states), by_place);
	s->n_states = MIN(s->n_states, (size_t)STATES_MAX);
	for (size_t i = 0; i < s->n_states && error == 0; i++) {
		const struct state *state = &s->states[i];
		error = vec_push(s, functions,
				 (struct call_function){
					 .address = state->function, .ip_low = state->ip, .ip_high = state->ip });
	}
	join_functions(s);
	return error < 0 ? error : call_functions_read(s->c, s->r, s->functions, s->n_functions);
}

static const struct call_function *function_of(const struct scan *s, const struct state *state)
{
	size_t i = search_while(s->n_functions, k, s->functions[k].address < state->function);

	return &s->functions[i];
}

/* Whether the frame is one of its function. */
static bool is_of(const struct state *state, const struct call_function *function)
{
	const struct call_code *code = &function->code;

	return function->bytecode && state->n_state == code->n_state &&
	       state->ip >= function->bytecode + code->n_prelude &&
	       state->ip - function->bytecode <= CALL_CODE_BYTES_MAX && (!state->is_generator || code->is_generator);
}

static void drop_others(struct scan *s, struct call_stack *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_states; i++) {
		const struct call_function *function = function_of(s, &s->states[i]);
		ret->is_old |= function->is_old;
		if (is_of(&s->states[i], function))
			s->states[n++] = s->states[i];
	}
	s->n_states = n;
}

/* ---- places ---- */

static int by_address(const void *a, const void *b)
{
	const struct state *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* The state whose address is this many words from an nlr_buf; NULL. */
static struct state *state_beside(const struct scan *s, uint64_t nlr, int n_words)
{
	size_t i = (size_t)((nlr - s->sp) / s->c->ids.word_bytes) + (size_t)n_words;

	if (i >= s->n_words)
		return NULL;
	size_t k = search_while(s->n_states, m, s->states[m].at < s->words[i]);
	return k < s->n_states && s->states[k].at == s->words[i] ? &s->states[k] : NULL;
}

/* How many states are found at that distance. */
static size_t n_beside(const struct scan *s, int n_words)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_states; i++)
		s->states[i].is_placed = false;
	for (size_t i = 0; i < s->n_nlrs; i++) {
		struct state *state = state_beside(s, s->nlrs[i], n_words);
		n += state && !state->is_placed;
		if (state)
			state->is_placed = true;
	}
	return n;
}

/* The frame of the C function that executes bytecode has an nlr_buf and the address of the state, always at the same
 * distance, which is the one at which most states are found. So the order of states on the heap is that of the nlr_buf:
 * the stack may have other words with their addresses, also older ones, as blocks are used again. A state on the stack
 * without one is of a call that returned. */
static void place_states(struct scan *s)
{
	size_t n_most = 0, n = 0;
	int distance = 0;

	if (s->n_states)
		qsort(s->states, s->n_states, sizeof(*s->states), by_address);
	for (int i = 0; i <= 2 * NLR_NEAR_WORDS; i++) {
		int n_words = i % 2 ? -(i + 1) / 2 : i / 2;
		size_t n_found = n_beside(s, n_words);
		if (n_found > n_most) {
			n_most = n_found;
			distance = n_words;
		}
	}
	if (n_most == 0)
		return;
	n_beside(s, distance);
	for (size_t i = 0; i < s->n_nlrs; i++) {
		struct state *state = state_beside(s, s->nlrs[i], distance);
		if (state && !state->on_stack)
			state->place = s->nlrs[i];
	}
	for (size_t i = 0; i < s->n_states; i++)
		if ((s->states[i].on_stack && n_most < SURE_STATES) || s->states[i].is_placed)
			s->states[n++] = s->states[i];
	s->n_states = n;
}

/* ---- frames ---- */

/* Between the state of a frame on the stack and the next one that it calls, bytecode is executed. */
static bool is_executed(const struct scan *s, uint64_t inner, uint64_t at)
{
	size_t i = search_while(s->n_nlrs, k, s->nlrs[k] < inner);

	return s->n_nlrs == 0 || (i < s->n_nlrs && s->nlrs[i] < at);
}

static void add_frame(const struct scan *s, const struct state *state, struct call_stack *ret)
{
	const struct call_function *function = function_of(s, state);
	uint64_t i_code = state->ip - function->bytecode - function->code.n_prelude;
	uint32_t first_line = call_code_line(&function->code, 0);
	uint32_t last_line = call_code_line(&function->code, UINT32_MAX);
	uint32_t line = call_code_line(&function->code, (uint32_t)i_code);

	if (ret->n_frames == CALL_STACK_MAX) {
		ret->is_cut = true;
		return;
	}
	ret->frames[ret->n_frames++] = (struct call_frame){
		.function = function->address,
		.code = function->bytecode,
		.i_code = (uint32_t)i_code,
		.file = function->file,
		.name = function->name,
		.line = line == 1 && last_line > 1 ? CALL_LINE_BEFORE : line,
		.is_one_line = first_line == last_line,
	};
}

uint32_t call_line(uint32_t line, const char *name)
{
	return line != CALL_LINE_BEFORE ? line : strcmp(name, "<module>") == 0 ? 1 : 0;
}

static void add_frames(struct scan *s, struct call_stack *ret)
{
	uint64_t inner = s->sp;

	if (s->n_states)
		qsort(s->states, s->n_states, sizeof(*s->states), by_place);
	for (size_t i = 0; i < s->n_states; i++) {
		const struct state *state = &s->states[i];
		if (state->on_stack && !is_executed(s, inner, state->at))
			continue;
		if (state->on_stack)
			inner = state->at;
		add_frame(s, state, ret);
	}
}

static int find_frames(struct scan *s, struct call_stack *ret)
{
	int error = s->end > s->sp ? read_stack(s) : 0;

	if (error == 0)
		error = find_on_stack(s);
	if (error == 0)
		error = find_pointers(s);
	if (error == 0)
		error = call_areas_allow(s->c, s->r);
	if (error == 0)
		error = read_pointers(s);
	if (error == 0)
		error = drop_freed(s);
	if (error == 0)
		error = read_functions(s);
	if (error < 0)
		return error;
	drop_others(s, ret);
	place_states(s);
	add_frames(s, ret);
	return 0;
}

int call_stack_read(struct call_stacks *c, struct memory_reader *r, uint64_t sp, struct call_stack *ret)
{
	uint64_t word = c->ids.word_bytes;
	struct scan s = { .c = c, .r = r, .sp = sp & ~(word - 1), .end = c->stack_end & ~(word - 1) };
	struct call_stack found = { .is_cut = s.end > s.sp && s.end - s.sp > CALL_STACK_BYTES_MAX };

	if (found.is_cut)
		s.end = s.sp + CALL_STACK_BYTES_MAX;
	int error = find_frames(&s, &found);
	if (error == 0)
		*ret = found;
	free(s.words);
	vec_deinit(&s, states);
	vec_deinit(&s, pointers);
	vec_deinit(&s, nlrs);
	vec_deinit(&s, functions);
	return error;
}
