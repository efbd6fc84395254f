#include "memprof/input/log_dump.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"

void log_dump_init(struct log_dump *d)
{
	*d = (struct log_dump){ .n_dump = NOT_KNOWN };
	heap_init(&d->heap);
}

static int on_event(void *ctx, struct event *event)
{
	struct log_dump *d = ctx;

	if (event->kind != EVENT_SNAPSHOT)
		return 0;
	struct heap *heap = event->snapshot.heap;
	bool is_whole = heap->problem == HEAP_WHOLE;
	d->n_dumps++;
	if (!is_whole)
		d->n_last_cut = d->n_dumps;
	if (d->n_wanted == NOT_KNOWN ? is_whole : d->n_dumps == d->n_wanted) {
		heap_swap(&d->heap, heap);
		d->n_dump = d->n_dumps;
		memcpy(d->time, event->time, sizeof(d->time));
		memcpy(d->label, event->snapshot.label, sizeof(d->label));
	}
	return 0;
}

static void on_skipped(void *ctx, uint64_t n_snapshots)
{
	struct log_dump *d = ctx;

	d->n_dumps += n_snapshots;
	d->is_moment = true;
}

int log_dump_read(struct log_dump *d, const char *name, uint64_t n_wanted, const struct log_format *format,
		  const struct notice_sink *notices)
{
	struct log_reader r = { .name = name, .on_event = on_event, .on_skipped = on_skipped, .ctx = d };
	struct place at = { .file = name };

	d->n_wanted = n_wanted;
	if (log_read_as(&r, format, notices) < 0)
		return -EINVAL;
	d->format = r.decoder->name;
	if (d->n_dumps == 0)
		return -ENODATA;
	d->is_cut = d->heap.problem != HEAP_WHOLE;
	if (d->n_dump == NOT_KNOWN && n_wanted != NOT_KNOWN)
		notice_at(notices, at, "error", "there is no dump %" PRIu64 "; it has %" PRIu64, n_wanted, d->n_dumps);
	else if (d->n_dump == NOT_KNOWN)
		notice_at(notices, at, "error", "no dump in it is whole, so there is nothing to compare");
	else if (d->is_cut)
		notice_at(notices, at, "warning", "dump %" PRIu64 " is not whole: %s", d->n_dump,
			  heap_problem_text(d->heap.problem));
	else if (n_wanted == NOT_KNOWN && d->n_last_cut > d->n_dump)
		notice_at(notices, at, "warning", "dump %" PRIu64 " is not whole; dump %" PRIu64 " is taken",
			  d->n_last_cut, d->n_dump);
	return d->n_dump == NOT_KNOWN ? -EINVAL : 0;
}

void log_dump_deinit(struct log_dump *d) { heap_deinit(&d->heap); }
