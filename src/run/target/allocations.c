/* Allocations of the target of a GDB server: it is halted at each call of gc_alloc() and gc_realloc() by breakpoints of
 * the processor, and its stack is read at some of them, as the agent samples them
 * (firmware-agent/ports/micropython/sites.c). What is requested inside gc_realloc() is counted there. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/input/build_inputs.h"
#include "memprof/io/clock.h"
#include "memprof/io/random.h"
#include "memprof/objects/objects.h"
#include "target/samples.h"

enum {
	RETURN_US = 5000000, /* of a call, with a collection in it */
	TABLE_BYTES = 64,    /* of a block table, at once */
};

/* ---- the functions ---- */

/* With the link as one, it may be "gc_alloc.constprop.0"; what is moved out of it is "gc_alloc.cold". */
static bool is_copy(const struct image_slice *name, const char *wanted)
{
	size_t n = strlen(wanted);

	return name->n_bytes > n && memcmp(name->text, wanted, n) == 0 && name->text[n] == '.' &&
	       !text_find(name->text + n, name->n_bytes - n, ".cold") &&
	       !text_find(name->text + n, name->n_bytes - n, ".part");
}

static struct target_function function_named(const struct image *image, const char *name)
{
	struct target_function ret = { .address = 0 };
	size_t n = strlen(name);

	for (size_t i = 0; i < image->n_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];
		if (s->kind != 'f')
			continue;
		if (s->name.n_bytes == n && memcmp(s->name.text, name, n) == 0)
			return (struct target_function){ .address = s->address, .n_bytes = s->size_bytes };
		if (is_copy(&s->name, name))
			ret = (struct target_function){ .address = s->address, .n_bytes = s->size_bytes };
	}
	return ret;
}

/* False: it is not there, or the file does not have its code. */
static bool copy_code(const struct image *elf, const char *bytes, struct target_function *f)
{
	bool may_be_thumb = elf->address_bits == 32;
	uint64_t address = may_be_thumb ? f->address & ~UINT64_C(1) : f->address;

	f->n_code_bytes = MIN(f->n_bytes, sizeof(f->code));
	for (size_t i = 0; i < elf->n_segments && f->n_code_bytes > 0; i++) {
		const struct image_segment *s = &elf->segments[i];
		if (!s->exec || address < s->vma || s->file_bytes < f->n_code_bytes ||
		    address - s->vma > s->file_bytes - f->n_code_bytes)
			continue;
		memcpy(f->code, bytes + s->file_offset + (address - s->vma), f->n_code_bytes);
		return true;
	}
	return false;
}

int target_functions_find(const char *elf, struct target_functions *ret, struct diag *diag)
{
	struct place at = { .file = elf };
	struct input_image in = { 0 };
	int error = input_elf_read(&in, elf, IMAGE_WANT_SYMBOLS, diag);

	if (error < 0)
		return error;
	*ret = (struct target_functions){ .alloc = function_named(&in.image, "gc_alloc"),
					  .realloc = function_named(&in.image, "gc_realloc") };
	if (ret->alloc.address && ret->realloc.address && (!ret->alloc.n_bytes || !ret->realloc.n_bytes))
		error = diag_at(diag, at, -EINVAL,
				"its symbols gc_alloc and gc_realloc have no size, by which their code is known");
	else if (!copy_code(&in.image, in.blob.bytes, &ret->alloc) ||
		 !copy_code(&in.image, in.blob.bytes, &ret->realloc))
		error = diag_at(diag, at, -EINVAL,
				"it has no functions gc_alloc and gc_realloc: no MicroPython, stripped, or they were"
				" inlined; --cpu needs none");
	input_image_deinit(&in);
	return error;
}

/* ---- one call ---- */

struct call {
	uint64_t block, n_bytes; /* block: of gc_realloc(); or 0 */
	uint64_t return_address, stack_pointer;
};

struct breaks {
	struct target_samples *s;
	struct target_functions at;               /* as the program is placed */
	struct target_function back;              /* where the call at hand returns to */
	bool in_realloc;                          /* what gc_realloc() requests is counted already */
	uint32_t class_bytes[EVENT_SITE_CLASSES]; /* as of struct event_site, requests that fail included */
};

/* Of a return, or a symbol: Thumb code is marked by an odd address. */
static uint64_t code_address(const struct breaks *b, uint64_t address)
{
	return b->s->target.memory.processor.is_arm ? address & ~UINT64_C(1) : address;
}

