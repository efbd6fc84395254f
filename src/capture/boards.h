/* Which board reported which dumps: a log may have several, and may identify them late or never. */
#pragma once

#include "memprof/capture/capture.h"

struct boards {
	struct board_info last; /* as it identified itself last */
	size_t n;
	struct capture_board all[CAPTURE_BOARDS_MAX];
};

void boards_init(struct boards *b); /* one board, which is not identified yet */
/* A board from the next dump on; the oldest one makes room. */
void boards_add(struct boards *b, uint64_t n_dumps, const struct board_info *board);
/* The last one identified itself. Dumps before that are attributed to it too, unless another board was identified.
 * True: it is another board. */
bool boards_identify(struct boards *b, uint64_t n_dumps);
/* From a survey, which has more than a banner that came before it. */
void boards_survey(struct boards *b, const struct board_info *board);
const struct board_info *boards_of_dump(const struct boards *b, uint64_t n_dump);
