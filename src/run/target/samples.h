/* Samples of the target of a GDB server, as they are taken: what target.c has, and allocations.c. */
#ifndef MEMPROF_RUN_TARGET_SAMPLES_H
#define MEMPROF_RUN_TARGET_SAMPLES_H

#include "memprof/analysis/site_samples.h"
#include "memprof/objects/call_stack.h"
#include "memprof/run/sites.h"
#include "sites/sites.h"

struct target_time {
	uint32_t i_frame, n_frames; /* the innermost first */
	uint64_t ran_us;            /* since the sample before it */
};

struct target_samples {
	const struct sites_target *wanted;
	struct gdb_target *target;
	struct call_stacks stacks;
	struct site_samples allocations;   /* and the frames of both */
	uint64_t requested_bytes, took_us; /* of allocations; what the main thread has requested */
	VEC(struct target_time, times);
	uint64_t n_lost;
	unsigned n_lost_in_a_row;
	struct program_names names;
	size_t n_named, n_names; /* frames whose names are wanted; names that are read */
	uint64_t names_us;       /* when they are read again */
};

/* The frames of the program, which stands still. 0: they are there, or *ret_is_lost, by an accident; or an error, with
 * diag. */
int sites_target_stack(struct target_samples *s, struct call_stack *ret, bool *ret_is_lost);
/* Keeps them as allocations.frames. 0 or -ENOMEM. */
int sites_target_keep(struct target_samples *s, const struct call_stack *stack, uint32_t *ret_i_frame);
/* The heap may have got areas meanwhile; errors of the reader, -ENOENT, with diag. */
int sites_target_areas(struct target_samples *s);
/* Reads names that are new, now and then, of a target that is halted: one that ends has them. 0; errors of the reader.
 */
int sites_target_names(struct target_samples *s);
/* The same frame of a profile, once names are read. */
uint32_t sites_target_frame(const struct target_samples *s, const struct event_site_frame *frame, struct sites *ret);

/* ---- of allocations ---- */

/* Until the time is over or a request to stop comes: 0; or an error, with diag. It is halted afterwards. */
int sites_target_allocations(struct target_samples *s, const struct target_functions *functions);
/* Of what there is, after the names are read; is_there: it can still be read. 0; as sites_add. */
int sites_target_add_allocations(struct target_samples *s, bool is_there, struct sites *ret);

#endif
