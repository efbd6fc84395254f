#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/wire.h"
#include "session_private.h"

enum {
	ANSWER_MAX_BYTES = 64 * 1024, /* of a helper's output, that is kept */
	TABLE_MAX_BYTES = 16 << 20,   /* no table is as long: this is something else */
	HELPER_TURN_US = 1000000,
	HELPER_SILENCE_US = 15000000, /* a full heap is collected meanwhile */
	TIDY_US = 3000000,
	STOP_PATIENCE_US = 5000000, /* for a program to end after Ctrl-C */
};

/* __import__ leaves no name behind; the names it needs are in every firmware's flash. */
const char session_snapshot_code[] = "__import__('micropython').mem_info(1)";
const char session_end_of_dump[] = "\n>>> \n";

uint64_t session_now_us(const struct session *s) { return clock_now_us() - s->started_us; }
const char *session_source_name(const struct session *s) { return source_path(s->source); }
int session_exit_code(struct session *s) { return source_exit_code(s->source); }

uint64_t session_n_agent_snapshots(const struct session *s)
{
	struct agent_link_counts counts;

	agent_link_count(s->link, &counts);
	return counts.n_snapshots;
}

bool session_agent_talks(const struct session *s) { return s->agent_talks; }

void session_ask_snapshot(struct session *s, bool key) { agent_link_ask_snapshot(s->link, key); }

const char *session_traceback(const struct session *s, size_t *ret_n)
{
	*ret_n = s->traceback.n_bytes;
	return strbuf_text(&s->traceback);
}

const char *session_exception(const struct session *s, size_t *ret_n)
{
	const char *text = strbuf_text(&s->traceback);
	size_t n = s->traceback.n_bytes, from;

	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	for (from = n; from > 0 && text[from - 1] != '\n';)
		from--;
	*ret_n = n - from;
	return text + from;
}

bool session_save_failed(const struct session *s) { return s->saving.failed; }

/* ---- what comes ---- */

/* To whoever listens; but a board that is reset says so in words and in frames, and it is one reset. False: it was. */
bool session_hand_on(struct session *s, struct event *event)
{
	bool boots = event->kind == EVENT_SNAPSHOT || event->kind == EVENT_SAMPLE || event->kind == EVENT_POOL;
	bool is_told = event->kind == EVENT_RESET && !s->lived;

	if (event->kind == EVENT_RESET || boots)
		s->lived = boots;
	if (boots)
		s->reset_said = RESET_UNSAID;
	if (s->handler.on_event && !is_told)
		s->handler.on_event(s->handler.of, event);
	return !is_told;
}

/* The same of what follows from it. Words may tell of several, and of each only once. */
void say_reset(struct session *s, enum reset_said by)
{
	bool is_told = s->reset_said == RESET_BY_AGENT || (s->reset_said == RESET_BY_WORDS && by == RESET_BY_AGENT);

	if (s->handler.on_reset && !is_told)
		s->handler.on_reset(s->handler.of);
	s->reset_said = by;
}

static void decode(struct session *s, const char *bytes, size_t n)
{
	struct event event;
	struct diag diag;

	decoder_mem_info.feed(s->decoder_state, (const uint8_t *)bytes, n, session_now_us(s));
	while (decoder_mem_info.next_event(s->decoder_state, &event, &diag) == DECODER_EVENT) {
		if (s->on_snapshot && event.kind == EVENT_SNAPSHOT)
			s->on_snapshot(s->on_snapshot_of, &event);
		/* That our own commands find no memory is no error of the program's. */
		if (!(s->in_helper && event.kind == EVENT_FAILED))
			session_hand_on(s, &event);
	}
}

static enum session_outcome silent(struct session *s)
{
	s->stuck = s->gone_said = true;
	if (s->handler.quiet)
		return SESSION_GONE;
	message_at((struct place){ .file = source_path(s->source) }, "error",
		   "the board stopped"
		   " answering in the middle of a program; is somebody else reading the same port?");
	return SESSION_GONE;
}

static void print(const struct session *s, const struct repl_event *event)
{
	if (s->handler.on_console)
		s->handler.on_console(s->handler.of, event->bytes, event->n_bytes);
}

