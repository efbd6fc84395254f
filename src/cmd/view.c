/* view: a saved log on the full screen, from its worst moment on; or an allocation profile. */
#include <errno.h>
#include <string.h>

#include "attach/watch.h"
#include "callers.h"
#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/input/kinds.h"
#include "memprof/input/log_reader.h"
#include "objects/sources.h"
#include "report/document.h"
#include "sites/view.h"

struct view_args {
	struct output_args output;
	struct log_args log;
	struct heap_args heap;
	const char *elf, *sources;
	uint64_t history_bytes;
	bool no_mouse;
};

static const struct option_spec view_options[] = {
	OPTION_GROUP("Input"),
	OPTIONS_INPUT(view),
	OPTION_ELF(view),
	OPTION_GROUP("Contents"),
	OPTION_CULPRITS(view, "mark the N runs most in the way"),
	{ 0, "sources", "DIR", "where a profile's program files are (default: beside it)", AS_NAME(view, sources) },
	OPTION_GROUP("Screen"),
	OPTIONS_SCREEN(view),
	OPTION_COLOR(view),
	OPTION_END,
};

struct viewing {
	struct history_feed feed;
	struct boots boots;
	struct callers callers;
	struct capture *capture;
	struct objects *objects; /* of a memory file; NULL */
	struct objects_report report;
	const char *elf;
};

static void on_moment(void *ctx, struct moment *moment)
{
	struct viewing *v = ctx;

	boots_add_moment(&v->boots, moment, NULL);
	history_feed_moment(&v->feed, moment); /* takes the heap */
}

static void on_failure(void *ctx, const struct capture_failure *failure)
{
	struct viewing *v = ctx;

	boots_add_failure(&v->boots, failure);
}

static void on_board_event(void *ctx, const struct board_event *event)
{
	struct viewing *v = ctx;

	history_feed_board_event(&v->feed, event);
}

static int on_event(void *ctx, struct event *event)
{
	struct viewing *v = ctx;

	callers_name(&v->callers, event);
	capture_event(v->capture, event);
	return v->feed.out_of_memory ? -ENOMEM : boots_error(&v->boots);
}

static void on_text(void *ctx, const char *bytes, size_t n_bytes)
{
	struct viewing *v = ctx;

	history_feed_text(&v->feed, bytes, n_bytes);
}

/* 0, or -EINVAL after a message. */
static int read_memory(struct viewing *v, const char *name, const struct strbuf *memory)
{
	struct memory_file file = { .n_pieces = 0 };
	int code = objects_of_memory(strbuf_text(memory), memory->n_bytes, name, v->elf, &file, &v->objects);

	memory_file_deinit(&file);
	if (code != EXIT_FINE)
		return -EINVAL;
	int error = objects_report(v->objects, &v->report);
	if (error == 0)
		error = objects_to_capture(v->objects, v->capture, NULL);
	if (error < 0)
		message_error("out of memory");
	return error;
}

static void on_board(void *ctx, const struct board_info *board)
{
	struct viewing *v = ctx;

	capture_set_board(v->capture, board);
}

static void on_skipped(void *ctx, uint64_t n_snapshots)
{
	struct viewing *v = ctx;

	capture_skip(v->capture, n_snapshots);
}

/* 0, or -EINVAL after a message. */
static int read_file(struct viewing *v, const char *name, const struct log_format *format)
{
	struct strbuf memory CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct log_reader r = {
		.command = "view",
		.name = name,
		.options = { .on_text = on_text, .ctx = v },
		.on_event = on_event,
		.on_skipped = on_skipped,
		.on_board = on_board,
		.ctx = v,
		.memory = &memory,
	};
	struct place at = { .file = name };
	int error = load_log(&r, format);

	if (error == 0 && r.is_memory)
		error = read_memory(v, name, &memory);
	capture_end_input(v->capture);
	if (console_n_all(v->feed.console) == 0) { /* there is no panel for nothing */
		console_free(v->feed.console);
		v->feed.console = NULL;
	}
	v->feed.board = *capture_last_board(v->capture);
	size_t n = history_n(v->feed.history);
	if (error == 0 && n == 0)
		load_no_dump(&r);
	for (int i = 0; i < N_UNTIMED && n > 0; i++)
		if (timeline_reason(capture_timeline(v->capture), (enum untimed)i))
			message_at(at, "warning", "%s, so some moments have no time",
				   timeline_reason(capture_timeline(v->capture), (enum untimed)i));
	if (capture_timeline(v->capture)->went_back && n > 0)
		message_at(at, "warning", "times go backwards; where they do, no rate is computed");
	return error < 0 || n == 0 ? -EINVAL : 0;
}

