#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/clock.h"
#include "memprof/number.h"
#include "memprof/strbuf.h"
#include "command.h"
#include "message.h"
#include "opening.h"
#include "saving.h"
#include "stopping.h"

enum {
	READ_BYTES = 16 * 1024,
	ANSWER_MAX_BYTES = 64 * 1024,      /* of a helper's output, that is kept */
	HELPER_MAX_BYTES = 64 << 20,       /* no table is as long: this is something else */
	BOOT_US = 3000000,          /* QEMU and the like, until they say something */
	HELPER_TURN_US = 1000000,
	HELPER_SILENCE_US = 15000000, /* a full heap is collected meanwhile */
	STOP_PATIENCE_US = 5000000, /* for a program to end after Ctrl-C */
	LEAVE_US = 1500000,
	RESET_GRACE_US = 5000000,   /* for a board to come back from a reset */
	STUCK_MAX = 2,
};

/* __import__ leaves no name behind; the names it needs are in every firmware's flash. */
const char session_snapshot_code[] = "__import__('micropython').mem_info(1)";

struct session {
	struct source *source;
	struct repl    repl;
	struct session_handler handler;
	void          *decoder_state;   /* of decoder_mem_info */
	uint64_t       started_us;
	struct saving  saving;
	struct stopping *stopping;
	bool           gone_said;
	bool           gone, finished;  /* finished: the protocol knows that it is gone */
	bool           stuck;           /* it is there, but does not follow the protocol */
	unsigned       n_stuck;         /* so often since a program ended well */
	bool           in_helper;
	bool           helper_stopped;  /* somebody stopped while one ran: it may run on */
	enum repl_event_kind last_kind;
	uint64_t       n_helper_bytes;
	struct strbuf  helper_output;   /* of the last helper */
	struct strbuf  traceback;
	struct repl_options repl_options;
	struct opening opening;
	char           last_line[160];  /* that was heard, and is not empty; cut if too long */
	size_t         n_last_line;
	bool           line_ended;
	char           bytes[READ_BYTES]; /* what was read last; the protocol's events point into it */
};

uint64_t session_now_us(const struct session *s) { return clock_now_us() - s->started_us; }
const char *session_source_name(const struct session *s) { return source_path(s->source); }
int session_exit_code(struct session *s) { return source_exit_code(s->source); }

const char *session_traceback(const struct session *s, size_t *ret_n)
{
	*ret_n = s->traceback.n_bytes;
	return strbuf_text(&s->traceback);
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
			s->n_helper_bytes += event->n_bytes;
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
			s->handler.on_reset(s->handler.of, "the board was reset");
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
	repl_feed(&s->repl, s->bytes, (size_t)n, clock_now_us());
}

/* Runs the loop until the protocol has news, the time is over, or somebody wants to stop. */
static enum session_outcome loop(struct session *s, uint64_t until_us, bool stop_counts)
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
		if (stop_counts && stopping_take()) /* while bytes come fast nothing waits, and no signal comes */
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

void session_say_gone(struct session *s)
{
	struct place at = { .file = source_path(s->source) };
	int code = s->gone_said ? -1 : source_exit_code(s->source);

	if (s->gone_said || s->handler.quiet)
		return;
	s->gone_said = true;
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
	const char *text = strbuf_text(&s->traceback);
	size_t n = s->traceback.n_bytes, from;

	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	for (from = n; from > 0 && text[from - 1] != '\n';)
		from--;
	message_at((struct place){ .file = source_path(s->source) }, "error", "it could not be asked about its"
		   " heap; it answered: %.*s", (int)(n - from), text + from);
}

/* ---- opening ---- */

static void say_listening(const struct session *s, enum repl_event_kind kind)
{
	struct place at = { .file = source_path(s->source) };

	if (s->handler.quiet)
		return;
	if (kind == REPL_TYPED)
		message_at(at, "error", "half a line is typed at its prompt; nothing was changed. Finish it, or"
			   " let --interrupt throw it away");
	else if (kind == REPL_NO_RESET)
		message_at(at, "error", "this build of MicroPython ends when it is reset; start it again"
			   " instead of --reset");
	else if (s->handler.needs_prompt && s->repl.heard)
		message_at(at, "error", "no MicroPython prompt answers: a program runs there, and was not"
			   " disturbed; --interrupt stops it, --reset starts afresh");
	else if (s->handler.needs_prompt)
		message_at(at, "error", "nothing answers. Is it the right port, and nobody else connected to it?"
			   " If a silent program runs there: --interrupt stops it, --reset starts afresh");
	else if (s->repl.heard)
		message_at(at, "note", "a program runs there, and was not disturbed; waiting for dumps that it"
			   " prints itself. To ask the board: --interrupt stops the program, --reset starts"
			   " afresh, 'memprof run SCRIPT' runs a program and follows its heap");
	else
		message_at(at, "note", "nothing answers; listening. Is it the right port, and nobody else"
			   " connected to it? If a silent program runs there: --interrupt stops it, --reset"
			   " starts afresh");
}

bool session_has_prompt(const struct session *s)
{
	return !s->gone && s->repl.state == REPL_S_READY;
}

enum session_outcome session_find(struct session *s)
{
	enum session_outcome outcome = SESSION_RESTARTED;

