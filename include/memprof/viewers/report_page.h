/* A report as a page: one file that needs nothing else. In it are the document memprof.report/1 as it is, the
 * block tables of the dumps, and the scripts that draw them (viewers/html/assets). */
#pragma once

#include <stddef.h>

#include "memprof/base/strbuf.h"
#include "memprof/model/history.h"
#include "memprof/viewers/document.h"
#include "memprof/viewers/view.h"

/* Block tables are the bulk of a page: at most so many dumps have theirs in it, and in at most so many bytes,
 * though the last one is there whatever its size. Where there are more, it is every second, fourth … one that is
 * kept, counted from the last; the page says so. */
enum { REPORT_PAGE_TABLES = 256, REPORT_PAGE_TABLE_BYTES = 4 << 20 };

/* The beginning, up to where the document stands. title is untrusted. limits: those of a budget stand on top; NULL:
 * there are none. */
void report_page_begin(struct strbuf *out, const char *title, const struct document *limits);
/* The document, in pieces that are cut anywhere. */
void report_page_add(struct strbuf *out, const char *json, size_t n_bytes);
/* The rest: what is wrong, as document_report has it, the tables of the n_dumps that there were, as far
 * as history still has them, and the scripts. */
struct page_dumps {
	uint64_t n_dumps, n_shown; /* n_shown: the one that is shown first; 0: the last */
	const struct capture_board *boards;
	size_t n_boards;
	const struct document *limits; /* as at the beginning */
};
void report_page_end(struct strbuf *out, const struct document *findings, const struct history *history,
		     const struct page_dumps *dumps);
