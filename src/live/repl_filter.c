/* What a board sends, without the frames of a hook (session_filter), on its way to the protocol. */
#include "backend.h"
#include "memprof/base/number.h"
#include "memprof/io/clock.h"

void session_filter(struct session *s, struct collection_filter *filter, bool (*on_frame)(void *ctx), void *ctx)
{
	s->repl.filter.state = filter;
	s->repl.filter.on_frame = on_frame;
	s->repl.filter.ctx = ctx;
}

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

bool repl_filter_next(struct session *s)
{
	struct collection_filter *filter = s->repl.filter.state;
	const char *text = s->repl.filter.text;

	if (!filter)
		return false;
	if (s->repl.filter.frame) {
		s->repl.filter.frame = false;
		if (!s->repl.filter.on_frame(s->repl.filter.ctx))
			feed_text(s, (const char *)filter->tables, filter->n_tables);
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
