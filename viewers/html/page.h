/* A page that needs nothing else: no network, no other file. It holds its styles and scripts, and data as JSON
 * that the scripts read. Only scripts of ours run in it: the page's policy names each by its hash, so that a name
 * could run nothing even if it were not escaped. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "memprof/base/strbuf.h"

enum { HTML_ASSETS_MAX = 8 };

/* What a page is made of besides page.css and page.js, which all have. */
struct html_kind {
	const char *name;                        /* of its <body>, as a class: "report" */
	const char *what;                        /* above its title: "heap report" */
	const char *assets[HTML_ASSETS_MAX + 1]; /* of viewers/html/assets, in the order they run in; NULL ends them */
	const char *source;   /* what it was made of, untrusted; NULL: page.js says it, or nothing does */
	const char *document; /* that is in it: "memprof.report/1 is in it, as memprof report --json prints it"; NULL */
	bool is_whole;        /* it says all without its scripts, which only help to find it */
	bool is_live;         /* served by memprof serve: it draws the events of /events */
	bool has_limits;      /* those of a budget stand on top (print_html_limits) */
};

/* Everything up to <main>, which is open then: styles, and the head that all pages have, with the title as a heading;
 * what the page was made of, and links to its parts, are added by page.js. title is untrusted. */
void html_begin(struct strbuf *out, const char *title, const struct html_kind *kind);

/* JSON for the scripts: page.data(id). Text in it stays text, whatever it is. In pieces, cut anywhere, or at
 * once. */
void html_data_begin(struct strbuf *out, const char *id);
void html_data_add(struct strbuf *out, const char *json, size_t n_bytes);
void html_data_end(struct strbuf *out);
void html_data(struct strbuf *out, const char *id, const char *json, size_t n_bytes);

/* The same where it may be large: await page.packed(id). */
void html_data_packed(struct strbuf *out, const char *id, const struct strbuf *json);

/* Closes <main>; who made it; the scripts, which run there; the end. */
void html_end(struct strbuf *out, const struct html_kind *kind);
