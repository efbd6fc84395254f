/* How allocation profiles are drawn. Names of files and functions, titles and sources are untrusted. */
#pragma once

#include "memprof/analysis/sites.h"
#include "memprof/base/json.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"
#include "memprof/viewers/document.h"

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
	/* In place of what, and of JSON: how it differs from an older profile; NULL: it is not
	 * compared. */
	const struct sites_changes *changes;
	const struct sites *before, *after; /* what changes are of: with alive_only, of what was not freed alone */
	const char *before_title;
};

/* What leaks and how much was allocated, how it was sampled, and what view->what says; as a comment below
 * SITES_COMMENT_BYTES. The view stays until the document is printed. */
enum { SITES_COMMENT_BYTES = 65536 };
void document_sites(struct document *d, const struct sites_view *view);
/* The same without tables. */
void document_sites_summary(struct document *d, const struct sites_view *view);
/* The same with all lines, and what changed besides. */
void document_sites_page(struct document *d, const struct sites_view *view);
/* memprof.sites/1 (docs/schema), which sites_read_json reads. */
void json_sites(struct json *j, const struct sites_view *view);
/* A page with a flame graph, lines and sources. */
void html_sites(struct strbuf *out, const struct sites_view *view);

/* For other tools. */
void folded_sites(struct strbuf *out, const struct sites_view *view); /* flamegraph.pl: "main.py:3 <module>;… 512" */
void speedscope_sites(struct strbuf *out, const struct sites_view *view); /* www.speedscope.app */
void pprof_sites(struct strbuf *out, const struct sites_view *view);      /* profile.proto of google/pprof, by gzip */
