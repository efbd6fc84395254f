/* trend: whether the heap of a log leaks, and when nothing will be left of it. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "load.h"
#include "memprof/analysis/boots.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/feed/feed.h"
#include "memprof/sinks/output_document.h"
#include "memprof/viewers/trend_view.h"
#include "memprof/viewers/view.h"

struct trend_args {
	struct output_args output;
	struct log_args log;
	struct range_args range;
	const char *pool;
	bool collected, strict;
};

static const struct option_spec trend_options[] = {
	OPTION_GROUP("Input"),
	OPTIONS_INPUT(trend),
	OPTIONS_DUMP_RANGE(trend),
	{ 0, "pool", "POOL", "this pool only; also pools that are not Python's", AS_NAME(trend, pool) },
	{ 0, "collected", NULL, "the log calls gc.collect() before each dump", AS_FLAG(trend, collected) },
	{ 0, "strict", NULL, "exit 2 if any dump is truncated, not only the last", AS_FLAG(trend, strict) },
	OPTIONS_OUTPUT_IN(trend, "text, json, html, svg or markdown", "text|json|html|svg|markdown"),
	OPTIONS_SIZES(trend),
	OPTION_END,
};

/* What is followed, of one input or several. */
struct following {
	struct output *out;
	struct feed feed;
	struct boots boots;
	uint64_t from; /* --from */
};

/* ---- the end ---- */

static void write_json(struct following *f, const struct trend_result *result, const struct boot_info *boot)
{
	struct verdict verdict;
	struct json j = { .out = &f->out->text };

	verdict_of(NULL, result, boot, boot->failed.set, &verdict);
	json_object(&j, NULL);
	json_text(&j, "schema", "memprof.trend/1");
	json_array(&j, "inputs");
	for (size_t i = 0; i < f->feed.n_inputs; i++)
		json_input(&j, NULL, &f->feed.inputs[i]);
	json_array_end(&j);
	json_trend(&j, result);
	json_boot(&j, boot);
	json_verdict(&j, "judged", &verdict); /* "verdict" is the older string */
	json_object_end(&j);
}

/* What was left out, and why. The exit code. */
static int warn_losses(const struct following *f, const char *name, bool strict)
{
	const struct timeline *timeline = capture_timeline(f->feed.capture);
	const struct boots_losses losses = boots_losses(&f->boots);
	uint64_t n_dumps = capture_counts(f->feed.capture)->n_dumps;
	struct place at = { .file = name };
	int code = load_warn_cut(&f->feed, name, strict);

	if (losses.n_cut_without > 0)
		message_at(at, "warning", "in %" PRIu64 " of them nothing tells the largest free block",
			   losses.n_cut_without);
	if (losses.n_without > 0)
		message_at(at, "warning",
			   "%" PRIu64 " of %" PRIu64
			   " dumps tell neither what is used nor what"
			   " is free, and are left out",
			   losses.n_without, n_dumps);
	for (int i = 0; i < N_UNTIMED; i++)
		if (timeline_reason(timeline, (enum untimed)i))
			message_at(at, "warning", "%s, so times are not used",
				   timeline_reason(timeline, (enum untimed)i));
	if (losses.backwards)
		message_at(at, "warning", "times go backwards, so they are not used%s",
			   timeline->several ? "; give the oldest log first" : "");
	return code;
}

static int report_nothing_left(const struct following *f, const char *name)
{
	const struct capture_counts *counts = capture_counts(f->feed.capture);
	const char *pool = f->boots.pool;
	uint64_t n_dumps = counts->n_dumps;
	struct place at = { .file = name };

	if (n_dumps + counts->n_samples + counts->n_pools == 0 && !pool)
		return EXIT_INPUT; /* said already, by the input */
	if (pool && !f->boots.pool_seen)
		message_at(at, "error", "there is no pool '%s' in it; memprof report lists them", pool);
	else if (n_dumps == 0 && !pool && f->boots.other_pool[0])
		message_at(at, "error", "Python's heap is not in it, but others are; try --pool %s",
			   f->boots.other_pool);
	else if (n_dumps < f->from)
		message_at(at, "error", "there is no dump %" PRIu64 "; it has %" PRIu64, f->from, n_dumps);
	else
		message_at(at, "error", "its dumps tell neither what is used nor what is free");
	return EXIT_INPUT;
}

