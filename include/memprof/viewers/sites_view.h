/* How allocation profiles are drawn. Names of files and functions, titles and sources are untrusted. */
#pragma once

#include "memprof/analysis/sites.h"
#include "memprof/base/json.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"

/* What text shows. */
enum sites_what {
	SITES_BY_LINE,
	SITES_TREE,      /* callers, and below each what it called */
	SITES_BOTTOM_UP, /* lines that allocate, and below each its callers */
	SITES_SOURCE,    /* the program, and beside its lines what they allocate */
};

struct sites_view {
	const struct sites *sites; /* after sites_end */
	const char *title;         /* the program, or the file of a saved profile */
	enum sites_what what;
	uint64_t n_top;  /* of text: rows of a table, callees of a line; 0: all */
	bool alive_only; /* of text, CSV and folded stacks: what was not freed at the end; sites->has_alive */
	const struct sites_source *sources;
	size_t n_sources;
	/* Of text, in place of what, of JSON and Markdown: how it differs from an older profile; NULL: it is not
	 * compared. */
	const struct sites_changes *changes;
	const struct sites *before, *after; /* what changes are of: with alive_only, of what was not freed alone */
	const char *before_title;
};

void text_sites(struct strbuf *out, const struct sites_view *view, const struct text_style *style);
/* How it was sampled, and what that comes to, in sentences; without the table. */
void text_sites_summary(struct strbuf *out, const struct sites_view *view, const struct text_style *style);
/* memprof.sites/1 (docs/schema), which sites_read_json reads. */
void json_sites(struct json *j, const struct sites_view *view);
/* A row for each line (RFC 4180). */
void csv_sites(struct strbuf *out, const struct sites_view *view);
/* A page with a flame graph, lines and sources. */
void html_sites(struct strbuf *out, const struct sites_view *view);

/* Changes as a comment below MARKDOWN_SITES_MAX bytes; what does not fit is left out, and said. */
enum { MARKDOWN_SITES_MAX = 65536 };
void markdown_sites_diff(struct strbuf *out, const struct sites_view *view);

/* For other tools. */
void folded_sites(struct strbuf *out, const struct sites_view *view); /* flamegraph.pl: "main.py:3 <module>;… 512" */
void speedscope_sites(struct strbuf *out, const struct sites_view *view); /* www.speedscope.app */
void pprof_sites(struct strbuf *out, const struct sites_view *view);      /* profile.proto of google/pprof, by gzip */
