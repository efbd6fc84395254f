/* One line per snapshot: attach. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/analysis/report.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"
#include "memprof/model/board.h"

enum { TICKER_SAMPLES = 16 };
struct ticker {
	uint64_t used[TICKER_SAMPLES];
	size_t n;
	uint64_t last_used_bytes;
	uint64_t n_lines;
	bool reports_gc;        /* an agent does: a column for the time that collections take */
	uint64_t gc_us;         /* their time since the line before */
	uint64_t board_us;      /* of the next line, by the board's clock, as gc_us is; NOT_KNOWN */
	uint64_t last_board_us; /* of the line before; NOT_KNOWN */
	bool damaged;           /* the pool of the next line */
	struct {
		uint64_t used_bytes, free_bytes;
	} pools[HEAP_POOLS_MAX]; /* other pools, as they were shown last */
};
void text_ticker_head(struct strbuf *out, const struct ticker *ticker, const struct text_style *style);
void text_ticker_line(struct strbuf *out, struct ticker *ticker, const struct pool_state *now, uint64_t at_us,
		      const struct text_style *style);
/* The other pools of the same snapshot, if they changed, in the same columns, and what was requested of them. */
void text_ticker_pools(struct strbuf *out, struct ticker *ticker, const struct heap *heap, bool is_first,
		       const struct text_style *style);
/* What was requested of a pool since the line before; nothing if that is not known. */
void text_ticker_allocations(struct strbuf *out, const struct heap_pool *pool, const struct text_style *style);
/* How much of the stack of a task was never used, which is known. */
void text_ticker_task(struct strbuf *out, const struct heap_task *task, const struct text_style *style);
/* A line between them: "-- the board was reset". */
void text_ticker_board(struct strbuf *out, const struct board_info *board, const struct text_style *style);
void text_ticker_note(struct strbuf *out, const char *text, const struct text_style *style);
