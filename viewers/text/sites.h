/* What the text views of allocation profiles share. */
#pragma once

#include "memprof/viewers/sites_view.h"
#include "memprof/viewers/view.h"

enum { SITES_SIZE_COLUMNS = 10, SITES_SHARE_COLUMNS = 8 };

/* A figure of a table: bytes as sizes are, microseconds as counts. */
void text_sites_figure(struct strbuf *out, const struct sites *s, uint64_t value, const struct text_style *style);
/* " 61.1 %" of all. */
void text_sites_share(struct strbuf *out, const struct sites *s, uint64_t value);
/* A line's name in the columns that are left, and the end of the row. */
void text_sites_name(struct strbuf *out, const char *name, size_t n_before, const struct text_style *style);

void text_sites_tree(struct strbuf *out, const struct sites *s, const struct sites_view *view,
		     const struct text_style *style);
void text_sites_source(struct strbuf *out, const struct sites *s, const struct sites_view *view,
		       const struct text_style *style);
/* A sentence of what leaks; nothing if nothing does. */
void text_sites_leak(struct strbuf *out, const struct sites *s, const struct text_style *style);
void text_sites_kept(struct strbuf *out, const struct sites *s, uint64_t n_top, const struct text_style *style);
void text_sites_changes(struct strbuf *out, const struct sites_view *view, const struct text_style *style);
