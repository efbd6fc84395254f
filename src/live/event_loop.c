/* What comes from a board, and what goes to it: the one event loop of all backends, notices, events. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend.h"
#include "memprof/io/clock.h"

const char session_end_of_dump[] = "\n>>> \n";

uint64_t session_now_us(const struct session *s) { return clock_now_us() - s->started_us; }

/* ---- notices ---- */

void session_notice(const struct session *s, const char *severity, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	notice_at(&s->config.notices, (struct place){ .file = source_path(s->source) }, severity, "%s", text);
}

void session_report_gone(struct session *s)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *why = s->gone_reported ? NULL : s->backend->why_gone(s, &text);

	if (s->gone_reported)
		return;
	s->gone_reported = true;
	session_notice(s, "error", "%s", why ? why : "the board is gone");
}

void session_report_raised(struct session *s)
{
	size_t n;
	const char *exception = session_exception(s, &n);

	if (n > 0 && !session_raised(s, "MemoryError"))
		session_notice(s, "error", "it could not be asked about its heap; it answered: %.*s", (int)n,
			       exception);
	else /* without memory it may not even print its traceback */
		session_notice(s, "error",
			       "its heap is too full to be asked about: the question itself was answered with %s. An"
			       " agent that is started before the program needs no memory to report what fills the"
			       " heap: 'memprof agent install', or the C agent",
			       n > 0 ? "MemoryError" : "an empty error");
}

void session_link(struct session *s, const char *words)
{
	if (s->handler.on_link)
		s->handler.on_link(s->handler.ctx, words);
}

/* ---- what comes ---- */

bool session_hand_on(struct session *s, struct event *event)
{
	bool figures = event->kind == EVENT_SNAPSHOT || event->kind == EVENT_SAMPLE || event->kind == EVENT_POOL;
	bool is_known = event->kind == EVENT_RESET && !s->has_figures;

	if (event->kind == EVENT_RESET || figures)
		s->has_figures = figures;
	if (figures)
		s->reset_report = RESET_NOT_REPORTED;
	if (s->handler.on_event && !is_known)
		s->handler.on_event(s->handler.ctx, event);
	return !is_known;
}

/* The decoder may have missed the reset: the banner came in the middle of a row. */
static void report_reset(struct session *s)
{
	session_hand_on(s, &(struct event){ .kind = EVENT_RESET, .at_us = session_now_us(s) });
	if (s->handler.on_reset)
		s->handler.on_reset(s->handler.ctx);
}

/* Words may report several, and of each only once. */
void session_reset(struct session *s, enum reset_report by)
{
	bool is_known = s->reset_report == RESET_BY_AGENT ||
			(s->reset_report == RESET_BY_WORDS && by == RESET_BY_AGENT);

	if (!is_known)
		report_reset(s);
	s->reset_report = by;
}

void session_decode(struct session *s, const char *bytes, size_t n)
{
	struct event event;
	struct diag diag;

	if (bytes)
		decoder_mem_info.feed(s->decoder_state, (const uint8_t *)bytes, n, session_now_us(s));
	else
		decoder_mem_info.finish(s->decoder_state);
	while (decoder_mem_info.next_event(s->decoder_state, &event, &diag) == DECODER_EVENT) {
		if (s->on_snapshot && event.kind == EVENT_SNAPSHOT)
			s->on_snapshot(s->on_snapshot_ctx, &event);
		/* That our own commands find no memory is no error of the program's. */
		if (!(s->repl.in_helper && event.kind == EVENT_FAILED))
			session_hand_on(s, &event);
	}
}

void session_record(struct session *s, char direction, const void *bytes, size_t n)
{
	int r = n > 0 ? stream_file_add(&s->recording, session_now_us(s), direction, bytes, n) : 0; /* no mark */

	if (r < 0)
		notice_at(&s->config.notices, (struct place){ .file = s->recording.path }, "error",
			  "%s; nothing more is saved", strerror(-r));
}

void session_set_in_helper(struct session *s, bool in_helper)
{
	if (s->repl.in_helper != in_helper)
		stream_file_add(&s->recording, session_now_us(s), in_helper ? '>' : '<', "", 0);
	s->repl.in_helper = in_helper;
}

size_t session_send(struct session *s, const void *bytes, size_t n)
{
	ssize_t sent = source_write(s->source, bytes, n);

	if (sent <= 0) {
		s->gone |= sent < 0 && sent != -EAGAIN;
		return 0;
	}
	session_record(s, '>', bytes, (size_t)sent);
	return (size_t)sent;
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
	if (!s->repl.filter.state) /* else what it lets through */
		session_record(s, '<', s->bytes, (size_t)n);
	s->backend->feed(s, (size_t)n);
}

/* Whether the screen wants something of the command. */
static bool ui_wants(const struct session *s)
{
	const struct ui_hooks *ui = s->handler.ui;

	return ui && ui->wants(ui->ctx);
}

enum session_outcome session_loop(struct session *s, uint64_t until_us, bool may_stop)
{
	for (;;) {
		enum session_outcome outcome = SESSION_GOES_ON;
		while (outcome == SESSION_GOES_ON && s->backend->next(s, &outcome))
			;
		if (outcome != SESSION_GOES_ON) {
			s->backend->flush(s); /* the last word, if there is one */
			return outcome;
		}
		if (s->gone && s->backend->finish(s))
			continue;
		if (s->gone)
			return SESSION_GONE;
		bool more_to_send = s->backend->flush(s);
		if (may_stop && (s->helper_stopped ||
				 stop_requested())) /* while bytes come fast nothing waits, and no signal comes */
			return SESSION_STOPPED;
		if (clock_now_us() >= until_us)
			return SESSION_TIME;
		struct pollfd fd = { source_fd(s->source), (short)(POLLIN | (more_to_send ? POLLOUT : 0)), 0 };
		struct pollfd input = { program_input_fd(s), POLLIN, 0 };
		uint64_t wake_us = MIN(MIN(until_us, s->backend->deadline_us(s)), program_input_deadline_us(s));
		bool time_counts = stop_signals_poll(s->stop, &fd, &input, wake_us, may_stop);
		if (fd.revents & (POLLIN | POLLHUP | POLLERR))
			receive(s);
		program_input_turn(s, input.revents != 0);
		if (time_counts)
			s->backend->tick(s);
		if (s->yields && ui_wants(s))
			return SESSION_TIME;
	}
}
