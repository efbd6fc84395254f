/* Samples of the allocations of a program, with the lines that it was at. The linker sends calls of the allocator here
 * first (-Wl,--wrap=NAME), but for those inside gc.c: a block that gc_realloc() moves is counted here once.
 *
 * Frames of Python are found on the C stack, as the VM keeps no list of them. mp_execute_bytecode() has an nlr_buf_t of
 * its own for each frame that it executes, and these are a list: between two of them is one frame at most. Its state
 * (py/bc.h, mp_code_state_t) is there, or in the heap if it has many variables or is of a generator, and then its
 * address is there. */
#include "mpagent.h"
#include "py/bc.h"
#include "py/gc.h"
#include "py/mphal.h"
#include "py/mpthread.h"
#include "py/nlr.h"
#include "py/objfun.h"
#include "py/objgenerator.h"
#include "py/runtime.h"

#if MICROPY_STACKLESS || MICROPY_ENABLE_PYSTACK || (MICROPY_VERSION_MAJOR == 1 && MICROPY_VERSION_MINOR < 19)
#error "MEMPROF_SITES=1 is for MicroPython from 1.19 on, whose frames are on the C stack"
#endif

struct memprof_sites memprof_mp_sites;

/* ---- frames ---- */

enum {
	STATE_WORDS = 4,         /* of a state, before its variables, that do not depend on options */
	GENERATOR_WORDS = 2,     /* of a generator before its state (py/objgenerator.c) */
	CODE_MAX_BYTES = 1 << 16 /* of a function that is frozen: its size is not known */
};

/* Its value stack is its own, its function one of bytecode, and ip is in that: registers that were saved look like a
 * state otherwise. Of what is no state only the first words are read: no object of the heap is smaller. */
static bool is_state(const mp_code_state_t *state)
{
	const mp_obj_fun_bc_t *fun = state->fun_bc;
	const uintptr_t used = (uintptr_t)state->sp + sizeof(mp_obj_t) - (uintptr_t)state->state;
	if (used / sizeof(mp_obj_t) > state->n_state || !memprof_mp_is_object((uintptr_t)fun) ||
	    (fun->base.type != &mp_type_fun_bc && fun->base.type != &mp_type_gen_wrap))
		return false;
	const uintptr_t n_bytes = memprof_mp_object_bytes((uintptr_t)fun->bytecode);
	return (uintptr_t)(state->ip - fun->bytecode) < (n_bytes ? n_bytes : CODE_MAX_BYTES);
}

/* What a word of the stack points to, if that is a state in the heap, or a generator that is being executed. */
static const mp_code_state_t *state_in_heap(uintptr_t word)
{
	const uintptr_t *object = (const uintptr_t *)word;
	if (!memprof_mp_is_object(word))
		return NULL;
	if (object[0] == (uintptr_t)&mp_type_gen_instance) {
		if (object[1] != (uintptr_t)MP_OBJ_NULL)
			return NULL;
		object += GENERATOR_WORDS;
	}
	return is_state((const mp_code_state_t *)object) ? (const mp_code_state_t *)object : NULL;
}

/* inner: the frame before, which its caller knows too. */
static const mp_code_state_t *find_state(const uintptr_t *word, const uintptr_t *end, const mp_code_state_t *inner)
{
	const mp_code_state_t *in_heap = NULL;
	for (; word < end; word++) {
		if (is_state((const mp_code_state_t *)word))
			return (const mp_code_state_t *)word;
		if (!in_heap || in_heap == inner)
			in_heap = state_in_heap(*word);
	}
	return in_heap == inner ? NULL : in_heap;
}

/* Reads what mp_execute_bytecode() reads for a traceback (py/vm.c, py/bc.h: MP_BC_PRELUDE_SIG_DECODE). */
static void describe(const mp_code_state_t *state, struct memprof_site_frame *ret)
{
	const mp_module_constants_t *constants = &state->fun_bc->context->constants;
	const byte *ip = state->fun_bc->bytecode;
	size_t n_names = 1 + (*ip & 3), line = 0;
	for (unsigned shift = 0; *ip++ & 0x80; shift++) /* of arguments: one bit each of two counts */
		n_names += ((*ip & 4) + (*ip >> 3 & 1)) << shift;
	MP_BC_PRELUDE_SIZE_DECODE(ip);
	const byte *lines_end = ip + n_info;
	size_t name = mp_decode_uint_value(ip);
	while (n_names--)
		ip = mp_decode_uint_skip(ip);
#if MICROPY_ENABLE_SOURCE_LINE
	line = mp_bytecode_get_source_line(ip, lines_end, (size_t)(state->ip - (lines_end + n_cell)));
	bool is_before = line == 1 && ip < lines_end; /* it has entries for later lines alone */
#endif
#if MICROPY_EMIT_BYTECODE_USES_QSTR_TABLE
	ret->file = constants->qstr_table[0];
	ret->function = constants->qstr_table[name];
#else
	ret->file = (uint16_t)constants->source_file;
	ret->function = (uint16_t)name;
#endif
#if MICROPY_ENABLE_SOURCE_LINE
	if (is_before && ret->function != MP_QSTR__lt_module_gt_) /* what names a class, or prepares variables */
		line = 0;
#endif
	ret->line = (uint16_t)line;
}

