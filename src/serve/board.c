/* One board, in a process of its own. */
#include <string.h>
#include <unistd.h>

#include "live.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/live/children.h"
#include "memprof/wire.h"
#include "private.h"

struct board {
	struct feed feed;
	struct board_metrics metrics;
	int fd;
	bool is_away;                        /* what still comes is from before */
	bool is_new;                         /* metrics are not packed yet */
	uint8_t packed[BOARD_METRICS_BYTES]; /* on their way, from n_sent on */
	size_t n_sent;
};

/* ---- to the parent ---- */

/* Never waits: what the pipe does not take now goes later, as it is then. */
static void send_metrics(struct board *b)
{
	if (b->n_sent == sizeof(b->packed) && b->is_new && board_metrics_pack(&b->metrics, b->packed) == 0) {
		b->n_sent = 0;
		b->is_new = false;
	}
	if (b->n_sent < sizeof(b->packed)) {
		ssize_t n = write(b->fd, b->packed + b->n_sent, sizeof(b->packed) - b->n_sent);
		b->n_sent += n > 0 ? (size_t)n : 0;
	}
}

/* ---- what comes from the board ---- */

static void on_moment(void *ctx, struct moment *moment)
{
	struct board *b = ctx;
	const struct agent_info *agent = capture_agent(b->feed.capture);

	if (b->is_away)
		return;
	if (agent->greeted)
		board_metrics_agent(&b->metrics, &agent->hello, (agent->hello.abilities & WIRE_REPORTS_GC) != 0);
	if (!board_metrics_moment(&b->metrics, moment, clock_wall_us()))
		return;
	b->is_new = true;
	send_metrics(b);
}

static void on_board_event(void *ctx, const struct board_event *event)
{
	struct board *b = ctx;

	b->is_new |= board_metrics_event(&b->metrics, event);
}

static void on_pool(void *ctx, const struct pool_moment *pool)
{
	struct board *b = ctx;

	if (b->is_away)
		return;
	board_metrics_pool(&b->metrics, pool);
	b->is_new = true;
}

static void on_reset(void *ctx)
{
	struct board *b = ctx;

	board_metrics_forget(&b->metrics);
	b->is_new = true;
}

static void on_state(void *ctx, enum board_link state)
{
	struct board *b = ctx;

	b->is_away = state == BOARD_LINK_AWAY;
	board_metrics_link(&b->metrics, state);
	b->is_new = true;
	send_metrics(b);
}

static void on_board(void *ctx, const struct board_info *board)
{
	struct board *b = ctx;

	board_metrics_board(&b->metrics, board);
	b->is_new = true;
	send_metrics(b);
}

static int status(void *ctx)
{
	send_metrics(ctx);
	return 0;
}

/* ---- all of it ---- */

int serve_board_run(const struct board_args *args, const struct live_board *board, const struct figures *figures,
		    int fd)
{
	struct board b = { .fd = fd, .n_sent = sizeof(b.packed) };
	const struct ui_hooks lifeline = children_lifeline(&b.fd);
	struct feed_board live = { .feed = &b.feed, .ui = &lifeline };
	const struct sink sink = {
		.on_moment = on_moment,
		.on_pool = on_pool,
		.on_board_event = on_board_event,
		.on_state = on_state,
		.on_board = on_board,
		.on_reset = on_reset,
		.status = status,
		.ctx = &b,
	};
	int code = live_follow_config(&live, args, board->source);

	live.config.wait = true;
	live.config.figures = figures;
	if (code != EXIT_FINE)
		return code;
	if (feed_open(&b.feed, &(struct capture_options){ .live = true }, &sink, 1) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	code = live_follow(&live);
	feed_close(&b.feed);
	return code;
}
