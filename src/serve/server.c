/* The parent of the processes that follow the boards: reads what they send, and answers clients, until Ctrl-C. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "load.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/blob.h"
#include "memprof/io/clock.h"
#include "memprof/io/listener.h"
#include "memprof/live/children.h"
#include "private.h"

enum { HEARTBEAT_US = 10000000 }; /* of streams in which nothing happens: shows who is gone */

struct serve {
	const struct options *options;
	const struct serve_args *args;
	struct log_format format; /* --figures */
	struct live_boards found;
	struct serve_boards boards; /* the same */
	struct listener listener;
	struct strbuf token; /* of --token; empty: none */
	struct children *children;
	struct http *http;
	uint64_t began_us, heartbeat_us;
	bool stops;
	int code;
};

static uint64_t now_ms(const struct serve *s) { return (clock_now_us() - s->began_us) / 1000; }

/* ---- boards ---- */

static int run_child(void *ctx, size_t i, int fd)
{
	struct serve *s = ctx;

	listener_close(&s->listener); /* the port is free once this process is gone, whatever its children do */
	return serve_board_run(&s->args->board, &s->found.all[i], s->format.figures, fd);
}

static void publish(const struct serve *s, const struct serve_board *board)
{
	struct strbuf event CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!s->http || http_n_streams(s->http) == 0)
		return;
	serve_event(&event, board, now_ms(s));
	if (!strbuf_error(&event))
		http_publish(s->http, event.text, event.n_bytes);
}

static void lose(const struct serve *s, struct serve_board *board)
{
	board_metrics_link(&board->metrics, BOARD_LINK_AWAY);
	publish(s, board);
}

static void on_bytes(void *ctx, size_t i, const uint8_t *bytes, size_t n_bytes)
{
	struct serve *s = ctx;
	struct serve_board *board = &s->boards.boards[i];
	const uint8_t *end = bytes + n_bytes;
	bool was_broken = board->reader.broken;
	int r;

	while ((r = board_metrics_read(&board->reader, &bytes, end, &board->metrics)) == 1)
		publish(s, board);
	if (r == 0 || was_broken)
		return;
	message_at((struct place){ .file = board->name }, "error",
		   "its process sends no figures that can be read; they are not served any more");
	s->code = exit_worse(s->code, EXIT_DEVICE);
	lose(s, board);
}

static void on_end(void *ctx, const struct child_end *end)
{
	struct serve *s = ctx;
	struct serve_board *board = &s->boards.boards[end->i];

	if (end->exit_code < 0)
		message_at((struct place){ .file = board->name }, "error",
			   end->signal ? "its process was killed by signal %d%s" : "its process is gone", end->signal,
			   s->stops ? "" : "; the board is not followed any more");
	else if (!s->stops && s->children && children_n_running(s->children) > 0)
		message_at((struct place){ .file = board->name }, "note", "it is not followed any more");
	s->code = exit_worse(s->code, end->exit_code < 0 ? EXIT_DEVICE : end->exit_code);
	lose(s, board);
}

/* ---- clients ---- */

static void answer(void *ctx, const struct http_asked *asked, struct http_answer *ret)
{
	const struct serve *s = ctx;

	serve_answer(&s->boards, asked, now_ms(s), ret);
}

static void beat(struct serve *s)
{
	static const char nothing[] = ":\n\n";

	if (clock_now_us() < s->heartbeat_us)
		return;
	s->heartbeat_us = clock_now_us() + HEARTBEAT_US;
	http_publish(s->http, nothing, sizeof(nothing) - 1);
}

static void serve_until_end(struct serve *s)
{
	struct pollfd fds[CHILDREN_FDS_MAX];
	enum children_outcome outcome;

	do {
		size_t n_fds = http_fds(s->http, fds, ARRAY_SIZE(fds));
		uint64_t wait_us = http_wait_us(s->http), until_us = s->heartbeat_us;
		if (wait_us != NOT_KNOWN)
			until_us = MIN(until_us, clock_now_us() + wait_us);
		outcome = children_wait(s->children, fds, n_fds, until_us);
		http_turn(s->http);
		beat(s);
		if (outcome == CHILDREN_STOPPED) {
			s->stops = true;
			children_stop(s->children);
		}
	} while (outcome != CHILDREN_ENDED);
}

/* ---- all of it ---- */

