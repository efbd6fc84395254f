/* What somebody at the screen requests, between two looks at the board. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/io/clock.h"
#include "memprof/wire.h"
#include "private.h"

enum { AHEAD_US = 300000 };

static const struct agent_info *agent_of(const struct screen *s) { return capture_agent(s->board->feed->capture); }

static void change_interval(struct screen *s, bool faster)
{
	static const uint64_t steps_us[] = { 100000,  200000,   500000,   1000000, 2000000,
					     5000000, 10000000, 30000000, 60000000 };
	size_t i = 0;

	while (i < ARRAY_SIZE(steps_us) - 1 && steps_us[i] < screen_interval_us(s))
		i++;
	if (faster)
		i -= i > 0;
	else if (i < ARRAY_SIZE(steps_us) - 1 && steps_us[i] <= screen_interval_us(s))
		i++;
	s->board->interval_us = steps_us[i];
	s->board->interval_given = true;
	if (screen_agent_talks(s))
		session_ask_period(s->board->session, s->board->interval_us);
}

/* A program of one line that prints what an expression is worth, as the prompt does. */
static void make_code(struct strbuf *ret, const char *line, bool no_compile)
{
	strbuf_reset(ret);
	if (no_compile) {
		strbuf_puts(ret, line);
		return;
	}
	strbuf_puts(ret, "exec(compile('");
	for (const char *p = line; *p; p++) {
		if (*p == '\'' || *p == '\\')
			strbuf_putc(ret, '\\');
		strbuf_putc(ret, *p);
	}
	strbuf_puts(ret, "','<stdin>','single'))");
}

/* On a line of its own, or where the board's own prompt stands. mark tells it from what the board prints. */
static void echo_line(struct screen *s, const char *mark, const char *line)
{
	static const char prompt[] = ">>> ";
	struct strbuf echo CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n;
	const char *last = console_line(s->history.console, console_n_lines(s->history.console) - 1, &n);
	bool free = n == 0 || (n == strlen(prompt) && memcmp(last, prompt, n) == 0);

	strbuf_printf(&echo, "%s%s%s\r\n", free ? "\r" : "\r\n", mark, line);
	history_feed_text(&s->history, strbuf_text(&echo), echo.n_bytes);
}

/* What it may have heard, of lines that are not for a prompt. */
static void note_taken(struct screen *s)
{
	const struct event_hello *hello = &agent_of(s)->hello;
	bool deaf = screen_agent_talks(s) && agent_of(s)->greeted && !(hello->abilities & WIRE_TAKES_REQUESTS);

	if (!s->line_taken)
		screen_say(s, deaf ? "the line was sent, but the agent there only talks: perhaps nobody reads it" :
				     "a program runs there: it got the line");
	s->line_taken = true;
}

static void type_line(struct screen *s, const char *line)
{
	char keys[WATCH_LINE_BYTES + 1];
	int n = snprintf(keys, sizeof(keys), "%s\r", line);

	if (source_kind_of(session_source_name(s->board->session)) == &source_sim) {
		screen_say(s, "nothing was sent: a simulated board reads no lines");
		return;
	}
	int r = session_type(s->board->session, keys, (size_t)n);
	if (r < 0) {
		screen_say(s, r == -EAGAIN ? "the board does not take what is typed" : "nothing there takes keys now");
		return;
	}
	echo_line(s, "> ", line);
	note_taken(s);
}

/* While the program of a line runs. True: the board is to be reset. */
static bool carry_out_meanwhile(struct screen *s, const struct watch_request *request)
{
	if (request->what == TUI_SEND)
		type_line(s, request->line);
	else if (request->what == TUI_INTERRUPT || request->what == TUI_RESET_BOARD)
		session_interrupt(s->board->session);
	else if (request->what == TUI_READ_MEMORY || request->what == TUI_ASK_OWNER || request->what == TUI_MARK_MEMORY)
		screen_say(s, "what was typed still runs: its memory can be read afterwards");
	else
		change_interval(s, request->what == TUI_FASTER);
	return request->what == TUI_RESET_BOARD;
}

/* Runs what is in typed_code to its end. Lines that are typed ahead are for the prompt if it ends soon; else they are
 * for it. */
static enum session_outcome run_code(struct screen *s, bool *ret_reset)
{
	enum session_outcome outcome = session_start(s->board->session, strbuf_text(&s->typed_code));
	struct watch_request request;

	if (outcome != SESSION_GOES_ON)
		return outcome;
	watch_hold(s->watch, true);
	outcome = session_wait(s->board->session, clock_now_us() + AHEAD_US);
	watch_hold(s->watch, false);
	while (outcome == SESSION_TIME) {
		while (watch_take_request(s->watch, &request))
			*ret_reset |= carry_out_meanwhile(s, &request);
		outcome = session_wait(s->board->session, NOT_KNOWN);
	}
	return outcome == SESSION_STOPPED ? session_stop(s->board->session) : outcome;
}

