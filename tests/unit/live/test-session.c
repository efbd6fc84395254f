/* A session on a fake source: one end of a socket pair, with a board of a few lines at the other. */
#define _GNU_SOURCE
#include "memprof/live/session.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/io/clock.h"
#include "source/private.h"
#include "unit.h"

#define BANNER "MicroPython v1.25.0 on 2025-04-15; fake with nothing\r\nType \"help()\" for more information.\r\n>>> "
#define STATISTICS(used, free)                           \
	"stack: 520 out of 7936\r\n"                     \
	"GC: total: 2048, used: " #used ", free: " #free \
	"\r\n"                                           \
	" No. of 1-blocks: 4, 2-blocks: 2, max blk sz: 8, max free sz: 20\r\n"
/* Two rows: the step between them gives the size of a block. */
#define TABLE                                                                            \
	"GC memory layout; from 20000000:\r\n"                                           \
	"00000000: h===h=h=h=h=h=h=h=h=h=h=h=h=....................................\r\n" \
	"00000400: ................................................................\r\n"

/* What the board does with the n-th program that it is given; the first one looks for what another memprof has left. */
struct answer {
	const char *output; /* before the Ctrl-D that ends it; NULL: nothing more comes */
	bool resets;        /* the banner follows in place of that Ctrl-D */
	bool resets_later;  /* … after the next '@' */
	bool goes;          /* … or the end of the line */
};
#define NOTHING_LEFT         \
	{                    \
		.output = "" \
	}

struct board {
	int fd;
	bool is_silent; /* a program runs: no prompt answers */
	const char *prints;
	const struct answer *answers;
	size_t n_answers, n_programs;
	struct strbuf heard; /* all that memprof sent */
	pthread_t thread;
};

static void put(const struct board *b, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(b->fd, bytes, n);
		if (done <= 0)
			return;
		bytes += done;
		n -= (size_t)done;
	}
}

static void say(const struct board *b, const char *text) { put(b, text, strlen(text)); }

/* False: the line ends. */
static bool run_program(struct board *b, bool *ret_raw)
{
	static const struct answer none = { .output = "" };
	const struct answer *a = b->n_programs < b->n_answers ? &b->answers[b->n_programs] : &none;

	b->n_programs++;
	say(b, a->output);
	if (a->goes)
		return false;
	if (!a->resets_later)
		say(b, a->resets ? BANNER : "\x04\x04>");
	*ret_raw = !a->resets && !a->resets_later;
	return true;
}

/* The friendly prompt, and raw mode without raw-paste, as before MicroPython 1.13: Ctrl-E A is text there. */
static void *board_run(void *ctx)
{
	struct board *b = ctx;
	bool raw = false, goes_on = true;
	char bytes[256];
	ssize_t n;

	if (b->prints)
		say(b, b->prints);
	while (goes_on && (n = read(b->fd, bytes, sizeof(bytes))) > 0) {
		strbuf_add(&b->heard, bytes, (size_t)n);
		for (ssize_t i = 0; i < n && goes_on && !b->is_silent; i++) {
			if (bytes[i] == '\x01') {
				say(b, "raw REPL; CTRL-B to exit\r\n>");
				raw = true;
			} else if (bytes[i] == '\x02') {
				say(b, "\r\n" BANNER);
				raw = false;
			} else if (bytes[i] == '@') {
				say(b, BANNER);
			} else if (bytes[i] == '\x03') {
				say(b, "\r\n>>> ");
			} else if (bytes[i] == '\x04' && raw) {
				say(b, "OK");
				goes_on = run_program(b, &raw);
			}
		}
	}
	close(b->fd);
	return NULL;
}

/* ---- the host's side ---- */

struct host {
	struct board board;
	struct session *session;
	enum session_outcome outcome;
	uint64_t used_bytes; /* of the last snapshot */
	unsigned n_snapshots, n_resets, n_reset_events;
	struct strbuf notices;
};

static void on_event(void *ctx, struct event *event)
{
	struct host *h = ctx;

	if (event->kind == EVENT_SNAPSHOT) {
		h->n_snapshots++;
		h->used_bytes = event->snapshot.heap->pools[0].reported.used_bytes;
	}
	h->n_reset_events += event->kind == EVENT_RESET;
}

static void on_reset(void *ctx) { ((struct host *)ctx)->n_resets++; }

static void on_notice(void *ctx, const struct notice *notice)
{
	struct host *h = ctx;

	strbuf_printf(&h->notices, "%s: %s: %s\n", notice->at.file, notice->severity, notice->text);
}

static void close_fake(struct source *source) { source_close_fd(source); }

static const struct source_kind fake = { .name = "fake:", .live = true, .close = close_fake };

