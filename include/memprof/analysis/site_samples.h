/* Samples of allocations that an agent takes of a program (EVENT_SITE), kept until the names of their functions can be
 * read, and what they say of all allocations.
 *
 * A request of n bytes is sampled with a probability p of 1 - exp(-n / step), whatever was requested before it. So a
 * sample stands for 1 / p requests of n bytes each: an estimate without bias, for any mix of sizes.
 *
 * Cost: 48 bytes for each sample and 12 for each of its frames. Pure. */
#ifndef MEMPROF_SITE_SAMPLES_H
#define MEMPROF_SITE_SAMPLES_H

#include "memprof/analysis/sites.h"
#include "memprof/event.h"

enum {
	SITE_SAMPLES_MAX = 1 << 19,   /* further ones are counted as lost */
	SITE_STEP_MAX_BYTES = 1 << 19 /* MEMPROF_SITES_STEP_MAX of firmware-agent/include/memprof/sites.h */
};

enum site_block { SITE_FOLLOWED, SITE_NOT_FOLLOWED, SITE_FREED };

struct site_sample {
	uint32_t i_frame, n_frames; /* of site_samples.frames, the innermost first */
	uint64_t size_bytes, step_bytes, address;
	enum site_block block;
	bool was_alive; /* at the last mark, of site_samples.mark */
};

/* All zero: none yet. */
struct site_samples {
	/* settings, before the first event */
	const char
		*mark; /* what was in use at the last mark with this label counts as alive; NULL: what is; borrowed */
	bool joins;    /* the agent took samples before: those that it lost until the first one do not count */
	bool no_alive; /* or at the end: what is in use is not known */
	/* what came */
	VEC(struct event_site_frame, frames);
	VEC(struct site_sample, samples);
	uint64_t n_lost_there; /* by the board */
	uint64_t n_lost_here;  /* there were too many */
	uint64_t n_cut;        /* whose outermost frames are missing */
	bool has_gaps;         /* some of what the agent sent was lost: blocks that seem to be in use may be free */
	bool has_mark;         /* a mark with that label came */
	/* private */
	uint64_t n_lost_before;
	uint32_t *latest; /* by number, the sample + 1; NULL: none yet */
};

/* SITE, SITE_GONE, MARK and LOST; others are passed over. So are samples outside of any function: the prompt compiles a
 * program. */
void site_samples_event(struct site_samples *s, const struct event *event);
void site_samples_deinit(struct site_samples *s); /* safe twice, and on all-zero */

/* How many requests of this size a sample of one stands for. step_bytes is not 0. */
double site_sample_weight(uint64_t size_bytes, uint64_t step_bytes);

/* Adds all to a profile, which sites_end follows. frame: the frame of the profile (sites_frame) that it is.
 * block_bytes: of the block that begins at this address now, 0: none does; asked for those that may be in use, but that
 * the agent did not follow, or reports of which were lost. Such a block is in use if it is as large as it was, and no
 * later sample is of the same address. At a mark, one that is not followed counts as free. 0; as sites_add. */
struct site_names {
	uint32_t (*frame)(void *ctx, const struct event_site_frame *frame);
	uint64_t (*block_bytes)(void *ctx, uint64_t address);
	const char *(*holder)(void *ctx, uint64_t address); /* as of sites_kept; valid until the next call */
	uint32_t granule_bytes; /* sizes of blocks are multiples of it; 0: not known, none is asked for */
	void *ctx;
};
int site_samples_add(const struct site_samples *s, const struct site_names *names, struct sites *ret);

#endif
