/* A conversation with an OpenMV camera in its own protocol (memprof/openmv.h): what session.h is for a prompt. The
 * script that runs there goes on; there is no prompt, no block table, and nothing is run there. */
#ifndef MEMPROF_OPENMV_SESSION_H
#define MEMPROF_OPENMV_SESSION_H

#include "memprof/live/session.h"
#include "memprof/model/board.h"

struct openmv_session;

enum { OPENMV_NOT_MEANT = 1 };

/* If --protocol says openmv, or says nothing and the source is a port with the USB ids of such a camera, and no option
 * is there that needs a prompt: opens the source as session_open does, at OpenMV's speed, and begins.
 *
 * 0: *ret is set, and *ret_outcome is SESSION_READY, SESSION_STOPPED or SESSION_GONE (after a message).
 * OPENMV_NOT_MEANT: session_open is what is wanted; also after a note that no camera was found to speak it, if nobody
 * had asked for it. Negative as session_open. handler->on_output, needs_prompt and quiet are not looked at. */
int openmv_session_open(struct openmv_session **ret, const struct options *options, int i_argument,
			const struct session_handler *handler, enum session_outcome *ret_outcome);
void openmv_session_close(struct openmv_session *s); /* NULL is fine */

/* Asks for the pools and waits for them, whatever comes between: DONE once on_event had them; STOPPED; GONE. */
enum session_outcome openmv_session_snapshot(struct openmv_session *s);

/* Waits until a moment of clock_now_us(), or until the companion wants something, handing out what comes: TIME,
 * STOPPED, GONE. */
enum session_outcome openmv_session_wait(struct openmv_session *s, uint64_t until_us);

/* After GONE: as session_return. READY, STOPPED or GONE. */
enum session_outcome openmv_session_return(struct openmv_session *s);

const struct board_info *openmv_session_board(const struct openmv_session *s);
uint64_t openmv_session_now_us(const struct openmv_session *s); /* since it began: as events have it */
void openmv_session_say_gone(struct openmv_session *s);
bool openmv_session_save_failed(const struct openmv_session *s);

/* For whoever needs a prompt: 0, or -EINVAL after a message if --protocol says openmv. */
int openmv_session_refuse(const struct options *options);

#endif
