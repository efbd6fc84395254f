/* The live page of several boards: what its events say, and the page that draws them. Pure. */
#pragma once

#include "memprof/analysis/board_metrics.h"
#include "memprof/base/strbuf.h"

/* One board as JSON on one line, without a newline at its end: the data of an event. at_ms: since the server began;
 * wall_us: the same time since 1970. */
void json_board_metrics(struct strbuf *out, const char *board, const struct board_metrics *m, uint64_t at_ms,
			uint64_t wall_us);

/* A page that draws the events of /events. */
void html_live(struct strbuf *out);
