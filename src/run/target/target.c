/* A profile of the target of a GDB server: the parts that do not depend on what is sampled, and samples of its time,
 * for which it is halted at random moments. Nothing is asked of the program, and nothing is written to its memory. */
#include "target/samples.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/intake/firmware.h"
#include "memprof/io/clock.h"
#include "memprof/io/random.h"

enum {
	SAMPLES_MAX = 1 << 17, /* of up to 2.5 KB each */
	INTERVALS_MAX = 5,     /* a longer one is cut: one in 150 */
	LOST_MAX = 20,         /* in a row: it is no accident */
	NAMES_US = 1000000,    /* from one reading of names to the next: a target that ends has those before that */
};

/* ---- stacks ---- */

/* What the server refuses to read is an accident: an address that was one a moment before, or a register. */
int sites_target_stack(struct target_samples *s, struct call_stack *ret, bool *ret_is_lost)
{
	struct gdb_target *t = &s->target;

	*ret = (struct call_stack){ .n_frames = 0 };
	int error = t->in.ids.stack_pointer ?
			    call_stack_read(&s->stacks, &t->memory.reader, t->in.ids.stack_pointer, ret) :
			    -EFAULT;
	*ret_is_lost = error == -EFAULT && ++s->n_lost_in_a_row < LOST_MAX;
	if (*ret_is_lost) {
		t->memory.diag = (struct diag){ .text = "" };
		s->profile.samples.n_lost_there++;
		return 0;
	}
	if (error == 0 && ret->is_old)
		error = diag_set(&t->memory.diag, -ENOTSUP, "%s", profile_too_old);
	if (error == 0)
		s->n_lost_in_a_row = 0;
	return error;
}

/* ---- samples of time ---- */

/* Exponential, so that no program is in step with it. */
static uint64_t next_interval(uint64_t mean_us)
{
	return (uint64_t)(fmin(-log(random_part()), INTERVALS_MAX) * (double)mean_us);
}

static int take_sample(struct target_samples *s, uint64_t ran_us)
{
	struct site_sample sample = { .size_bytes = ran_us };
	struct call_stack stack;
	bool is_lost = false;
	int error = gdb_target_registers(&s->target);

	if (error == 0)
		error = sites_target_stack(s, &stack, &is_lost);
	if (error < 0 || is_lost)
		return error;
	return profile_keep(&s->profile, stack.frames, stack.n_frames, &sample);
}

/* The target is halted afterwards. 0, also if it was asked to stop; or an error, with diag. */
static int take_time(struct target_samples *s)
{
	uint64_t for_us = s->wanted->for_us, until_us = for_us == NOT_KNOWN ? NOT_KNOWN : clock_now_us() + for_us;
	int error = 0;

	for (uint64_t begun_us = clock_now_us();
	     error == 0 && begun_us < until_us && s->profile.samples.n_samples < SAMPLES_MAX;
	     begun_us = clock_now_us()) {
		uint64_t interval_us = next_interval(s->profile.sites->step_bytes);
		bool is_cut = interval_us > until_us - begun_us;
		error = gdb_memory_run_briefly(&s->target.memory, MIN(interval_us, until_us - begun_us));
		if (error == 0 && !is_cut)
			error = take_sample(s, clock_now_us() - begun_us);
		if (error == 0)
			error = sites_target_names(s);
	}
	return error == -EINTR ? 0 : error;
}

/* ---- names ---- */

int sites_target_areas(struct target_samples *s)
{
	struct gdb_target *t = &s->target;
	int error = interpreter_update(&t->memory.reader, t->ram.ranges, t->ram.n_ranges, &t->in, &t->memory.diag);

	if (error == 0)
		s->stacks.areas = t->in.areas;
	return error;
}

static int read_names(struct target_samples *s)
{
	struct gdb_target *t = &s->target;

	return profile_read_names(&s->profile, &t->in.ids, &t->memory.reader, &t->memory.diag);
}

int sites_target_names(struct target_samples *s)
{
	struct gdb_target *t = &s->target;

	if (clock_now_us() < s->names_us)
		return 0;
	s->names_us = clock_now_us() + NAMES_US;
	if (profile_want_names(&s->profile) == 0)
		return 0;
	int error = sites_target_areas(s);
	if (error == 0)
		error = read_names(s);
	if (error == -ENOENT || error == -EFAULT) { /* once more at the end */
		t->memory.diag = (struct diag){ .text = "" };
		error = 0;
	}
	return error;
}