/* What sent the dumps: an agent, or memprof when it recorded them. */
static enum trend_of origin(const struct following *f)
{
	enum trend_of of = TREND_OF_LOG;

	for (size_t i = 0; i < f->feed.n_inputs; i++)
		if (f->feed.inputs[i].format && strcmp(f->feed.inputs[i].format, "recording") == 0)
			of = TREND_OF_RECORDING;
	return capture_agent(f->feed.capture)->greeted ? TREND_OF_AGENT : of;
}

static void write_document(struct following *f, const struct trend_view *view)
{
	struct document d CLEANUP(doc_deinit);

	document_trend(&d, view);
	output_document(f->out, &d);
}

static int finish(struct following *f, const char *first, size_t n_inputs, bool strict)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct trend_result result;
	struct boot_info boot;

	if (timeline_overlaps(capture_timeline(f->feed.capture))) {
		message_error(
			"the times of these logs overlap, so they are of several boards: memprof leaks judges each"
			" by itself");
		return EXIT_INPUT;
	}
	f->boots.no_mem_info = board_lacks_mem_info(capture_last_board(f->feed.capture));
	if (boots_work_out(&f->boots, &result, &boot) < 0)
		return load_exit(-ENOMEM, NULL);
	int code = warn_losses(f, first, strict);
	if (n_inputs > 1)
		strbuf_printf(&name, "%zu logs", n_inputs);
	else
		strbuf_puts(&name, first);
	if (result.n_samples == 0)
		code = exit_worse(code, report_nothing_left(f, first));
	if (f->out->format == OUTPUT_JSON)
		write_json(f, &result, &boot);
	else if (result.n_samples > 0)
		write_document(f, &(struct trend_view){ strbuf_text(&name), origin(f), &result, &boot,
							.has_failed = boot.failed.set });
	output_drain(f->out);
	trend_result_deinit(&result);
	return code;
}

static int trend_run(const struct options *options)
{
	const struct trend_args *args = options->values;
	size_t n = (size_t)options->n_args;
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	struct output out;
	struct following f = {
		.out = &out,
		.feed = { .notices = message_notices },
		.boots = { .pool = args->pool },
		.from = args->range.from,
	};
	const struct capture_options wanted = { .several = n > 1, .from = args->range.from, .to = args->range.to };
	const struct sink sink = boots_sink(&f.boots);
	int code = EXIT_INPUT;

	if (load_check_range(&args->range) < 0 || load_log_format(&args->log, &format) < 0 ||
	    output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	if (feed_open(&f.feed, &wanted, &sink, 1) == 0) {
		capture_set_collected(f.feed.capture, args->collected);
		code = feed_logs(&f.feed, (const char *const *)options->args, n, &format) < 0 ? EXIT_INPUT : EXIT_FINE;
		code = exit_worse(code, finish(&f, options->args[0], n, args->strict));
	} else {
		message_error("out of memory");
	}
	boots_deinit(&f.boots);
	feed_close(&f.feed);
	return output_close(&out, code);
}

const struct command command_trend = {
	.name = "trend",
	.usage = "[OPTIONS] FILE...|-",
	.summary = "show whether the heap leaks or fragments over time",
	.group = GROUP_FILES,
	.options = trend_options,
	.args_bytes = sizeof(struct trend_args),
	.common = { "pool", "from", "to", "json", "output" },
	.examples = { "memprof trend night.log", "memprof trend --json monday.log tuesday.log" },
	.run = trend_run,
};
