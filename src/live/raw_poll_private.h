/* What the files of the fast path share: raw_poll.c looks, raw_poll_letters.c tells what the heads are. */
#ifndef MEMPROF_FAST_PRIVATE_H
#define MEMPROF_FAST_PRIVATE_H

#include "memprof/live/probe_carrier.h"
#include "memprof/live/raw_poll.h"
#include "memprof/model/block_letters.h"
#include "memprof/model/gc_areas.h"

/* What is seen of the area structures at a time. */
struct fast_view {
	uint64_t words[GC_AREAS_MAX][GC_AREA_WORDS];
};

struct fast {
	struct session *session;
	void (*on_event)(void *of, struct event *event);
	void *of;
	bool off; /* for good */
	bool said;
	uint64_t own_bytes; /* what the probe itself holds there, once it was weighed */
	unsigned n_misfits;
	/* the text */
	bool listening, has_text;
	struct heap text;
	uint64_t n_text_bytes;
	unsigned n_since_text;
	unsigned n_wait; /* looks before the probe is tried again */
	/* the probe */
	struct probing probing;
	struct gc_areas areas;
	struct fast_view view; /* as they were when the tables were read */
	bool uses_last[GC_AREAS_MAX];
	uint32_t n_blocks;
	uint8_t *kinds; /* n_blocks, with BLOCK_ASK: what is known of the last table */
	uint8_t *fresh; /* the same, while it is worked out */
	uint8_t *table; /* as it is read: all areas' */
	struct letter_types types;
	struct heap heap; /* to hand out */
};

/* False: *ret_answer says why. */
bool fast_read_view(struct fast *f, struct fast_view *ret, enum probing_answer *ret_answer);
/* Whether nothing was allocated or freed between two views, as far as that shows. */
bool fast_same_moment(const struct fast *f, const struct fast_view *a, const struct fast_view *b);

/* raw_poll_letters.c, of f->fresh: takes what the table before told; how many heads are left to be asked. */
uint32_t fast_carry_letters(struct fast *f);
/* After a text: its letters tell which first word is which type. */
enum probing_answer fast_learn(struct fast *f);
/* Heads that are new, or other ones than before; what goes beyond the bounds stays to be asked. */
enum probing_answer fast_ask_letters(struct fast *f);

#endif
