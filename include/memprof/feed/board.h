/* A live board, as a feed: opens it, and takes snapshots at an interval, or listens to an agent or a program that sends
 * them by itself, through resets and absences. attach, record and serve follow alike. */
#pragma once

#include "memprof/feed/feed.h"
#include "memprof/live/board_poll.h"
#include "memprof/live/ui_hooks.h"

struct feed_board {
	/* set by the caller */
	struct feed *feed; /* which is open */
	struct session_config config;
	const struct ui_hooks *ui; /* as in session_handler */
	uint64_t until_us;         /* of clock_now_us: a stop is requested then; 0: never */
	uint64_t interval_us;
	bool interval_given; /* an agent's period gives way to it */
	bool collect;        /* gc.collect() before each snapshot */
	bool survey;         /* ask what board it is */
	bool survey_first;   /* before the first snapshot, which then has memprof's own objects in it */
	bool probe_largest;  /* as in board_poll */
	bool reads_text;     /* never block tables without the text */
	/* As session_wait, and may do more meanwhile; NULL: session_wait. */
	enum session_outcome (*wait)(void *ctx, uint64_t until_us);
	void *ctx;

	/* results */
	enum session_outcome outcome; /* of the last call */
	struct session *session;      /* while it is open */
	bool listened;                /* snapshots came from an agent or a program: collect has no effect */

	/* private */
	struct ui_hooks hooks; /* its own, which give sinks a turn, and ui */
	uint64_t turn_us;      /* of sinks, the next */
	struct board_poll poll;
	struct board_info board;
	bool surveyed;
	uint64_t lfb_bytes; /* of the last snapshot */
	uint32_t block_bytes;
};

/* As session_open: 0, then feed_board_follow, then feed_board_close. */
int feed_board_open(struct feed_board *b, struct diag *diag);
/* Until the board is gone for good, a sink or feed.n_most has enough or a stop is requested. TIME: enough; else
 * STOPPED; GONE or RAISED, which are reported. */
enum session_outcome feed_board_follow(struct feed_board *b);
void feed_board_close(struct feed_board *b);
