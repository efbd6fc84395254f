#define _POSIX_C_SOURCE 200809L /* strdup */
#include "memprof/sinks/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/config.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/live/stop_signals.h"

enum {
	FRAME_US = 40000,          /* between two pictures; ... */
	HURRY_US = 10000,          /* where somebody waits for the next one */
	PICTURE_PART = 40,         /* of what only comes from the board: so much of the time is spent on them ... */
	PICTURE_WAIT_US = 1000000, /* ... but one each second */
	REQUESTS_MAX = 16,
	MESSAGES_MAX = 64,
	SCREENS_MAX = 9999,
};

struct watch {
	struct ui_hooks hooks;
	const struct tui_screen *screen;
	void *screen_ctx;
	struct tui *tui;                 /* that is it; NULL: it is another one */
	const struct history_feed *feed; /* of tui */
	uint64_t n_changes;              /* of feed, that tui has heard of */
	struct terminal *terminal;       /* NULL: not now */
	struct terminal_options terminal_options;
	uint64_t drawn_us;
	uint64_t cost_us; /* of the last picture */
	bool urgent;      /* somebody has done something, and waits to see it */
	bool all;         /* the next picture is drawn whole */
	bool pending;     /* the terminal did not take the last one */
	struct watch_request requests[REQUESTS_MAX];
	size_t n_requests;
	bool holds;
	void (*on_message)(void *ctx, const char *words);
	void *on_message_ctx;
	bool away;                    /* the board: what is requested now is not for when it is back */
	char *messages[MESSAGES_MAX]; /* to be printed when the terminal is given back; the last ones */
	size_t n_messages;
};

/* ---- messages ---- */

static void take_message(void *ctx, const char *line, const char *words)
{
	struct watch *w = ctx;

	if (w->n_messages == MESSAGES_MAX) {
		free(w->messages[0]);
		memmove(w->messages, w->messages + 1, --w->n_messages * sizeof(w->messages[0]));
	}
	w->messages[w->n_messages] = strdup(line);
	w->n_messages += w->messages[w->n_messages] != NULL;
	watch_message(w, words);
	if (w->on_message)
		w->on_message(w->on_message_ctx, words);
}

static void print_messages(struct watch *w)
{
	for (size_t i = 0; i < w->n_messages; i++) {
		message_line(w->messages[i]);
		free(w->messages[i]);
	}
	w->n_messages = 0;
}

/* ---- pictures ---- */

/* Among the events of attach, as a note is soon gone. */
static void report_withdrawal(struct watch *w)
{
	char words[TUI_WITHDRAWAL_BYTES];

	if (!w->tui || !tui_take_withdrawal(w->tui, words))
		return;
	watch_message(w, words);
	if (w->on_message)
		w->on_message(w->on_message_ctx, words);
}

static void draw(struct watch *w, uint64_t now_us)
{
	struct grid *grid;

	w->drawn_us = now_us;
	w->urgent = false;
	if (terminal_grid(w->terminal, &grid) < 0)
		return;
	w->screen->draw(w->screen_ctx, grid, now_us);
	report_withdrawal(w);
	w->pending = !terminal_show(w->terminal, w->all);
	w->all = w->all && w->pending;
	w->cost_us = clock_now_us() - now_us;
}

static void draw_all(struct watch *w)
{
	w->all = true;
	draw(w, clock_now_us());
}

static bool is_stale(struct watch *w)
{
	if (w->feed && w->n_changes != w->feed->n_changes)
		tui_grew(w->tui);
	w->n_changes = w->feed ? w->feed->n_changes : 0;
	return w->screen->is_stale(w->screen_ctx);
}

/* When there is something to be drawn; NOT_KNOWN. */
static uint64_t due_us(struct watch *w)
{
	uint64_t frame_us = w->drawn_us + FRAME_US;
	uint64_t wait_us = MAX((uint64_t)FRAME_US, MIN(w->cost_us * PICTURE_PART, (uint64_t)PICTURE_WAIT_US));

	if (!w->terminal)
		return NOT_KNOWN;
	if (w->pending)
		return frame_us;
	if (w->urgent)
		return w->drawn_us + HURRY_US;
	uint64_t stale_us = is_stale(w) ? w->drawn_us + wait_us : NOT_KNOWN;
	return MIN(stale_us, MAX(w->screen->deadline_us(w->screen_ctx), frame_us));
}

static uint64_t deadline_us(void *ctx) { return due_us(ctx); }

/* ---- requests ---- */

/* Into a file that was not there before. 0 or negative errno. */
static int write_new(const char *name, const struct strbuf *text)
{
	FILE *file = fopen(name, "wxe");

	if (!file)
		return -errno;
	size_t n = fwrite(strbuf_text(text), 1, text->n_bytes, file);
	bool closed = fclose(file) == 0;
	return n == text->n_bytes && closed ? 0 : -EIO;
}

static void save_screen(struct watch *w)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	char name[64], words[128];
	int r = -EEXIST;

	terminal_text(w->terminal, &text);
	for (unsigned i = 1; r == -EEXIST && i <= SCREENS_MAX; i++) {
		snprintf(name, sizeof(name), "memprof-screen-%u.txt", i);
		r = strbuf_error(&text) ? strbuf_error(&text) : write_new(name, &text);
	}
	if (r == 0)
		snprintf(words, sizeof(words), "the screen is in %s", name);
	else
		snprintf(words, sizeof(words), "the screen could not be kept in %s: %s", name, strerror(-r));
	watch_message(w, words);
}

