/* Decoders: bytes in, events out. A decoder does no I/O, reads no clock, and buffers at most
 * hold_max_bytes of any input (its heap is bounded by heap.h).
 *
 *     feed(bytes)  →  next_event() until DECODER_MORE  →  feed …  →  finish()  →  next_event() …
 *
 * Bytes given to feed are borrowed until next_event returns DECODER_MORE. The events are the same
 * however a stream is cut into feeds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/event.h"

enum { DECODER_MORE = 1, DECODER_EVENT, DECODER_END }; /* results of next_event() */

struct figures;
struct raw_atb;

/* What is wanted of a decoder besides; all-zero: nothing. */
struct decoder_options {
	const struct figures *figures; /* lines of a firmware that tell of its heap (figures.h): heaps too; NULL */
	const struct raw_atb *raw_atb; /* of decoder_raw_atb */
	const void *head; /* the beginning of the log, which shows what prints; borrowed; NULL: not known */
	size_t n_head_bytes;
	/* Hears what the board printed, but for its dumps and for answers to memprof itself: lines with their ends
	 * between them, each before the events that come of the lines after it. Called by next_event. NULL: nobody. */
	void (*on_text)(void *ctx, const char *bytes, size_t n_bytes);
	void *ctx;
};

enum { DECODER_NOTES_MAX = 2, DECODER_NOTE_BYTES = 240 };

struct decoder {
	const char *name;    /* for input.format, [a-z0-9-] */
	const char *summary; /* one line, at most 60 columns */
	size_t state_bytes;  /* all-zero is the starting state */
	size_t hold_max_bytes;
	int (*probe)(const uint8_t *head, size_t n); /* confidence, 0..100; n <= DECODER_PROBE_BYTES */
	void (*feed)(void *state, const uint8_t *bytes, size_t n, uint64_t now_us); /* or NOT_KNOWN */
	/* Before the first feed; borrowed until deinit. */
	void (*set)(void *state, const struct decoder_options *options);
	int (*next_event)(void *state, struct event *ret, struct diag *diag);
	void (*finish)(void *state); /* held bytes become events */
	void (*deinit)(void *state);
	uint64_t (*n_frames)(const void *state); /* of an agent, so far; NULL: it reads none */
	/* What is to be known of how it was read, at the end: how many notes. NULL: none. */
	size_t (*notes)(const void *state, char ret[DECODER_NOTES_MAX][DECODER_NOTE_BYTES]);
};

enum { DECODER_PROBE_BYTES = 4096 };

extern const struct decoder decoder_mem_info;
extern const struct decoder decoder_mpm_log;
extern const struct decoder decoder_stream;
extern const struct decoder decoder_agent; /* agent_link.h, and mem_info for the text between frames */

/* NULL-terminated, in the order of --help. */
extern const struct decoder *const decoders[];

/* The decoder with the highest confidence for the first n bytes; NULL if none has any. */
const struct decoder *decoder_for(const uint8_t *head, size_t n);
