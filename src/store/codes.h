/* What boards, events and heaps are in a recording. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"
#include "memprof/event.h"
#include "memprof/model/board.h"

/* ---- What a board reports of itself, as bytes, and back. Pure ---- */

void board_code_put(struct strbuf *out, const struct board_info *board);
/* False: no such bytes. */
bool board_code_get(const uint8_t *bytes, size_t n_bytes, struct board_info *ret);

/* ---- Events other than heaps and figures as rows of the table events, and back. Pure ---- */

/* Columns of a row; NOT_KNOWN and NULL are SQL's NULL. */
struct event_row {
	const char *kind;
	uint64_t bytes, duration_us, board_us;
	const char *pool;
	struct event_text text; /* bytes: NULL */
	const char *details;    /* a JSON object of members that have no column */
};

/* Whether events of this kind are such rows. */
bool event_code_has(enum event_kind kind);

/* The row of an event, which has its texts; details are appended to *details, which must be empty. */
void event_code_put(const struct event *event, struct event_row *ret, struct strbuf *details);

/* The event of a row, but for line and times; it borrows the text. False: no event is like that. */
bool event_code_get(const struct event_row *row, struct event *ret);

/* ---- A snapshot as bytes, for the blobs of a recording, and back. Pure ---- */

/* Appends an EVENT_SNAPSHOT: its own members, then its heap with all its blocks. */
void heap_code_put(struct strbuf *out, const struct event *event);

/* The event of these bytes, and its heap in *heap, which is reset first and sealed. 0; -EBADMSG: no such bytes;
 * -ENOMEM. event->snapshot.heap is heap. */
int heap_code_get(const uint8_t *bytes, size_t n_bytes, struct heap *heap, struct event *ret);
