/* Looks without the text: raw block tables through the probe, on stock firmware with a free REPL. The text of
 * mem_info(1) stays the first look, the measure, and where the letters are from; on any doubt it is the only one. */
#ifndef MEMPROF_CMD_FAST_H
#define MEMPROF_CMD_FAST_H

#include "memprof/event.h"
#include "memprof/live/session.h"

struct fast;

/* on_event gets its snapshots. NULL without memory. session_watch is taken. */
struct fast *fast_new(struct session *session, void (*on_event)(void *of, struct event *event), void *of);
void fast_free(struct fast *f);   /* the session must live; NULL is fine */
void fast_forget(struct fast *f); /* another life of the board: what is known of it is void */

enum fast_answer {
	FAST_TOOK,    /* a snapshot went to on_event */
	FAST_TEXT,    /* take the text this time: there was none yet, it is smaller, or it is time to */
	FAST_OUTCOME, /* *ret_outcome: STOPPED, GONE, RESTARTED */
};
enum fast_answer fast_take(struct fast *f, enum session_outcome *ret_outcome);

/* Around a look at the text: the last whole snapshot between the two is what is known from then on. */
void fast_text_begins(struct fast *f);
void fast_text_ended(struct fast *f);

/* gc.collect() without the prompt, if the probe stands there: false if not, or if that did not go well. */
bool fast_collect(struct fast *f, enum session_outcome *ret_outcome);

#endif
