/* What the files of attach share: attach.c follows a board, attach/lines.c shows what comes,
 * attach/screen.c does so on a full screen. */
#ifndef MEMPROF_ATTACH_PRIVATE_H
#define MEMPROF_ATTACH_PRIVATE_H

#include "attach/watch.h"
#include "callers.h"
#include "memprof/capture/agent_info.h"
#include "memprof/cli/output.h"
#include "memprof/feed/board.h"
#include "memprof/intake/objects.h"
#include "memprof/model/board_event.h"
#include "memprof/viewers/ticker_view.h"
#include "memprof/viewers/view.h"
#include "memprof/sinks/recorder.h"
#include "report/document.h"
#include "snap.h"

/* What was read of the board's memory. All-zero is nothing. */
struct attach_reading {
	struct objects_reading reading;
	struct objects_report report;
	uint64_t at_us; /* of clock_now_us */
};
struct attach_owners {
	struct attach_reading last, mark; /* mark: what last is compared with; none while that is the mark */
	struct objects_since since;
};

struct attach {
	struct output out;
	struct report_options options;
	const char *source;
	uint64_t n_wanted;
	uint64_t first_us; /* of the first snapshot; NOT_KNOWN */
	struct ticker ticker;
	bool saves;
	struct figures *figures; /* lines that tell of the heap of any firmware, which is never asked; NULL */
	uint64_t n_resets;
	struct feed_board board; /* of a GDB server, only its interval */
	struct callers callers;
	struct recorder recorder; /* --record */
	struct feed feed;         /* of all that comes */
	struct boots boots;
	struct error_judge judge;
	bool head_reports_gc;     /* the columns, as they were headed last */
	bool failed;              /* the last event: an allocation failed */
	struct document document; /* JSON: of what happened since the last one was printed */
	bool news;                /* something is in it, other than collections */
	struct {
		uint64_t used_bytes, free_bytes;
	} pools[HEAP_POOLS_MAX]; /* as they were shown last */
	struct {
		char name[sizeof(((struct heap_task *)NULL)->name)];
		uint64_t least_free_bytes;
	} tasks[HEAP_TASKS_MAX]; /* the same */

	/* the full screen: with it nothing is printed */
	bool screen;
	struct watch *watch;
	struct history_feed history;
	bool listen_only;         /* not a byte is sent */
	bool line_taken;          /* by a program, and that was said */
	struct strbuf typed_code; /* what is run of a line that was typed */
	bool no_compile;          /* found out: the board cannot print what an expression is worth */
	bool no_memory;
	struct attach_owners owners;
};

/* Opens the feed, whose sinks all of it is. 0 or -ENOMEM. */
int attach_lines_begin(struct attach *a);
/* Nothing more comes: what is left to be printed. */
void attach_lines_end(struct attach *a);
/* The last words: how the heap went. */
void attach_print_trend(struct attach *a, bool all);
static inline const struct agent_info *agent_of(const struct attach *a) { return capture_agent(a->feed.capture); }
static inline uint64_t n_seen(const struct attach *a) { return capture_counts(a->feed.capture)->n_seen; }
static inline bool attach_prints(const struct attach *a) { return a->out.format == OUTPUT_TEXT && !a->screen; }

/* ---- attach/screen.c; without a screen all of it does nothing ---- */

/* Makes one, if there can be one and no option asks for lines. 0 or -ENOMEM. */
int attach_screen_begin(struct attach *a, const struct attach_args *args);
void attach_screen_open(struct attach *a); /* there is something to show; once is enough */
/* gone: the last picture stays until somebody leaves. */
void attach_screen_end(struct attach *a, bool gone);
void attach_screen_deinit(struct attach *a);

/* Of what has come already to the history. */
struct sink attach_screen_sink(struct attach *a);
/* What became of the board: sink.on_link. */
void attach_screen_message(void *attach, const char *words);
/* Something that somebody at the screen asked for. */
void attach_screen_say(struct attach *a, const char *words);
/* How it is followed; says NULL: by whom and how often. */
void attach_screen_link(struct attach *a, enum tui_link link, const char *words);

/* As session_wait, and does what is wished for: then it has waited less. What a prompt that was looked for again came
 * to is an outcome too: READY, LISTENING. */
enum session_outcome attach_wait(struct attach *a, uint64_t until_us);

/* ---- attach/owners.c: with a screen only ---- */

/* As somebody wished: TIME, or that the session is over. */
enum session_outcome attach_owners_read(struct attach *a, bool may_hold); /* hold: a program that runs */
enum session_outcome attach_owners_mark(struct attach *a);
void attach_owners_forget(struct attach *a); /* safe twice */
/* A new reading in place of the last one, which may be the mark. 0 or -ENOMEM; give what is left to _deinit. */
int attach_owners_take(struct attach *a, struct attach_reading *reading);
void attach_reading_deinit(struct attach_reading *r);

/* ---- attach/target.c: a GDB server, which has no session ---- */

int attach_target(struct attach *a, const struct options *options); /* the exit code, after a message */
bool attach_enough(const struct attach *a);                         /* as many snapshots as were wanted */
void attach_change_interval(struct attach *a, bool faster);

#endif
