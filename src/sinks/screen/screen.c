/* What comes from a live board, on the full screen. */
#include "memprof/sinks/screen.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "private.h"

static uint64_t now_us(const struct screen *s)
{
	return s->board->session ? session_now_us(s->board->session) : NOT_KNOWN;
}

/* A line of the title is soon gone, and may be short. */
static void keep_note(void *ctx, const char *words)
{
	struct screen *s = ctx;

	history_feed_note(&s->history, words, (size_t)tui_event_columns(watch_tui(s->watch)), now_us(s));
}

void screen_say(struct screen *s, const char *words)
{
	watch_message(s->watch, words);
	keep_note(s, words);
}

static void note_lines(const struct diag *diag)
{
	message_at((struct place){ 0 }, "note", "%s; printing lines, as --plain does", diag->text);
}

/* ---- from the beginning to the end ---- */

int screen_begin(struct screen *s, const struct watch_options *options, uint64_t history_bytes)
{
	struct watch_options watch = *options;
	struct diag diag = { 0 };

	if (terminal_check(&diag) < 0) {
		note_lines(&diag);
		return 0;
	}
	watch.feed = &s->history;
	watch.on_message = keep_note;
	watch.ctx = s;
	if (history_feed_init(&s->history, (size_t)history_bytes, true, true) == 0)
		s->watch = watch_new(&watch);
	s->is_on = s->watch != NULL;
	return s->is_on ? 0 : -ENOMEM;
}

void screen_open(struct screen *s)
{
	struct diag diag = { 0 };

	if (s->is_on && watch_open(s->watch, &diag) < 0) {
		note_lines(&diag);
		s->is_on = false;
	}
}

void screen_end(struct screen *s, bool gone)
{
	if (!s->is_on)
		return;
	if (gone) {
		watch_link(s->watch, TUI_ENDED, "the last picture; q leaves");
		watch_stay(s->watch);
	}
	watch_close(s->watch);
}

void screen_deinit(struct screen *s)
{
	screen_owners_forget(s);
	watch_free(s->watch);
	s->watch = NULL;
	history_feed_deinit(&s->history);
	strbuf_deinit(&s->typed_code);
}

const struct ui_hooks *screen_hooks(const struct screen *s) { return s->is_on ? watch_ui_hooks(s->watch) : NULL; }

/* ---- how it is followed ---- */

bool screen_agent_talks(const struct screen *s) { return s->board->session && session_agent_talks(s->board->session); }

uint64_t screen_interval_us(const struct screen *s)
{
	uint64_t period_ms = capture_agent(s->board->feed->capture)->hello.period_ms;

	return !s->board->interval_given && screen_agent_talks(s) && period_ms > 0 ? period_ms * 1000 :
										     s->board->interval_us;
}

void screen_link(struct screen *s, enum tui_link link, const char *words)
{
	const struct agent_info *agent = capture_agent(s->board->feed->capture);
	double seconds = (double)screen_interval_us(s) / 1e6;
	char text[96];

	if (!s->is_on)
		return;
	if (screen_agent_talks(s) && agent->greeted)
		snprintf(text, sizeof(text), "agent %u.%u, every %g s", agent->hello.agent_major,
			 agent->hello.agent_minor, seconds);
	else if (s->halted_us)
		snprintf(text, sizeof(text), "halted for %" PRIu64 " ms, every %g s", s->halted_us / 1000, seconds);
	else
		snprintf(text, sizeof(text), "asked every %g s", seconds);
	watch_link(s->watch, link, words ? words : text);
}

/* ---- what comes ---- */

static void on_moment(void *ctx, struct moment *moment)
{
	struct screen *s = ctx;

	(void)moment;
	if (s->is_on && s->history.out_of_memory)
		watch_message(s->watch, "not enough memory to keep all of it; --history SIZE keeps less");
	s->history.out_of_memory = false;
	s->history.board = *capture_last_board(s->board->feed->capture);
}

static void on_link(void *ctx, const char *words)
{
	struct screen *s = ctx;

	if (s->is_on)
		history_feed_link(&s->history, words, now_us(s));
}

static void on_state(void *ctx, enum board_link state)
{
	struct screen *s = ctx;

	if (state != BOARD_LINK_AWAY)
		screen_open(s);
	if (state == BOARD_LINK_AWAY) {
		screen_link(s, TUI_AWAY, "gone; waited for");
		on_link(s, "it is gone");
	} else if (state == BOARD_LINK_LISTENING) {
		screen_link(s, TUI_LISTENING, "a program runs there");
	} else {
		screen_link(s, TUI_LIVE, NULL);
	}
}

static void on_reset(void *ctx)
{
	struct screen *s = ctx;

	screen_owners_forget(s);
	s->line_taken = false;
}

static void on_close(void *ctx, bool is_gone) { screen_end(ctx, is_gone); }

size_t screen_sinks(struct screen *s, struct sink ret[2])
{
	if (!s->is_on)
		return 0;
	ret[0] = history_feed_sink(&s->history); /* takes the heap */
	ret[1] = (struct sink){ .on_moment = on_moment,
				.on_state = on_state,
				.on_reset = on_reset,
				.on_link = on_link,
				.on_close = on_close,
				.ctx = s };
	return 2;
}