static uint64_t register_at(const struct breaks *b, unsigned i)
{
	const struct interpreter_ids *ids = &b->s->target.in.ids;

	return i < ids->n_registers ? ids->registers[i] : 0;
}

static bool is_at(const struct breaks *b, const struct target_function *f)
{
	return register_at(b, b->s->target.memory.processor.i_counter) == f->address;
}

static int set(struct breaks *b, struct target_function *f, bool is_set)
{
	if (f->is_set == is_set)
		return 0;
	f->is_set = true; /* whatever becomes of the request */
	int error = gdb_memory_break(&b->s->target.memory, f->address, is_set);
	f->is_set = is_set || error < 0;
	return error;
}

static int set_both(struct breaks *b, bool is_set)
{
	int error = set(b, &b->at.alloc, is_set);

	return error < 0 ? error : set(b, &b->at.realloc, is_set);
}

/* At the end, also after an error; a request to stop that comes meanwhile ends nothing. */
static void remove_all(struct breaks *b)
{
	struct target_function *const all[] = { &b->at.alloc, &b->at.realloc, &b->back };
	const struct diag diag = b->s->target.memory.diag;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (set(b, all[i], false) == -EINTR)
			set(b, all[i], false);
	b->s->target.memory.diag = diag;
	if (!b->at.alloc.is_set && !b->at.realloc.is_set && !b->back.is_set)
		gdb_memory_no_breaks(&b->s->target.memory);
}

/* -EFAULT: it is not the stack of the main thread. */
static int read_stack_word(const struct breaks *b, uint64_t sp, uint64_t *ret)
{
	struct memory_reader *r = &b->s->target.memory.reader;
	uint8_t bytes[8];
	int error = reader_allow(r, sp, b->s->stacks.stack_end - sp);

	if (error == 0)
		error = reader_read(r, sp, r->word_bytes, bytes);
	if (error == 0)
		reader_words(r->word_bytes, bytes, 1, ret);
	return error;
}

/* *ret has what is requested also if the stack is another one: -EFAULT. */
static int read_call(const struct breaks *b, bool is_realloc, struct call *ret)
{
	const struct gdb_processor *p = &b->s->target.memory.processor;
	uint64_t sp = register_at(b, p->i_stack_pointer), stack_end = b->s->stacks.stack_end;

	*ret = (struct call){ .block = is_realloc ? register_at(b, p->i_arguments[0]) : 0,
			      .n_bytes = register_at(b, p->i_arguments[is_realloc]),
			      .stack_pointer = sp };
	if (sp >= stack_end || stack_end - sp > CALL_STACK_BYTES_MAX)
		return -EFAULT;
	if (p->i_return == GDB_ON_STACK) {
		ret->stack_pointer += p->word_bytes;
		return read_stack_word(b, sp, &ret->return_address);
	}
	ret->return_address = code_address(b, register_at(b, p->i_return));
	return 0;
}

/* ---- the block that it is to grow ---- */

/* The heap may have got an area meanwhile. 0, and NULL if there is none; errors of the reader. */
static int area_of(const struct breaks *b, uint64_t address, const struct gc_area **ret)
{
	const struct gc_areas *areas = &b->s->target.in.areas;
	int error = 0;

	*ret = gc_areas_at(areas, address);
	if (!*ret) {
		error = sites_target_areas(b->s);
		*ret = gc_areas_at(areas, address);
	}
	return error;
}

/* Two bits for each block, the lowest ones first; a tail is 2 (py/gc.c). */
static int read_block_bytes(const struct breaks *b, uint64_t address, uint64_t *ret)
{
	enum { AT_TAIL = 2, KINDS = 4 };
	const struct gc_area *area;
	struct memory_reader *r = &b->s->target.memory.reader;
	uint8_t bytes[TABLE_BYTES];
	uint64_t i_first, i, i_read = 0, n_read = 0;
	int error = area_of(b, address, &area);

	if (error < 0 || !area)
		return error < 0 ? error : -EFAULT;
	error = reader_allow(r, area->table, area->n_table_bytes);
	if (error < 0)
		return error;
	i_first = (address - area->pool) / area->block_bytes;
	for (i = i_first + 1; i < area->n_blocks; i++) {
		if (i / KINDS >= i_read + n_read) {
			i_read = i / KINDS;
			n_read = MIN((uint64_t)TABLE_BYTES, area->n_table_bytes - i_read);
			error = reader_read(r, area->table + i_read, n_read, bytes);
			if (error < 0)
				return error;
		}
		if ((bytes[i / KINDS - i_read] >> i % KINDS * 2 & 3) != AT_TAIL)
			break;
	}
	*ret = (i - i_first) * area->block_bytes;
	return 0;
}

