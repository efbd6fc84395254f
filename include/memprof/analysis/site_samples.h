/* Samples of a program, kept until the names of their functions can be read: of allocations, which an agent
 * (EVENT_SITE) or a GDB server takes, and what they say of all of them; and of its time.
 *
 * A request of n bytes is sampled with a probability p of 1 - exp(-n / step), whatever was requested before it. So a
 * sample stands for 1 / p requests of n bytes each: an estimate without bias, for any mix of sizes. The board counts
 * what is requested in each class of sizes, so the estimate of a class is scaled to its exact count
 * (post-stratification).
 *
 * Cost: 48 bytes for each sample and 12 for each of its frames. Pure. */
#pragma once

#include "memprof/analysis/sites.h"
#include "memprof/event.h"

enum {
	SITE_SAMPLES_MAX = 1 << 19,   /* further ones are counted as lost */
	SITE_STEP_MAX_BYTES = 1 << 19 /* MEMPROF_SITES_STEP_MAX of firmware-agent/include/memprof/sites.h */
};

enum site_block { SITE_FOLLOWED, SITE_NOT_FOLLOWED, SITE_FREED };

struct site_sample {
	uint32_t i_frame, n_frames; /* of site_samples.frames, the innermost first */
	uint64_t size_bytes;        /* of time: microseconds, since the sample before it */
	uint64_t step_bytes, address;
	uint64_t at_us;
	enum site_block block;
	uint8_t size_class;
	bool was_alive; /* at the last mark, of site_samples.mark */
};

/* One class of sizes. */
struct site_class {
	uint64_t requested_bytes; /* from its first sample to its last one, which is exact; both included */
	uint32_t counted;         /* as the board had it at the last one, which wraps */
	double estimated_bytes;   /* by the samples */
	uint64_t sampled_bytes, n_samples;
};

/* All zero: none yet. */
struct site_samples {
	/* settings, before the first event */
	const char
		*mark; /* what was in use at the last mark with this label counts as alive; NULL: what is; borrowed */
	bool joins;    /* the agent took samples before: those that it lost until the first one do not count */
	bool no_alive; /* or at the end: what is in use is not known */
	/* of any clock, before each event; and when the program has ended, or no more samples are taken */
	uint64_t now_us, end_us;
	/* what came */
	VEC(struct event_site_frame, frames);
	VEC(struct site_sample, samples);
	uint64_t n_lost_there;  /* by the board */
	uint64_t n_lost_here;   /* there were too many */
	uint64_t n_cut;         /* whose outermost frames are missing */
	bool has_gaps;          /* some of what the agent sent was lost: blocks that seem to be in use may be free */
	bool has_mark;          /* a mark with that label came */
	uint64_t n_collections; /* that the agent reported */
	bool lacks_events;      /* it had no room for some, or they were lost: there were more collections */
	struct site_class classes[EVENT_SITE_CLASSES];
	/* private */
	uint64_t n_lost_before;
	uint32_t *latest; /* by number, the sample + 1; NULL: none yet */
};

/* SITE, SITE_GONE, MARK, GC and LOST; others are passed over. So are samples outside of any function: the prompt
 * compiles a program. */
void site_samples_event(struct site_samples *s, const struct event *event);
void site_samples_deinit(struct site_samples *s); /* safe twice, and on all-zero */

/* A sample of that class; class_bytes as in struct event_site, and not 0. */
void site_samples_count(struct site_samples *s, uint8_t size_class, uint32_t class_bytes, uint64_t size_bytes,
			uint64_t step_bytes);

/* How many requests of this size a sample of one stands for. step_bytes is not 0; 1: each was sampled. */
double site_sample_weight(uint64_t size_bytes, uint64_t step_bytes);

/* Adds all to a profile, which sites_end follows; of SITES_TIME, all else but frames is not used. frame: the frame of
 * the profile (sites_frame) that it is. block_bytes: of the block that begins at this address now, 0: none does; asked
 * for those that may be in use. One that the agent did not follow, or reports of which were lost, is in use if it is as
 * large as it was, and no later sample is of the same address; in doubt, where all blocks of that line that were
 * followed have been freed. One that was followed is in use unless it was freed; in doubt, if it is no longer where it
 * was. At a mark, one that is not followed counts as free. 0; as sites_add. */
struct site_names {
	uint32_t (*frame)(void *ctx, const struct event_site_frame *frame);
	uint64_t (*block_bytes)(void *ctx, uint64_t address);
	const char *(*holder)(void *ctx, uint64_t address); /* as of sites_kept; valid until the next call */
	uint32_t granule_bytes; /* sizes of blocks are multiples of it; 0: not known, none is asked for */
	void *ctx;
};
int site_samples_add(const struct site_samples *s, const struct site_names *names, struct sites *ret);
