/* Fills a history and a scrollback with what a capture delivers, for a screen that goes back in time. Pure. */
#pragma once

#include "memprof/capture/sink.h"
#include "memprof/model/history.h"
#include "memprof/model/scrollback.h"

enum { HISTORY_FEED_WAITING = 32 };

struct history_feed {
	bool live; /* an incomplete dump is a line among the events, and no moment */
	struct history *history;
	struct console *console; /* NULL: nothing prints */
	struct board_info board; /* shown with it */
	uint64_t n_changes;      /* of all of this, so far */
	bool out_of_memory;      /* something is not in the history; reset by the caller */
	/* private */
	bool any_snapshot;
	uint64_t n_dump;  /* of the last moment */
	struct heap heap; /* a snapshot with the other pools that were reported beside it */
	struct board_event waiting[HISTORY_FEED_WAITING]; /* failures that belong to the next snapshot */
	size_t n_waiting;
};

/* 0 or -ENOMEM. */
int history_feed_init(struct history_feed *f, size_t max_bytes, bool live, bool has_console);
void history_feed_deinit(struct history_feed *f); /* safe twice, and on all-zero */

/* Takes moments, with their heaps, events, text and the board. */
struct sink history_feed_sink(struct history_feed *f);

/* Text that the board printed. */
void history_feed_text(struct history_feed *f, const char *bytes, size_t n_bytes);
/* The state of the connection: "it is gone". */
void history_feed_link(struct history_feed *f, const char *words, uint64_t at_us);
/* A message of memprof itself, however long, as links of at most n_columns each (0: of few). */
void history_feed_note(struct history_feed *f, const char *words, size_t n_columns, uint64_t at_us);
