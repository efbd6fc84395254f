/* The names of functions and files in samples, by their numbers: read from memory all at once, or an agent is asked for
 * one after the other while samples come in (EVENT_SITE_NAME). Pure; the caller has the clock.
 *
 * Cost: 256 KiB, and 24 bytes for each name with its text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/arena.h"
#include "memprof/base/vec.h"
#include "memprof/event.h"

enum {
	SITE_TEXTS_MAX = 1 << 16, /* numbers from here on have no name: those of bytecode have 16 bits */
	SITE_TEXTS_AGAIN_US = 500000,
	SITE_TEXTS_TRIES = 4 /* for each, then it is passed over */
};

struct site_texts_name {
	uint32_t number;
	const char *text; /* as it came, NUL-terminated; NULL: not yet, or never */
};

/* All zero: none. */
struct site_texts {
	VEC(struct site_texts_name, names); /* in the order in which they are asked for */
	size_t n_asked;                     /* of these, answered or passed over */
	bool is_asked;                      /* the next one of these is, */
	uint64_t asked_us;                  /* then, */
	unsigned n_tries;                   /* how often it was asked for */
	/* private */
	uint32_t *places; /* by number, its place in names + 1 */
	struct arena arena;
};

/* The names of these frames are wanted. 0 or -ENOMEM. */
int site_texts_want(struct site_texts *t, const struct event_site_frame *frames, size_t n_frames);
/* The number to ask for now; 0: none is missing, or the answer to the last one may still come. Then: it was asked for.
 */
uint32_t site_texts_next(struct site_texts *t, uint64_t now_us);
void site_texts_asked(struct site_texts *t, uint64_t now_us);
bool site_texts_has_all(const struct site_texts *t); /* none is missing, but those that were passed over */
/* An answer, also a late one. 0 or -ENOMEM. */
int site_texts_take(struct site_texts *t, const struct event_site_name *name);
const char *site_text(const struct site_texts *t, uint32_t number); /* ""; not clean */
void site_texts_deinit(struct site_texts *t);                       /* safe twice, and on all-zero */