static int find_boards(struct serve *s)
{
	int code = live_boards_read(&s->found, s->options, &s->args->board, true, false);

	if (code != EXIT_FINE)
		return code;
	s->boards.boards = calloc(s->found.n_all, sizeof(*s->boards.boards));
	if (!s->boards.boards) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	for (; s->boards.n_boards < s->found.n_all; s->boards.n_boards++)
		s->boards.boards[s->boards.n_boards].name = s->found.all[s->boards.n_boards].name;
	return EXIT_FINE;
}

/* The first line of a file. */
static int read_token(struct serve *s)
{
	const char *path = s->args->token_file;
	struct blob blob = { .bytes = NULL };

	if (!path)
		return EXIT_FINE;
	if (MESSAGE_ON(blob_read, path, &blob) < 0)
		return EXIT_INPUT;
	size_t n = 0;
	while (n < blob.n_bytes && blob.bytes[n] != '\n' && blob.bytes[n] != '\r')
		n++;
	strbuf_add(&s->token, blob.bytes, n);
	blob_deinit(&blob);
	if (n > 0 && text_is_visible(s->token.text, n) && !strchr(s->token.text, ' '))
		return EXIT_FINE;
	message_at((struct place){ .file = path }, "error",
		   "its first line is no token: visible characters without a space");
	return EXIT_INPUT;
}

static int open_listener(struct serve *s)
{
	const char *address = s->args->listen;

	if (MESSAGE_ON(listener_open, &s->listener, address ? address : SERVE_ADDRESS) < 0)
		return EXIT_INPUT;
	if (!s->listener.is_loopback && !s->listener.is_unix)
		message_at((struct place){ 0 }, "warning",
			   "other machines can read the figures at %s: there is %sno TLS", s->listener.address,
			   s->token.n_bytes > 0 ? "" : "no token (--token FILE) and ");
	return EXIT_FINE;
}

static int start_children(struct serve *s)
{
	const struct children_config config = { s->boards.n_boards, run_child, on_bytes, on_end, s };

	fflush(stdout);
	return MESSAGE_ON(children_start, &s->children, &config) < 0 ? EXIT_INPUT : EXIT_FINE;
}

static int start_server(struct serve *s)
{
	const struct http_config config = {
		.fd = s->listener.fd,
		.rules = {
			.paths = serve_paths,
			.only_loopback = s->listener.is_loopback && s->args->hosts.n == 0,
			.hosts = s->args->hosts.all,
			.n_hosts = s->args->hosts.n,
			.token = s->token.n_bytes > 0 ? strbuf_text(&s->token) : NULL,
			.open_path = "/healthz",
		},
		.now_us = clock_now_us,
		.answer = answer,
		.ctx = s,
	};

	if (MESSAGE_ON(http_open, &s->http, &config) < 0) {
		s->stops = true;
		return EXIT_INPUT;
	}
	s->listener.fd = -1;
	printf("serving %zu board%s at %s%s%s\n", s->boards.n_boards, s->boards.n_boards == 1 ? "" : "s",
	       s->listener.is_unix ? "" : "http://", s->listener.address, s->listener.is_unix ? "" : "/");
	fflush(stdout);
	return EXIT_FINE;
}

static int run(struct serve *s)
{
	int code = find_boards(s);

	if (code == EXIT_FINE && load_figures(&s->args->log.figures, &s->format.figures) < 0)
		code = EXIT_INPUT;
	if (code == EXIT_FINE)
		code = read_token(s);
	if (code == EXIT_FINE)
		code = open_listener(s);
	if (code == EXIT_FINE)
		code = start_children(s);
	if (code == EXIT_FINE)
		code = start_server(s);
	if (code == EXIT_FINE)
		serve_until_end(s);
	return code;
}

int serve_run(const struct options *options)
{
	const struct serve_args *args = options->values;
	struct serve s = { .options = options, .args = args, .listener = { .fd = -1 }, .began_us = clock_now_us() };

	message_quiet(args->output.quiet);
	int code = run(&s);
	children_free(s.children);
	http_close(s.http);
	listener_close(&s.listener);
	listener_remove(&s.listener);
	strbuf_deinit(&s.token);
	free(s.boards.boards);
	live_boards_deinit(&s.found);
	log_format_deinit(&s.format);
	return exit_worse(code, s.code);
}