static enum session_outcome find_again(struct screen *s, bool reset)
{
	screen_link(s, TUI_LISTENING, reset ? "is being reset" : "its program is being stopped");
	return session_find_again(s->board->session, reset);
}

/* Without the line that calls ours. */
static void show_traceback(struct screen *s)
{
	static const char call[] = "  File \"<stdin>\", line 1, in <module>";
	size_t n;
	const char *text = session_traceback(s->board->session, &n), *end = text + n;
	const char *at = s->no_compile ? NULL : text_find(text, n, call);
	const char *next = at ? memchr(at, '\n', (size_t)(end - at)) : NULL;

	if (next) {
		history_feed_text(&s->history, text, (size_t)(at - text));
		text = next + 1;
	}
	history_feed_text(&s->history, text, (size_t)(end - text));
}

/* Of a build that cannot compile. */
static bool lacks_compile(const struct screen *s)
{
	static const char error[] = "NameError";
	size_t n;
	const char *exception = session_exception(s->board->session, &n);

	return !s->no_compile && text_starts(exception, n, error) && text_find(exception, n, "'compile'");
}

/* As its prompt would. */
static enum session_outcome run_line(struct screen *s, const char *line)
{
	enum session_outcome outcome;
	bool reset = false;

	echo_line(s, ">>> ", line);
	screen_link(s, TUI_LISTENING, "runs what was typed");
	make_code(&s->typed_code, line, s->no_compile);
	outcome = run_code(s, &reset);
	if (outcome == SESSION_RAISED && lacks_compile(s)) {
		s->no_compile = true;
		make_code(&s->typed_code, line, s->no_compile);
		outcome = run_code(s, &reset);
	}
	if (outcome == SESSION_RAISED)
		show_traceback(s);
	screen_link(s, TUI_LIVE, NULL);
	if (outcome != SESSION_DONE && outcome != SESSION_RAISED)
		return outcome;
	return reset ? find_again(s, true) : SESSION_TIME;
}

static enum session_outcome carry_out(struct screen *s, const struct watch_request *request)
{
	bool prompt = session_has_prompt(s->board->session) ||
		      session_talks(s->board->session); /* what talks there is ours */

	if (s->board->config.listen_only) {
		screen_say(s,
			   s->board->config.figures ? "--figures: nothing is sent" : "--listen-only: nothing is sent");
		return SESSION_TIME;
	}
	if (request->what == TUI_SLOWER || request->what == TUI_FASTER) {
		change_interval(s, request->what == TUI_FASTER);
		if (prompt || screen_agent_talks(s) || session_protocol(s->board->session) == SESSION_OPENMV)
			screen_link(s, TUI_LIVE, NULL);
		else
			screen_say(s, "a program runs there; it prints dumps on its own");
		return SESSION_TIME;
	}
	if (request->what == TUI_READ_MEMORY || request->what == TUI_ASK_OWNER)
		return screen_owners_read(s, request->what == TUI_READ_MEMORY);
	if (request->what == TUI_MARK_MEMORY)
		return screen_owners_mark(s);
	if (session_protocol(s->board->session) == SESSION_OPENMV) {
		screen_say(s, "OpenMV's own protocol has no prompt; --protocol repl has");
		return SESSION_TIME;
	}
	if (request->what == TUI_SEND && prompt)
		return run_line(s, request->line);
	if (request->what == TUI_SEND) {
		type_line(s, request->line);
		return SESSION_TIME;
	}
	if (request->what == TUI_INTERRUPT && prompt) {
		screen_say(s, "no program runs there: its prompt is free");
		return SESSION_TIME;
	}
	return find_again(s, request->what == TUI_RESET_BOARD);
}

enum session_outcome screen_wait(void *screen, uint64_t until_us)
{
	struct screen *s = screen;
	enum session_outcome outcome = session_wait(s->board->session, until_us);
	struct watch_request request;

	while (outcome == SESSION_TIME && watch_take_request(s->watch, &request))
		outcome = carry_out(s, &request);
	return outcome;
}

/* ---- the target of a GDB server: each look reads its memory ---- */

static void carry_out_at_target(struct screen *s, const struct watch_request *request)
{
	if (request->what == TUI_MARK_MEMORY)
		screen_owners_mark(s);
	else if (request->what == TUI_SLOWER || request->what == TUI_FASTER)
		change_interval(s, request->what == TUI_FASTER);
	else if (request->what != TUI_READ_MEMORY && request->what != TUI_ASK_OWNER)
		screen_say(s, "a GDB server has no console: nothing is sent");
}

void screen_turn(struct screen *s)
{
	struct watch_request request;

	screen_open(s);
	if (!s->is_on)
		return;
	while (watch_take_request(s->watch, &request))
		carry_out_at_target(s, &request);
	screen_link(s, TUI_LIVE, NULL);
}
