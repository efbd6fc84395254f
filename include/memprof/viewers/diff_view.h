/* How a diff is drawn. */
#pragma once

#include "memprof/analysis/diff.h"
#include "memprof/viewers/view.h"

/* Which of two inputs it was. */
struct diff_input {
	const char *name, *format;
	const char *elf_name; /* joined to a map; NULL: none */
	uint64_t n_dump;      /* of a log, from 1; NOT_KNOWN: an image */
	bool is_moment;       /* that of a recording's, which was chosen; the others are not known */
	uint64_t n_dumps;
	const char *time, *label; /* a board's bytes; "" */
};

struct check_view;

struct diff_view {
	const struct diff *diff;
	struct diff_input old, new;
	enum symbol_names names;
	const struct check_view *check; /* of a page: limits that stand on top; NULL: none */
};

/* GitHub refuses a comment of more characters. */
enum { MARKDOWN_DIFF_MAX = 65536 };

/* A line that says it all, then a table for each list of the diff. Nothing if there is no row. */
void text_diff(struct strbuf *out, const struct diff_view *view, const struct text_style *style);
/* The same as a comment below MARKDOWN_DIFF_MAX bytes; what does not fit is left out, and said. */
void markdown_diff(struct strbuf *out, const struct diff_view *view);
/* memprof.diff/1 (docs/schema). */
void json_diff(struct json *j, const struct diff_view *view);
/* A page with it; also if there is no row. */
void html_diff(struct strbuf *out, const struct diff_view *view);