static struct source *fake_source(int fd)
{
	struct source *source = calloc(1, sizeof(*source));

	assert_non_null(source);
	*source = (struct source){
		.kind = &fake, .uri = strdup("fake:"), .fd = fd, .exit_code = -1, .lock_fd = -1, .control_fd = -1
	};
	return source;
}

static void host_open(struct host *h, struct session_config config)
{
	const struct session_handler handler = { .on_event = on_event, .on_reset = on_reset, .ctx = h };
	struct diag diag = { 0 };
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	h->board.fd = fds[1];
	assert_int_equal(pthread_create(&h->board.thread, NULL, board_run, &h->board), 0);
	config.protocol = SESSION_REPL;
	config.notices = (struct notice_sink){ .report = on_notice, .ctx = h };
	assert_int_equal(session_open_source(&h->session, fake_source(fds[0]), &config, &handler, &h->outcome, &diag),
			 0);
}

static void host_close(struct host *h)
{
	session_close(h->session);
	pthread_join(h->board.thread, NULL);
	strbuf_deinit(&h->board.heard);
	strbuf_deinit(&h->notices);
}

static void expect_notice(const struct host *h, const char *words)
{
	if (!strstr(strbuf_text(&h->notices), words))
		fail_msg("no '%s' in:\n%s", words, strbuf_text(&h->notices));
}

/* ---- what is tested ---- */

UNIT_TEST(a_snapshot_and_the_prompt_back)
{
	static const struct answer answers[] = { NOTHING_LEFT, { .output = STATISTICS(448, 1600) TABLE } };
	struct host h = { .board = { .prints = ">>> ", .answers = answers, .n_answers = 2 } };
	host_open(&h, (struct session_config){ .uri = "fake:" });
	assert_int_equal(h.outcome, SESSION_READY);
	assert_true(session_has_prompt(h.session));
	assert_int_equal(session_mem_info(h.session), SESSION_DONE);
	assert_int_equal(h.n_snapshots, 1);
	assert_u64_equal(h.used_bytes, 448);
	assert_int_equal(h.n_resets, 0);
	session_close(h.session);
	h.session = NULL;
	pthread_join(h.board.thread, NULL);
	const char *heard = strbuf_text(&h.board.heard);
	assert_non_null(strstr(heard, "mem_info(1)"));
	assert_int_equal(heard[h.board.heard.n_bytes - 1], '\x02'); /* to the friendly prompt */
	assert_null(strchr(heard, '\x03'));
	strbuf_deinit(&h.board.heard);
	strbuf_deinit(&h.notices);
}

/* Between bytes of the hook. */
UNIT_TEST(what_another_memprof_left)
{
	static const struct answer answers[] = { { .output = "\x1d@@A\x80<class 'bool'>\r\n" } };
	struct host h = { .board = { .prints = ">>> ", .answers = answers, .n_answers = 1 } };

	host_open(&h, (struct session_config){ .uri = "fake:" });
	assert_int_equal(h.outcome, SESSION_READY);
	expect_notice(&h, "had left its hook there: it is removed");
	session_close(h.session);
	h.session = NULL;
	pthread_join(h.board.thread, NULL);
	assert_non_null(strstr(strbuf_text(&h.board.heard), "__memprof=bool"));
	strbuf_deinit(&h.board.heard);
	strbuf_deinit(&h.notices);
}

/* The banner comes in the middle of a row, where the decoder does not see it. */
UNIT_TEST(a_reset_is_one_event)
{
	static const struct answer answers[] = {
		NOTHING_LEFT,
		{ .output = STATISTICS(448, 1600) TABLE },
		{ .output = STATISTICS(512, 1536) "GC memory layout; from 20000000:\r\n00000000: h===h=",
		  .resets = true },
		{ .output = STATISTICS(64, 1984) TABLE },
	};
	struct host h = { .board = { .prints = ">>> ", .answers = answers, .n_answers = 4 } };
	host_open(&h, (struct session_config){ .uri = "fake:" });
	assert_int_equal(session_mem_info(h.session), SESSION_DONE);
	assert_int_equal(session_mem_info(h.session), SESSION_RESTARTED);
	assert_int_equal(h.n_resets, 1);
	assert_int_equal(h.n_reset_events, 1);
	assert_int_equal(session_find(h.session), SESSION_READY);
	assert_int_equal(session_mem_info(h.session), SESSION_DONE);
	assert_u64_equal(h.used_bytes, 64);
	assert_int_equal(h.n_resets, 1);
	assert_int_equal(h.n_reset_events, 1);
	host_close(&h);
}

