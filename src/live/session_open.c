#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/live/openmv_session.h"
#include "memprof/wire.h"
#include "session_private.h"

enum {
	BOOT_US = 3000000, /* QEMU and the like, until they say something */
	LEAVE_US = 1500000,
	SHORT_SESSION_US = 1000000,
	STUCK_MAX = 2,
	KEY_US = 50000,
};

void session_say_gone(struct session *s)
{
	struct place at = { .file = source_path(s->source) };

	if (s->gone_said || s->handler.quiet)
		return;
	s->gone_said = true;
	int code = source_exit_code(s->source);
	if (code == 127)
		message_at(at, "error", "the command was not found");
	else if (code >= 0)
		message_at(at, "error", "the process ended, with exit code %d%s%s", code,
			   s->last_line[0] ? "; it said last: " : "", s->last_line);
	else
		message_at(at, "error", "the board is gone");
}

void session_say_raised(struct session *s)
{
	size_t n;
	const char *exception = session_exception(s, &n);

	message_at((struct place){ .file = source_path(s->source) }, "error",
		   "it could not be asked about its"
		   " heap; it answered: %.*s",
		   (int)n, exception);
}

static void say_listening(const struct session *s, enum repl_event_kind kind)
{
	struct place at = { .file = source_path(s->source) };
	bool asked = s->repl_options.interrupt || s->repl_options.reset;
	bool there = s->repl.heard || agent_link_hello(s->link);

	if (s->handler.quiet)
		return;
	if (kind == REPL_TYPED)
		message_at(at, "error",
			   "half a line is typed at its prompt; nothing was changed. Finish it, or"
			   " let --interrupt throw it away");
	else if (kind == REPL_NO_RESET)
		message_at(at, "error",
			   "this build of MicroPython ends when it is reset; start it again"
			   " instead of --reset");
	else if (asked && there && s->handler.needs_prompt)
		message_at(at, "error",
			   "it does not react to Ctrl-C: what runs there goes on, and no MicroPython"
			   " prompt answers");
	else if (asked && there)
		message_at(at, "note",
			   "it does not react to Ctrl-C: what runs there goes on, and is listened"
			   " to");
	else if (s->handler.needs_prompt && s->repl.heard)
		message_at(at, "error",
			   "no MicroPython prompt answers: a program runs there, and was not"
			   " disturbed; --interrupt stops it, --reset starts afresh");
	else if (s->handler.needs_prompt)
		message_at(at, "error",
			   "nothing answers. Is it the right port, and nobody else connected to it?"
			   " If a silent program runs there: --interrupt stops it, --reset starts afresh");
	else if (s->repl.heard)
		message_at(at, "note",
			   "a program runs there, and was not disturbed; waiting for dumps that it"
			   " prints itself. To ask the board: --interrupt stops the program, --reset starts"
			   " afresh, 'memprof run SCRIPT' runs a program and follows its heap");
	else
		message_at(at, "note",
			   "nothing answers; listening. Is it the right port, and nobody else"
			   " connected to it? If a silent program runs there: --interrupt stops it, --reset"
			   " starts afresh");
}

void say_agent(const struct session *s)
{
	const struct event_hello *hello = agent_link_hello(s->link);
	struct place at = { .file = source_path(s->source) };
	bool is_named = hello && hello->firmware[0];

	if (s->handler.quiet)
		return;
	if (hello && hello->refused)
		message_at(at, "warning",
			   "its agent speaks version %u.%u of the wire, this memprof version %d: nothing that"
			   " it tells is shown. Bring memprof and the agent to the same version; --interrupt stops the"
			   " program there, and asks the prompt instead",
			   hello->wire_major, hello->wire_minor, WIRE_MAJOR);
	else if (!s->agent_known)
		message_at(at, "note",
			   "its firmware%s%s%s has the memprof agent, which sends snapshots by itself;"
			   " nothing is typed at its prompt",
			   is_named ? ", " : "", is_named ? hello->firmware : "", is_named ? "," : "");
}

