#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "memprof/analysis/boots.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/input/log_reader.h"
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
	{ 0, "collected", NULL, "every dump directly follows a gc.collect()", AS_FLAG(trend, collected) },
	{ 0, "strict", NULL, "exit 2 if any dump is truncated, not only the last", AS_FLAG(trend, strict) },
	OPTIONS_OUTPUT_IN(trend, "text, json or svg (default: text)", "text|json|svg"),
	OPTIONS_SIZES(trend),
	OPTION_END,
};

/* What is followed, of one input or several. */
struct following {
	struct output *out;
	uint64_t from, to; /* dumps, from 1; to: NOT_KNOWN for all */
	const char *pool;  /* NULL: all */
	struct capture *capture;
	struct boots boots;
	uint64_t n_cut; /* of the wanted dumps */
	bool pool_seen, last_cut, ends_cut;
	bool is_agents, is_recorded;       /* an agent sent the dumps; memprof recorded them */
	char other_pool[EVENT_NAME_BYTES]; /* a pool that is not Python's heap, and not wanted; "" */
};

/* ---- reading ---- */

/* Samples and the like belong to the dump that comes next. */
static bool is_wanted(const struct following *f, uint64_t n_dump) { return n_dump >= f->from && n_dump <= f->to; }

static void on_moment(void *ctx, struct moment *m)
{
	struct following *f = ctx;
	bool is_dump = m->kind == MOMENT_SNAPSHOT;

	if (m->kind == MOMENT_POOLS || !is_wanted(f, is_dump ? m->n_dump : m->n_dump + 1))
		return;
	if (is_dump) {
		f->last_cut = m->heap->problem != HEAP_WHOLE;
		f->n_cut += f->last_cut;
	}
	f->pool_seen |= boots_add_moment(&f->boots, m, f->pool);
}

/* A pool that is not Python's heap has a trend of its own, and only if it is asked for. */
static void on_pool(void *ctx, const struct pool_moment *m)
{
	struct following *f = ctx;

	if (!f->pool || strcmp(f->pool, m->pool.name) != 0) {
		if (!f->other_pool[0])
			memcpy(f->other_pool, m->pool.name, sizeof(f->other_pool));
	} else if (is_wanted(f, m->n_dump + 1)) {
		f->pool_seen = true;
		boots_add_pool_moment(&f->boots, m);
	}
}

static void on_failure(void *ctx, const struct capture_failure *failure)
{
	struct following *f = ctx;

	if (is_wanted(f, failure->n_dump_before + 1))
		boots_add_failure(&f->boots, failure);
}

static int on_event(void *ctx, struct event *event)
{
	struct following *f = ctx;

	f->is_agents |= event->kind == EVENT_HELLO;
	capture_event(f->capture, event);
	return boots_error(&f->boots);
}

static void on_skipped(void *ctx, uint64_t n_snapshots)
{
	struct following *f = ctx;

	capture_skip(f->capture, n_snapshots);
}

/* One of n inputs. */
static int read_input(struct following *f, const char *name, size_t n, const struct log_format *format,
		      struct input_info *ret)
{
	struct log_reader r = {
		.command = "trend",
		.name = name,
		.on_event = on_event,
		.on_skipped = on_skipped,
		.ctx = f,
	};
	const struct capture_counts *counts = capture_counts(f->capture);
	uint64_t n_dumps = counts->n_dumps, n_samples = boots_n_samples(&f->boots);

	f->last_cut = false;
	capture_begin_input(f->capture, n > 1 ? name : NULL);
	int error = load_log(&r, format);
	capture_end_input(f->capture);
	f->ends_cut |= f->last_cut;
	f->is_recorded |= r.decoder && strcmp(r.decoder->name, "recording") == 0;
	*ret = (struct input_info){ name, r.decoder ? r.decoder->name : NULL, r.n_bytes, counts->n_dumps - n_dumps };
	if (error < 0)
		return EXIT_INPUT;
	if (ret->n_dumps > 0 || boots_n_samples(&f->boots) > n_samples || f->other_pool[0])
		return EXIT_FINE;
	load_no_dump(&r);
	return EXIT_INPUT;
}

/* ---- the end ---- */

static void write_json(struct following *f, const struct trend_result *result, const struct boot_info *boot,
		       const struct input_info *inputs, size_t n_inputs)
{
	struct verdict verdict;
	struct json j;

	verdict_of(NULL, result, boot, boot->failed.set, &verdict);
	json_init(&j, &f->out->text, false);
	json_object(&j, NULL);
	json_text(&j, "schema", "memprof.trend/1");
	json_array(&j, "inputs");
	for (size_t i = 0; i < n_inputs; i++)
		json_input(&j, NULL, &inputs[i]);
	json_array_end(&j);
	json_trend(&j, result);
	json_boot(&j, boot);
	json_verdict(&j, "judged", &verdict); /* "verdict" is the older string */
	json_object_end(&j);
}

