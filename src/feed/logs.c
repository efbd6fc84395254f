/* Saved logs, streams and recordings, as a feed. */
#include <errno.h>
#include <stdlib.h>

#include "memprof/base/number.h"
#include "memprof/feed/feed.h"
#include "memprof/intake/objects.h"

/* ---- what a log has ---- */

static int on_event(void *ctx, struct event *event)
{
	feed_event(ctx, event);
	return feed_status(ctx);
}

static void on_text(void *ctx, const char *bytes, size_t n_bytes) { feed_text(ctx, bytes, n_bytes); }

static void on_skipped(void *ctx, uint64_t n_snapshots)
{
	struct feed *f = ctx;

	capture_skip(f->capture, n_snapshots);
}

static void on_board(void *ctx, const struct board_info *board)
{
	struct feed *f = ctx;

	capture_set_board(f->capture, board);
}

/* ---- one log ---- */

static uint64_t n_delivered(const struct feed *f)
{
	const struct capture_counts *counts = capture_counts(f->capture);

	return counts->n_dumps + counts->n_samples + counts->n_pools;
}

static int take_memory(struct feed *f, const char *name, const struct strbuf *memory)
{
	const struct blob blob = { .name = name, .bytes = memory->text, .n_bytes = memory->n_bytes };
	struct objects_spec spec = { .name = name, .blob = &blob, .elf = f->elf, .notices = f->notices };
	struct objects_reading reading;
	struct diag diag = { 0 };
	int error = intake_objects(&spec, &reading, &diag);

	if (error < 0)
		notice_at(&f->notices, diag.at, "error", "%s", diag.text);
	else if (vec_push(f, objects, reading.objects) == 0) {
		error = feed_objects(f, &reading, NULL, NOT_KNOWN);
		reading.objects = NULL;
	} else {
		notice_at(&f->notices, (struct place){ 0 }, "error", "out of memory");
		error = -ENOMEM;
	}
	objects_reading_deinit(&reading);
	return error;
}

static int read_log(struct feed *f, const char *name, const struct log_format *format, bool is_named)
{
	struct strbuf memory CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct log_reader r = {
		.name = name,
		.on_event = on_event,
		.on_skipped = on_skipped,
		.on_board = on_board,
		.options = { .on_text = feed_wants_text(f) ? on_text : NULL, .ctx = f },
		.ctx = f,
		.memory = f->takes_memory ? &memory : NULL,
	};
	uint64_t n_dumps = capture_counts(f->capture)->n_dumps, n_before = n_delivered(f);
	struct input_info *input = vec_add(f, inputs);

	if (!input) {
		notice_at(&f->notices, (struct place){ 0 }, "error", "out of memory");
		return -ENOMEM;
	}
	input->name = name;
	f->at_us = NOT_KNOWN;
	f->is_dated = false;
	capture_begin_input(f->capture, is_named ? name : NULL);
	int error = log_read_as(&r, format, &f->notices);
	if (error == 0 && r.is_memory)
		error = take_memory(f, name, &memory);
	capture_end_input(f->capture);
	input->format = r.is_memory ? "memory" : r.decoder ? r.decoder->name : NULL;
	input->n_bytes = r.n_bytes;
	input->n_dumps = capture_counts(f->capture)->n_dumps - n_dumps;
	return error == 0 && !f->is_for_text && n_delivered(f) == n_before ? log_report_no_dump(&r, &f->notices) :
									     error;
}

int feed_logs(struct feed *f, const char *const *names, size_t n, const struct log_format *format)
{
	int ret = 0, error = 0;

	for (size_t i = 0; i < n && error != -EPIPE; i++) {
		error = read_log(f, names[i], format, f->names_inputs || n > 1);
		if (error != -EPIPE && ret == 0)
			ret = error;
	}
	return ret;
}
