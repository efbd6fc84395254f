#include "report/logs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "callers.h"
#include "load.h"
#include "memprof/cli/message.h"
#include "memprof/input/log_reader.h"
#include "memprof/protocol/decoder.h"
#include "objects/sources.h"

static int on_event(void *ctx, struct event *event)
{
	struct document *d = ctx;

	callers_name(d->callers, event);
	capture_event(d->capture, event);
	return d->out->gone ? -EPIPE : 0;
}

static void on_board(void *ctx, const struct board_info *board)
{
	struct document *d = ctx;

	capture_set_board(d->capture, board);
}

static void on_skipped(void *ctx, uint64_t n_snapshots)
{
	struct document *d = ctx;

	capture_skip(d->capture, n_snapshots);
}

static int read_memory(struct document *d, const char *name, const struct strbuf *memory, struct objects **ret)
{
	struct memory_file file = { .n_pieces = 0 };
	int code = objects_of_memory(strbuf_text(memory), memory->n_bytes, name, d->elf, &file, ret);

	memory_file_deinit(&file);
	if (code != EXIT_FINE)
		return -EINVAL;
	int error = objects_to_capture(*ret, d->capture, NULL);
	if (error < 0)
		message_error("out of memory");
	return error;
}

/* Reads one of n inputs into the document. *ret_objects: of a memory file, for as long as the document is made. */
static int read_input(struct document *d, const char *name, size_t n, const struct log_format *format,
		      struct input_info *ret, struct objects **ret_objects)
{
	struct strbuf memory CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct log_reader r = {
		.command = "report",
		.name = name,
		.on_event = on_event,
		.on_skipped = on_skipped,
		.on_board = on_board,
		.ctx = d,
		.memory = &memory,
	};
	const struct capture_counts *counts = capture_counts(d->capture), before = *counts;

	capture_begin_input(d->capture, n > 1 ? name : NULL);
	int error = load_log(&r, format);
	if (error == 0 && r.is_memory)
		error = read_memory(d, name, &memory, ret_objects);
	capture_end_input(d->capture);
	const char *format_name = r.is_memory ? "memory" : r.decoder ? r.decoder->name : NULL;
	*ret = (struct input_info){ name, format_name, r.n_bytes, counts->n_dumps - before.n_dumps };
	if (error == -EPIPE)
		return EXIT_FINE;
	if (error < 0)
		return EXIT_INPUT;
	if (ret->n_dumps == 0 && counts->n_samples + counts->n_pools == before.n_samples + before.n_pools) {
		load_no_dump(&r);
		return EXIT_INPUT;
	}
	return EXIT_FINE;
}

/* The heading of a page. */
static void write_title(struct strbuf *out, const char *const *names, size_t n)
{
	if (n > 1)
		strbuf_printf(out, "%zu logs", n);
	else
		strbuf_puts(out, strcmp(names[0], "-") == 0 ? "standard input" : names[0]);
}

int document_of_logs(struct document *d, const char *const *names, size_t n, const struct log_format *format)
{
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct input_info *inputs = calloc(n, sizeof(*inputs));
	struct objects **objects = calloc(n, sizeof(struct objects *));
	int code = EXIT_FINE;

	write_title(&title, names, n);
	d->title = strbuf_text(&title);
	if (!inputs || !objects || document_begin(d, &(struct capture_options){ .several = n > 1 }) < 0) {
		message_error("out of memory");
		code = EXIT_INPUT;
	} else {
		for (size_t i = 0; i < n && !d->out->gone; i++) {
			int r = read_input(d, names[i], n, format, &inputs[i], &objects[i]);
			code = exit_worse(code, r);
		}
		int r = document_end(d, inputs, n);
		code = exit_worse(code, r);
		document_deinit(d);
	}
	for (size_t i = 0; objects && i < n; i++)
		objects_free(objects[i]);
	free(objects);
	free(inputs);
	return code;
}