static int show(const struct watch_options *options, const struct viewing *v, const char *name)
{
	const struct tui_objects objects = { v->objects, &v->report, NULL, NOT_KNOWN };
	struct diag diag = { 0 };
	int code = EXIT_INPUT;

	if (terminal_check(&diag) < 0) {
		message_error("%s; memprof report %s prints the figures as text", diag.text, name);
		return EXIT_INPUT;
	}
	struct watch *watch = watch_new(options);
	if (!watch) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	watch_link(watch, TUI_REPLAY, "");
	if (v->objects)
		watch_objects(watch, &objects);
	watch_show_worst(watch);
	if (watch_open(watch, &diag) < 0)
		message_diag(&diag);
	else if (watch_stay(watch) < 0)
		message_error("out of memory");
	else
		code = EXIT_FINE;
	watch_free(watch);
	return code;
}

static int view_file(struct watch_options *watch, const struct view_args *args, const char *name,
		     const struct log_format *format)
{
	struct viewing v = { .elf = args->elf };
	const struct capture_subscriber subscriber = {
		.on_moment = on_moment,
		.on_board_event = on_board_event,
		.on_failure = on_failure,
		.ctx = &v,
	};
	int code = EXIT_INPUT;

	if (callers_open(&v.callers, args->elf) < 0)
		return EXIT_INPUT;
	v.capture = capture_new(&(struct capture_options){ .live = false }, &subscriber);
	if (!v.capture || history_feed_init(&v.feed, (size_t)args->history_bytes, false, true) < 0) {
		capture_free(v.capture);
		callers_close(&v.callers);
		message_error("out of memory");
		return EXIT_INPUT;
	}
	watch->feed = &v.feed;
	watch->boots = &v.boots;
	if (read_file(&v, name, format) == 0)
		code = show(watch, &v, name);
	objects_report_deinit(&v.report);
	objects_free(v.objects);
	history_feed_deinit(&v.feed);
	boots_deinit(&v.boots);
	capture_free(v.capture);
	callers_close(&v.callers);
	return code;
}

static int view_run(const struct options *options)
{
	const char *name = options->args[0];
	const struct view_args *args = options->values;
	struct watch_options watch = { .mouse = !args->no_mouse };
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	enum input_kind kind;
	struct diag diag = { 0 };
	struct output out;

	if (load_log_format(&args->log, &format) < 0 || report_options_read(&args->heap, &watch.report) < 0 ||
	    output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	watch.utf8 = out.style.utf8;
	watch.color = out.style.color;
	watch.theme = out.style.theme;
	watch.source = strcmp(name, "-") == 0 ? "standard input" : name;
	if (input_kind_read(name, &kind, &diag) < 0) {
		message_diag(&diag);
		return output_close(&out, EXIT_INPUT);
	}
	if (kind == INPUT_PROFILE)
		return output_close(&out, sites_view_file(&watch, name, args->sources));
	if (args->sources) {
		message_error("--sources is for profiles of memprof sites, and %s is none", name);
		return output_close(&out, EXIT_INPUT);
	}
	return output_close(&out, view_file(&watch, args, name, &format));
}

const struct command command_view = {
	.name = "view",
	.usage = "[OPTIONS] FILE|-",
	.summary = "browse a saved log or profile in the full-screen view",
	.group = GROUP_FILES,
	.options = view_options,
	.args_bytes = sizeof(struct view_args),
	.common = { "figures", "elf", "sources", "theme", "no-mouse" },
	.examples = { "memprof view night.log" },
	.run = view_run,
};