	if (!s->gone && s->stuck)
		return SESSION_GONE;
	if (session_has_prompt(s))
		return SESSION_READY;
	if (!s->gone && s->repl.state == REPL_S_PASSIVE && repl_deadline(&s->repl) == NOT_KNOWN)
		return SESSION_LISTENING;       /* found out before, and said */
	while (outcome == SESSION_RESTARTED)
		outcome = loop(s, NOT_KNOWN, true);
	if (outcome != SESSION_LISTENING || s->repl_options.listen_only)
		return outcome;
	say_listening(s, s->last_kind);
	s->gone_said = s->last_kind != REPL_BUSY;
	return s->last_kind == REPL_BUSY ? SESSION_LISTENING : SESSION_GONE;
}

static void begin(struct session *s)
{
	if (s->repl.reset_done || s->repl.mode != REPL_MODE_NONE)      /* once is what was asked for */
		s->repl_options.interrupt = s->repl_options.reset = false;
	s->repl_options.boot_us = source_is_process(s->source) ? BOOT_US : 0;
	repl_init(&s->repl, &s->repl_options, clock_now_us());
}

int session_open(struct session **ret, const struct options *options, int i_argument,
		 const struct session_handler *handler, enum session_outcome *ret_outcome)
{
	struct opening opening;
	int r = opening_read(&opening, options, i_argument);

	*ret = NULL;
	if (r < 0)
		return r;
	struct session *s = calloc(1, sizeof(*s));
	void *decoder_state = calloc(1, decoder_mem_info.state_bytes);
	if (!s || !decoder_state) {
		free(s);
		free(decoder_state);
		message_error("out of memory");
		return -ENOMEM;
	}
	s->decoder_state = decoder_state;
	s->handler = *handler;
	s->opening = opening;
	s->repl_options = (struct repl_options){
		.interrupt = option_is(options, "interrupt"), .reset = option_is(options, "reset"),
		.listen_only = option_is(options, "listen-only"),
	};
	r = saving_open(&s->saving, options);
	if (r == 0) {
		s->stopping = stopping_new();
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

int session_open_exit(int error)
{
	return error == -ENODEV ? EXIT_DEVICE : error == -EINTR ? EXIT_FINE : EXIT_INPUT;
}

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
	bool wait = s->opening.wait;

	if (!source_may_return(s->source) || (!wait && !source_is_port(s->source)))
		return SESSION_GONE;
	finish_decoder(s);
	memset(s->decoder_state, 0, decoder_mem_info.state_bytes);
	message_at((struct place){ .file = source_path(s->source) }, "note", wait ?
		   "it is gone; waiting for it to come back" : "it is gone; if that was a reset, it comes back");
	int r = opening_reopen(s->source, s->stopping, wait ? NOT_KNOWN : clock_now_us() + RESET_GRACE_US);
	if (r < 0)
		return r == -EINTR ? SESSION_STOPPED : SESSION_GONE;
	message_at((struct place){ .file = source_path(s->source) }, "note", "it is back");
	s->gone = s->finished = s->stuck = s->gone_said = false;
	begin(s);
	if (s->handler.on_reset && source_is_port(s->source))
		s->handler.on_reset(s->handler.of, "the board is back");
	return SESSION_GOES_ON;
}

enum session_outcome session_return(struct session *s)
{
	enum session_outcome outcome = SESSION_GONE;

	if (!s->gone)
		return begin_again(s);
	while (outcome == SESSION_GONE && s->gone) {    /* a loose cable: it may go while it is asked */
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
		repl_leave(&s->repl, clock_now_us());
		loop(s, clock_now_us() + LEAVE_US, false);
	}
	finish_decoder(s);
	free(s->decoder_state);
	source_close(s->source);
	saving_close(&s->saving);
	stopping_free(s->stopping);
	strbuf_deinit(&s->helper_output);
	strbuf_deinit(&s->traceback);
	free(s);
}

/* ---- programs ---- */

/* Ctrl-C to the program, and a while for it to end. */
static enum session_outcome stop_program(struct session *s, enum session_outcome why)
{
	stopping_forget();
	repl_interrupt(&s->repl, clock_now_us());
	enum session_outcome outcome = loop(s, clock_now_us() + STOP_PATIENCE_US, false);

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
		outcome = loop(s, until_us, true);
	return outcome == SESSION_STOPPED || outcome == SESSION_TIME ? stop_program(s, outcome) : outcome;
}

/* Helpers end by themselves. The table of a large heap may take minutes over a slow line, so only
 * silence is too long, or more bytes than any table has. Who stops meanwhile does not wait for the
 * end, and no Ctrl-C is sent: if the board was reset unheard, it would hit a program of the user's. */
enum session_outcome session_helper(struct session *s, const char *code)
{
	uint64_t heard_us = clock_now_us();

	strbuf_reset(&s->helper_output);
	s->n_helper_bytes = 0;
	enum session_outcome outcome = begin_program(s, code, true);
	if (outcome != SESSION_GOES_ON)
		return outcome;
	s->in_helper = true;
	for (outcome = SESSION_TIME; outcome == SESSION_TIME;) {
		outcome = loop(s, MIN(heard_us + HELPER_SILENCE_US, clock_now_us() + HELPER_TURN_US), true);
		heard_us = MAX(heard_us, s->repl.heard_us);
		bool silent_now = clock_now_us() >= heard_us + HELPER_SILENCE_US;
		if (outcome == SESSION_TIME && (silent_now || s->n_helper_bytes > HELPER_MAX_BYTES))
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
	return loop(s, until_us, true);
}
