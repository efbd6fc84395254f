/* Where the time goes on the target of a GDB server: it is halted at random moments, and its stack is read. Nothing is
 * asked of the program, and nothing is written to its memory. */
#include "sites/target.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "gdb_target.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/io/random.h"
#include "memprof/objects/call_stack.h"
#include "run/sites.h"

enum {
	SAMPLES_MAX = 1 << 17, /* of up to 2.5 KB each */
	INTERVALS_MAX = 5,     /* a longer one is cut: one in 150 */
	LOST_MAX = 20,         /* in a row: it is no accident */
};

struct sample {
	size_t i_frame, n_frames; /* the innermost first */
	uint64_t ran_us;          /* since the one before it */
};

struct samples {
	struct gdb_target target;
	struct call_stacks stacks;
	VEC(struct call_frame, frames);
	VEC(struct sample, samples);
	uint64_t n_lost;
	unsigned n_lost_in_a_row;
	uint64_t interval_us, for_us; /* as in struct sites_target */
};

/* ---- while it runs ---- */

/* Exponential, so that no program is in step with it. */
static uint64_t next_interval(uint64_t mean_us)
{
	double part = ((double)(random_number() >> 11) + 1) / 0x1p53; /* above 0, at most 1 */

	return (uint64_t)(fmin(-log(part), INTERVALS_MAX) * (double)mean_us);
}

static int keep_sample(struct samples *s, const struct call_stack *stack, uint64_t ran_us)
{
	struct sample sample = { .i_frame = s->n_frames, .n_frames = stack->n_frames, .ran_us = ran_us };
	int error = 0;

	for (size_t i = 0; i < stack->n_frames && error == 0; i++)
		error = vec_push(s, frames, stack->frames[i]);
	return error < 0 ? error : vec_push(s, samples, sample);
}

/* What the server refuses to read is an accident: an address that was one a moment before, or a register. */
static int take_sample(struct samples *s, uint64_t ran_us)
{
	struct gdb_target *t = &s->target;
	struct call_stack stack = { .n_frames = 0 };
	int error = gdb_target_registers(t);

	if (error == 0)
		error = t->in.ids.stack_pointer ?
				call_stack_read(&s->stacks, &t->memory.reader, t->in.ids.stack_pointer, &stack) :
				-EFAULT;
	if (error == -EFAULT && ++s->n_lost_in_a_row < LOST_MAX) {
		t->memory.diag = (struct diag){ .text = "" };
		s->n_lost++;
		return 0;
	}
	if (error < 0)
		return error;
	if (stack.is_old)
		return diag_set(&t->memory.diag, -ENOTSUP, "%s", program_sites_too_old);
	s->n_lost_in_a_row = 0;
	return keep_sample(s, &stack, ran_us);
}

/* The target is halted afterwards. 0, also if it was asked to stop; or an error, with diag. */
static int take_samples(struct samples *s)
{
	uint64_t until_us = s->for_us == NOT_KNOWN ? NOT_KNOWN : clock_now_us() + s->for_us;
	int error = 0;

	for (uint64_t begun_us = clock_now_us(); error == 0 && begun_us < until_us && s->n_samples < SAMPLES_MAX;
	     begun_us = clock_now_us()) {
		uint64_t interval_us = next_interval(s->interval_us);
		bool is_cut = interval_us > until_us - begun_us;
		error = gdb_memory_run_briefly(&s->target.memory, MIN(interval_us, until_us - begun_us));
		if (error == 0 && !is_cut)
			error = take_sample(s, clock_now_us() - begun_us);
	}
	return error == -EINTR ? 0 : error;
}

/* ---- afterwards ---- */

static int read_names(struct samples *s, struct program_names *ret)
{
	struct gdb_target *t = &s->target;

	int error = gdb_target_update(t);

	for (size_t i = 0; i < s->n_frames; i++)
		program_names_want(ret, s->frames[i].file, s->frames[i].name);
	if (error == 0)
		error = call_names_read(&t->memory.reader, &t->in.ids, ret->qstrs, ret->n_qstrs, &ret->names,
					&t->memory.diag);
	return error;
}

