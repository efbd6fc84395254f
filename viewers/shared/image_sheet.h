/* One table of an image as rows of cells, for formats that have nothing but tables. */
#pragma once

#include "memprof/viewers/image_view.h"

struct sheet_format {
	/* Each appends one cell. Texts are untrusted; NULL and NOT_KNOWN are empty cells. */
	void (*text)(struct strbuf *out, const char *text);
	void (*number)(struct strbuf *out, uint64_t value);
	const char *begin_row, *end_cell, *end_row; /* end_cell: between two */
	/* What follows the row of titles; NULL: nothing. */
	void (*rule)(struct strbuf *out, bool is_number);
};

/* The table of view->lists. Returns how many rows --top has left out. */
size_t image_sheet(struct strbuf *out, const struct image_view *view, const struct sheet_format *format);
