/* How a diff is drawn. */
#pragma once

#include "memprof/analysis/diff.h"
#include "memprof/viewers/document.h"
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
	const struct document *limits; /* of a page: what a check found stands on top; NULL */
};

/* GitHub refuses a comment of more characters. */
enum { DIFF_COMMENT_BYTES = 65536 };

/* A line that says it all, then a table for each list of the diff. The view stays until the document is printed. */
void document_diff(struct document *d, const struct diff_view *view);
/* memprof.diff/1 (docs/schema). */
void json_diff(struct json *j, const struct diff_view *view);
/* A page with it; also if there is no row. */
void html_diff(struct strbuf *out, const struct diff_view *view);
