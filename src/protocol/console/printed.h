/* Hands on what a board printed of its own accord (decoder_options.on_text). */
#pragma once

#include "console/lines.h"
#include "memprof/protocol/decoder.h"

/* All-zero is the starting state. */
struct printed {
	bool muted;               /* what comes is an answer to memprof */
	size_t n_before, n_muted; /* of the line at hand: the bytes before such an answer, and up to its end */
	uint64_t told_line;       /* the number of the last one; 0: none */
};

/* n_held: bytes of the line at hand. */
void printed_mute(struct printed *p, bool muted, size_t n_held);
/* The line at hand has ended; is_told: it is of no dump. options: NULL, as nobody hears. */
void printed_line(struct printed *p, const struct decoder_options *options, const struct raw_line *line, bool is_told);