/* Bytes that are counted may hold the banner, and then only the prompt behind them tells. */
UNIT_TEST(a_reset_while_bytes_are_counted)
{
	static const struct answer answers[] = { NOTHING_LEFT, { .output = "ready\r\n", .resets_later = true } };
	struct host h = { .board = { .prints = ">>> ", .answers = answers, .n_answers = 2 } };
	uint8_t bytes[sizeof(BANNER) + 100];
	const char *line;
	size_t n;
	host_open(&h, (struct session_config){ .uri = "fake:" });
	assert_int_equal(session_talk_begin(h.session, "talk()", "PPPP", 4), SESSION_ANSWERED);
	assert_int_equal(session_talk_line(h.session, &line, &n), SESSION_ANSWERED);
	assert_memory_equal(line, "ready", 5);
	assert_int_equal(session_talk(h.session, "@", 1, bytes, sizeof(bytes), 0), SESSION_TIME);
	assert_int_equal(session_talk_end(h.session), SESSION_RESTARTED);
	assert_int_equal(h.n_resets, 1);
	assert_int_equal(session_find(h.session), SESSION_READY);
	host_close(&h);
}

UNIT_TEST(a_board_that_goes)
{
	static const struct answer answers[] = { { .output = STATISTICS(448, 1600), .goes = true } };
	struct host h = { .board = { .prints = ">>> ", .answers = answers, .n_answers = 1 } };
	host_open(&h, (struct session_config){ .uri = "fake:" });
	assert_int_equal(session_mem_info(h.session), SESSION_GONE);
	session_report_gone(h.session);
	session_report_gone(h.session);
	expect_notice(&h, "fake:: error: the board is gone\n");
	assert_int_equal(h.notices.n_bytes, strlen("fake:: error: the board is gone\n"));
	assert_int_equal(session_return(h.session), SESSION_GONE); /* a fake cannot be opened again */
	host_close(&h);
}

UNIT_TEST(listening_sends_nothing)
{
	struct host h = { .board = { .prints = STATISTICS(448, 1600) TABLE "\r\n", .is_silent = true } };
	host_open(&h, (struct session_config){ .uri = "fake:", .listen_only = true });
	assert_int_equal(h.outcome, SESSION_LISTENING);
	for (uint64_t end_us = clock_now_us() + 60000000; h.n_snapshots == 0 && clock_now_us() < end_us;)
		session_wait(h.session, clock_now_us() + 50000);
	assert_u64_equal(h.used_bytes, 448);
	host_close(&h);
}

UNIT_TEST(a_program_that_runs_is_not_disturbed)
{
	struct host h = { .board = { .prints = "frame 1\r\nframe 2\r\n", .is_silent = true } };
	host_open(&h, (struct session_config){ .uri = "fake:" });
	assert_int_equal(h.outcome, SESSION_LISTENING);
	expect_notice(&h, "fake:: note: ");
	session_close(h.session);
	h.session = NULL;
	pthread_join(h.board.thread, NULL);
	assert_null(memchr(strbuf_text(&h.board.heard), '\x03', h.board.heard.n_bytes));
	assert_null(memchr(strbuf_text(&h.board.heard), '\r', h.board.heard.n_bytes));
	strbuf_deinit(&h.board.heard);
	strbuf_deinit(&h.notices);
}

/* No prompt is looked for; an agent is heard, and asked. Its HELLO as a line of text: 32 and 2048 are what it can. */
UNIT_TEST(only_an_agent_is_asked)
{
	struct host h = { .board = { .prints = "frame 1\r\nmp$AQcAAAECAQEABBCgEOgHSeqwtw==$\r\nframe 2\r\n",
				     .is_silent = true } };
	host_open(&h, (struct session_config){ .uri = "fake:", .agent_only = true });
	assert_int_equal(h.outcome, SESSION_LISTENING);
	for (uint64_t end_us = clock_now_us() + 60000000;
	     session_agent_abilities(h.session) == NOT_KNOWN && clock_now_us() < end_us;)
		session_wait(h.session, clock_now_us() + 50000);
	assert_u64_equal(session_agent_abilities(h.session), 32 + 2048);
	assert_false(session_has_prompt(h.session));
	assert_true(session_ask_sites(h.session, 4096, 5000));
	session_wait(h.session, clock_now_us() + 50000);
	session_close(h.session);
	h.session = NULL;
	pthread_join(h.board.thread, NULL);
	const char *heard = strbuf_text(&h.board.heard);
	assert_true(h.board.heard.n_bytes > 12 && h.board.heard.n_bytes < 40); /* one request */
	assert_true(heard[0] == '\0' && heard[h.board.heard.n_bytes - 1] == '\0');
	assert_int_equal(strlen(heard + 1), h.board.heard.n_bytes - 2);
	strbuf_deinit(&h.board.heard);
	strbuf_deinit(&h.notices);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	return unit_run();
}
