/* What a board sends, without the frames of a hook (session_filter), on its way to the protocol. */
#include <errno.h>
#include <poll.h>

#include "backend.h"
#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/protocol/probe.h"

void session_filter(struct session *s, struct collection_filter *filter, bool (*on_frame)(void *ctx), void *ctx)
{
	s->repl.filter.state = filter;
	s->repl.filter.on_frame = on_frame;
	s->repl.filter.ctx = ctx;
}

/* ---- a conversation with the hook ---- */

static const uint64_t TALK_SILENCE_US = 3000000;

static void wait_for(const struct session *s, short events, uint64_t until_us)
{
	struct pollfd fd = { source_fd(s->source), events, 0 };

	stop_signals_poll(s->stop, &fd, NULL, until_us, false);
}

/* What came behind the frame, or else what comes now. 0: nothing, for so long, or never again. */
static size_t hear(struct session *s, const char **ret, uint64_t until_us)
{
	while (s->repl.filter.p == s->repl.filter.end && !s->gone && clock_now_us() < until_us) {
		wait_for(s, POLLIN, until_us);
		ssize_t n = source_read(s->source, s->bytes, sizeof(s->bytes));
		if (n != -EAGAIN && n <= 0)
			s->gone = true;
		s->repl.filter.p = s->bytes;
		s->repl.filter.end = s->bytes + MAX(n, 0);
	}
	*ret = s->repl.filter.p;
	return (size_t)(s->repl.filter.end - s->repl.filter.p);
}

/* False: not all of it within so long. */
static bool send_all(struct session *s, const char *bytes, size_t n, uint64_t until_us)
{
	while (n > 0 && !s->gone && clock_now_us() < until_us) {
		ssize_t sent = source_write(s->source, bytes, n);
		s->gone |= sent < 0 && sent != -EAGAIN;
		bytes += MAX(sent, 0);
		n -= (size_t)MAX(sent, 0);
		bool held = source_flush(s->source);
		if (n > 0 || held)
			wait_for(s, POLLOUT, until_us);
	}
	return n == 0;
}

enum session_outcome session_filter_talk(struct session *s, const void *out, size_t n_out, void *in, size_t n_in,
					 unsigned n_crs)
{
	struct probe_cooked cooked = { .n_crs = n_crs };
	uint64_t until_us = clock_now_us() + TALK_SILENCE_US;
	size_t n_done = 0, n_heard, n;
	const char *bytes;

	if (!send_all(s, out, n_out, until_us))
		return s->gone ? SESSION_GONE : SESSION_TIME;
	while (n_done < n_in && (n_heard = hear(s, &bytes, until_us)) > 0) {
		s->repl.filter.p += probe_uncook(&cooked, bytes, n_heard, (char *)in + n_done, n_in - n_done, &n);
		n_done += n;
		until_us = clock_now_us() + TALK_SILENCE_US;
	}
	return n_done == n_in ? SESSION_ANSWERED : s->gone ? SESSION_GONE : SESSION_TIME;
}

/* ---- */

static void feed_bytes(struct session *s, const char *bytes, size_t n)
{
	s->repl.n_helper_bytes += (uint64_t)n;
	if (repl_reads_raw(&s->repl.repl)) /* raw memory: it may look like anything */
		repl_feed(&s->repl.repl, bytes, n, clock_now_us());
	else
		agent_link_feed(s->repl.link, bytes, n, session_now_us(s));
}

/* What the filter lets through. */
static void feed_text(struct session *s, const char *text, size_t n)
{
	session_record(s, '<', text, n);
	feed_bytes(s, text, n);
}

bool repl_filter_next(struct session *s, enum session_outcome *ret_outcome)
{
	struct collection_filter *filter = s->repl.filter.state;
	const char *text = s->repl.filter.text;

	if (!filter)
		return false;
	if (s->repl.filter.frame) {
		s->repl.filter.frame = false;
		s->repl.filter.was_at_stop |= s->repl.stopping && filter->frame.asks;
		if (!s->repl.filter.on_frame(s->repl.filter.ctx))
			feed_text(s, (const char *)filter->tables, filter->n_tables);
		if (s->repl.stuck)
			*ret_outcome = SESSION_GONE;
		return true;
	}
	size_t n = s->repl.filter.p == s->repl.filter.end ?
			   collection_filter_release(filter, clock_now_us(), &text) :
			   collection_filter_read(filter, &s->repl.filter.p, s->repl.filter.end, clock_now_us(),
						  s->repl.filter.text, &s->repl.filter.frame);
	if (n > 0)
		feed_text(s, text, n);
	return n > 0 || s->repl.filter.frame;
}

bool repl_filter_finish(struct session *s)
{
	struct collection_filter *filter = s->repl.filter.state;
	const char *text;
	size_t n = filter ? collection_filter_release(filter, NOT_KNOWN, &text) : 0;

	if (n > 0)
		feed_text(s, text, n);
	return n > 0;
}

void repl_filter_feed(struct session *s, size_t n)
{
	if (!s->repl.filter.state) {
		feed_bytes(s, s->bytes, n);
		return;
	}
	s->repl.filter.p = s->bytes;
	s->repl.filter.end = s->bytes + n;
}

uint64_t repl_filter_deadline(const struct session *s)
{
	return s->repl.filter.state ? collection_filter_deadline(s->repl.filter.state) : NOT_KNOWN;
}
