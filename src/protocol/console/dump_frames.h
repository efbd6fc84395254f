/* What people print around a dump to say which one it is and when it was made:
 *
 *     @@@ 45829127                     pi-mst/micropython-memory-profiler, mem_dump.py: ticks_ms();
 *     … mem_info(1) …                  before the first of them a line that ties ticks to a date,
 *     @@@                              "@@@ 45828774 (2024, 9, 10, 12, 5, 42, 1, 254)"
 *
 *     *** Memory info step 1 ***       Josverl/micropython-magic, memoryinfo.py and its notebooks;
 *     time:1609463914783072000         time_ns(), or time:(2023, 5, 1, 12, 0, 0, 0, 121)
 *     … mem_info() …
 *     ***********************                                                                      */
#ifndef MEMPROF_FRAMES_H
#define MEMPROF_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "console/plain_line.h"

struct frames {
	enum { FRAME_NONE, FRAME_TICKS, FRAME_LABEL } open;
	char label[EVENT_LABEL_BYTES]; /* of what is in the frame at hand; "" */
	struct event_time at;          /* of the same */
	bool ticking;                  /* ticks_ms was seen */
	uint64_t last_ms;              /* of ticks_ms */
	uint64_t since_first_ms;       /* the sum of all its steps */
	uint64_t date_us, date_ms;     /* a moment since 1970, and since_first_ms then; 0: none */
	bool reset;                    /* the last mark's ticks had begun again */
	bool dated;                    /* time: was seen ... */
	uint64_t first_us;             /* ... and this was the first */
};

/* Whether a line begins a frame, or ends the one that is open: what is between belongs together. */
bool frames_edge(const struct frames *f, const struct console_line *line);

/* Takes a line. True if it was one of a frame, and says nothing else. */
bool frames_read(struct frames *f, const struct line *raw, const struct console_line *line);

/* 0..100: how sure that a text has the frames of micropython-memory-profiler. */
int frames_probe(const uint8_t *head, size_t n);

#endif
