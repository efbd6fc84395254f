/* A live board, as a feed: opens it, and takes snapshots at an interval, or listens, through resets and absences. */
#ifndef MEMPROF_FEED_BOARD_H
#define MEMPROF_FEED_BOARD_H

#include "memprof/feed/feed.h"
#include "memprof/live/follow.h"

struct feed_board {
	/* set by the caller */
	struct feed *feed; /* which is open */
	struct session_config config;
	const struct ui_hooks *ui; /* as in session_handler */
	bool probe_largest;        /* as in board_poll */
	bool reads_text;           /* never block tables without the text */
	struct follow follow;      /* its first group, and hooks */

	/* results */
	enum session_outcome outcome; /* of the last call */
	struct session *session;      /* while it is open */
};

/* As session_open: 0, then feed_board_follow, then feed_board_close. */
int feed_board_open(struct feed_board *b, struct diag *diag);
/* As follow_run; what RAISED is reported. */
enum session_outcome feed_board_follow(struct feed_board *b);
void feed_board_close(struct feed_board *b);

#endif
