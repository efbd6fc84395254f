/* Takes what comes from a board or a log: a report, a screen, a recording, figures to publish. Each member may be NULL.
 * Arguments are borrowed until the function returns. */
#ifndef MEMPROF_SINK_H
#define MEMPROF_SINK_H

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
	void (*on_board)(void *ctx, const struct board_info *board);   /* live: it was surveyed */
	void (*on_reset)(void *ctx);                                   /* live: what was known of the board is void */
	void (*on_link)(void *ctx, const char *words);                 /* live: the state of the connection */
	int (*status)(void *ctx); /* asked after each event of a log; negative: no more is wanted */
	void *ctx;
};

/* Calls a function of each sink that has it; without arguments behind ctx, or with them. */
#define SINKS_CALL(owner, function, ...)                             \
	for (size_t i_sink = 0; i_sink < (owner)->n_sinks; i_sink++) \
		if ((owner)->sinks[i_sink].function)                 \
	(owner)->sinks[i_sink].function((owner)->sinks[i_sink].ctx, ##__VA_ARGS__)

#endif
