/* What the files of the agent's link share. */
#ifndef MEMPROF_AGENT_LINK_PRIVATE_H
#define MEMPROF_AGENT_LINK_PRIVATE_H

#include "agent/frame_finder.h"
#include "agent/order.h"
#include "agent/pools.h"
#include "agent/requests.h"
#include "memprof/protocol/agent_link.h"

#define AGENT_FORMAT "agent" /* of its snapshots (event.h), and the name of its decoder */

/* A frame makes at most so many events: losses, a reset, losses of the new session, a snapshot that was open and is
 * lost, and its own. */
enum { AGENT_QUEUE_MAX = 8 };

struct agent_clock {
	bool known;
	bool anew; /* a session has begun, and has told no time yet */
	uint32_t last_ms;
	uint64_t at_us; /* since the first moment that was told, of any session; NOT_KNOWN */
};

struct agent_losses {
	uint64_t n_frames, n_snapshots, n_abandoned;
};

struct agent_link {
	struct agent_tools tools;
	struct frame_finder finder;
	struct agent_order order;
	struct agent_pools pools;
	struct agent_requests requests;
	struct agent_clock clock;
	struct agent_link_counts counts;
	bool can_send, heard, lived, failed;
	bool hello_asked; /* since the last HELLO */
	bool has_hello;
	struct event_hello hello;
	bool from_start; /* all of this session was listened to */
	bool lost_since_hello, by_threshold;
	bool counts_known;               /* the next two */
	uint64_t n_abandoned, n_skipped; /* as the last END said */
	struct agent_losses pending;     /* not told yet */
	struct agent_losses since_snapshot;
	uint64_t now_us, deadline_us;
	struct heap heap; /* of the snapshot in the queue */
	struct event queue[AGENT_QUEUE_MAX];
	size_t i_queue, n_queue;
	unsigned n_reads; /* that are not answered yet */
	struct {
		bool set;
		uint64_t address;
		const uint8_t *bytes;
		size_t n_bytes;
	} memory;
};

/* requests.c: whether the board takes requests, and they reach it. */
bool agent_link_hears(const struct agent_link *link);

/* queue.c: events in the order in which they are handed out. Losses so far come before them. */
void agent_link_push(struct agent_link *link, const struct event *event);
void agent_link_tell_losses(struct agent_link *link);
void agent_link_take_time(struct agent_link *link, uint64_t at_ms);

/* frames.c. A frame that is right: type to payload, borrowed until the next one. */
void agent_link_take_frame(struct agent_link *link, const uint8_t *body, size_t n_body, size_t n_wire_bytes);

void agent_link_close_snapshots(struct agent_link *link); /* those that are open never end */

/* events.c. A payload: 0 or -EBADMSG. */
int agent_link_take_event(struct agent_link *link, struct fields *f);

#endif
