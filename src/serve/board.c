/* One board, in a process of its own: its figures to the parent. */
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
	struct board_metrics_feed metrics;
	struct boots boots;
	uint64_t judged_us; /* 0: not yet */
	bool has_heap;      /* whole heaps come */
	int fd;
	uint8_t packed[BOARD_METRICS_BYTES]; /* on their way, from n_sent on */
	size_t n_sent;
};

/* Never waits: what the pipe does not take now goes later, as it is then. */
static int send_metrics(void *ctx)
{
	struct board *b = ctx;

	if (b->n_sent == sizeof(b->packed) && b->metrics.is_new &&
	    board_metrics_pack(&b->metrics.metrics, b->packed) == 0) {
		b->n_sent = 0;
		b->metrics.is_new = false;
	}
	if (b->n_sent < sizeof(b->packed)) {
		ssize_t n = write(b->fd, b->packed + b->n_sent, sizeof(b->packed) - b->n_sent);
		b->n_sent += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Judging costs more the longer a board is followed, and what is said of it changes slowly. */
enum { JUDGE_EVERY_US = 5000000 };

static void judge(struct board *b, const struct moment *moment)
{
	const struct report_options options = { .n_needs = 0 };
	struct board_metrics *m = &b->metrics.metrics;
	bool has_heap = moment->kind == MOMENT_SNAPSHOT && moment->heap->problem == HEAP_WHOLE;
	struct pool_standings standings;

	b->has_heap |= has_heap;
	bool is_soon = m->has_verdict && b->judged_us > 0 && clock_now_us() - b->judged_us < JUDGE_EVERY_US;
	if (is_soon || (b->has_heap && !has_heap)) /* figures alone, between two whole heaps */
		return;
	if (has_heap)
		standings_of_moment(moment->heap, NULL, 0, &options, &standings);
	if (verdict_renew(&b->boots, has_heap ? &standings : NULL, clock_now_us(), &b->judged_us, &m->verdict))
		m->has_verdict = b->metrics.is_new = true;
}

static void on_moment(void *ctx, struct moment *moment)
{
	struct board *b = ctx;
	const struct agent_info *agent = capture_agent(b->metrics.capture);

	judge(b, moment);
	b->metrics.metrics.counts_collections |= agent->greeted && (agent->hello.abilities & WIRE_REPORTS_GC) != 0;
	send_metrics(b);
}

static void on_state(void *ctx, enum board_link state)
{
	(void)state;
	send_metrics(ctx);
}

int serve_board_run(const struct board_args *args, const struct live_board *board, const struct figures *figures,
		    int fd)
{
	struct board b = { .metrics.wall_us = clock_wall_us, .boots.live = true, .fd = fd, .n_sent = sizeof(b.packed) };
	const struct ui_hooks lifeline = children_lifeline(&b.fd);
	struct feed feed = { .notices = message_notices };
	struct feed_board live = { .feed = &feed, .ui = &lifeline };
	const struct sink sinks[] = {
		board_metrics_sink(&b.metrics),
		boots_sink(&b.boots),
		{ .on_moment = on_moment, .on_state = on_state, .status = send_metrics, .ctx = &b },
	};
	int code = live_follow_config(&live, args, board->source);

	live.config.wait = true;
	live.config.figures = figures;
	if (code != EXIT_FINE)
		return code;
	if (feed_open(&feed, &(struct capture_options){ .live = true }, sinks, ARRAY_SIZE(sinks)) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	b.metrics.capture = feed.capture;
	code = live_follow(&live);
	feed_close(&feed);
	boots_deinit(&b.boots);
	return code;
}
