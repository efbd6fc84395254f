/* Snapshots without the text: raw block tables through the probe, on stock firmware with a free REPL. The text of
 * mem_info(1) stays the first snapshot, the measure, and the source of the letters; on any doubt it is the only one. */
#pragma once

#include "memprof/event.h"
#include "memprof/live/session.h"

struct raw_poll;

/* on_event gets its snapshots. NULL without memory. Takes session_watch. */
struct raw_poll *raw_poll_new(struct session *session, void (*on_event)(void *ctx, struct event *event), void *ctx);
void raw_poll_free(struct raw_poll *f);   /* the session must still exist; NULL is fine */
void raw_poll_forget(struct raw_poll *f); /* the board was reset: what is known of it is void */

/* DONE: a snapshot went to on_event. UNABLE: take the text this time: there was none yet, it is smaller, or it is time
 * to. STOPPED, GONE, RESTARTED. */
enum session_outcome raw_poll_take(struct raw_poll *f);

/* Around a snapshot by text: the last complete one between the two is what is known from then on. */
void raw_poll_text_begins(struct raw_poll *f);
void raw_poll_text_ended(struct raw_poll *f);

/* gc.collect() without the prompt, if the probe runs: DONE; UNABLE if not; as raw_poll_take. */
enum session_outcome raw_poll_collect(struct raw_poll *f);