static int read_last_names(struct target_samples *s)
{
	int error = gdb_target_update(&s->target);

	return error < 0 ? error : read_names(s);
}

/* ---- the profile ---- */

/* Of all that there is, also after an error; without names if the target does not answer any more. */
static int make_profile(struct target_samples *s, int error_before)
{
	bool is_there = error_before != -EPIPE && error_before != -ETIMEDOUT && error_before != -EPROTO;
	int names_error = is_there ? read_last_names(s) : 0;

	if (names_error == -EINTR) /* Ctrl-C when the time was over: it ends the samples, and they are needed */
		names_error = read_last_names(s);
	if (names_error < 0 && (error_before < 0 || names_error == -EINTR)) /* else it is the command's error */
		notice_at(&s->target.notices, (struct place){ .file = s->target.uri }, "warning",
			  "the names of files and functions could not be read: %s",
			  s->target.memory.diag.text[0] ? s->target.memory.diag.text : strerror(-names_error));
	if (s->profile.sites->unit == SITES_BYTES)
		sites_target_in_use(s, is_there && names_error == 0);
	int error = profile_add(&s->profile);
	if (error == -E2BIG)
		diag_set(&s->target.memory.diag, error, "%s", profile_why(error));
	return error < 0 ? error : names_error;
}

static int sample_target(struct target_samples *s, const struct target_functions *functions)
{
	struct gdb_target *t = &s->target;
	uint64_t sp;
	int error = gdb_target_find(t);

	if (error == 0 && !t->in.ids.stack_pointer)
		error = diag_set(&t->memory.diag, -ENOTSUP, "the GDB server does not report the stack pointer");
	if (error == 0)
		error = call_stacks_find(&s->stacks, &t->memory.reader, &t->in.ids, &t->in.areas, &sp, &t->memory.diag);
	if (error < 0)
		return error;
	return s->profile.sites->unit == SITES_TIME ? take_time(s) : sites_target_allocations(s, functions);
}

static void report_end(const struct target_samples *s)
{
	bool is_time = s->profile.sites->unit == SITES_TIME;
	size_t n_max = is_time ? SAMPLES_MAX : SITE_SAMPLES_MAX;

	if (s->profile.samples.n_samples >= n_max)
		notice_at(&s->target.notices, (struct place){ .file = s->target.uri }, "warning",
			  "the samples ended at %zu of them; --%s makes them last", n_max,
			  is_time ? "interval" : "step");
}

/* 0, or an error with the target's diag. */
static int profile_target(struct target_samples *s, const struct target_functions *functions, bool *ret_is_there)
{
	int error = sample_target(s, functions);

	if (error == 0 || s->profile.samples.n_samples > 0) {
		int profile_error = make_profile(s, error);
		*ret_is_there = profile_error != -ENOMEM && profile_error != -E2BIG;
		error = error < 0 ? error : profile_error;
	}
	report_end(s);
	profile_deinit(&s->profile);
	call_stacks_deinit(&s->stacks);
	return error;
}

int sites_of_target(const struct sites_target *wanted, bool *ret_is_there, struct diag *diag)
{
	struct target_samples s = { .wanted = wanted, .profile.sites = wanted->sites };
	struct target_functions functions;
	struct gdb_ram ram;
	struct firmware firmware;
	int error = firmware_read(wanted->elf, &firmware, diag);

	if (error == 0)
		error = gdb_ram_read(wanted->elf ? &firmware.elf.image : NULL, wanted->board, &ram, diag);
	firmware_deinit(&firmware);

	if (error == 0 && wanted->sites->unit == SITES_BYTES)
		error = target_functions_find(wanted->elf, &functions, diag);
	if (error < 0)
		return error;
	if (wanted->for_us == NOT_KNOWN)
		notice_at(&wanted->notices, (struct place){ .file = wanted->uri }, "note",
			  "samples are taken until Ctrl-C");
	error = gdb_target_open(&s.target, wanted->uri, &ram, &wanted->notices);
	if (error == 0)
		error = profile_target(&s, &functions, ret_is_there);
	error = gdb_target_close(&s.target, error, false, diag);
	return error == -EINTR ? 0 : error;
}