/* ---- samples ---- */

/* A sample stands for 1 / p calls (site_sample_weight). */
static bool is_chosen(const struct breaks *b, uint64_t n_bytes)
{
	return b->s->profile.sites->step_bytes == 1 ||
	       random_part() <= -expm1(-(double)n_bytes / (double)b->s->profile.sites->step_bytes);
}

/* It is past the breakpoint afterwards. */
static int step_over(struct breaks *b, struct target_function *f)
{
	int error = set(b, f, false);

	if (error == 0)
		error = gdb_memory_step(&b->s->target.memory);
	return error < 0 ? error : set(b, f, true);
}

/* Until it is back where the call was made, on the same stack; *ret: it is. */
static int run_back(struct breaks *b, const struct call *call, bool *ret)
{
	struct gdb_target *t = &b->s->target;
	uint64_t until_us = clock_now_us() + RETURN_US;
	int error = 0;

	for (*ret = false; error == 0 && !*ret && clock_now_us() < until_us;) {
		error = gdb_memory_run_until(&t->memory, until_us);
		if (error == 0)
			error = gdb_target_registers(t);
		*ret = error == 0 && is_at(b, &b->back) && t->in.ids.stack_pointer == call->stack_pointer;
		if (error == 0 && is_at(b, &b->back) && !*ret) /* of another call, such as in an interrupt */
			error = step_over(b, &b->back);
	}
	return error;
}

/* Where the block is: what the call returns. 0: it returned nothing, or not to where it was called from. */
static int finish(struct breaks *b, const struct call *call, uint64_t *ret)
{
	bool is_back = false;

	*ret = 0;
	int error = set_both(b, false);
	b->back.address = call->return_address;
	if (error == 0)
		error = set(b, &b->back, true);
	if (error == 0)
		error = run_back(b, call, &is_back);
	if (error == 0)
		error = set(b, &b->back, false);
	if (is_back)
		*ret = register_at(b, b->s->target.memory.processor.i_result);
	return error < 0 ? error : set_both(b, true);
}

/* Of about the same size. */
static uint8_t size_class(uint64_t n_bytes)
{
	uint64_t at = 0, in_words = n_bytes / 4 + (n_bytes % 4 != 0);

	for (; in_words > 7; in_words >>= 1)
		at += 4;
	return (uint8_t)MIN(at + in_words, (uint64_t)EVENT_SITE_CLASSES - 1);
}

/* How long it has run, while it is halted. */
static uint64_t program_us(const struct target_samples *s)
{
	return s->target.memory.since_us - s->target.memory.halted_us;
}

/* A request that failed is no allocation, but counts in its class, as those do that failed without being sampled. */
static int take_sample(struct breaks *b, const struct call *call, uint64_t n_bytes)
{
	struct target_samples *s = b->s;
	struct site_sample sample = { .size_bytes = n_bytes,
				      .step_bytes = s->profile.sites->step_bytes,
				      .at_us = program_us(b->s),
				      .block = SITE_NOT_FOLLOWED,
				      .size_class = size_class(n_bytes) };
	struct call_stack stack;
	bool is_lost;
	int error = sites_target_stack(s, &stack, &is_lost);

	if (error < 0 || is_lost)
		return error;
	error = finish(b, call, &sample.address);
	if (error < 0)
		return error;
	site_samples_count(&s->profile.samples, sample.size_class, b->class_bytes[sample.size_class], n_bytes,
			   sample.step_bytes);
	return sample.address ? profile_keep(&s->profile, stack.frames, stack.n_frames, &sample) : 0;
}

static bool is_within(uint64_t address, const struct target_function *f)
{
	return address >= f->address && address - f->address < f->n_bytes;
}

/* How much a call requests: of gc_realloc(), what is added; nothing of a call that frees, or that another one counts.
 */
static int read_request(struct breaks *b, bool is_realloc, struct call *call, uint64_t *ret)
{
	uint64_t n_before = 0;
	int error = read_call(b, is_realloc, call);

	*ret = 0;
	if (error == 0 && is_realloc && call->block)
		error = read_block_bytes(b, call->block, &n_before);
	if (error < 0)
		return error;
	if (!is_realloc) {
		bool is_counted = b->in_realloc && is_within(call->return_address, &b->at.realloc);
		*ret = is_counted ? 0 : call->n_bytes;
		b->in_realloc = false;
		return 0;
	}
	b->in_realloc = call->block != 0; /* else gc_alloc() is all that it does */
	*ret = call->block && call->n_bytes > n_before ? call->n_bytes - n_before : 0;
	return 0;
}

