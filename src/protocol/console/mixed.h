/* Whether figures of two boards, or of two heaps, are mixed in one log: their lines begin with different names, and
 * each figure is close to the last one with its name, and far from that with the other. */
#pragma once

#include "console/plain_line.h"
#include "memprof/protocol/decoder.h"

/* All-zero is the starting state. */
struct mixed {
	struct {
		char name[24]; /* "[kitchen]"; "": none yet */
		uint64_t last_bytes;
		uint32_t n;
	} of[2]; /* the first two */
	uint32_t n_told, n_apart;
};

void mixed_line(struct mixed *m, const struct plain_line *line, uint64_t free_bytes);

/* A note of it. False: nothing is mixed. */
bool mixed_note(const struct mixed *m, char ret[DECODER_NOTE_BYTES]);