/* What was left out, and why. The exit code. */
static int warn_losses(const struct following *f, const char *name, bool strict)
{
	const struct timeline *timeline = capture_timeline(f->capture);
	const struct boots_losses losses = boots_losses(&f->boots);
	uint64_t n_dumps = capture_counts(f->capture)->n_dumps;
	struct place at = { .file = name };

	if (f->n_cut > 0)
		message_at(at, "warning",
			   "%" PRIu64 " of %" PRIu64
			   " dumps %s not whole: of these the board's"
			   " own figures count",
			   f->n_cut, n_dumps, f->n_cut == 1 ? "is" : "are");
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
	return f->ends_cut || (strict && f->n_cut > 0) ? EXIT_INPUT : EXIT_FINE;
}

static int report_nothing_left(const struct following *f, const char *name)
{
	uint64_t n_dumps = capture_counts(f->capture)->n_dumps;
	struct place at = { .file = name };

	if (n_dumps == 0 && !f->pool && !f->other_pool[0])
		return EXIT_INPUT; /* said already, by the input */
	if (f->pool && !f->pool_seen)
		message_at(at, "error", "there is no pool '%s' in it", f->pool);
	else if (n_dumps == 0 && !f->pool)
		message_at(at, "error", "Python's heap is not in it, but others are; try --pool %s", f->other_pool);
	else if (n_dumps < f->from)
		message_at(at, "error", "there is no dump %" PRIu64 "; it has %" PRIu64, f->from, n_dumps);
	else
		message_at(at, "error", "its dumps tell neither what is used nor what is free");
	return EXIT_INPUT;
}

static void write_text(struct following *f, const char *name, const struct trend_result *result,
		       const struct boot_info *boot)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	enum trend_of of = f->is_agents ? TREND_OF_AGENT : f->is_recorded ? TREND_OF_RECORDING : TREND_OF_LOG;

	text_trend(&f->out->text, name, of, result, &f->out->style);
	text_boot(&text, boot, &f->out->style);
	if (text.n_bytes > 0)
		strbuf_printf(&f->out->text, "\n%s", strbuf_text(&text));
}

static int finish(struct following *f, const struct input_info *inputs, size_t n_inputs, bool strict)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct trend_result result;
	struct boot_info boot;

	if (boots_work_out(&f->boots, &result, &boot) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	int code = warn_losses(f, inputs[0].name, strict);
	if (n_inputs > 1)
		strbuf_printf(&name, "%zu logs", n_inputs);
	else
		strbuf_puts(&name, inputs[0].name);
	if (result.n_samples == 0)
		code = exit_worse(code, report_nothing_left(f, inputs[0].name));
	if (f->out->format == OUTPUT_JSON)
		write_json(f, &result, &boot, inputs, n_inputs);
	else if (f->out->format == OUTPUT_SVG && result.n_samples > 0)
		svg_trend(&f->out->text, strbuf_text(&name), &result);
	else if (result.n_samples > 0)
		write_text(f, strbuf_text(&name), &result, &boot);
	output_drain(f->out);
	trend_result_deinit(&result);
	return code;
}

static int trend_run(const struct options *options)
{
	const struct trend_args *args = options->values;
	size_t n = (size_t)options->n_args;
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	struct following f = { .from = args->range.from, .to = args->range.to, .pool = args->pool };
	struct output out;
	int code = EXIT_FINE;

	if (load_check_range(&args->range) < 0 || load_log_format(&args->log, &format) < 0 ||
	    output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	struct input_info *inputs = calloc(n, sizeof(*inputs));
	const struct capture_subscriber subscriber = {
		.on_moment = on_moment,
		.on_pool = on_pool,
		.on_failure = on_failure,
		.ctx = &f,
	};
	f.capture = capture_new(&(struct capture_options){ .several = n > 1 }, &subscriber);
	if (!inputs || !f.capture) {
		free(inputs);
		capture_free(f.capture);
		message_error("out of memory");
		return output_close(&out, EXIT_INPUT);
	}
	f.out = &out;
	capture_set_collected(f.capture, args->collected);
	for (size_t i = 0; i < n; i++)
		code = exit_worse(code, read_input(&f, options->args[i], n, &format, &inputs[i]));
	code = exit_worse(code, finish(&f, inputs, n, args->strict));
	boots_deinit(&f.boots);
	capture_free(f.capture);
	free(inputs);
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
