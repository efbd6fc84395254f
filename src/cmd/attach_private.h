/* What the two files of attach share: attach.c follows a board, attach_show.c shows what comes. */
#ifndef MEMPROF_ATTACH_PRIVATE_H
#define MEMPROF_ATTACH_PRIVATE_H

#include "collector.h"
#include "lives.h"
#include "look.h"
#include "memprof/happening.h"
#include "memprof/view.h"
#include "output.h"

enum { ATTACH_HAPPENINGS = 64 };

struct attach {
	struct output out;
	struct report_options options;
	const char *source;
	uint64_t interval_us, n_wanted, n_seen;
	uint64_t first_us;              /* of the first snapshot; NOT_KNOWN */
	struct ticker ticker;
	bool interval_given, collect, survey, surveyed;
	bool collected;                 /* we did, right before this look */
	uint64_t n_resets;
	struct board_info board;
	struct look look;
	struct lives lives;
	struct agent_info agent;
	bool head_tells_gc;             /* the columns, as they were headed last */
	bool failed;                    /* the last thing that happened: an allocation failed */
	struct happening_info happenings[ATTACH_HAPPENINGS]; /* JSON: since the last document; the last ones */
	size_t n_happenings;
	struct { uint64_t used_bytes, free_bytes; } pools[HEAP_POOLS_MAX]; /* as they were shown last */
};

/* Shows an event of the board's; of is the struct attach. */
void attach_event(void *of, struct event *event);
/* The last words: how the heap went. */
void attach_say_trend(struct attach *a, bool all);

#endif
