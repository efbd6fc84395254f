/* The line between the board and the host: holds what is on its way, and does to it what bad lines do. */
#ifndef SIM_LINE_H
#define SIM_LINE_H

#include "board.h"

enum { SIM_LINE_BYTES = 64 * 1024 };

struct sim_line {
	const struct sim_faults *faults;
	uint32_t random;      /* never 0; its own, so that faults change nothing of the board */
	size_t first, n_held; /* of what is in the ring */
	uint8_t held[SIM_LINE_BYTES];
	/* Called while a frame finds no room: makes some, and answers false if none is to be had. */
	bool (*make_room)(void *of);
	void *of;
};

void sim_line_init(struct sim_line *line, const struct sim_faults *faults, uint32_t seed);
/* For sim_board_init. */
bool sim_line_say(void *line, const void *bytes, size_t n_bytes, bool is_frame);
/* What goes out next, as far as it lies in one piece; and that so much of it has gone. */
const uint8_t *sim_line_next(const struct sim_line *line, size_t *ret_n);
void sim_line_went(struct sim_line *line, size_t n_bytes);

#endif
