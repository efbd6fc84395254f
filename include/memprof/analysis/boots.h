/* How a heap develops over time, in each boot of the board separately. One boot is reported: the last one with enough
 * collections to be judged; without such a one, the boot with the most samples. Memory does not grow with their number.
 * Pure. */
#pragma once

#include "memprof/analysis/trend.h"
#include "memprof/capture/sink.h"

/* The failed allocation that ended a boot. */
struct boot_failure {
	bool set;
	uint64_t line;            /* of the log; 0: of none */
	uint64_t after_us;        /* since the first sample of the boot; NOT_KNOWN */
	uint64_t asked_bytes;     /* NOT_KNOWN */
	struct pool_state before; /* the sample before it */
};

/* The reported boot. */
struct boot_info {
	uint64_t n_boot, n_boots; /* as struct moment counts them */
	bool enough;              /* it has enough collections: the last such one */
	bool pinned;              /* it was asked for (boots_pin) */
	struct boot_failure failed;
};

struct boot {
	uint64_t n_boot; /* 1..; 0: none, or not known */
	bool pinned;
	struct trend trend;
	struct boot_failure failed; /* the last one */
	uint64_t n_samples_then;    /* before that */
	struct pool_state last;     /* sample */
};

/* All-zero is ready. */
struct boots {
	/* set by the caller, for its sink */
	const char *pool; /* this one alone, also if it is not Python's; NULL: Python's heap */
	bool live;        /* an incomplete dump is no sample, and trends are watched (trend.h) */
	bool no_mem_info; /* for the result: as board_lacks_mem_info */

	/* results */
	bool pool_seen;                    /* pool was in a moment */
	char other_pool[EVENT_NAME_BYTES]; /* one that was left out, as it is not Python's heap; "" */

	struct boot now, best; /* best: n_boot 0 if there is none */
	bool best_enough;
	struct boots_dry dry; /* before now */
	bool split_known;
	uint64_t split_bytes;                         /* what the last dump reported the heap may grow by at once */
	uint64_t n_boots;                             /* the last one with samples, but for now */
	uint64_t n_samples, n_without, n_cut_without; /* of all boots before now */
	bool backwards;
	int error; /* -ENOMEM, remembered */
};

/* What could not be used, of all boots. */
struct boots_losses {
	uint64_t n_without, n_cut_without; /* as in struct trend */
	bool backwards;
};
void boots_deinit(struct boots *b);

/* Takes snapshots, samples and failures, on the timeline. */
struct sink boots_sink(struct boots *b);

/* The same piece by piece. at_us: on the timeline. Pools other than Python's heap have no collector: each of their
 * samples is what is really in use. */
void boots_add_heap(struct boots *b, const struct heap *heap, const struct pool_state *first, uint64_t at_us,
		    bool collected); /* first: as in trend_add_summarized */
void boots_add_figures(struct boots *b, const struct pool_state *state, uint64_t at_us, bool collected);
void boots_add_pool(struct boots *b, const char *pool, const struct pool_state *state, uint64_t at_us);
void boots_reset(struct boots *b); /* the next sample begins another boot */

/* Samples of all boots so far. */
uint64_t boots_n_samples(const struct boots *b);

struct boots_losses boots_losses(const struct boots *b);

/* The boot of the last moment is to be reported, whatever others have. */
void boots_pin(struct boots *b);

/* Works out the reported boot; more may be added afterwards. *ret borrows from b, until it changes. 0 or -ENOMEM. */
int boots_work_out(const struct boots *b, struct trend_result *ret, struct boot_info *ret_boot);
