/* What the files of the server share: server.c is the parent, board.c the child that follows one board, publish.c what
 * clients get. */
#pragma once

#include "memprof/analysis/board_metrics.h"
#include "memprof/http/http.h"
#include "memprof/protocol/figures.h"
#include "serve/serve.h"

struct serve_board {
	const char *name; /* its label */
	struct board_metrics metrics;
	struct board_metrics_reader reader;
};

struct serve_boards {
	struct serve_board *boards;
	size_t n_boards;
};

/* ---- board.c ---- */

/* Follows a board until a stop is requested or it is gone for good, and writes board_metrics_pack to fd. The exit
 * code. figures: lines that tell of the heap, and then nothing is sent; NULL. */
int serve_board_run(const struct board_args *args, const struct live_board *board, const struct figures *figures,
		    int fd);

/* ---- publish.c ---- */

extern const char *const serve_paths[]; /* NULL-terminated */
/* What a path is answered with. at_ms: since the server began. */
void serve_answer(const struct serve_boards *b, const struct http_asked *asked, uint64_t at_ms,
		  struct http_answer *ret);
/* The event of one board. */
void serve_event(struct strbuf *out, const struct serve_board *board, uint64_t at_ms);