/* An event of the protocol: what it means for whoever waits. */
static enum session_outcome take(struct session *s, const struct repl_event *event)
{
	s->last_kind = event->kind;
	switch (event->kind) {
	case REPL_READY:
		s->repl_options.interrupt = s->repl_options.reset = false;   /* once is what was asked for */
		decode(s, session_end_of_dump, strlen(session_end_of_dump)); /* half of somebody else's may have come */
		return SESSION_READY;
	case REPL_BUSY:
	case REPL_TYPED:
	case REPL_NO_RESET:
		return SESSION_LISTENING;
	case REPL_CONSOLE:
		print(s, event);
		decode(s, event->bytes, event->n_bytes);
		return SESSION_GOES_ON;
	case REPL_OUTPUT:
		if (s->in_helper) {
			strbuf_add(&s->helper_output, event->bytes,
				   MIN(event->n_bytes, ANSWER_MAX_BYTES - s->helper_output.n_bytes));
			if (!s->quietly)
				decode(s, event->bytes, event->n_bytes);
		} else {
			print(s, event);
			if (s->handler.on_output)
				s->handler.on_output(s->handler.of, event->bytes, event->n_bytes);
		}
		return talk_heard(s, event);
	case REPL_TAKEN:
		return talk_heard(s, event);
	case REPL_DONE:
		s->n_stuck = 0;
		strbuf_reset(&s->traceback);
		strbuf_add(&s->traceback, event->bytes, event->n_bytes);
		return event->raised ? SESSION_RAISED : SESSION_DONE;
	case REPL_RESTARTED:
	case REPL_REBOOTED:
		talk_over(s);
		say_reset(s, RESET_BY_WORDS);
		return SESSION_RESTARTED;
	case REPL_STUCK:
		return silent(s);
	case REPL_LEFT:
		return SESSION_DONE;
	}
	return SESSION_GOES_ON;
}

/* Sends some of it: how much; 0 if there is no room now, or nobody any more. */
static size_t send_some(struct session *s, const void *bytes, size_t n)
{
	ssize_t sent = source_write(s->source, bytes, n);

	if (sent <= 0) {
		s->gone |= sent < 0 && sent != -EAGAIN;
		return 0;
	}
	saving_add(&s->saving, session_now_us(s), '>', bytes, (size_t)sent);
	return (size_t)sent;
}

/* True if there is more than there is room for. Requests to an agent go between the REPL's bytes, never into
 * a program that it is being told. */
static bool flush_outbox(struct session *s)
{
	size_t n, n_sent;
	const void *bytes;

	for (bytes = repl_outbox(&s->repl, &n); n > 0; bytes = repl_outbox(&s->repl, &n)) {
		n_sent = send_some(s, bytes, n);
		if (n_sent == 0)
			return true;
		repl_sent(&s->repl, n_sent);
	}
	if (!repl_is_idle(&s->repl))
		return false;
	for (bytes = agent_link_outbox(s->link, &n); n > 0; bytes = agent_link_outbox(s->link, &n)) {
		n_sent = send_some(s, bytes, n);
		if (n_sent == 0)
			return true;
		agent_link_sent(s->link, n_sent);
	}
	n_sent = s->n_typed > 0 ? send_some(s, s->typed, s->n_typed) : 0;
	s->n_typed -= n_sent;
	memmove(s->typed, s->typed + n_sent, s->n_typed);
	return s->n_typed > 0;
}

/* What a process says before it ends tells why. */
static void keep_last_line(struct session *s, const char *text, size_t n)
{
	for (size_t i = n > READ_BYTES / 8 ? n - READ_BYTES / 8 : 0; i < n; i++) {
		bool ends = text[i] == '\n' || text[i] == '\r';
		if (!ends && s->line_ended)
			s->n_last_line = 0;
		s->line_ended = ends;
		if (!ends && s->n_last_line < sizeof(s->last_line) - 1) {
			s->last_line[s->n_last_line++] = text[i] ? text[i] : ' ';
			s->last_line[s->n_last_line] = '\0';
		}
	}
}

static void receive(struct session *s)
{
	ssize_t n = source_read(s->source, s->bytes, sizeof(s->bytes));

	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		s->gone = true;
		return;
	}
	saving_add(&s->saving, session_now_us(s), '<', s->bytes, (size_t)n);
	s->n_helper_bytes += (uint64_t)n;
	if (repl_counts(&s->repl)) /* raw memory: it may look like anything */
		repl_feed(&s->repl, s->bytes, (size_t)n, clock_now_us());
	else
		agent_link_feed(s->link, s->bytes, (size_t)n, session_now_us(s));
}

