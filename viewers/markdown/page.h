#pragma once

#include <stdbool.h>

#include "memprof/base/strbuf.h"

/* A text that is refused as a whole if it is too long. */
struct markdown_page {
	struct strbuf *out;
	size_t begins;     /* what stood before it is not ours */
	size_t max_bytes;  /* it stays below; characters are at most as many */
	size_t n_left_out; /* rows; the caller counts */
};

enum { MARKDOWN_TAIL_BYTES = 400 }; /* room kept for what closes tables and says what is left out */

/* Adds the text if it fits, and empties it. */
bool markdown_page_add(struct markdown_page *page, struct strbuf *text);
