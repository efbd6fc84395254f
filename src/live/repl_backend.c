/* The backend for a MicroPython prompt, for programs that print dumps by themselves, and for memprof's agent. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/io/random.h"
#include "memprof/wire.h"

enum {
	BOOT_US = 3000000, /* QEMU and the like, until they say something */
	LEAVE_US = 1500000,
	STUCK_MAX = 2,
	KEY_US = 50000,
};

bool session_has_prompt(const struct session *s) { return !s->gone && s->repl.repl.state == REPL_S_READY; }

/* ---- notices ---- */

static const char *why_gone(struct session *s, struct strbuf *text)
{
	int code = source_exit_code(s->source);

	if (code == 127)
		return "the command was not found";
	if (code < 0)
		return NULL;
	strbuf_printf(text, "the process ended, with exit code %d%s%s", code,
		      s->repl.last_line[0] ? "; its last line: " : "", s->repl.last_line);
	return strbuf_text(text);
}

enum session_outcome repl_silent(struct session *s)
{
	session_lose_prompt(s);
	session_notice(
		s, "error",
		"the board stopped answering in the middle of a program; does another program read the same port?");
	return SESSION_GONE;
}

/* What can be done where no prompt was found. */
static void report_listening(const struct session *s, enum repl_event_kind kind)
{
	bool tried = s->repl.options.interrupt || s->repl.options.reset, heard = s->repl.repl.heard;
	bool there = heard || agent_link_hello(s->repl.link), prompt = s->config.needs_prompt;
	bool refused = kind == REPL_TYPED || kind == REPL_PASTING || kind == REPL_NO_RESET;
	bool is_busy = heard && !refused && !tried;
	const char *what =
		kind == REPL_TYPED ?
			"half a line is typed at its prompt: finish it, or let --interrupt discard it" :
		kind == REPL_PASTING ?
			"its prompt is in paste mode (=== ): press Ctrl-C there, or let --interrupt do it" :
		refused        ? "this build of MicroPython ends when it is reset; start it again instead of --reset" :
		tried && there ? "it does not react to Ctrl-C: the program goes on, and no MicroPython prompt answers" :
		heard          ? "no MicroPython prompt: a program is running" :
				 "no answer. A silent program may be running: --interrupt stops it, --reset restarts"
				 " the board. Else check the port, and that no other program has it open";

	session_notice(s, refused || prompt ? "error" : "note", "%s%s%s%s", what,
		       is_busy && !s->repl.repl.noise.is_asked ? ", and was not disturbed" : "",
		       is_busy ? "; --interrupt stops it, --reset restarts the board" : "",
		       refused || prompt ? "" :
		       is_busy ? "; 'memprof agent install' adds an agent to it. Waiting for dumps that it prints" :
				 "; listening");
}

/* ---- what comes: the REPL ---- */

static void print(const struct session *s, const struct repl_event *event)
{
	if (s->handler.on_console)
		s->handler.on_console(s->handler.ctx, event->bytes, event->n_bytes);
}

static void take_output(struct session *s, const struct repl_event *event)
{
	enum { ANSWER_MAX_BYTES = 64 * 1024 }; /* that is kept */
	struct repl_session *r = &s->repl;

	if (r->in_helper) {
		strbuf_add(&r->helper_output, event->bytes,
			   MIN(event->n_bytes, ANSWER_MAX_BYTES - r->helper_output.n_bytes));
		if (!r->quietly)
			session_decode(s, event->bytes, event->n_bytes);
		return;
	}
	print(s, event);
	if (s->handler.on_output)
		s->handler.on_output(s->handler.ctx, event->bytes, event->n_bytes);
}

/* An event of the protocol: what it means for whoever waits. */
static enum session_outcome take_repl(struct session *s, const struct repl_event *event)
{
	struct repl_session *r = &s->repl;

	r->last_kind = event->kind;
	switch (event->kind) {
	case REPL_READY:
		r->options.interrupt = r->options.reset = false; /* once is what was asked for */
		session_decode(s, session_end_of_dump,
			       strlen(session_end_of_dump)); /* half of another dump may have come */
		return SESSION_READY;
	case REPL_BUSY:
	case REPL_TYPED:
	case REPL_PASTING:
	case REPL_NO_RESET:
		return SESSION_LISTENING;
	case REPL_CONSOLE:
		print(s, event);
		session_decode(s, event->bytes, event->n_bytes);
		return SESSION_GOES_ON;
	case REPL_OUTPUT:
		take_output(s, event);
		return talk_heard(s, event);
	case REPL_TAKEN:
		return talk_heard(s, event);
	case REPL_DONE:
		r->n_stuck = 0;
		strbuf_reset(&r->traceback);
		strbuf_add(&r->traceback, event->bytes, event->n_bytes);
		return event->raised ? SESSION_RAISED : SESSION_DONE;
	case REPL_RESTARTED:
	case REPL_REBOOTED:
		talk_over(s);
		session_reset(s, RESET_BY_WORDS);
		return SESSION_RESTARTED;
	case REPL_STUCK:
		return repl_silent(s);
	case REPL_LEFT:
		return SESSION_DONE;
	}
	return SESSION_GOES_ON;
}

