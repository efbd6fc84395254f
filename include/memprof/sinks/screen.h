/* A live board on the full screen: what comes goes into a history that goes back in time, and what somebody there
 * requests is done between two looks at the board. */
#pragma once

#include "memprof/feed/board.h"
#include "memprof/intake/objects.h"
#include "memprof/sinks/watch.h"

/* What was read of the board's memory. All-zero is nothing. */
struct screen_reading {
	struct objects_reading reading;
	struct objects_report report;
	uint64_t at_us; /* of clock_now_us */
};
struct screen_owners {
	struct screen_reading last, mark; /* mark: what last is compared with; none while that is the mark */
	struct objects_since since;
};

struct screen {
	/* set by the caller */
	struct feed_board *board; /* of a GDB server, which has no session, only its feed and its interval */
	bool no_memory;           /* is not to be read */

	bool is_on;         /* with it nothing is printed; without it all of this does nothing */
	uint64_t halted_us; /* a GDB server's target, for the last look */

	/* private */
	struct watch *watch;
	struct history_feed history;
	bool line_taken;          /* by a program, and that was said */
	struct strbuf typed_code; /* what is run of a line that was typed */
	bool no_compile;          /* found out: the board cannot print what an expression is worth */
	struct screen_owners owners;
};

/* Makes one if the terminal can have it, else that is said. options: but for feed, on_message and ctx. 0 or -ENOMEM. */
int screen_begin(struct screen *s, const struct watch_options *options, uint64_t history_bytes);
void screen_deinit(struct screen *s);

/* The sinks of it, in place of others at the end of the list, as they take heaps: how many; 0: there is no screen. */
size_t screen_sinks(struct screen *s, struct sink ret[2]);
/* For feed_board.ui; NULL: none. */
const struct ui_hooks *screen_hooks(const struct screen *s);
/* For feed_board.wait: as session_wait, and carries out requests; then it has waited less. What a prompt that was
 * looked for again came to is an outcome too: READY, LISTENING. */
enum session_outcome screen_wait(void *screen, uint64_t until_us);

/* ---- of the target of a GDB server ---- */

/* What was read at this time, as whose memory it is: takes it, if there is a screen. False: it is not shown, which the
 * screen says. */
bool screen_take(struct screen *s, struct objects_reading *reading, uint64_t at_us);
/* Shows how it is followed, and carries out requests. */
void screen_turn(struct screen *s);
/* gone: the last picture stays until somebody leaves. */
void screen_end(struct screen *s, bool gone);
