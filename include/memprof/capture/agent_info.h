/* What an agent reported over a whole input, summed up. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memprof/event.h"
#include "memprof/model/board_event.h"

/* All that an agent told. All-zero is its beginning. */
struct agent_info {
	bool greeted;             /* hello is set */
	struct event_hello hello; /* the last one */
	uint64_t n_snapshots;
	uint64_t n_collections, gc_us, longest_gc_us; /* of which it told, their time together, the longest */
	bool timed;                                   /* a snapshot or collection had a time of the board's clock: */
	uint64_t first_us, last_us;
	uint64_t n_failed, n_recovered, n_marks;
	bool has_last_words;
	struct board_event last_words; /* the last ones */
	uint64_t lost_frames, lost_snapshots, n_abandoned;
	uint64_t longest_pause_us; /* of those sent in one call */
	/* The call that stopped the program for longest, waits for the channel included, and these waits, NOT_KNOWN for
	 * one of several. */
	bool tells_waits;
	uint64_t longest_stop_us, wait_in_longest_us;
	uint64_t n_rolling, longest_roll_us; /* snapshots sent in several calls; the longest time of one */
};
void agent_info_add(struct agent_info *info, const struct event *event);

/* Whether an agent has told anything. */
bool agent_info_any(const struct agent_info *info);