static void describe_stack(struct memprof_sample *sample)
{
	const nlr_buf_t *nlr = MP_STATE_THREAD(nlr_top);
	const uintptr_t *limit = (const uintptr_t *)nlr + MEMPROF_SITES_WORDS;
	const uintptr_t *top = (const uintptr_t *)MP_STATE_THREAD(stack_top) - STATE_WORDS;
	const mp_code_state_t *state = NULL;
	limit = MIN(limit, top);
	sample->flags = 0;
	for (; nlr; nlr = nlr->prev) {
		const uintptr_t *word = (const uintptr_t *)nlr, *end = (const uintptr_t *)nlr->prev;
		const mp_code_state_t *found = find_state(word, end && end < limit ? end : limit, state);
		if (word >= limit || (found && sample->flags == MEMPROF_SITES_FRAMES)) {
			sample->flags |= WIRE_SITE_CUT;
			return;
		}
		if (found) {
			state = found;
			describe(state, &sample->frames[sample->flags++]);
		}
	}
}

const void *memprof_mp_name(uintptr_t number, size_t *ret_n_bytes)
{
	const qstr_pool_t *pool = MP_STATE_VM(last_pool);
	return number < pool->total_prev_len + pool->len ? qstr_data((qstr)number, ret_n_bytes) : NULL;
}

/* ---- allocations ---- */

static bool is_main_thread(void)
{
#if MICROPY_PY_THREAD
	return mp_thread_get_state() == &mp_state_ctx.thread;
#else
	return true;
#endif
}

/* Blocks are freed by any thread. */
#if MICROPY_PY_THREAD && !MICROPY_PY_THREAD_GIL && MEMPROF_SITES_FOLLOWED
#define LOCK()   mp_uint_t state = MICROPY_BEGIN_ATOMIC_SECTION()
#define UNLOCK() MICROPY_END_ATOMIC_SECTION(state)
#else
#define LOCK()   ((void)0)
#define UNLOCK() ((void)0)
#endif

/* A request that has failed, or is another thread's, has a distance drawn for it and no more. */
static void sample(void *block, size_t n_bytes)
{
	struct memprof_sites *sites = &memprof_mp_sites;
	bool is_ours = is_main_thread();
	struct memprof_sample *sample = memprof_sites_begin(sites, is_ours ? (uintptr_t)block : 0, n_bytes);
	if (sample) {
		describe_stack(sample);
		LOCK();
		memprof_sites_end(sites, sample);
		UNLOCK();
	} else if (!is_ours) {
		sites->n_lost++;
	}
	if (memprof_mp_has_many_sites())
		memprof_mp_wake();
}

void memprof_mp_ask_sites(struct memprof_agent *agent, uint32_t step, uint32_t keep_ms)
{
	memprof_sites_ask(agent, &memprof_mp_sites, step, keep_ms);
}

static void moved(void *from, void *to)
{
#if MEMPROF_SITES_FOLLOWED
	LOCK();
	memprof_sites_moved(&memprof_mp_sites, (uintptr_t)from, (uintptr_t)to);
	UNLOCK();
#else
	(void)from;
	(void)to;
#endif
}

static void count(void *block, size_t n_bytes) __attribute__((noinline));
static void count(void *block, size_t n_bytes)
{
	if (memprof_mp_sites.step && block && is_main_thread())
		memprof_sites_add(&memprof_mp_sites, n_bytes);
	if (memprof_sites_counts(&memprof_mp_sites, n_bytes))
		sample(block, n_bytes);
}

void *__real_gc_alloc(size_t n_bytes, unsigned int flags);
void *__wrap_gc_alloc(size_t n_bytes, unsigned int flags);
void *__wrap_gc_alloc(size_t n_bytes, unsigned int flags)
{
	void *block = __real_gc_alloc(n_bytes, flags);
	count(block, n_bytes);
	return block;
}

/* While the heap is locked, nothing is freed but by the collector, after which all is looked at. */
void __real_gc_free(void *block);
void __wrap_gc_free(void *block);
void __wrap_gc_free(void *block)
{
	__real_gc_free(block);
	if (!MP_STATE_THREAD(gc_lock_depth))
		moved(block, NULL);
}

void *__real_gc_realloc(void *block, size_t n_bytes, bool allow_move);
void *__wrap_gc_realloc(void *block, size_t n_bytes, bool allow_move);
void *__wrap_gc_realloc(void *block, size_t n_bytes, bool allow_move)
{
#if MEMPROF_SITES_FOLLOWED
	if (!n_bytes) {
		__wrap_gc_free(block);
		return NULL;
	}
#endif
	size_t n_before = memprof_mp_sites.step ? memprof_mp_object_bytes((uintptr_t)block) : n_bytes;
	void *ret = __real_gc_realloc(block, n_bytes, allow_move);
	if (ret && ret != block)
		moved(block, ret);
	if (n_bytes > n_before)
		count(ret, n_bytes - n_before);
	return ret;
}
