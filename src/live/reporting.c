/* What a session tells others: notices to the user, events to its handler. */
#include <stdarg.h>
#include <stdio.h>

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
	const char *why = s->gone_reported ? NULL : s->backend->why_gone(s, &text), *fault;

	if (s->gone_reported)
		return;
	s->gone_reported = true;
	fault = source_fault(s->source);
	if (fault)
		session_notice(s, "error", "the connection ended: %s", fault);
	else
		session_notice(s, "error", "%s", why ? why : "the board is gone");
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
