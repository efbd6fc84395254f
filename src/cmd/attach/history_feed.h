/* What is seen of a board, for a screen that goes back in time: of its events the moments and happenings of a history,
 * of its text the lines of a console, and who it is. */
#ifndef MEMPROF_CMD_SEEN_H
#define MEMPROF_CMD_SEEN_H

#include "memprof/cli/options.h"
#include "memprof/event.h"
#include "memprof/model/board.h"
#include "memprof/model/history.h"
#include "memprof/model/scrollback.h"

/* --history, of the commands that have a screen. */
#define OPTION_HISTORY                                                               \
	{                                                                            \
		0, "history", "SIZE", "keep so much of what was seen (default: 64M)" \
	}

enum { SEEN_OTHERS = 16, SEEN_FAILED = 32 };

struct seen {
	bool live; /* set by the caller: a reset is told by seen_link, and a dump that is cut counts
		    * for nothing */
	struct history *history;
	struct console *console; /* NULL: nothing prints */
	struct board_info board;
	bool out_of_memory; /* something is not in the history */
	/* private */
	uint64_t n_boot;
	bool has_snapshots;
	struct heap heap; /* the last one, until what is told of other pools beside it is known */
	struct history_moment moment;
	bool holds;
	struct event_pool others[SEEN_OTHERS]; /* told since the last moment, each as it was told last */
	size_t n_others;
	uint64_t last_line; /* of the last snapshot */
	struct {
		struct board_event info;
		uint64_t line;
	} failed[SEEN_FAILED]; /* since then, of a log */
	size_t n_failed;
};

/* max_bytes: by seen_history_bytes. 0 or -ENOMEM. */
int seen_init(struct seen *s, size_t max_bytes, bool live, bool has_console);
void seen_deinit(struct seen *s); /* safe twice, and on all-zero */

/* --history. 0, or -EINVAL after a message. */
int seen_history_bytes(const struct options *options, size_t *ret);

/* The heap of a snapshot may be exchanged for another one. True if there is something new to see. */
bool seen_event(struct seen *s, struct event *event);
void seen_text(struct seen *s, const char *bytes, size_t n_bytes, uint64_t at_us);
/* What became of the board: "it is gone". anew: what follows is another life of it. */
void seen_link(struct seen *s, const char *words, bool anew, uint64_t at_us);
/* What memprof itself has to say, however long, as links of at most n_columns each (0: of few). */
void seen_note(struct seen *s, const char *words, size_t n_columns, uint64_t at_us);
/* No more events come. */
void seen_finish(struct seen *s);

#endif
