#include <errno.h>
#include <string.h>

#include "memprof/clock.h"
#include "memprof/number.h"
#include "message.h"
#include "session_private.h"

enum {
	ANSWER_MAX_BYTES = 64 * 1024,      /* of a helper's output, that is kept */
	TABLE_MAX_BYTES = 16 << 20,        /* no table is as long: this is something else */
	HELPER_TURN_US = 1000000,
	HELPER_SILENCE_US = 15000000, /* a full heap is collected meanwhile */
	STOP_PATIENCE_US = 5000000, /* for a program to end after Ctrl-C */
};

/* __import__ leaves no name behind; the names it needs are in every firmware's flash. */
const char session_snapshot_code[] = "__import__('micropython').mem_info(1)";

uint64_t session_now_us(const struct session *s) { return clock_now_us() - s->started_us; }
const char *session_source_name(const struct session *s) { return source_path(s->source); }
int session_exit_code(struct session *s) { return source_exit_code(s->source); }

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

static void decode(struct session *s, const char *bytes, size_t n)
{
	struct event event;
	struct diag diag;

	decoder_mem_info.feed(s->decoder_state, (const uint8_t *)bytes, n, session_now_us(s));
	while (decoder_mem_info.next_event(s->decoder_state, &event, &diag) == DECODER_EVENT) {
		/* That our own commands find no memory is no error of the program's. */
		if (s->handler.on_event && !(s->in_helper && event.kind == EVENT_FAILED))
			s->handler.on_event(s->handler.of, &event);
	}
}

static enum session_outcome silent(struct session *s)
{
	s->stuck = s->gone_said = true;
	if (s->handler.quiet)
		return SESSION_GONE;
	message_at((struct place){ .file = source_path(s->source) }, "error", "the board stopped"
		   " answering in the middle of a program; is somebody else reading the same port?");
	return SESSION_GONE;
}

/* An event of the protocol: what it means for whoever waits. */
static enum session_outcome take(struct session *s, const struct repl_event *event)
{
	s->last_kind = event->kind;
	switch (event->kind) {
	case REPL_READY:
		s->repl_options.interrupt = s->repl_options.reset = false;      /* once is what was asked for */
		return SESSION_READY;
	case REPL_BUSY:
	case REPL_TYPED:
	case REPL_NO_RESET:
		return SESSION_LISTENING;
	case REPL_CONSOLE:
		decode(s, event->bytes, event->n_bytes);
		return SESSION_GOES_ON;
	case REPL_OUTPUT:
		if (s->in_helper) {
			strbuf_add(&s->helper_output, event->bytes,
				   MIN(event->n_bytes, ANSWER_MAX_BYTES - s->helper_output.n_bytes));
			decode(s, event->bytes, event->n_bytes);
		} else if (s->handler.on_output) {
			s->handler.on_output(s->handler.of, event->bytes, event->n_bytes);
		}
		return SESSION_GOES_ON;
	case REPL_DONE:
		s->n_stuck = 0;
		strbuf_reset(&s->traceback);
		strbuf_add(&s->traceback, event->bytes, event->n_bytes);
		return event->raised ? SESSION_RAISED : SESSION_DONE;
	case REPL_RESTARTED:
	case REPL_REBOOTED:
		if (s->handler.on_reset)
			s->handler.on_reset(s->handler.of, "the board was reset", true);
		return SESSION_RESTARTED;
	case REPL_STUCK:
		return silent(s);
	case REPL_LEFT:
		return SESSION_DONE;
	}
	return SESSION_GOES_ON;
}

static void flush_outbox(struct session *s)
{
	size_t n;
	const char *bytes = repl_outbox(&s->repl, &n);

	while (n > 0) {
		ssize_t sent = source_write(s->source, bytes, n);
		if (sent <= 0) {
			s->gone |= sent < 0 && sent != -EAGAIN;
			return;
		}
		saving_add(&s->saving, session_now_us(s), '>', bytes, (size_t)sent);
		repl_sent(&s->repl, (size_t)sent);
		bytes = repl_outbox(&s->repl, &n);
	}
}

