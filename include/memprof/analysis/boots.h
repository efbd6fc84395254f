/* How a heap goes over time, in each life of the board by itself: from one reset to the next. One of
 * them is told: the last one with enough collections to be judged; if none has enough, the one with the
 * most samples. Memory does not grow with their number. Pure. */
#ifndef MEMPROF_LIVES_H
#define MEMPROF_LIVES_H

#include "memprof/analysis/trend.h"
#include "memprof/event.h"

/* How one ended. */
struct boot_failure {
	bool set;
	uint64_t line, after_us;                 /* since the life's first sample; NOT_KNOWN */
	uint64_t asked_bytes;                    /* NOT_KNOWN */
	uint64_t largest_free_bytes, free_bytes; /* in the sample before it; NOT_KNOWN */
};
/* The one that is told. */
struct boot_info {
	uint64_t n_boot, n_boots;   /* which one of how many */
	bool enough;                /* the last one with enough collections; else the longest */
	struct boot_failure failed; /* what it ended with */
};

struct boot {
	uint64_t n_boot; /* 1.. */
	struct trend trend;
	struct boot_failure failed;              /* the last one in it */
	uint64_t n_samples_then;                 /* before that */
	uint64_t largest_free_bytes, free_bytes; /* of the last sample */
};

/* All-zero is ready. */
struct boots {
	struct boot now, best; /* best: n_boot 0 if there is none */
	bool best_enough;
	bool split_known;
	uint64_t split_bytes;                         /* what the last dump said the heap may grow by at once */
	uint64_t n_boots;                             /* with samples, but for the one at hand */
	uint64_t n_samples, n_without, n_cut_without; /* of them */
	bool backwards;
	int error; /* -ENOMEM, remembered */
};
void boots_deinit(struct boots *l);

/* at_us: of the timeline. */
void boots_add_heap(struct boots *l, const struct heap *heap, uint64_t at_us, bool collected);
void boots_add_sample(struct boots *l, const struct event *event, uint64_t at_us, bool collected);
/* A heap without a collector: each of its samples is what is really in use. */
void boots_add_pool(struct boots *l, const struct event_pool *pool, uint64_t at_us);
void boots_add_failure(struct boots *l, const struct event *event, uint64_t at_us);
void boots_reset(struct boots *l);

/* 0 or -ENOMEM. */
int boots_error(const struct boots *l);

/* Samples of all lives so far. */
uint64_t boots_n_samples(const struct boots *l);

/* The life that is told, after the last event. *ret borrows from l. 0 or -ENOMEM. */
int boots_work_out(struct boots *l, struct trend_result *ret, struct boot_info *ret_boot);

#endif