static int take_stop(struct breaks *b)
{
	struct call call;
	uint64_t n_bytes;
	int error = gdb_target_registers(&b->s->target);
	bool is_realloc = is_at(b, &b->at.realloc);
	struct target_function *at = is_realloc ? &b->at.realloc : &b->at.alloc;

	if (error < 0 || (!is_realloc && !is_at(b, &b->at.alloc)))
		return error;
	error = read_request(b, is_realloc, &call, &n_bytes);
	if (error == 0) {
		b->s->requested_bytes += n_bytes;
		b->class_bytes[size_class(n_bytes)] += (uint32_t)n_bytes;
	}
	if (error == -EFAULT) { /* of another thread */
		b->s->target.memory.diag = (struct diag){ .text = "" };
		b->s->profile.samples.n_lost_there += !is_realloc && call.n_bytes > 0 && is_chosen(b, call.n_bytes);
		error = 0;
	} else if (error == 0 && n_bytes > 0 && is_chosen(b, n_bytes)) {
		error = take_sample(b, &call, n_bytes);
	}
	return error < 0 || !is_at(b, at) ? error : step_over(b, at);
}

/* Another firmware would be halted anywhere. */
static int check_code(const struct breaks *b, const struct target_function *f, const char *name)
{
	struct gdb_memory *m = &b->s->target.memory;
	uint8_t code[sizeof(f->code)];
	int error = reader_allow(&m->reader, f->address, f->n_code_bytes);

	if (error == 0)
		error = reader_read(&m->reader, f->address, f->n_code_bytes, code);
	if (error == 0 && memcmp(code, f->code, f->n_code_bytes) != 0)
		error = -EFAULT;
	return error == -EFAULT ? diag_set(&m->diag, -EINVAL,
					   "the ELF of --elf is not what runs there: its %s() is not at 0x%" PRIx64,
					   name, f->address) :
				  error;
}

int sites_target_allocations(struct target_samples *s, const struct target_functions *functions)
{
	struct breaks b = { .s = s, .at = *functions };
	struct gdb_memory *m = &s->target.memory;
	uint64_t for_us = s->wanted->for_us, began_us = clock_now_us();
	uint64_t until_us = for_us == NOT_KNOWN ? NOT_KNOWN : began_us + for_us;

	if (!m->has_processor)
		return diag_set(&m->diag, -ENOTSUP,
				"the GDB server reports no processor that is supported: ARM, RISC-V, x86-64");
	b.at.alloc.address = code_address(&b, b.at.alloc.address + s->target.ram.moved_by);
	b.at.realloc.address = code_address(&b, b.at.realloc.address + s->target.ram.moved_by);
	int error = check_code(&b, &b.at.alloc, "gc_alloc");
	if (error == 0)
		error = check_code(&b, &b.at.realloc, "gc_realloc");
	if (error == 0)
		error = set_both(&b, true);
	while (error == 0 && clock_now_us() < until_us && s->profile.samples.n_samples < SITE_SAMPLES_MAX) {
		error = gdb_memory_run_until(m, until_us);
		if (error == 0)
			error = take_stop(&b);
		if (error == 0)
			error = sites_target_names(s);
	}
	s->took_us = clock_now_us() - began_us;
	if (error != -EPIPE && error != -ETIMEDOUT)
		remove_all(&b);
	return error == -EINTR ? 0 : error;
}

/* ---- what is in use at the end ---- */

void sites_target_in_use(struct target_samples *s, bool is_there)
{
	struct gdb_target *t = &s->target;
	struct sites *sites = s->profile.sites;
	struct objects *objects = NULL;
	int error = 0;

	if (is_there && gdb_target_registers(t) == 0)
		error = objects_read(&t->memory.reader, &t->in.ids, &objects, &t->memory.diag);
	if (error < 0)
		notice_at(&t->notices, (struct place){ .file = t->uri }, "warning",
			  "its heap could not be read, so what is still in use is not known: %s",
			  t->memory.diag.text[0] ? t->memory.diag.text : strerror(-error));
	profile_set_objects(&s->profile, objects);
	s->profile.granule_bytes = t->in.areas.areas[0].block_bytes;
	s->profile.samples.no_alive = !objects;
	s->profile.samples.end_us = program_us(s);
	sites->requested_bytes = s->requested_bytes;
	sites->joined_us = s->took_us;
	sites->alive_when = SITES_AT_HALT;
}
