/* Follows a board through resets and absences: takes snapshots at an interval, or listens to an agent or a program that
 * sends them by itself. attach, record and serve follow alike. */
#ifndef MEMPROF_FOLLOW_H
#define MEMPROF_FOLLOW_H

#include "memprof/capture/capture.h"
#include "memprof/live/board_poll.h"

enum follow_state {
	FOLLOW_POLLING,   /* asked at an interval, or its agent sends */
	FOLLOW_LISTENING, /* a program runs there: what it prints is read */
	FOLLOW_AWAY,
};

/* Each may be NULL. */
struct follow_hooks {
	bool (*enough)(void *ctx); /* asked after each snapshot */
	void (*on_state)(void *ctx, enum follow_state state);
	/* As session_wait, and may do more meanwhile; NULL: session_wait. */
	enum session_outcome (*wait)(void *ctx, uint64_t until_us);
	void *ctx;
};

/* Set by the caller: the first two groups. */
struct follow {
	uint64_t interval_us;
	bool interval_given; /* an agent's period gives way to it */
	bool collect;        /* gc.collect() before each snapshot */
	bool survey;         /* ask what board it is */
	bool survey_first;   /* before the first snapshot, which then has memprof's own objects in it */

	struct session *session;
	struct board_poll poll;
	struct capture *capture;
	struct follow_hooks hooks;
	void (*on_board)(void *ctx, const struct board_info *board); /* board was surveyed; NULL */
	void *ctx;

	struct board_info board;
	bool listened; /* snapshots came from an agent or a program: collect has no effect */
	bool surveyed; /* private */
};

/* Until the board is gone for good, enough was seen or a stop is requested. outcome: what session_open answered. TIME:
 * enough; else STOPPED, GONE (reported), RAISED. */
enum session_outcome follow_run(struct follow *f, enum session_outcome outcome);

/* The board was reset, or is perhaps another one: what was known of it is void. For session_handler.on_reset. */
void follow_forget(struct follow *f);

#endif
