#include "memprof/live/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "memprof/base/number.h"
#include "memprof/io/clock.h"

enum { SHORT_SESSION_US = 1000000 };

const char session_end_of_dump[] = "\n>>> \n";

uint64_t session_now_us(const struct session *s) { return clock_now_us() - s->started_us; }
const char *session_source_name(const struct session *s) { return source_path(s->source); }
int session_exit_code(struct session *s) { return source_exit_code(s->source); }
enum session_protocol session_protocol(const struct session *s) { return s->backend->protocol; }
bool session_recording_failed(const struct session *s) { return s->recording.error != 0; }
const struct board_info *session_board(const struct session *s) { return &s->openmv.board; }

void session_watch(struct session *s, void (*on_snapshot)(void *ctx, const struct event *event), void *ctx)
{
	s->on_snapshot = on_snapshot;
	s->on_snapshot_ctx = ctx;
}

/* ---- notices ---- */

static void notice_at(const struct session *s, const char *file, const char *severity, const char *format, va_list args)
{
	char text[512];

	if (!s->handler.on_notice)
		return;
	vsnprintf(text, sizeof(text), format, args);
	s->handler.on_notice(s->handler.ctx, &(struct notice){ severity, { .file = file }, text });
}

void session_notice(const struct session *s, const char *severity, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	notice_at(s, source_path(s->source), severity, format, args);
	va_end(args);
}

static void recording_notice(const struct session *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	notice_at(s, s->recording.path, "error", format, args);
	va_end(args);
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

	session_notice(s, "error", "it could not be asked about its heap; it answered: %.*s", (int)n, exception);
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

static void record(struct session *s, char direction, const void *bytes, size_t n)
{
	int r = stream_file_add(&s->recording, session_now_us(s), direction, bytes, n);

	if (r < 0)
		recording_notice(s, "%s; nothing more is saved", strerror(-r));
}

size_t session_send(struct session *s, const void *bytes, size_t n)
{
	ssize_t sent = source_write(s->source, bytes, n);

	if (sent <= 0) {
		s->gone |= sent < 0 && sent != -EAGAIN;
		return 0;
	}
	record(s, '>', bytes, (size_t)sent);
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
	record(s, '<', s->bytes, (size_t)n);
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
		uint64_t wake_us = MIN(until_us, s->backend->deadline_us(s));
		bool time_counts = stop_signals_poll(s->stop, &fd, wake_us, may_stop);
		if (fd.revents & (POLLIN | POLLHUP | POLLERR))
			receive(s);
		if (time_counts)
			s->backend->tick(s);
		if (s->yields && ui_wants(s))
			return SESSION_TIME;
	}
}

/* ---- opening and closing ---- */

static int begin(struct session *s)
{
	int r;

	s->began_us = clock_now_us();
	s->gone_reported = false;
	r = s->backend->begin(s);
	s->gone = r < 0;
	return r;
}

static struct session *new_session(const struct session_config *config, const struct session_handler *handler)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->backend = &backend_repl;
	s->config = *config;
	s->handler = *handler;
	s->recording.fd = -1;
	s->decoder_state = calloc(1, decoder_mem_info.state_bytes);
	s->stop = stop_signals_new(handler->ui);
	if (s->decoder_state && s->stop)
		return s;
	session_close(s);
	return NULL;
}

static void leave(struct session *s)
{
	s->backend->leave(s);
	session_loop(s, clock_now_us() + s->backend->leave_us, false);
}

/* The protocol of a camera first, where it is meant; if nothing speaks it, the prompt. */
static int open_camera(struct session *s, enum session_outcome *ret_outcome, struct diag *diag)
{
	uint32_t baud = s->config.line.baud;
	int r;

	s->backend = &backend_openmv;
	s->recording.holds = s->config.protocol != SESSION_OPENMV;
	if (!baud)
		s->config.line.baud = openmv_baud();
	r = opening_open(s, diag);
	if (r < 0)
		return r;
	s->recording.source = source_name(s->source);
	s->started_us = clock_now_us();
	if (begin(s) < 0)
		return diag_set(diag, -ENOMEM, "out of memory");
	*ret_outcome = s->backend->find(s);
	bool absent = *ret_outcome == SESSION_GONE && s->config.protocol != SESSION_OPENMV && !s->gone;
	stream_file_release(&s->recording, !absent);
	if (*ret_outcome == SESSION_READY)
		openmv_report_ready(s);
	if (!absent)
		return 0;
	openmv_report_absent(s);
	leave(s);
	s->backend->free(s);
	source_close(s->source);
	s->source = NULL;
	s->config.line.baud = baud;
	s->backend = &backend_repl;
	return 0;
}

