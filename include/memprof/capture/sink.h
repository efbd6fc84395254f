/* Takes what comes from a board or a log: a report, a screen, a recording, figures to publish. Each member may be NULL.
 * Arguments are borrowed until the function returns. */
#pragma once

#include "memprof/capture/capture.h"

struct sink {
	/* ---- what a capture delivers, in order ---- */
	void (*on_moment)(void *ctx, struct moment *moment);
	void (*on_pool)(void *ctx, const struct pool_moment *pool);
	void (*on_board_event)(void *ctx, const struct board_event *event); /* failures too, before on_failure */
	/* Live: comes with the snapshot after it. */
	void (*on_failure)(void *ctx, const struct capture_failure *failure);
	/* A snapshot next to a failure, before either is delivered: keep what explains a failure. Perhaps repeatedly.
	 */
	void (*on_reference)(void *ctx, const struct moment *snapshot);

	/* ---- what a feed calls besides (feed/feed.h) ---- */
	void (*on_event)(void *ctx, struct event *event); /* before it is part of a moment: names may be added */
	void (*on_event_taken)(void *ctx, const struct event *event);  /* after the moments that it led to */
	void (*on_text)(void *ctx, const char *bytes, size_t n_bytes); /* that the board printed */
	/* Asked after each event of a log, and at least every 250 ms while a board is followed: it may do what is due.
	 * Negative: no more is wanted. */
	int (*status)(void *ctx);

	/* ---- what a live board's feed calls besides (feed/board.h) ---- */
	void (*on_open)(void *ctx, const char *source, bool is_listening); /* it was found there */
	void (*on_state)(void *ctx, enum board_link state);                /* how it is followed from now on */
	void (*on_board)(void *ctx, const struct board_info *board);       /* it was surveyed */
	void (*on_reset)(void *ctx);                                       /* what was known of it is void */
	void (*on_link)(void *ctx, const char *words);                     /* of the connection: "it is back" */
	void (*on_close)(void *ctx, bool is_gone);                         /* it is not followed any more */
	void *ctx;
};