/* What a process prints before it ends is the reason. */
static void keep_last_line(struct repl_session *r, const char *text, size_t n)
{
	for (size_t i = n > READ_BYTES / 8 ? n - READ_BYTES / 8 : 0; i < n; i++) {
		bool ends = text[i] == '\n' || text[i] == '\r';
		if (!ends && r->line_ended)
			r->n_last_line = 0;
		r->line_ended = ends;
		if (!ends && r->n_last_line < sizeof(r->last_line) - 1) {
			r->last_line[r->n_last_line++] = text[i] ? text[i] : ' ';
			r->last_line[r->n_last_line] = '\0';
		}
	}
}

/* ---- the backend ---- */

/* Frames that waited for the session set the link's time forward: it began earlier. */
static void follow_link(struct session *s)
{
	uint64_t now_us = session_now_us(s), link_us = agent_link_now(s->repl.link);

	if (link_us == NOT_KNOWN || link_us <= now_us)
		return;
	s->started_us -= link_us - now_us;
	stream_file_backdate(&s->recording, link_us - now_us);
}

/* The protocol's news first, then the next piece of what was received. */
static bool next(struct session *s, enum session_outcome *ret_outcome)
{
	struct repl_event event;
	struct agent_item item;

	if (repl_next_event(&s->repl.repl, &event)) {
		*ret_outcome = take_repl(s, &event);
		return true;
	}
	int answer = agent_link_next(s->repl.link, &item);
	follow_link(s);
	repl_report_cooked(s);
	switch (answer) {
	case AGENT_TEXT:
		if (source_is_process(s->source))
			keep_last_line(&s->repl, item.text, item.n_bytes);
		repl_feed(&s->repl.repl, item.text, item.n_bytes, clock_now_us());
		return true;
	case AGENT_EVENT:
	case AGENT_MEMORY:
	case AGENT_HELD:
		*ret_outcome = repl_take_agent(s, answer, &item);
		return true;
	default:
		return repl_filter_next(s, ret_outcome);
	}
}

/* What was held back comes out, of the filter first, then of the link. */
static bool finish(struct session *s)
{
	struct repl_session *r = &s->repl;

	if (repl_filter_finish(s))
		return true;
	if (!r->link_finished) {
		r->link_finished = true;
		agent_link_finish(r->link);
		return true;
	}
	if (!r->finished) {
		r->finished = true;
		repl_finish(&r->repl);
		return true;
	}
	return false;
}

/* Requests to an agent go between the REPL's bytes, never into a program that it is being sent. While a prompt is
 * looked for, the agent is asked who it is if it would do as well. */
static bool flush(struct session *s)
{
	struct repl_session *r = &s->repl;
	bool may_ask = repl_is_idle(&r->repl) || (s->config.agent_will_do && repl_is_searching(&r->repl));
	size_t n, n_sent;
	const void *bytes;

	for (bytes = repl_outbox(&r->repl, &n); n > 0; bytes = repl_outbox(&r->repl, &n)) {
		n_sent = session_send(s, bytes, n);
		if (n_sent == 0)
			return true;
		repl_sent(&r->repl, n_sent);
	}
	if (!may_ask)
		return false;
	for (bytes = agent_link_outbox(r->link, &n); n > 0; bytes = agent_link_outbox(r->link, &n)) {
		n_sent = session_send(s, bytes, n);
		if (n_sent == 0)
			return true;
		agent_link_sent(r->link, n_sent);
	}
	n_sent = r->n_typed > 0 ? session_send(s, r->typed, r->n_typed) : 0;
	r->n_typed -= n_sent;
	memmove(r->typed, r->typed + n_sent, r->n_typed);
	return r->n_typed > 0;
}

static uint64_t deadline_us(const struct session *s)
{
	uint64_t link_us = agent_link_deadline(s->repl.link);

	return MIN(MIN(repl_deadline(&s->repl.repl), repl_filter_deadline(s)),
		   link_us == NOT_KNOWN ? NOT_KNOWN : s->started_us + link_us);
}

static void tick(struct session *s)
{
	agent_link_tick(s->repl.link, session_now_us(s));
	repl_tick(&s->repl.repl, clock_now_us());
}

/* A conversation, as options say. */
static void converse(struct session *s)
{
	struct repl_session *r = &s->repl;
	bool maybe_raw = r->repl.maybe_raw; /* of a conversation that broke off */
	struct repl_options options = r->options;

	if (r->filter.state) /* the rest of a frame does not come any more */
		r->filter.state->n_head = 0;
	s->began_us = clock_now_us();
	options.probe_left = session_talks(s);
	options.seed = random_number();
	talk_over(s);
	repl_init(&r->repl, &options, clock_now_us());
	r->repl.maybe_raw = maybe_raw;
	r->n_typed = 0;
}

static void begin_conversation(struct session *s)
{
	struct repl_session *r = &s->repl;

	if (r->repl.reset_done) /* once is what was asked for */
		r->options.interrupt = r->options.reset = false;
	r->options.boot_us = source_is_process(s->source) ? BOOT_US : 0;
	converse(s);
}

