/* attach on a full screen: what comes goes into a history, and what somebody at the screen wishes is done between two
 * looks at the board. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "attach/private.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/wire.h"

enum { AHEAD_US = 300000 };

/* What asks for lines or documents. */
static bool lines_wanted(const struct attach_args *args)
{
	return args->plain || args->count != NOT_KNOWN || args->output.format || args->output.json ||
	       args->output.files.n || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO);
}

static uint64_t now_us(const struct attach *a)
{
	return a->board.session ? session_now_us(a->board.session) : NOT_KNOWN;
}

/* A line of the title is soon gone, and may be short. */
static void keep_note(void *ctx, const char *words)
{
	struct attach *a = ctx;

	history_feed_note(&a->history, words, watch_event_columns(a->watch), now_us(a));
}

void attach_screen_say(struct attach *a, const char *words)
{
	watch_message(a->watch, words);
	keep_note(a, words);
}

int attach_screen_begin(struct attach *a, const struct attach_args *args)
{
	struct diag diag = { 0 };

	if (lines_wanted(args))
		return 0;
	if (terminal_check(&diag) < 0) {
		message_at((struct place){ 0 }, "note", "%s; printing lines, as --plain does", diag.text);
		return 0;
	}
	a->listen_only = a->figures || args->board.listen_only;
	a->no_memory = args->no_memory;
	struct watch_options watch = { .source = a->source,
				       .feed = &a->history,
				       .boots = &a->boots,
				       .report = a->options,
				       .utf8 = a->out.style.utf8,
				       .color = a->out.style.color,
				       .theme = a->out.style.theme,
				       .mouse = !args->no_mouse,
				       .on_message = keep_note,
				       .ctx = a };
	if (history_feed_init(&a->history, (size_t)args->history_bytes, true, true) == 0)
		a->watch = watch_new(&watch);
	a->screen = a->watch != NULL;
	return a->screen ? 0 : -ENOMEM;
}

void attach_screen_open(struct attach *a)
{
	struct diag diag = { 0 };

	if (a->screen && watch_open(a->watch, &diag) < 0) {
		message_at((struct place){ 0 }, "note", "%s; printing lines, as --plain does", diag.text);
		a->screen = false;
	}
}

void attach_screen_end(struct attach *a, bool gone)
{
	if (!a->screen)
		return;
	if (gone) {
		watch_link(a->watch, TUI_ENDED, "the last picture; q leaves");
		watch_stay(a->watch);
	}
	watch_close(a->watch);
}

void attach_screen_deinit(struct attach *a)
{
	attach_owners_forget(a);
	watch_free(a->watch);
	a->watch = NULL;
	history_feed_deinit(&a->history);
	strbuf_deinit(&a->typed_code);
}

/* ---- what comes ---- */

static void on_moment(void *ctx, struct moment *moment)
{
	struct attach *a = ctx;

	(void)moment;
	if (a->history.out_of_memory)
		watch_message(a->watch, "not enough memory to keep all of it; --history SIZE keeps less");
	a->history.out_of_memory = false;
	a->history.board = *capture_last_board(a->feed.capture);
}

void attach_screen_message(void *ctx, const char *words)
{
	struct attach *a = ctx;

	if (a->screen)
		history_feed_link(&a->history, words, now_us(a));
}

struct sink attach_screen_sink(struct attach *a)
{
	return (struct sink){ .on_moment = on_moment, .on_link = attach_screen_message, .ctx = a };
}

static bool agent_talks(const struct attach *a) { return a->board.session && session_agent_talks(a->board.session); }

/* Of looks at the board, or as its agent has it. */
static uint64_t interval_us(const struct attach *a)
{
	uint64_t period_ms = agent_of(a)->hello.period_ms;

	return !a->board.follow.interval_given && agent_talks(a) && period_ms > 0 ? period_ms * 1000 :
										    a->board.follow.interval_us;
}

void attach_screen_link(struct attach *a, enum tui_link link, const char *words)
{
	const struct event_hello *hello = &agent_of(a)->hello;
	double seconds = (double)interval_us(a) / 1e6;
	char text[64];

	if (!a->screen)
		return;
	if (agent_talks(a) && agent_of(a)->greeted)
		snprintf(text, sizeof(text), "agent %u.%u, every %g s", hello->agent_major, hello->agent_minor,
			 seconds);
	else
		snprintf(text, sizeof(text), "asked every %g s", seconds);
	watch_link(a->watch, link, words ? words : text);
}