/* ---- the agent in a board's firmware ---- */

/* That it hears is known from its HELLO, and another session of it has forgotten what it was asked for. One that keeps
 * to another period all the same is left alone. */
static void want_period(struct session *s)
{
	enum { TRIES = 3 };
	const struct event_hello *hello = agent_link_hello(s->link);

	if (hello && !hello->again)
		s->n_period_tries = 0;
	if (s->period_ms && hello && hello->period_ms != s->period_ms && s->n_period_tries < TRIES)
		s->n_period_tries += agent_link_ask_period(s->link, s->period_ms) == 0;
}

void session_ask_period(struct session *s, uint64_t period_us)
{
	s->period_ms = (uint32_t)MIN(MAX(period_us / 1000, UINT64_C(1)), (uint64_t)UINT32_MAX);
	want_period(s);
}

bool session_agent_waits(const struct session *s)
{
	const struct event_hello *hello = agent_link_hello(s->link);

	return s->agent_talks && hello && hello->period_ms == 0;
}

/* What it tells is as good at a prompt as without one. If a prompt is still being looked for and none is needed, that
 * ends: a board that talks by itself is sent nothing. */
static enum session_outcome take_agent(struct session *s, struct event *event)
{
	const struct event_hello *hello = agent_link_hello(s->link);
	uint64_t reads = WIRE_CAN_HEAR | WIRE_CAN_READ;
	bool as_good = s->handler.agent_reads && hello && (hello->abilities & reads) == reads;
	bool wanted = (s->handler.needs_prompt && !as_good) || s->repl_options.interrupt || s->repl_options.reset ||
		      s->repl_options.listen_only;

	if (session_hand_on(s, event) && event->kind == EVENT_RESET)
		say_reset(s, RESET_BY_AGENT);
	if (event->kind == EVENT_HELLO)
		want_period(s);
	bool searching = repl_is_searching(&s->repl);
	if (s->agent_talks || wanted || (!searching && s->repl.state != REPL_S_PASSIVE))
		return SESSION_GOES_ON;
	s->agent_talks = true;
	if (!searching) { /* it began, or was heard, after that */
		say_agent(s);
		return SESSION_GOES_ON;
	}
	repl_only_listen(&s->repl);
	return SESSION_LISTENING;
}

/* An answer, perhaps to a question that was given up. */
static enum session_outcome take_memory(struct session *s, const struct agent_item *item)
{
	if (!s->memory.waits || item->address != s->memory.address || item->n_bytes < s->memory.n_bytes)
		return SESSION_GOES_ON;
	memcpy(s->memory.ret, item->text, s->memory.n_bytes);
	s->memory.waits = false;
	return SESSION_DONE;
}

enum session_outcome session_memory(struct session *s, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	enum { TRIES = 4, TRY_US = 500000 };
	enum session_outcome outcome = SESSION_TIME;

	s->memory.waits = true;
	s->memory.address = address;
	s->memory.n_bytes = n_bytes;
	s->memory.ret = ret;
	for (unsigned i = 0; i < TRIES && outcome == SESSION_TIME; i++)
		if (agent_link_ask_memory(s->link, address, (uint32_t)n_bytes) == 0)
			outcome = session_loop(s, clock_now_us() + TRY_US, true);
	s->memory.waits = false;
	return outcome;
}

/* The next piece of what was received. False: there is none. */
static bool next_piece(struct session *s, enum session_outcome *ret_outcome)
{
	struct agent_item item;

	switch (agent_link_next(s->link, &item)) {
	case AGENT_TEXT:
		if (source_is_process(s->source))
			keep_last_line(s, item.text, item.n_bytes);
		repl_feed(&s->repl, item.text, item.n_bytes, clock_now_us());
		return true;
	case AGENT_EVENT:
		*ret_outcome = take_agent(s, &item.event);
		return true;
	case AGENT_MEMORY:
		*ret_outcome = take_memory(s, &item);
		return true;
	default:
		return false;
	}
}

