/* view: a saved log on the full screen, from its worst moment on; or an allocation profile. */
#include <errno.h>

#include "callers.h"
#include "heap_options.h"
#include "load.h"
#include "memprof/analysis/boots.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/feed/feed.h"
#include "memprof/input/kinds.h"
#include "memprof/io/clock.h"
#include "memprof/sinks/watch.h"
#include "profiles.h"

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
	struct feed feed;
	struct history_feed history;
	struct boots boots;
	struct callers callers;
	struct objects_report report;
};

static struct objects *objects_of(const struct viewing *v) { return v->feed.n_objects ? v->feed.objects[0] : NULL; }

/* 0, or negative after a message. */
static int read_file(struct viewing *v, const char *name, const struct log_format *format)
{
	struct place at = { .file = name };
	int error = feed_logs(&v->feed, &name, 1, format);

	if (error < 0)
		return error;
	if (objects_of(v) && objects_report(objects_of(v), &v->report) < 0) {
		message_error("out of memory");
		return -ENOMEM;
	}
	if (console_n_all(v->history.console) == 0) { /* there is no panel for nothing */
		console_free(v->history.console);
		v->history.console = NULL;
	}
	v->history.board = *capture_last_board(v->feed.capture);
	const struct timeline *timeline = capture_timeline(v->feed.capture);
	for (int i = 0; i < N_UNTIMED; i++)
		if (timeline_reason(timeline, (enum untimed)i))
			message_at(at, "warning", "%s, so some moments have no time",
				   timeline_reason(timeline, (enum untimed)i));
	if (timeline->went_back)
		message_at(at, "warning", "times go backwards; where they do, no rate is computed");
	return 0;
}

static int show_log(const struct watch_options *options, const struct viewing *v, const char *name)
{
	const struct tui_objects objects = { objects_of(v), &v->report, NULL, NOT_KNOWN };
	struct diag diag = { 0 };

	if (terminal_check(&diag) < 0) {
		message_error("%s; memprof report %s prints the figures as text", diag.text, name);
		return EXIT_INPUT;
	}
	struct watch *watch = watch_new(options);
	if (watch) {
		watch_link(watch, TUI_REPLAY, "");
		if (objects.objects)
			tui_set_objects(watch_tui(watch), &objects);
		tui_show_worst(watch_tui(watch), clock_now_us());
	}
	return watch_show(watch);
}

static int view_file(struct watch_options *watch, const struct view_args *args, const char *name,
		     const struct log_format *format)
{
	struct viewing v = { .feed = { .notices = message_notices, .takes_memory = true, .elf = args->elf } };
	const struct sink sinks[] = { callers_sink(&v.callers), boots_sink(&v.boots), history_feed_sink(&v.history) };
	int code = EXIT_INPUT;

	if (callers_open(&v.callers, args->elf) < 0)
		return EXIT_INPUT;
	watch->feed = &v.history;
	watch->boots = &v.boots;
	if (history_feed_init(&v.history, (size_t)args->history_bytes, false, true) < 0 ||
	    feed_open(&v.feed, &(struct capture_options){ .live = false }, sinks, ARRAY_SIZE(sinks)) < 0)
		message_error("out of memory");
	else if (read_file(&v, name, format) == 0)
		code = show_log(watch, &v, name);
	objects_report_deinit(&v.report);
	history_feed_deinit(&v.history);
	boots_deinit(&v.boots);
	feed_close(&v.feed);
	callers_close(&v.callers);
	return code;
}

/* ---- a profile ---- */

static int show_profile(const struct watch_options *options, const struct sites_view *view)
{
	const struct tui_profile_options profile_options = { view, options->style->utf8 };
	struct tui_profile *profile = tui_profile_new(&profile_options);
	struct watch *watch = profile ? watch_new_screen(options, &tui_screen_profile, profile) : NULL;
	int code = watch_show(watch);

	tui_profile_free(profile);
	return code;
}

static int view_profile(const struct watch_options *watch, const char *path, const char *sources)
{
	struct sites sites = { .n_nodes = 0 };
	struct sites_sources found = { .n_sources = 0 };
	struct diag diag = { 0 };
	int code = EXIT_INPUT;

	bool is_read = profile_load(path, &sites) == EXIT_FINE;
	if (is_read && terminal_check(&diag) < 0) {
		message_error("%s; memprof sites %s prints the profile as text", diag.text, path);
	} else if (is_read) {
		sites_sources_read(&found, &sites, path, sources);
		code = show_profile(watch, &(struct sites_view){ .sites = &sites,
								 .title = path,
								 .sources = found.sources,
								 .n_sources = found.n_sources });
	}
	sites_sources_deinit(&found);
	sites_deinit(&sites);
	return code;
}

static int view_run(const struct options *options)
{
	const char *name = options->args[0];
	const struct view_args *args = options->values;
	struct output out;
	struct watch_options watch = { .style = &out.style, .mouse = !args->no_mouse };
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	enum input_kind kind;

	if (load_log_format(&args->log, &format) < 0 || report_options_read(&args->heap, &watch.report) < 0 ||
	    output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	watch.source = name;
	if (MESSAGE_ON(input_kind_read, name, &kind) < 0)
		return output_close(&out, EXIT_INPUT);
	if (kind == INPUT_PROFILE)
		return output_close(&out, view_profile(&watch, name, args->sources));
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