static int repl_begin_session(struct session *s)
{
	struct repl_session *r = &s->repl;

	if (!r->link) {
		r->options = (struct repl_options){
			.interrupt = s->config.interrupt,
			.reset = s->config.reset,
			.listen_only = s->config.listen_only || s->config.agent_only,
		};
		r->link = agent_link_new(!s->config.listen_only);
		if (!r->link)
			return -ENOMEM;
	} else {
		if (source_is_port(s->source))
			r->repl.maybe_raw = false; /* it was off the bus: it began anew */
		agent_link_reset(r->link);
	}
	r->link_finished = r->finished = r->stuck = r->agent_talks = false;
	begin_conversation(s);
	return 0;
}

static enum session_outcome survey(struct session *s)
{
	struct repl_session *r = &s->repl;
	enum session_outcome outcome = SESSION_RESTARTED;

	if (!s->gone && r->stuck)
		return SESSION_GONE;
	if (session_has_prompt(s))
		return SESSION_READY;
	if (!s->gone && r->repl.state == REPL_S_PASSIVE && repl_deadline(&r->repl) == NOT_KNOWN)
		return SESSION_LISTENING; /* found out before, and reported */
	while (outcome == SESSION_RESTARTED)
		outcome = session_loop(s, NOT_KNOWN, true);
	if (outcome == SESSION_LISTENING && r->agent_talks)
		repl_report_agent(s);
	if (outcome == SESSION_READY && !r->was_tidied) {
		r->was_tidied = true;
		repl_remove_left(s);
	}
	if (outcome != SESSION_LISTENING || r->options.listen_only || r->agent_talks)
		return outcome;
	report_listening(s, r->last_kind);
	s->gone_reported = r->last_kind != REPL_BUSY;
	return r->last_kind == REPL_BUSY ? SESSION_LISTENING : SESSION_GONE;
}

static enum session_outcome wait(struct session *s, uint64_t until_us)
{
	enum session_outcome outcome = session_loop(s, until_us, true);

	while (session_talks(s) &&
	       (outcome == SESSION_DONE || outcome == SESSION_RAISED || outcome == SESSION_ANSWERED)) {
		if (outcome != SESSION_ANSWERED)
			talk_over(s); /* somebody ended it there */
		outcome = session_loop(s, until_us, true);
	}
	return outcome;
}

static enum session_outcome begin_again(struct session *s)
{
	if (!s->repl.stuck || ++s->repl.n_stuck > STUCK_MAX)
		return SESSION_GONE;
	s->repl.stuck = s->gone_reported = false;
	begin_conversation(s);
	return survey(s);
}

void session_lose_prompt(struct session *s) { s->repl.stuck = s->gone_reported = true; }

enum session_outcome session_find_again(struct session *s, bool reset)
{
	struct repl_session *r = &s->repl;

	if (session_talks(s))
		session_talk_end(s);
	if (!s->gone &&
	    r->repl.state == REPL_S_PASSIVE) { /* or a program that always prints would be listened to first */
		repl_interrupt(&r->repl, clock_now_us());
		session_loop(s, clock_now_us() + KEY_US, false);
	}
	if (s->gone)
		return SESSION_GONE;
	r->options.boot_us = 0;
	r->options.interrupt = true;
	r->options.reset = reset;
	r->agent_known = r->agent_talks;
	r->agent_talks = s->gone_reported = r->stuck = false;
	s->reset_report = RESET_NOT_REPORTED;
	converse(s);
	enum session_outcome outcome = survey(s);
	if (outcome == SESSION_GONE && !s->gone &&
	    r->last_kind == REPL_NO_RESET) { /* its prompt is there, all the same */
		reset = r->options.reset = s->gone_reported = false;
		converse(s);
		outcome = survey(s);
	}
	if (reset && r->repl.reset_done && s->reset_report == RESET_NOT_REPORTED)
		session_reset(s, RESET_BY_WORDS);
	r->options.interrupt = r->options.reset = false; /* once is what was asked for */
	return outcome;
}

static void leave(struct session *s)
{
	if (session_talks(s))
		session_talk_end(s);
	repl_leave(&s->repl.repl, clock_now_us());
}

static void free_backend(struct session *s)
{
	struct repl_session *r = &s->repl;

	agent_link_free(r->link);
	strbuf_deinit(&r->helper_output);
	strbuf_deinit(&r->traceback);
	free(r->talk.bytes);
	*r = (struct repl_session){ .link = NULL };
}

const struct backend backend_repl = {
	.protocol = SESSION_REPL,
	.begin = repl_begin_session,
	.find = survey,
	.wait = wait,
	.next = next,
	.finish = finish,
	.feed = repl_filter_feed,
	.flush = flush,
	.deadline_us = deadline_us,
	.tick = tick,
	.begin_again = begin_again,
	.why_gone = why_gone,
	.leave = leave,
	.leave_us = LEAVE_US,
	.free = free_backend,
};