/* The source has ended: what was held back comes out, of the link first. False: that is done. */
static bool finish(struct session *s)
{
	if (!s->link_finished) {
		s->link_finished = true;
		agent_link_finish(s->link);
		return true;
	}
	if (!s->finished) {
		s->finished = true;
		repl_finish(&s->repl);
		return true;
	}
	return false;
}

static uint64_t next_deadline(const struct session *s)
{
	uint64_t link_us = agent_link_deadline(s->link);

	return MIN(repl_deadline(&s->repl), link_us == NOT_KNOWN ? NOT_KNOWN : s->started_us + link_us);
}

/* Whether the companion wants something of whoever waits. */
static bool wants(const struct session *s)
{
	const struct companion *c = s->handler.companion;

	return c && c->wants(c->of);
}

enum session_outcome session_loop(struct session *s, uint64_t until_us, bool stop_counts)
{
	for (;;) {
		struct repl_event event;
		while (repl_next_event(&s->repl, &event)) {
			enum session_outcome outcome = take(s, &event);
			if (outcome != SESSION_GOES_ON) {
				flush_outbox(s); /* the last word, if there is one */
				return outcome;
			}
		}
		enum session_outcome outcome = SESSION_GOES_ON;
		bool any = next_piece(s, &outcome);
		if (outcome != SESSION_GOES_ON)
			return outcome;
		if (any || (s->gone && finish(s)))
			continue;
		if (s->gone)
			return SESSION_GONE;
		bool more_to_send = flush_outbox(s);
		if (stop_counts && (s->helper_stopped ||
				    stopping_take())) /* while bytes come fast nothing waits, and no signal comes */
			return SESSION_STOPPED;
		if (clock_now_us() >= until_us)
			return SESSION_TIME;
		struct pollfd fd = { source_fd(s->source), (short)(POLLIN | (more_to_send ? POLLOUT : 0)), 0 };
		bool time_counts = stopping_poll(s->stopping, &fd, MIN(until_us, next_deadline(s)), stop_counts);
		if (fd.revents & (POLLIN | POLLHUP | POLLERR))
			receive(s);
		if (time_counts) {
			agent_link_tick(s->link, session_now_us(s));
			repl_tick(&s->repl, clock_now_us());
		}
		if (s->yields && wants(s))
			return SESSION_TIME;
	}
}

/* ---- programs ---- */

/* Ctrl-C to the program, and a while for it to end. */
static enum session_outcome stop_program(struct session *s, enum session_outcome why)
{
	stopping_take(); /* the wish is being granted */
	repl_interrupt(&s->repl, clock_now_us());
	enum session_outcome outcome = session_loop(s, clock_now_us() + STOP_PATIENCE_US, false);

	if (outcome == SESSION_GONE)
		return outcome;
	if (outcome == SESSION_TIME) {
		message_at((struct place){ .file = source_path(s->source) }, "warning",
			   "its program does not"
			   " stop at Ctrl-C; it goes on running");
	}
	return why;
}

/* GOES_ON; RESTARTED if there is no prompt any more: a reset took it. */
enum session_outcome session_begin(struct session *s, const char *code, bool ours)
{
	if (session_talks(s))
		session_talk_end(s);
	if (s->gone || s->stuck)
		return SESSION_GONE;
	if (s->helper_stopped)
		return SESSION_STOPPED;
	return (ours ? repl_run_ours : repl_run)(&s->repl, code, strlen(code), clock_now_us()) < 0 ? SESSION_RESTARTED :
												     SESSION_GOES_ON;
}

enum session_outcome session_exec(struct session *s, const char *code, uint64_t timeout_us)
{
	uint64_t until_us = timeout_us ? clock_now_us() + timeout_us : NOT_KNOWN;

	if (stopping_take())
		return SESSION_STOPPED; /* before a byte of it was sent */
	enum session_outcome outcome = session_begin(s, code, false);
	if (outcome == SESSION_GOES_ON)
		outcome = session_loop(s, until_us, true);
	return outcome == SESSION_STOPPED || outcome == SESSION_TIME ? stop_program(s, outcome) : outcome;
}

enum session_outcome session_start(struct session *s, const char *code) { return session_begin(s, code, false); }

