/* How figures over commits are drawn. Names and subjects are untrusted. */
#pragma once

#include "memprof/base/json.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"
#include "memprof/history/series.h"

struct history_view {
	const char *ref;                      /* of the notes */
	const struct history_commit *commits; /* newest first */
	size_t n_commits;
	const struct series *series; /* of these commits */
	/* What --since named, for the summary; NULL: nothing. */
	const char *since_name;
	const struct history_commit *since;
};

/* A table for each build, a line for each commit, as many figures as there are columns for. */
void text_history(struct strbuf *out, const struct history_view *view, const struct text_style *style);
/* A line for each build: what its regions changed by, or its image, since --since and over all commits. */
void text_history_summary(struct strbuf *out, const struct history_view *view, const struct text_style *style);
/* A row for each figure of each commit (RFC 4180). */
void csv_history(struct strbuf *out, const struct history_view *view);
/* memprof.history-log/1 (docs/schema). */
void json_history(struct json *j, const struct history_view *view);
/* A page with curves. */
void html_history(struct strbuf *out, const struct history_view *view);
