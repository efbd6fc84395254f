#include "memprof/feed/feed.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "sinks.h"

static bool is_wanted(const struct feed *f, uint64_t n_dump) { return n_dump >= f->from && n_dump <= f->to; }

static void on_moment(void *ctx, struct moment *m)
{
	struct feed *f = ctx;
	bool is_snapshot = m->kind == MOMENT_SNAPSHOT;
	bool is_whole = !is_snapshot || m->heap->problem == HEAP_WHOLE; /* before a sink takes it */

	if (!is_wanted(f, is_snapshot ? m->n_dump : m->n_dump + 1))
		return;
	if (is_snapshot)
		f->last_cut = !is_whole;
	f->n_cut += !is_whole;
	FEED_CALL(f, on_moment, m);
	f->n_seen += is_whole && m->kind != MOMENT_POOLS;
}

static void on_pool(void *ctx, const struct pool_moment *m)
{
	struct feed *f = ctx;

	if (is_wanted(f, m->n_dump + 1))
		FEED_CALL(f, on_pool, m);
}

static void on_board_event(void *ctx, const struct board_event *event)
{
	struct feed *f = ctx;

	if (is_wanted(f, event->n_dump + 1))
		FEED_CALL(f, on_board_event, event);
}

static void on_failure(void *ctx, const struct capture_failure *failure)
{
	struct feed *f = ctx;

	if (is_wanted(f, failure->n_dump_before + 1))
		FEED_CALL(f, on_failure, failure);
}

static void on_reference(void *ctx, const struct moment *snapshot)
{
	struct feed *f = ctx;

	FEED_CALL(f, on_reference, snapshot);
}

int feed_open(struct feed *f, const struct capture_options *options, const struct sink *sinks, size_t n_sinks)
{
	const struct sink own = {
		.on_moment = on_moment,
		.on_pool = on_pool,
		.on_board_event = on_board_event,
		.on_failure = on_failure,
		.on_reference = on_reference,
		.ctx = f,
	};

	f->to = f->to ? f->to : NOT_KNOWN;
	f->at_us = NOT_KNOWN;
	f->n_sinks = MIN(n_sinks, ARRAY_SIZE(f->sinks));
	memcpy(f->sinks, sinks, f->n_sinks * sizeof(*sinks));
	f->capture = capture_new(options, &own);
	return f->capture ? 0 : -ENOMEM;
}

void feed_close(struct feed *f)
{
	capture_free(f->capture);
	f->capture = NULL;
}

void feed_event(struct feed *f, struct event *event)
{
	if (f->n_most && f->n_seen >= f->n_most)
		return;
	if (!f->is_dated)
		f->is_dated = timeline_epoch(event, &f->epoch_us, &f->is_utc);
	f->at_us = event->at_us;
	FEED_CALL(f, on_event, event);
	capture_event(f->capture, event);
	FEED_CALL(f, on_event_taken, event);
}

void feed_text(struct feed *f, const char *bytes, size_t n_bytes) { FEED_CALL(f, on_text, bytes, n_bytes); }

bool feed_wants_text(const struct feed *f)
{
	for (size_t i = 0; i < f->n_sinks; i++)
		if (f->sinks[i].on_text)
			return true;
	return false;
}
