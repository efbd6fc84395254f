/* Lines that tools print around a dump to name and date it:
 *
 *     @@@ 45829127                     pi-mst/micropython-memory-profiler, mem_dump.py: ticks_ms();
 *     … mem_info(1) …                  a line before the first dump maps ticks to a date,
 *     @@@                              "@@@ 45828774 (2024, 9, 10, 12, 5, 42, 1, 254)"
 *
 *     *** Memory info step 1 ***       Josverl/micropython-magic, memoryinfo.py and its notebooks;
 *     time:1609463914783072000         time_ns(), or time:(2023, 5, 1, 12, 0, 0, 0, 121)
 *     … mem_info() …
 *     ***********************                                                                      */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "console/plain_line.h"

struct dump_frames {
	enum { FRAME_NONE, FRAME_TICKS, FRAME_LABEL } open;
	char label[EVENT_LABEL_BYTES]; /* of the open frame; "" */
	struct event_time at;          /* of the open frame */
	bool has_ticks;                /* a mark with ticks_ms was read */
	uint64_t last_ms;              /* its ticks_ms */
	uint64_t since_first_ms;       /* time from the first mark to the last */
	uint64_t date_us, date_ms;     /* since 1970, and since_first_ms at that time; 0: none */
	bool reset;                    /* ticks of the last mark restarted */
	bool dated;                    /* a time: line was read ... */
	uint64_t first_us;             /* ... and the first one held this */
};

/* Whether a line begins a frame or ends the open one. */
bool dump_frames_is_edge(const struct dump_frames *f, const struct plain_line *line);

/* True if the line belongs to a frame and holds nothing else. */
bool dump_frames_read(struct dump_frames *f, const struct raw_line *raw, const struct plain_line *line);

/* Confidence, 0..100, that a text has frames of micropython-memory-profiler. */
int dump_frames_probe(const uint8_t *head, size_t n);