bool session_has_prompt(const struct session *s) { return !s->gone && s->repl.state == REPL_S_READY; }

enum session_outcome session_find(struct session *s)
{
	enum session_outcome outcome = SESSION_RESTARTED;

	if (!s->gone && s->stuck)
		return SESSION_GONE;
	if (session_has_prompt(s))
		return SESSION_READY;
	if (!s->gone && s->repl.state == REPL_S_PASSIVE && repl_deadline(&s->repl) == NOT_KNOWN)
		return SESSION_LISTENING; /* found out before, and said */
	while (outcome == SESSION_RESTARTED)
		outcome = session_loop(s, NOT_KNOWN, true);
	if (outcome == SESSION_LISTENING && s->agent_talks)
		say_agent(s);
	if (outcome != SESSION_LISTENING || s->repl_options.listen_only || s->agent_talks)
		return outcome;
	say_listening(s, s->last_kind);
	s->gone_said = s->last_kind != REPL_BUSY;
	return s->last_kind == REPL_BUSY ? SESSION_LISTENING : SESSION_GONE;
}

/* A conversation, as repl_options says. */
static void converse(struct session *s)
{
	s->began_us = clock_now_us();
	bool maybe_raw = s->repl.maybe_raw; /* of a conversation that broke off */
	struct repl_options repl_options = s->repl_options;
	repl_options.probe_left = session_talks(s);
	talk_over(s);
	repl_init(&s->repl, &repl_options, clock_now_us());
	s->repl.maybe_raw = maybe_raw;
	s->n_typed = 0;
}

static void begin(struct session *s)
{
	if (s->repl.reset_done) /* once is what was asked for */
		s->repl_options.interrupt = s->repl_options.reset = false;
	s->repl_options.boot_us = source_is_process(s->source) ? BOOT_US : 0;
	converse(s);
}

enum session_outcome session_find_again(struct session *s, bool reset)
{
	if (session_talks(s))
		session_talk_end(s);
	if (!s->gone &&
	    s->repl.state == REPL_S_PASSIVE) { /* or a program that always prints would be listened to first */
		repl_interrupt(&s->repl, clock_now_us());
		session_loop(s, clock_now_us() + KEY_US, false);
	}
	if (s->gone)
		return SESSION_GONE;
	s->repl_options.boot_us = 0;
	s->repl_options.interrupt = true;
	s->repl_options.reset = reset;
	s->agent_known = s->agent_talks;
	s->agent_talks = s->gone_said = s->stuck = false;
	s->reset_said = RESET_UNSAID;
	converse(s);
	enum session_outcome outcome = session_find(s);
	if (outcome == SESSION_GONE && !s->gone &&
	    s->last_kind == REPL_NO_RESET) { /* its prompt is there, all the same */
		reset = s->repl_options.reset = s->gone_said = false;
		converse(s);
		outcome = session_find(s);
	}
	if (reset && s->repl.reset_done && s->reset_said == RESET_UNSAID)
		say_reset(s, RESET_BY_WORDS);
	s->repl_options.interrupt = s->repl_options.reset = false; /* once is what was asked for */
	return outcome;
}

int session_open(struct session **ret, const struct options *options, int i_argument,
		 const struct session_handler *handler, enum session_outcome *ret_outcome)
{
	struct opening opening;
	int r = openmv_session_refuse(options);

	*ret = NULL;
	if (r == 0)
		r = opening_read(&opening, options, i_argument);
	if (r < 0)
		return r;
	struct session *s = calloc(1, sizeof(*s));
	void *decoder_state = calloc(1, decoder_mem_info.state_bytes);
	struct agent_link *link = agent_link_new(!option_is(options, "listen-only"));
	if (!s || !decoder_state || !link) {
		free(s);
		free(decoder_state);
		agent_link_free(link);
		message_error("out of memory");
		return -ENOMEM;
	}
	s->decoder_state = decoder_state;
	s->link = link;
	s->handler = *handler;
	s->opening = opening;
	s->repl_options = (struct repl_options){
		.interrupt = option_is(options, "interrupt"),
		.reset = option_is(options, "reset"),
		.listen_only = option_is(options, "listen-only"),
	};
	r = saving_open(&s->saving, options);
	if (r == 0) {
		s->stopping = stopping_new(s->handler.companion);
		r = s->stopping ? opening_open(&opening, s->stopping, handler->quiet, &s->source) : -ENOMEM;
	}
	if (r < 0) {
		session_close(s);
		return r;
	}
	s->saving.source = source_name(s->source);
	s->started_us = clock_now_us();
	begin(s);
	*ret = s;
	*ret_outcome = session_find(s);
	return 0;
}

