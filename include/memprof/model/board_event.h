/* What a board reports besides the contents of its heap: collections, failed allocations, marks, losses, resets. Most
 * come from an agent, some from a program's output. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memprof/event.h"

enum board_event_kind {
	BOARD_EVENT_GC,
	BOARD_EVENT_FAILED,
	BOARD_EVENT_RECOVERED,
	BOARD_EVENT_MARK,
	BOARD_EVENT_AREA,
	BOARD_EVENT_LOST,
	BOARD_EVENT_RESET,
	BOARD_EVENT_LARGE,      /* a large allocation was made */
	BOARD_EVENT_LAST_WORDS, /* of the run before the last reset: an allocation that failed, where the program
				   stopped */
	BOARD_EVENT_LINK,   /* from memprof itself, no event: the connection was lost or is back; label has the text */
	BOARD_EVENT_REFUSED /* the agent uses another major version of the wire protocol; its frames are ignored */
};
const char *board_event_kind_name(enum board_event_kind kind); /* as in the JSON */

struct board_event {
	enum board_event_kind kind;
	uint64_t n_boot,
		n_dump;       /* set by src/capture: 1..; the snapshot before it, of a failure the nearest; 0: none */
	uint64_t at_us;       /* NOT_KNOWN */
	uint64_t bytes;       /* requested, or of an area; NOT_KNOWN */
	uint64_t duration_us; /* of a collection; NOT_KNOWN */
	uint64_t address;     /* of an area; NOT_KNOWN */
	uint64_t n_frames, n_snapshots, n_abandoned; /* lost; abandoned by the board */
	bool added, by_threshold;
	unsigned wire_major, wire_minor; /* of a refused agent */
	char pool[EVENT_NAME_BYTES];     /* "": not reported */
	struct event_caller caller;      /* of an allocation */
	uint64_t largest_free_bytes;     /* when it failed; 0: not known */
	char task[EVENT_NAME_BYTES];     /* "": not reported */
	uint64_t then_us;                /* of last words: when, by the clock of that run */
	struct event_caller fault;       /* of last words: where the program stopped */
	char label[EVENT_LABEL_BYTES];   /* of a mark or a link; a board's bytes, truncated, NUL-terminated */
};

/* False if the event is not a board event. */
bool board_event_of(const struct event *event, struct board_event *ret);