int session_type(struct session *s, const char *bytes, size_t n_bytes)
{
	if (s->gone || s->talk.on || s->repl_options.listen_only)
		return -EBUSY;
	if (s->repl.state != REPL_S_PASSIVE)
		return repl_send(&s->repl, bytes, n_bytes);
	if (n_bytes > sizeof(s->typed) - s->n_typed)
		return -EAGAIN;
	memcpy(s->typed + s->n_typed, bytes, n_bytes);
	s->n_typed += n_bytes;
	return 0;
}

void session_interrupt(struct session *s) { repl_interrupt(&s->repl, clock_now_us()); }

enum session_outcome session_stop(struct session *s) { return stop_program(s, SESSION_STOPPED); }

/* Helpers end by themselves. The table of a large heap may take minutes over a slow line, so only
 * silence is too long, or more bytes than any table has. Who stops meanwhile does not wait for the
 * end, and no Ctrl-C is sent: if the board was reset unheard, it would hit a program of the user's. */
enum session_outcome session_helper(struct session *s, const char *code)
{
	uint64_t heard_us = clock_now_us();

	strbuf_reset(&s->helper_output);
	uint64_t n_max_bytes = code == session_snapshot_code ? TABLE_MAX_BYTES : ANSWER_MAX_BYTES;
	s->n_helper_bytes = 0;
	enum session_outcome outcome = session_begin(s, code, true);
	if (outcome != SESSION_GOES_ON)
		return outcome;
	s->in_helper = true;
	for (outcome = SESSION_TIME; outcome == SESSION_TIME;) {
		outcome = session_loop(s, MIN(heard_us + HELPER_SILENCE_US, clock_now_us() + HELPER_TURN_US), true);
		heard_us = MAX(heard_us, s->repl.heard_us);
		bool silent_now = clock_now_us() >= heard_us + HELPER_SILENCE_US;
		if (outcome == SESSION_TIME && (silent_now || s->n_helper_bytes > n_max_bytes))
			outcome = silent(s);
	}
	s->in_helper = false;
	s->helper_stopped = outcome == SESSION_STOPPED;
	return outcome;
}

enum session_outcome session_question(struct session *s, const char *code)
{
	s->quietly = true;
	enum session_outcome outcome = session_helper(s, code);
	s->quietly = false;
	return outcome;
}

enum session_outcome session_tidy(struct session *s, const char *code)
{
	bool was_stopped = s->helper_stopped;
	enum session_outcome outcome = SESSION_DONE;

	s->in_helper = true;
	if (was_stopped && !s->gone)
		outcome = session_loop(s, clock_now_us() + TIDY_US, false);
	if (outcome == SESSION_DONE || outcome == SESSION_RAISED) {
		s->helper_stopped = false;
		strbuf_reset(&s->helper_output);
		s->n_helper_bytes = 0;
		outcome = session_begin(s, code, true);
		if (outcome == SESSION_GOES_ON)
			outcome = session_loop(s, clock_now_us() + TIDY_US, false);
	}
	s->in_helper = false;
	s->helper_stopped = was_stopped || outcome == SESSION_TIME;
	return outcome == SESSION_TIME ? SESSION_STOPPED : outcome;
}

const char *session_answer(const struct session *s, size_t *ret_n)
{
	*ret_n = s->helper_output.n_bytes;
	return strbuf_text(&s->helper_output);
}

uint64_t session_number(struct session *s, const char *code)
{
	uint64_t value;
	const char *text, *end;

	if (session_helper(s, code) != SESSION_DONE)
		return NOT_KNOWN;
	text = strbuf_text(&s->helper_output);
	end = text + s->helper_output.n_bytes;
	return number_scan(text, end, &value) ? value : NOT_KNOWN;
}

enum session_outcome session_wait(struct session *s, uint64_t until_us)
{
	if (stopping_take())
		return SESSION_STOPPED; /* there may be no time to wait, and so to hear of it */
	s->yields = true;
	enum session_outcome outcome = session_loop(s, until_us, true);
	while (session_talks(s) &&
	       (outcome == SESSION_DONE || outcome == SESSION_RAISED || outcome == SESSION_ANSWERED)) {
		if (outcome != SESSION_ANSWERED)
			talk_over(s); /* somebody ended it there */
		outcome = session_loop(s, until_us, true);
	}
	s->yields = false;
	return outcome;
}