int session_open_exit(int error) { return error == -ENODEV ? EXIT_DEVICE : error == -EINTR ? EXIT_FINE : EXIT_INPUT; }

/* What the decoder still holds becomes events. */
static void finish_decoder(struct session *s)
{
	struct event event;
	struct diag diag;

	decoder_mem_info.finish(s->decoder_state);
	while (decoder_mem_info.next_event(s->decoder_state, &event, &diag) == DECODER_EVENT)
		if (s->handler.on_event)
			s->handler.on_event(s->handler.of, &event);
	decoder_mem_info.deinit(s->decoder_state);
}

/* The port is there, but the conversation broke off: begins another, a few times. */
static enum session_outcome begin_again(struct session *s)
{
	if (!s->stuck || ++s->n_stuck > STUCK_MAX)
		return SESSION_GONE;
	s->stuck = s->gone_said = false;
	begin(s);
	return session_find(s);
}

/* Waits for it once. GOES_ON if it is back. */
static enum session_outcome await(struct session *s)
{
	if (!source_may_return(s->source) || (!s->opening.wait && !source_is_port(s->source)))
		return SESSION_GONE;
	if (s->helper_stopped)
		return SESSION_STOPPED;
	finish_decoder(s);
	memset(s->decoder_state, 0, decoder_mem_info.state_bytes);
	if (clock_now_us() < s->began_us + SHORT_SESSION_US) /* no storm where somebody hangs up at once */
		stopping_sleep(s->stopping, clock_now_us() + SHORT_SESSION_US);
	int r = opening_reopen(&s->opening, s->source, s->stopping);
	if (r < 0)
		return r == -EINTR ? SESSION_STOPPED : SESSION_GONE;
	s->gone = s->link_finished = s->finished = s->stuck = s->gone_said = false;
	if (source_is_port(s->source))
		s->repl.maybe_raw = false; /* it was off the bus: it began anew */
	agent_link_reset(s->link);
	s->agent_talks = false;
	begin(s);
	if (source_is_port(s->source)) { /* behind a socket nothing may have happened to the board */
		session_hand_on(s, &(struct event){ .kind = EVENT_RESET, .at_us = session_now_us(s) });
		if (s->handler.on_reset)
			s->handler.on_reset(s->handler.of);
	}
	if (s->handler.on_link)
		s->handler.on_link(s->handler.of, "it is back");
	return SESSION_GOES_ON;
}

enum session_outcome session_return(struct session *s)
{
	enum session_outcome outcome = SESSION_GONE;

	if (!s->gone)
		return begin_again(s);
	while (outcome == SESSION_GONE && s->gone) { /* a loose cable: it may go while it is asked */
		outcome = await(s);
		if (outcome != SESSION_GOES_ON)
			return outcome;
		outcome = session_find(s);
	}
	return outcome;
}

void session_close(struct session *s)
{
	if (!s)
		return;
	if (s->source && !s->gone) {
		if (session_talks(s))
			session_talk_end(s);
		repl_leave(&s->repl, clock_now_us());
		session_loop(s, clock_now_us() + LEAVE_US, false);
	}
	finish_decoder(s);
	free(s->decoder_state);
	agent_link_free(s->link);
	source_close(s->source);
	saving_close(&s->saving);
	stopping_free(s->stopping);
	strbuf_deinit(&s->helper_output);
	strbuf_deinit(&s->traceback);
	free(s->talk.bytes);
	free(s);
}
