/* Runs a decoder and writes what it says as text, one line an event, so that two runs can be
 * compared:
 *
 *     snapshot line 10 +6 lines, whole 0, stack 832/80000, said 4352/1984/2368 34 5 5 70 -
 *         gc 32 B, 136 blocks, missing 0, 55a466392640: 62h 74. at -
 *     sample line 17 used - free 62336 at 1500 [07:09:41]
 *
 * Areas of more than 256 blocks have a hash in place of their runs; - is not known. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"
#include "memprof/protocol/decoder.h"

/* How an input is fed: first_bytes, then step_bytes at a time (0: all the rest). */
struct cuts {
	size_t first_bytes, step_bytes;
	bool without_times; /* leave at_us and the stamps out of the text */
	bool with_printed;  /* what a listener hears, among the events: "[\n]" and "[text]" */
};

/* Appends the events of an input that ends after n_bytes, to the last. The negative errno that
 * ended it early, or 0. Fails the test if a heap breaks its invariant, if the decoder never comes
 * to an end, or if it asks for more after that. What was fed is gone once the decoder wants more,
 * so that a read of it is found (ASan). */
int events_read(const struct decoder *decoder, const void *bytes, size_t n_bytes, struct cuts cuts, struct strbuf *ret);

/* The same for a text of the test itself. */
int events_of_text(const struct decoder *decoder, const char *text, struct strbuf *ret);

/* Appends one event. */
void events_write(const struct event *event, bool without_times, struct strbuf *ret);