static const char *text_or_none(const struct program_names *names, uint32_t qstr)
{
	const char *text = qstr && names->names ? call_name(names->names, qstr) : NULL;

	return text ? text : "";
}

static int add_sample(const struct samples *s, const struct sample *sample, const struct program_names *names,
		      struct sites *ret)
{
	struct sites_sum sum = { .n_samples = 1, .bytes = sample->ran_us };
	uint32_t chain[CALL_STACK_MAX];

	for (size_t i = 0; i < sample->n_frames; i++) {
		const struct call_frame *frame = &s->frames[sample->i_frame + i];
		chain[i] = sites_frame(ret, text_or_none(names, frame->file), text_or_none(names, frame->name),
				       frame->line);
	}
	return sites_add(ret, chain, sample->n_frames, &sum);
}

/* Of all that there is, also after an error; without names if the target does not answer any more. */
static int make_profile(struct samples *s, int error_before, struct sites *ret)
{
	struct program_names names = { .wanted = NULL };
	bool is_there = error_before != -EPIPE && error_before != -ETIMEDOUT;
	int names_error = is_there ? read_names(s, &names) : 0, error = 0;

	if (names_error == -EINTR) { /* Ctrl-C when the time was over: it ends the samples, and they are needed */
		program_names_deinit(&names);
		names = (struct program_names){ .wanted = NULL };
		names_error = read_names(s, &names);
	}
	if (names_error < 0 && (error_before < 0 || names_error == -EINTR)) /* else it is the command's error */
		message_at((struct place){ .file = s->target.uri }, "warning",
			   "the names of files and functions could not be read: %s",
			   s->target.memory.diag.text[0] ? s->target.memory.diag.text : strerror(-names_error));
	for (size_t i = 0; i < s->n_samples && error == 0; i++)
		error = add_sample(s, &s->samples[i], &names, ret);
	program_names_deinit(&names);
	ret->n_lost = s->n_lost;
	if (error == 0)
		error = sites_end(ret);
	if (error == -E2BIG)
		diag_set(&s->target.memory.diag, error, "%s", program_sites_why(error));
	return error < 0 ? error : names_error;
}

/* ---- all of it ---- */

static int sample_target(struct samples *s)
{
	struct gdb_target *t = &s->target;
	uint64_t sp;
	int error = gdb_target_find(t);

	if (error == 0 && !t->in.ids.stack_pointer)
		error = diag_set(&t->memory.diag, -ENOTSUP, "the GDB server does not report the stack pointer");
	if (error == 0)
		error = call_stacks_find(&s->stacks, &t->memory.reader, &t->in.ids, &sp, &t->memory.diag);
	return error < 0 ? error : take_samples(s);
}

int sites_of_target(const struct options *options, const struct sites_target *wanted, struct sites *ret,
		    bool *ret_is_there)
{
	struct samples s = { .interval_us = wanted->interval_us, .for_us = wanted->for_us };
	struct objects_ram ram;

	*ret_is_there = false;
	if (objects_ram_read(options, &ram) < 0)
		return EXIT_INPUT;
	int error = gdb_target_open(&s.target, wanted->uri, &ram);
	if (error == 0)
		error = sample_target(&s);
	if (error == 0 || s.n_samples > 0) {
		int profile_error = make_profile(&s, error, ret);
		*ret_is_there = profile_error != -ENOMEM && profile_error != -E2BIG;
		error = error < 0 ? error : profile_error;
	}
	if (s.n_samples == SAMPLES_MAX)
		message_at((struct place){ .file = wanted->uri }, "warning",
			   "the samples ended at %d of them; --interval makes them last", SAMPLES_MAX);
	int code = gdb_target_close(&s.target, error, option_is(options, "quiet"));
	call_stacks_deinit(&s.stacks);
	vec_deinit(&s, frames);
	vec_deinit(&s, samples);
	return code;
}
