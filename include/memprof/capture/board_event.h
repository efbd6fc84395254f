/* What happened on a board besides what its heap looks like: collections, allocations that failed, marks, losses,
 * resets. An agent tells most of it, the words of a program some. One by one, and summed up. Pure. */
#ifndef MEMPROF_HAPPENING_H
#define MEMPROF_HAPPENING_H

#include <stdbool.h>
#include <stdint.h>

#include "memprof/event.h"

enum happening {
	HAPPENED_GC,
	HAPPENED_FAILED,
	HAPPENED_RECOVERED,
	HAPPENED_MARK,
	HAPPENED_AREA,
	HAPPENED_LOST,
	HAPPENED_RESET,
	HAPPENED_LINK /* memprof itself: the board is gone, or back; label has the words. No event tells it. */,
	HAPPENED_REFUSED /* the agent speaks another version of the wire: nothing is taken of it */
};
const char *happening_name(enum happening what); /* as in the JSON */

struct happening_info {
	enum happening what;
	uint64_t at_us;                              /* NOT_KNOWN */
	uint64_t bytes;                              /* asked for; of an area; NOT_KNOWN */
	uint64_t duration_us;                        /* of a collection; NOT_KNOWN */
	uint64_t address;                            /* of an area; NOT_KNOWN */
	uint64_t n_frames, n_snapshots, n_abandoned; /* that are lost */
	bool added, by_threshold;
	unsigned wire_major, wire_minor; /* of an agent that is refused */
	char pool[EVENT_NAME_BYTES];     /* "" where it does not say */
	char label[EVENT_LABEL_BYTES];   /* of a mark or a link; a board's bytes, NUL-terminated, cut */
};

/* False if the event is none of these. */
bool happening_of(const struct event *event, struct happening_info *ret);

/* All that an agent told. All-zero is its beginning. */
struct agent_info {
	bool greeted;             /* hello is set */
	struct event_hello hello; /* the last one */
	uint64_t n_snapshots;
	uint64_t n_collections, gc_us, longest_gc_us; /* of which it told, their time together, the longest */
	bool timed;                                   /* something had a time: */
	uint64_t first_us, last_us;
	uint64_t n_failed, n_recovered, n_marks;
	uint64_t lost_frames, lost_snapshots, n_abandoned;
	uint64_t longest_pause_us;
};
void agent_info_add(struct agent_info *info, const struct event *event);

/* Whether an agent has told anything. */
bool agent_info_any(const struct agent_info *info);

#endif