/* What a process says before it ends tells why. */
static void keep_last_line(struct session *s, size_t n)
{
	for (size_t i = n > READ_BYTES / 8 ? n - READ_BYTES / 8 : 0; i < n; i++) {
		bool ends = s->bytes[i] == '\n' || s->bytes[i] == '\r';
		if (!ends && s->line_ended)
			s->n_last_line = 0;
		s->line_ended = ends;
		if (!ends && s->n_last_line < sizeof(s->last_line) - 1) {
			s->last_line[s->n_last_line++] = s->bytes[i] ? s->bytes[i] : ' ';
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
	if (source_is_process(s->source))
		keep_last_line(s, (size_t)n);
	saving_add(&s->saving, session_now_us(s), '<', s->bytes, (size_t)n);
	s->n_helper_bytes += (uint64_t)n;
	repl_feed(&s->repl, s->bytes, (size_t)n, clock_now_us());
}

enum session_outcome session_loop(struct session *s, uint64_t until_us, bool stop_counts)
{
	for (;;) {
		struct repl_event event;
		while (repl_next_event(&s->repl, &event)) {
			enum session_outcome outcome = take(s, &event);
			if (outcome != SESSION_GOES_ON) {
				flush_outbox(s);        /* the last word, if there is one */
				return outcome;
			}
		}
		if (s->gone && !s->finished) {
			s->finished = true;
			repl_finish(&s->repl);
			continue;
		}
		if (s->gone)
			return SESSION_GONE;
		flush_outbox(s);
		if (stop_counts && (s->helper_stopped || stopping_take())) /* while bytes come fast nothing waits, and no signal comes */
			return SESSION_STOPPED;
		if (clock_now_us() >= until_us)
			return SESSION_TIME;
		size_t n_out;
		repl_outbox(&s->repl, &n_out);
		struct pollfd fd = { source_fd(s->source), (short)(POLLIN | (n_out ? POLLOUT : 0)), 0 };
		stopping_poll(stop_counts ? s->stopping : NULL, &fd, MIN(until_us, repl_deadline(&s->repl)));
		if (fd.revents & (POLLIN | POLLHUP | POLLERR))
			receive(s);
		repl_tick(&s->repl, clock_now_us());
	}
}

/* ---- programs ---- */

/* Ctrl-C to the program, and a while for it to end. */
static enum session_outcome stop_program(struct session *s, enum session_outcome why)
{
	stopping_take();        /* the wish is being granted */
	repl_interrupt(&s->repl, clock_now_us());
	enum session_outcome outcome = session_loop(s, clock_now_us() + STOP_PATIENCE_US, false);

	if (outcome == SESSION_GONE)
		return outcome;
	if (outcome == SESSION_TIME) {
		message_at((struct place){ .file = source_path(s->source) }, "warning", "its program does not"
			   " stop at Ctrl-C; it goes on running");
	}
	return why;
}

/* GOES_ON; RESTARTED if there is no prompt any more: a reset took it. */
static enum session_outcome begin_program(struct session *s, const char *code, bool ours)
{
	if (s->gone || s->stuck)
		return SESSION_GONE;
	if (s->helper_stopped)
		return SESSION_STOPPED;
	return (ours ? repl_run_ours : repl_run)(&s->repl, code, strlen(code), clock_now_us()) < 0 ?
	       SESSION_RESTARTED : SESSION_GOES_ON;
}

enum session_outcome session_exec(struct session *s, const char *code, uint64_t timeout_us)
{
	uint64_t until_us = timeout_us ? clock_now_us() + timeout_us : NOT_KNOWN;

	if (stopping_take())
		return SESSION_STOPPED; /* before a byte of it was sent */
	enum session_outcome outcome = begin_program(s, code, false);
	if (outcome == SESSION_GOES_ON)
		outcome = session_loop(s, until_us, true);
	return outcome == SESSION_STOPPED || outcome == SESSION_TIME ? stop_program(s, outcome) : outcome;
}

/* Helpers end by themselves. The table of a large heap may take minutes over a slow line, so only
 * silence is too long, or more bytes than any table has. Who stops meanwhile does not wait for the
 * end, and no Ctrl-C is sent: if the board was reset unheard, it would hit a program of the user's. */
enum session_outcome session_helper(struct session *s, const char *code)
{
	uint64_t heard_us = clock_now_us();

	strbuf_reset(&s->helper_output);
	uint64_t n_max_bytes = code == session_snapshot_code ? TABLE_MAX_BYTES : ANSWER_MAX_BYTES;
	s->n_helper_bytes = 0;
	enum session_outcome outcome = begin_program(s, code, true);
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
	return session_loop(s, until_us, true);
}
