/* The host's end of the agent's wire protocol (firmware-agent/PROTOCOL.md): separates frames from console text,
 * assembles snapshots, and sends requests. No I/O, no clock.
 *
 *     agent_link_feed → agent_link_next until AGENT_MORE → agent_link_outbox/agent_link_sent
 *     agent_link_tick at agent_link_deadline; agent_link_finish at the end of the stream
 *
 * Text comes out byte for byte, in order with the events. A snapshot comes out only with all of its rows and the right
 * digest; otherwise there is an EVENT_LOST, and what is missing is requested again if the board takes requests. The
 * items are the same however the bytes are cut, except that texts may be cut elsewhere. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/event.h"

struct agent_link;

/* can_send: the caller sends the outbox; requests are made if the HELLO has WIRE_TAKES_REQUESTS. NULL without memory.
 */
struct agent_link *agent_link_new(bool can_send);
void agent_link_free(struct agent_link *link); /* NULL is fine */

/* bytes are borrowed until agent_link_next returns AGENT_MORE. now_us: NOT_KNOWN for a file, whose events get the times
 * of the board's clock. Events of frames that had waited when the link was opened may get times after now_us: they keep
 * their distances, and the caller's time continues from there. */
void agent_link_feed(struct agent_link *link, const void *bytes, size_t n_bytes, uint64_t now_us);

/* The time of the last feed or tick, or later: see above. NOT_KNOWN before the first one. */
uint64_t agent_link_now(const struct agent_link *link);

/* The answer to agent_link_ask_hold. */
struct agent_held {
	unsigned number; /* another one if the program went on in between */
	uint64_t id_modules, id_globals, id_type, id_none, id_len, used_bytes, stack_pointer; /* memory_file.h */
};

enum { AGENT_MORE = 1, AGENT_TEXT, AGENT_EVENT, AGENT_MEMORY, AGENT_HELD };
struct agent_item {
	const char *text; /* AGENT_TEXT, and the bytes of AGENT_MEMORY: borrowed until the next call */
	size_t n_bytes;
	uint64_t address;   /* AGENT_MEMORY: a part of what agent_link_ask_memory asked for */
	struct event event; /* AGENT_EVENT */
	struct agent_held held;
};
/* Or -ENOMEM. */
int agent_link_next(struct agent_link *link, struct agent_item *ret);

/* When held bytes, which may be the beginning of a frame, become text. NOT_KNOWN: none are held. */
uint64_t agent_link_deadline(const struct agent_link *link);
void agent_link_tick(struct agent_link *link, uint64_t now_us);
/* Held bytes become text, open snapshots losses; then call agent_link_next. */
void agent_link_finish(struct agent_link *link);

/* The board is another one, or was off: forgets everything about it but the counters. */
void agent_link_reset(struct agent_link *link);

/* Whether a frame was received since the start, or since agent_link_reset; and the last HELLO. */
bool agent_link_heard(const struct agent_link *link);
const struct event_hello *agent_link_hello(const struct agent_link *link); /* NULL: none yet */

/* Whether a frame was lost that is whole without a CR before each LF, which a terminal on the way puts there. */
bool agent_link_is_cooked(const struct agent_link *link);

/* Since the start: frames received, and their bytes; frames missing; frames received late, which an EVENT_LOST counted
 * too; repeated frames; snapshots completed and lost. */
struct agent_link_counts {
	uint64_t n_frames, n_bytes, n_lost, n_late, n_repeated, n_snapshots, n_lost_snapshots;
};
void agent_link_count(const struct agent_link *link, struct agent_link_counts *ret);

/* Requests: -ENOTSUP if the board takes none; -EBUSY if the outbox is full, or no frame came since the last two. */
int agent_link_ask_hello(struct agent_link *link);
int agent_link_ask_snapshot(struct agent_link *link, bool key);
int agent_link_ask_period(struct agent_link *link, uint32_t period_ms);
int agent_link_ask_memory(struct agent_link *link, uint64_t address, uint32_t n_bytes);
int agent_link_ask_hold(struct agent_link *link, uint32_t hold_ms);
int agent_link_ask_sites(struct agent_link *link, uint32_t step_bytes, uint32_t keep_ms); /* EVENT_SITES */
int agent_link_ask_name(struct agent_link *link, uint32_t number);                        /* EVENT_SITE_NAME */
const uint8_t *agent_link_outbox(const struct agent_link *link, size_t *ret_n);
void agent_link_sent(struct agent_link *link, size_t n_bytes);