/* ---- wishes ---- */

void attach_change_interval(struct attach *a, bool faster)
{
	static const uint64_t steps_us[] = { 100000,  200000,   500000,   1000000, 2000000,
					     5000000, 10000000, 30000000, 60000000 };
	size_t i = 0;

	while (i < ARRAY_SIZE(steps_us) - 1 && steps_us[i] < interval_us(a))
		i++;
	if (faster)
		i -= i > 0;
	else if (i < ARRAY_SIZE(steps_us) - 1 && steps_us[i] <= interval_us(a))
		i++;
	a->board.follow.interval_us = steps_us[i];
	a->board.follow.interval_given = true;
	if (agent_talks(a))
		session_ask_period(a->board.session, a->board.follow.interval_us);
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
static void echo_line(struct attach *a, const char *mark, const char *line)
{
	static const char prompt[] = ">>> ";
	struct strbuf echo CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n;
	const char *last = console_line(a->history.console, console_n_lines(a->history.console) - 1, &n);
	bool free = n == 0 || (n == strlen(prompt) && memcmp(last, prompt, n) == 0);

	strbuf_printf(&echo, "%s%s%s\r\n", free ? "\r" : "\r\n", mark, line);
	history_feed_text(&a->history, strbuf_text(&echo), echo.n_bytes);
}

/* What it may have heard, of lines that are not for a prompt. */
static void note_taken(struct attach *a)
{
	const struct event_hello *hello = &agent_of(a)->hello;
	bool deaf = agent_talks(a) && agent_of(a)->greeted && !(hello->abilities & WIRE_TAKES_REQUESTS);

	if (!a->line_taken)
		attach_screen_say(a,
				  deaf ? "the line was sent, but the agent there only talks: perhaps nobody reads it" :
					 "a program runs there: it got the line");
	a->line_taken = true;
}

static void type_line(struct attach *a, const char *line)
{
	char keys[WATCH_LINE_BYTES + 1];
	int n = snprintf(keys, sizeof(keys), "%s\r", line);

	if (source_kind_of(session_source_name(a->board.session)) == &source_sim) {
		attach_screen_say(a, "nothing was sent: a simulated board reads no lines");
		return;
	}
	int r = session_type(a->board.session, keys, (size_t)n);
	if (r < 0) {
		attach_screen_say(a, r == -EAGAIN ? "the board does not take what is typed" :
						    "nothing there takes keys now");
		return;
	}
	echo_line(a, "> ", line);
	note_taken(a);
}

/* While the program of a line runs. True: the board is to be reset. */
static bool grant_running(struct attach *a, const struct watch_wish *wish)
{
	if (wish->what == TUI_SEND)
		type_line(a, wish->line);
	else if (wish->what == TUI_INTERRUPT || wish->what == TUI_RESET_BOARD)
		session_interrupt(a->board.session);
	else if (wish->what == TUI_READ_MEMORY || wish->what == TUI_ASK_OWNER || wish->what == TUI_MARK_MEMORY)
		attach_screen_say(a, "what was typed still runs: its memory can be read afterwards");
	else
		attach_change_interval(a, wish->what == TUI_FASTER);
	return wish->what == TUI_RESET_BOARD;
}

/* Runs what is in typed_code to its end. Lines that are typed ahead are for the prompt if it ends soon; else they are
 * for it. */
static enum session_outcome run_code(struct attach *a, bool *ret_reset)
{
	enum session_outcome outcome = session_start(a->board.session, strbuf_text(&a->typed_code));
	struct watch_wish wish;

	if (outcome != SESSION_GOES_ON)
		return outcome;
	watch_hold(a->watch, true);
	outcome = session_wait(a->board.session, clock_now_us() + AHEAD_US);
	watch_hold(a->watch, false);
	while (outcome == SESSION_TIME) {
		while (watch_take_wish(a->watch, &wish))
			*ret_reset |= grant_running(a, &wish);
		outcome = session_wait(a->board.session, NOT_KNOWN);
	}
	return outcome == SESSION_STOPPED ? session_stop(a->board.session) : outcome;
}

static enum session_outcome find_again(struct attach *a, bool reset)
{
	attach_screen_link(a, TUI_LISTENING, reset ? "is being reset" : "its program is being stopped");
	return session_find_again(a->board.session, reset);
}

/* Without the line that calls ours. */
static void show_traceback(struct attach *a)
{
	static const char call[] = "  File \"<stdin>\", line 1, in <module>";
	size_t n;
	const char *text = session_traceback(a->board.session, &n), *end = text + n;
	const char *at = a->no_compile ? NULL : text_find(text, n, call);
	const char *next = at ? memchr(at, '\n', (size_t)(end - at)) : NULL;

	if (next) {
		history_feed_text(&a->history, text, (size_t)(at - text));
		text = next + 1;
	}
	history_feed_text(&a->history, text, (size_t)(end - text));
}

/* Of a build that cannot compile. */
static bool lacks_compile(const struct attach *a)
{
	static const char error[] = "NameError";
	size_t n;
	const char *exception = session_exception(a->board.session, &n);

	return !a->no_compile && text_starts(exception, n, error) && text_find(exception, n, "'compile'");
}

/* As its prompt would. */
static enum session_outcome run_line(struct attach *a, const char *line)
{
	enum session_outcome outcome;
	bool reset = false;

	echo_line(a, ">>> ", line);
	attach_screen_link(a, TUI_LISTENING, "runs what was typed");
	make_code(&a->typed_code, line, a->no_compile);
	outcome = run_code(a, &reset);
	if (outcome == SESSION_RAISED && lacks_compile(a)) {
		a->no_compile = true;
		make_code(&a->typed_code, line, a->no_compile);
		outcome = run_code(a, &reset);
	}
	if (outcome == SESSION_RAISED)
		show_traceback(a);
	attach_screen_link(a, TUI_LIVE, NULL);
	if (outcome != SESSION_DONE && outcome != SESSION_RAISED)
		return outcome;
	return reset ? find_again(a, true) : SESSION_TIME;
}

static enum session_outcome grant(struct attach *a, const struct watch_wish *wish)
{
	bool prompt = session_has_prompt(a->board.session) ||
		      session_talks(a->board.session); /* what talks there is ours */

	if (a->listen_only) {
		attach_screen_say(a, a->figures ? "--figures: nothing is sent" : "--listen-only: nothing is sent");
		return SESSION_TIME;
	}
	if (wish->what == TUI_SLOWER || wish->what == TUI_FASTER) {
		attach_change_interval(a, wish->what == TUI_FASTER);
		if (prompt || agent_talks(a) || session_protocol(a->board.session) == SESSION_OPENMV)
			attach_screen_link(a, TUI_LIVE, NULL);
		else
			attach_screen_say(a, "a program runs there; it prints dumps on its own");
		return SESSION_TIME;
	}
	if (wish->what == TUI_READ_MEMORY || wish->what == TUI_ASK_OWNER)
		return attach_owners_read(a, wish->what == TUI_READ_MEMORY);
	if (wish->what == TUI_MARK_MEMORY)
		return attach_owners_mark(a);
	if (session_protocol(a->board.session) == SESSION_OPENMV) {
		attach_screen_say(a, "OpenMV's own protocol has no prompt; --protocol repl has");
		return SESSION_TIME;
	}
	if (wish->what == TUI_SEND && prompt)
		return run_line(a, wish->line);
	if (wish->what == TUI_SEND) {
		type_line(a, wish->line);
		return SESSION_TIME;
	}
	if (wish->what == TUI_INTERRUPT && prompt) {
		attach_screen_say(a, "no program runs there: its prompt is free");
		return SESSION_TIME;
	}
	return find_again(a, wish->what == TUI_RESET_BOARD);
}

enum session_outcome attach_wait(struct attach *a, uint64_t until_us)
{
	enum session_outcome outcome = session_wait(a->board.session, until_us);
	struct watch_wish wish;

	while (outcome == SESSION_TIME && a->screen && watch_take_wish(a->watch, &wish))
		outcome = grant(a, &wish);
	return outcome;
}
