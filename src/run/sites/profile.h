/* A profile that is being made, whoever samples the program: stops of stock firmware (stops.h), its agent (agent.c,
 * attach.c), or a GDB server (target/). One store of samples; what is read of memory afterwards, for what the numbers
 * and addresses in them stand for; and one end. */
#pragma once

#include "memprof/analysis/site_samples.h"
#include "memprof/analysis/site_texts.h"
#include "memprof/live/session.h"
#include "memprof/objects/call_stack.h"
#include "memprof/objects/objects.h"
#include "memprof/protocol/probe.h"

struct program;

struct profile {
	struct sites *sites; /* sites_init was called */
	const char *script;  /* what is sent to a prompt has no name of its own; NULL: nothing is */
	struct site_samples samples;
	bool takes; /* samples are taken, by an agent */
	struct site_texts texts;
	size_t n_wanted; /* of samples.frames: their names are wanted */
	size_t n_asked;  /* of texts: when memory was read for them last */
	unsigned n_early_reads;
	bool has_early; /* names of one of these */
	/* Blocks that are in use at the end: by one of these, the first that is there; none: not known. */
	struct heap heap;
	struct objects *memory;  /* at a prompt */
	struct objects *objects; /* also of what holds them */
	uint32_t granule_bytes;  /* of blocks; 0: not known */
	uint32_t *owners;        /* of each object; NULL */
	struct strbuf holder;
	int error; /* the first one; as of sites_add */
};

/* Adds the frames of a stack, the innermost first. 0 or -ENOMEM. */
int profile_keep_frames(struct profile *profile, const struct call_frame *frames, size_t n, uint32_t *ret_i_frame);
/* The same, of a sample, and adds that. */
int profile_keep(struct profile *profile, const struct call_frame *frames, size_t n, struct site_sample *sample);

/* ---- memory: names that are not known yet, of all frames so far ---- */

/* Their number. */
size_t profile_want_names(struct profile *profile);
/* Of a program that stands still. 0; as call_names_read. */
int profile_read_names(struct profile *profile, const struct interpreter_ids *ids, struct memory_reader *r,
		       struct diag *diag);
/* In a stop of a program that may leave no room for a prompt; twice at most. It reads the heap, of which so many bytes
 * are in use. */
void profile_read_early(struct profile *profile, const struct probe_hello *hello, uint64_t used_bytes,
			struct memory_reader *r);
/* Of a program that has ended: by the probe; a warning if they cannot be read. once_collected: called after a
 * collection that nothing was allocated after; NULL. Then what holds memory, by a probe of its own: objects are found
 * by how much was in use when it began. */
void profile_read(struct program *p, void (*once_collected)(void *ctx, struct memory_reader *r), void *ctx);
/* Takes the objects; NULL: they could not be read. */
void profile_set_objects(struct profile *profile, struct objects *objects);

/* ---- the end ---- */

/* The frames of the profile that these are, to *ret. */
void profile_chain(struct profile *profile, uint32_t i_frame, size_t n_frames, uint32_t *ret);
/* The name that holds what is at this address, as of sites_kept; until the next call. */
const char *profile_holder(struct profile *profile, uint64_t address);
/* Adds all samples, and ends it; the profile's error. */
int profile_add(struct profile *profile);
/* Ends it, after notices of what is wrong. False: there is none. */
bool profile_end(struct profile *profile, struct session *session);
/* Why there is no profile, of -E2BIG or -ENOMEM; and why there are no calls in it, of a stack that is_old. */
const char *profile_why(int error);
extern const char profile_too_old[];
void profile_deinit(struct profile *profile);
