/* A line of text whenever the verdict on a heap changes. */
#pragma once

#include "memprof/analysis/verdict.h"
#include "memprof/cli/output.h"
#include "memprof/viewers/verdict_words.h"

struct watcher {
	/* set by the caller */
	struct output *out;
	const struct boots *boots; /* that take the same moments before */

	/* private */
	uint64_t judged_us; /* 0: not yet */
	struct verdict verdict;
};
void watcher_moment(struct watcher *w, uint64_t now_us); /* by any clock: it judges once a second at most */