static int open_session(struct session *s, enum session_outcome *ret_outcome, struct diag *diag)
{
	bool is_camera = s->source ? s->config.protocol == SESSION_OPENMV : openmv_is_meant(&s->config);
	int r = stream_file_open(&s->recording, s->config.record, s->config.replace, diag);

	if (r == 0 && is_camera && !s->source)
		r = open_camera(s, ret_outcome, diag);
	if (r < 0 || s->backend == &backend_openmv)
		return r;
	if (is_camera && s->source)
		s->backend = &backend_openmv;
	if (!s->source)
		r = opening_open(s, diag);
	if (r < 0)
		return r;
	s->recording.source = source_name(s->source);
	s->started_us = clock_now_us();
	if (begin(s) < 0)
		return diag_set(diag, -ENOMEM, "out of memory");
	*ret_outcome = session_find(s);
	return 0;
}

int session_open_source(struct session **ret, struct source *source, const struct session_config *config,
			const struct session_handler *handler, enum session_outcome *ret_outcome, struct diag *diag)
{
	struct session *s = new_session(config, handler);

	*ret = NULL;
	if (!s) {
		source_close(source);
		return diag_set(diag, -ENOMEM, "out of memory");
	}
	s->source = source;
	int r = open_session(s, ret_outcome, diag);
	if (r < 0) {
		session_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

int session_open(struct session **ret, const struct session_config *config, const struct session_handler *handler,
		 enum session_outcome *ret_outcome, struct diag *diag)
{
	return session_open_source(ret, NULL, config, handler, ret_outcome, diag);
}

enum session_outcome session_find(struct session *s) { return s->backend->find(s); }

enum session_outcome session_wait(struct session *s, uint64_t until_us)
{
	if (stop_requested())
		return SESSION_STOPPED; /* there may be no time to wait, and so to hear of it */
	s->yields = true;
	enum session_outcome outcome = s->backend->wait(s, until_us);
	s->yields = false;
	return outcome;
}

/* Waits for the board once. GOES_ON if it is back. */
static enum session_outcome await(struct session *s)
{
	if (!source_may_return(s->source) || (!s->config.wait && !source_is_port(s->source)))
		return SESSION_GONE;
	if (s->helper_stopped)
		return SESSION_STOPPED;
	session_decode(s, NULL, 0);
	decoder_mem_info.deinit(s->decoder_state);
	memset(s->decoder_state, 0, decoder_mem_info.state_bytes);
	if (clock_now_us() < s->began_us + SHORT_SESSION_US) /* no storm where somebody hangs up at once */
		stop_signals_sleep(s->stop, clock_now_us() + SHORT_SESSION_US);
	int r = opening_reopen(s);
	if (r < 0)
		return r == -EINTR ? SESSION_STOPPED : SESSION_GONE;
	if (begin(s) < 0)
		return SESSION_GONE;
	if (source_is_port(s->source)) /* behind a socket nothing may have happened to the board */
		report_reset(s);
	session_link(s, "it is back");
	return SESSION_GOES_ON;
}

enum session_outcome session_return(struct session *s)
{
	enum session_outcome outcome = SESSION_GONE;

	if (!s->gone)
		return s->backend->begin_again(s);
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
	if (s->source && !s->gone && s->stop)
		leave(s);
	if (s->source && s->decoder_state)
		session_decode(s, NULL, 0);
	if (s->decoder_state)
		decoder_mem_info.deinit(s->decoder_state);
	free(s->decoder_state);
	s->backend->free(s);
	source_close(s->source);
	stream_file_close(&s->recording);
	stop_signals_free(s->stop);
	free(s);
}
