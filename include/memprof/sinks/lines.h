/* What comes from a live board, as text: one line for each snapshot, and one for each event between two of them. */
#pragma once

#include "memprof/cli/output.h"
#include "memprof/feed/feed.h"
#include "memprof/sinks/watcher.h"
#include "memprof/viewers/ticker_view.h"

struct lines {
	/* set by the caller */
	struct output *out;
	const struct feed *feed; /* whose sink it is */
	const bool *is_hidden;   /* while a full screen shows all of it */
	struct watcher watcher;  /* to the same output */

	/* private */
	struct ticker ticker;
	uint64_t first_us;    /* of the first snapshot */
	bool head_reports_gc; /* the columns, as they were headed last */
	bool failed;          /* the last event: an allocation failed */
	struct {
		char name[sizeof(((struct heap_task *)NULL)->name)];
		uint64_t least_free_bytes;
	} tasks[HEAP_TASKS_MAX]; /* as they were shown last */
};
struct sink lines_sink(struct lines *l);
