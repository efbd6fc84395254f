#include "memprof/feed/feed.h"

#include <assert.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/intake/objects.h"

int feed_open(struct feed *f, const struct capture_options *options, const struct sink *sinks, size_t n_sinks)
{
	f->at_us = NOT_KNOWN;
	assert(n_sinks <= ARRAY_SIZE(f->sinks));
	f->n_sinks = n_sinks;
	memcpy(f->sinks, sinks, n_sinks * sizeof(*sinks));
	f->capture = capture_new(options, sinks, n_sinks);
	return f->capture ? 0 : -ENOMEM;
}

void feed_close(struct feed *f)
{
	capture_free(f->capture);
	f->capture = NULL;
	vec_deinit(f, inputs);
	for (size_t i = 0; i < f->n_objects; i++)
		objects_free(f->objects[i]);
	vec_deinit(f, objects);
}

static bool is_full(const struct feed *f) { return f->n_most && capture_counts(f->capture)->n_seen >= f->n_most; }

void feed_event(struct feed *f, struct event *event)
{
	if (is_full(f))
		return;
	if (!f->is_dated)
		f->is_dated = timeline_epoch(event, &f->epoch_us, &f->is_utc);
	f->at_us = event->at_us;
	for (const struct sink *s = f->sinks; s < f->sinks + f->n_sinks; s++)
		if (s->on_event)
			s->on_event(s->ctx, event);
	capture_event(f->capture, event);
	for (const struct sink *s = f->sinks; s < f->sinks + f->n_sinks; s++)
		if (s->on_event_taken)
			s->on_event_taken(s->ctx, event);
}

int feed_objects(struct feed *f, const struct objects_reading *reading, const char *format, uint64_t at_us)
{
	struct event event = { .kind = EVENT_SNAPSHOT, .at_us = at_us, .snapshot = EVENT_SNAPSHOT_INIT };
	struct heap heap;

	heap_init(&heap);
	int error = objects_reading_heap(reading, &heap);
	if (error == 0) {
		event.snapshot.heap = &heap;
		event.snapshot.reported.format = format;
		event.snapshot.n_lines = 1;
		if (at_us != NOT_KNOWN && reading->objects)
			heap.pools[0].owners = (struct block_owners){ .by = NULL };
		feed_event(f, &event);
	} else {
		notice_at(&f->notices, (struct place){ 0 }, "error", "out of memory");
	}
	heap_deinit(&heap);
	return error;
}

void feed_text(struct feed *f, const char *bytes, size_t n_bytes)
{
	for (const struct sink *s = f->sinks; s < f->sinks + f->n_sinks; s++)
		if (s->on_text)
			s->on_text(s->ctx, bytes, n_bytes);
}

bool feed_wants_text(const struct feed *f)
{
	for (size_t i = 0; i < f->n_sinks; i++)
		if (f->sinks[i].on_text)
			return true;
	return false;
}

int feed_status(const struct feed *f)
{
	int r = 0;

	for (size_t i = 0; i < f->n_sinks && r == 0; i++)
		r = f->sinks[i].status ? f->sinks[i].status(f->sinks[i].ctx) : 0;
	return r;
}

bool feed_is_over(const struct feed *f) { return is_full(f) || feed_status(f) < 0; }
