/* The host's end of the agent's wire (firmware-agent/PROTOCOL.md): frames out of a stream of bytes in which console
 * text stands between them, snapshots out of frames, and requests to the board. No I/O, no clock.
 *
 *     agent_link_feed → agent_link_next until AGENT_MORE → agent_link_outbox/agent_link_sent
 *     agent_link_tick at agent_link_deadline; agent_link_finish at the end of the stream
 *
 * Text comes out byte for byte, in order with the events. A snapshot is handed out only if all of its rows are there
 * and its digest is right; what is missing is an EVENT_LOST, and is asked for again where the board hears. However the
 * bytes are cut, the items are the same (but for texts, which may be cut elsewhere). */
#ifndef MEMPROF_AGENT_LINK_H
#define MEMPROF_AGENT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/event.h"

struct agent_link;

/* can_send: requests reach the board: they are made where its HELLO says that it hears. NULL without memory. */
struct agent_link *agent_link_new(bool can_send);
void agent_link_free(struct agent_link *link); /* NULL is fine */

/* bytes are borrowed until agent_link_next answers AGENT_MORE. now_us: NOT_KNOWN of a file, whose events then have
 * the times of the board's clock. */
void agent_link_feed(struct agent_link *link, const void *bytes, size_t n_bytes, uint64_t now_us);

enum { AGENT_MORE = 1, AGENT_TEXT, AGENT_EVENT, AGENT_MEMORY };
struct agent_item {
	const char *text; /* AGENT_TEXT, and what AGENT_MEMORY read: borrowed until the next call */
	size_t n_bytes;
	uint64_t address;   /* AGENT_MEMORY: the answer to agent_link_ask_memory, perhaps of less than was asked */
	struct event event; /* AGENT_EVENT */
};
/* Or -ENOMEM. */
int agent_link_next(struct agent_link *link, struct agent_item *ret);

/* Bytes that may be the beginning of a frame are held; then they become text. NOT_KNOWN: none are. */
uint64_t agent_link_deadline(const struct agent_link *link);
void agent_link_tick(struct agent_link *link, uint64_t now_us);
void agent_link_finish(
	struct agent_link *link); /* what is held becomes text, what is open a loss; then agent_link_next */

/* The board is another one, or was off: all that is known of it is void. Counters stay. */
void agent_link_reset(struct agent_link *link);

/* Whether a frame has come since the beginning, or since agent_link_reset; and what its HELLO said. */
bool agent_link_heard(const struct agent_link *link);
const struct event_hello *agent_link_hello(const struct agent_link *link); /* NULL: none yet */

/* Since the beginning: frames and bytes of frames that came; frames that are missing; that were missing and came late,
 * so that EVENT_LOST tells of n_lost + n_late; that came again; snapshots shown and not shown. */
struct agent_link_counts {
	uint64_t n_frames, n_bytes, n_lost, n_late, n_repeated, n_snapshots, n_lost_snapshots;
};
void agent_link_count(const struct agent_link *link, struct agent_link_counts *ret);

/* Requests: -ENOTSUP if the board does not hear, -EBUSY if the outbox is full. */
int agent_link_ask_hello(struct agent_link *link);
int agent_link_ask_snapshot(struct agent_link *link, bool key);
int agent_link_ask_period(struct agent_link *link, uint32_t period_ms);
int agent_link_ask_memory(struct agent_link *link, uint64_t address, uint32_t n_bytes);
const uint8_t *agent_link_outbox(const struct agent_link *link, size_t *ret_n);
void agent_link_sent(struct agent_link *link, size_t n_bytes);

#endif
