/* The line from the board to the host: a buffer that also injects the faults of a bad line. */
#pragma once

#include "board.h"

enum { SIM_LINE_BYTES = 64 * 1024 };

struct sim_line {
	const struct sim_faults *faults;
	uint32_t random;      /* never 0; separate, so that faults do not change what the board does */
	size_t first, n_held; /* of the ring */
	uint8_t held[SIM_LINE_BYTES];
	/* Called while there is no room: returns false if it could not make any. */
	bool (*make_room)(void *ctx);
	void *ctx;
};

void sim_line_init(struct sim_line *line, const struct sim_faults *faults, uint32_t seed);
/* The output function for sim_board_init. */
bool sim_line_write(void *line, const void *bytes, size_t n_bytes, bool is_frame);
/* The next bytes to send, as far as they are contiguous; sim_line_sent removes those that were sent. */
const uint8_t *sim_line_next(const struct sim_line *line, size_t *ret_n);
void sim_line_sent(struct sim_line *line, size_t n_bytes);