static void add_request(struct watch *w, enum tui_request what)
{
	if (w->away) {
		watch_message(w, "the board is not there: nothing is sent");
		return;
	}
	if (w->n_requests == REQUESTS_MAX) {
		watch_message(w, "too much is waiting to be done");
		return;
	}
	struct watch_request *request = &w->requests[w->n_requests++];
	request->what = what;
	snprintf(request->line, sizeof(request->line), "%s", what == TUI_SEND ? tui_line(w->tui) : "");
}

static void carry_out(struct watch *w, enum tui_request what)
{
	switch (what) {
	case TUI_NOTHING:
		break;
	case TUI_QUIT:
		stop_request();
		break;
	case TUI_SUSPEND:
		terminal_suspend(w->terminal);
		draw_all(w);
		break;
	case TUI_REDRAW:
		draw_all(w);
		break;
	case TUI_SAVE_SCREEN:
		save_screen(w);
		break;
	default:
		add_request(w, what);
	}
}

/* ---- beside a session ---- */

static int fd(void *ctx)
{
	const struct watch *w = ctx;

	return w->terminal ? terminal_fd(w->terminal) : -1;
}

static void turn(void *ctx)
{
	struct watch *w = ctx;
	struct tui_input input;

	while (w->terminal && terminal_read(w->terminal, &input)) {
		w->urgent = true;
		carry_out(w, w->screen->input(w->screen_ctx, &input, clock_now_us()));
	}
	if (w->terminal && terminal_fd(w->terminal) < 0)
		stop_request(); /* it has hung up */
	uint64_t now_us = clock_now_us();
	if (now_us >= due_us(w))
		draw(w, now_us);
}

static bool wants(void *ctx)
{
	const struct watch *w = ctx;

	return w->n_requests > 0 && !w->holds;
}

/* ---- for the command ---- */

struct watch *watch_new_screen(const struct watch_options *options, const struct tui_screen *screen, void *ctx)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->hooks = (struct ui_hooks){ fd, deadline_us, turn, wants, w };
	w->on_message = options->on_message;
	w->on_message_ctx = options->ctx;
	w->terminal_options = (struct terminal_options){ .mouse = options->mouse,
							 .color = options->style->color,
							 .theme = options->style->theme };
	w->screen = screen;
	w->screen_ctx = ctx;
	return w;
}

struct watch *watch_new(const struct watch_options *options)
{
	const struct history_feed *feed = options->feed;
	struct tui_options tui = {
		.source = strcmp(options->source, "-") == 0 ? "standard input" : options->source,
		.live = feed->live,
		.utf8 = options->style->utf8,
		.n_culprits = options->report.n_culprits,
		.history = feed->history,
		.ages = feed->history,
		.console = feed->console,
		.board = &feed->board,
		.boots = options->boots,
		.panels = config_default(CONFIG_PANELS),
	};
	struct tui *t = tui_new(&tui);
	struct watch *w = t ? watch_new_screen(options, &tui_screen_heap, t) : NULL;

	if (!w) {
		tui_free(t);
		return NULL;
	}
	w->tui = t;
	w->feed = feed;
	return w;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	watch_close(w);
	tui_free(w->tui);
	free(w);
}

int watch_open(struct watch *w, struct diag *diag)
{
	int r = w->terminal ? 0 : terminal_open(&w->terminal, &w->terminal_options, diag);

	if (r < 0)
		return r;
	message_redirect(take_message, w);
	draw_all(w);
	return 0;
}

void watch_close(struct watch *w)
{
	if (!w->terminal)
		return;
	terminal_close(w->terminal);
	w->terminal = NULL;
	message_redirect(NULL, NULL);
	print_messages(w);
}

const struct ui_hooks *watch_ui_hooks(const struct watch *w) { return &w->hooks; }

struct tui *watch_tui(const struct watch *w) { return w->tui; }

void watch_link(struct watch *w, enum tui_link link, const char *words)
{
	w->away = link == TUI_AWAY || link == TUI_ENDED;
	if (w->away)
		w->n_requests = 0;
	tui_set_link(w->tui, link, words);
}

void watch_message(struct watch *w, const char *text) { w->screen->message(w->screen_ctx, text, clock_now_us()); }

bool watch_take_request(struct watch *w, struct watch_request *ret)
{
	if (w->n_requests == 0)
		return false;
	*ret = w->requests[0];
	memmove(w->requests, w->requests + 1, --w->n_requests * sizeof(w->requests[0]));
	return true;
}

void watch_hold(struct watch *w, bool hold) { w->holds = hold; }

int watch_stay(struct watch *w)
{
	struct stop_signals *stop = w->terminal ? stop_signals_new(&w->hooks) : NULL;

	if (!w->terminal)
		return 0;
	if (!stop)
		return -ENOMEM;
	stop_signals_sleep(stop, NOT_KNOWN);
	stop_signals_free(stop);
	return 0;
}

int watch_show(struct watch *w)
{
	struct diag diag = { 0 };
	int code = EXIT_INPUT;

	if (!w)
		message_error("out of memory");
	else if (watch_open(w, &diag) < 0)
		message_diag(&diag);
	else if (watch_stay(w) < 0)
		message_error("out of memory");
	else
		code = EXIT_FINE;
	watch_free(w);
	return code;
}
