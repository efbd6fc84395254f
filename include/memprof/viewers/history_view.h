/* How figures over commits are drawn. Names and subjects are untrusted. */
#pragma once

#include "memprof/base/json.h"
#include "memprof/history/series.h"
#include "memprof/viewers/document.h"

struct history_view {
	const char *ref;                      /* of the notes */
	const struct history_commit *commits; /* newest first */
	size_t n_commits;
	const struct series *series; /* of these commits */
	/* What --since named, for the summary; NULL: nothing. */
	const char *since_name;
	const struct history_commit *since;
};

/* The answer: a sentence for each build, what its regions changed by, or its image, since --since and over all commits.
 */
void document_history_summary(struct document *d, const struct history_view *view);
/* With all figures, curves and commits. The view must outlive it. */
void document_history(struct document *d, const struct history_view *view);
/* memprof.history-log/1 (docs/schema). */
void json_history(struct json *j, const struct history_view *view);
