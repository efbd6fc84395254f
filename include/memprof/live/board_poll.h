/* Polls a board for snapshots: what memprof asks it, and what that costs. snap, attach, run and layout all poll alike.
 */
#pragma once

#include "memprof/live/raw_poll.h"
#include "memprof/live/session.h"
#include "memprof/model/board.h"

enum board_agent { BOARD_AGENT_UNASKED, BOARD_AGENT_NONE, BOARD_AGENT_THERE };
enum agent_start { AGENT_START_UNKNOWN, AGENT_START_THEIRS, AGENT_START_OURS };

struct board_poll {
	struct session *session;
	bool probe_largest; /* without mem_info: find the largest free block by allocating; makes the board collect */
	void (*on_event)(void *ctx, struct event *event); /* with probe_largest: gets what was found */
	void *ctx;
	struct raw_poll *raw;     /* block tables without the text, where that pays; NULL: never */
	bool no_mem_info;         /* found out: CircuitPython, small builds */
	enum board_agent agent;   /* the module memprof there */
	enum agent_start started; /* ours: the first snapshot started it */
	bool agent_reported;
};

/* One snapshot, or figures alone where there is no mem_info; of a camera its pools: DONE, STOPPED, RESTARTED, GONE;
 * RAISED if the board could not even print two numbers. */
enum session_outcome board_poll_take(struct board_poll *p);

/* gc.collect() there: DONE, or as above. */
enum session_outcome board_poll_collect(struct board_poll *p);

/* The board was reset: what was found out is void. */
void board_poll_forget(struct board_poll *p);

/* What the board reports of itself. What it cannot answer stays not known. DONE, or as above. */
enum session_outcome board_poll_survey(struct board_poll *p, struct board_info *ret);

/* gc.mem_alloc(): what is used at this moment; NOT_KNOWN. */
uint64_t board_poll_used(struct board_poll *p);

/* A notice of what memprof's commands left there until the next collection, if that can be told. */
void board_poll_report_garbage(const struct board_poll *p, const char *what, uint64_t before_bytes,
			       uint64_t after_bytes);

/* ---- the module memprof there: agent_poll.c ---- */

/* Finds out whether there is one; asks once. DONE, STOPPED, RESTARTED, GONE. */
enum session_outcome board_poll_find_agent(struct board_poll *p);
/* A snapshot by that module: DONE; RAISED if it gave none, and then it is not asked again; or as above. board_poll_take
 * does this if it can. */
enum session_outcome board_poll_take_agent(struct board_poll *p);
/* Lets it send snapshots while a program runs. False if it cannot. */
bool board_poll_start_agent(struct board_poll *p, uint32_t period_ms);
void board_poll_stop_agent(struct board_poll *p);
/* Stops it if a snapshot started it, before the session is closed: it would go on to send events into the console, and
 * the next session would not get its name and its pools. */
void board_poll_end(struct board_poll *p);

/* Code for session_helper: gc.collect(). */
extern const char board_poll_collect_code[];
