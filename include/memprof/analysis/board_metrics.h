/* What a monitoring system is given of a board: the figures of its pools as they were last, counters, and whether it is
 * there. A board that is away has no figures: the last ones would look like present ones. Also the same as bytes, on
 * the way from the process that follows a board to the one that publishes it. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/verdict.h"
#include "memprof/capture/sink.h"
#include "memprof/model/history.h"

const char *board_link_name(enum board_link link); /* as in the JSON */

/* All-zero is a board of which nothing is known. Texts are NUL-terminated, not clean, "" if not known. */
struct board_metrics {
	enum board_link link;
	/* Counted since somebody began to follow it. */
	uint64_t n_snapshots, n_failures, n_resets;
	uint64_t n_collections; /* only if counts_collections: an agent reports them */
	bool counts_collections;
	uint64_t taken_wall_us; /* the last snapshot, since 1970; 0: none */
	char firmware[80], machine[128];
	bool has_verdict;       /* else there were no figures yet, or the board is away */
	struct verdict verdict; /* as bytes, what its JSON has, without a holder */
	size_t n_pools;
	struct history_figures pools[HEAP_POOLS_MAX]; /* by their names, which are unique */
};

/* It is there, or is not any more: figures of before are dropped, counters stay. */
void board_metrics_link(struct board_metrics *m, enum board_link link);

/* Takes them from a feed. */
struct board_metrics_feed {
	/* set by the caller */
	uint64_t (*wall_us)(void); /* now, since 1970 */
	const struct capture *capture;

	struct board_metrics metrics;
	bool is_new;  /* they have changed; reset by the caller */
	bool is_away; /* private: what still comes is from before */
};
struct sink board_metrics_sink(struct board_metrics_feed *f);

/* ---- as bytes ---- */

/* No longer than what a pipe takes at once (PIPE_BUF on Linux). */
enum { BOARD_METRICS_BYTES = 2944 };
/* 0 or -ENOMEM. */
int board_metrics_pack(const struct board_metrics *m, uint8_t ret[BOARD_METRICS_BYTES]);
/* 0; -EBADMSG if no board_metrics_pack makes such bytes, and then *ret is untouched. */
int board_metrics_unpack(const uint8_t bytes[BOARD_METRICS_BYTES], struct board_metrics *ret);

/* Messages out of a stream that is cut anywhere. All-zero is its beginning. */
struct board_metrics_reader {
	uint8_t bytes[BOARD_METRICS_BYTES];
	size_t n_bytes;
	bool broken; /* what follows cannot be read either */
};
/* Takes bytes until a message is whole, and moves *bytes behind them. 1: *ret is the message, and there may be more; 0:
 * more bytes are needed; -EBADMSG, from then on. */
int board_metrics_read(struct board_metrics_reader *r, const uint8_t **bytes, const uint8_t *end,
		       struct board_metrics *ret);
