/* What the files of the raw poll share: raw_poll.c reads tables, raw_poll_letters.c finds out what the heads are. */
#pragma once

#include "memprof/live/memory_probe.h"
#include "memprof/live/raw_poll.h"
#include "memprof/model/block_letters.h"
#include "memprof/model/gc_areas.h"

/* What is seen of the area structures at a time. */
struct areas_view {
	uint64_t words[GC_AREAS_MAX][GC_AREA_WORDS];
};

struct raw_poll {
	struct session *session;
	void (*on_event)(void *ctx, struct event *event);
	void *ctx;
	bool off; /* for good */
	bool reported;
	uint64_t own_bytes; /* what the probe itself holds there, once it was weighed */
	unsigned n_misfits;
	/* the text */
	bool listening, has_text;
	struct heap text;
	uint64_t n_text_bytes;
	unsigned n_since_text;
	unsigned n_wait; /* looks before the probe is tried again */
	/* the probe */
	struct memory_probe probe;
	struct gc_areas areas;
	struct areas_view view; /* as they were when the tables were read */
	bool uses_last[GC_AREAS_MAX];
	uint32_t n_blocks;
	uint8_t *kinds; /* n_blocks, with BLOCK_ASK: what is known of the last table */
	uint8_t *fresh; /* the same, while it is worked out */
	uint8_t *table; /* as it is read: all areas' */
	struct letter_types types;
	struct heap heap; /* to hand out */
};

/* The outcome of the carrier; UNABLE: what must not be read. */
enum session_outcome raw_poll_read(struct raw_poll *f, const struct memory_read *reads, size_t n_reads);
enum session_outcome raw_poll_read_view(struct raw_poll *f, struct areas_view *ret);
/* Whether nothing was allocated or freed between two views, as far as that shows. */
bool raw_poll_same_moment(const struct raw_poll *f, const struct areas_view *a, const struct areas_view *b);

/* raw_poll_letters.c, of f->fresh: takes over what was known of the table before; how many heads are left to be asked.
 */
uint32_t raw_poll_carry_letters(struct raw_poll *f);
/* After a text: its letters tell which first word is which type. */
enum session_outcome raw_poll_learn(struct raw_poll *f);
/* Heads that are new, or other ones than before; what goes beyond the bounds stays to be asked. */
enum session_outcome raw_poll_ask_letters(struct raw_poll *f);
