#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/analysis/boots.h"
#include "memprof/base/number.h"
#include "memprof/capture/timeline.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/input/log_reader.h"

static const struct option_spec trend_options[] = {
	OPTION_GROUP("What to read"),
	OPTION_INPUT,
	{ 0, "from", "N", "leave out what comes before dump N" },
	{ 0, "to", "N", "leave out what comes after dump N" },
	{ 0, "pool", "POOL", "this heap alone, also one that is not Python's" },
	{ 0, "collected", NULL, "each dump was made right after gc.collect()" },
	{ 0, "strict", NULL, "exit 2 if any dump is cut, not only the last" },
	OPTIONS_OUTPUT_IN("text, json or svg (default: text)", "text|json|svg"),
	OPTION_END
};

/* One history, from one input or several. */
struct history {
	struct output *out;
	uint64_t from, to; /* dumps, from 1; to: NOT_KNOWN for all */
	const char *pool;  /* NULL: all */
	bool collected;
	struct timeline timeline;
	struct boots boots;
	uint64_t n_dumps, n_cut;
	bool pool_seen, last_cut, ended_cut;
	char other[EVENT_NAME_BYTES]; /* a heap that is not Python's, and not wanted; "" */
};

/* ---- reading ---- */

static bool is_wanted(const struct history *h, uint64_t n_dump) { return n_dump >= h->from && n_dump <= h->to; }

static void add_snapshot(struct history *h, const struct event *event)
{
	const struct heap *heap = event->snapshot.heap;
	uint64_t at_us = timeline_at(&h->timeline, event);

	h->n_dumps++;
	if (!is_wanted(h, h->n_dumps))
		return;
	h->last_cut = heap->problem != HEAP_WHOLE;
	h->n_cut += h->last_cut;
	if (!h->pool) {
		boots_add_heap(&h->boots, heap, at_us, h->collected);
		return;
	}
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		if (strcmp(heap->pools[i].name, h->pool) != 0)
			continue;
		struct heap one = *heap; /* the same heap, seen through a window of one pool */
		one.pools = &heap->pools[i];
		one.n_pools = 1;
		h->pool_seen = true;
		boots_add_heap(&h->boots, &one, at_us, h->collected);
	}
}

static void add_sample(struct history *h, const struct event *event)
{
	if (!is_wanted(h, h->n_dumps + 1) || (h->pool && strcmp(h->pool, "gc") != 0))
		return;
	h->pool_seen = true;
	boots_add_sample(&h->boots, event, timeline_at(&h->timeline, event), h->collected);
}

/* A heap that is not Python's has a trend of its own, and only if it is asked for. */
static void add_pool(struct history *h, const struct event *event)
{
	if (!h->pool || strcmp(h->pool, event->pool.name) != 0) {
		if (!h->other[0])
			memcpy(h->other, event->pool.name, sizeof(h->other));
		return;
	}
	if (!is_wanted(h, h->n_dumps + 1))
		return;
	h->pool_seen = true;
	boots_add_pool(&h->boots, &event->pool, timeline_at(&h->timeline, event));
}

static int on_event(void *of, struct event *event)
{
	struct history *h = of;

	if (event->kind == EVENT_SNAPSHOT)
		add_snapshot(h, event);
	else if (event->kind == EVENT_SAMPLE)
		add_sample(h, event);
	else if (event->kind == EVENT_POOL)
		add_pool(h, event);
	else if (event->kind == EVENT_FAILED && is_wanted(h, h->n_dumps + 1))
		boots_add_failure(&h->boots, event, timeline_peek(&h->timeline, event));
	else if (event->kind == EVENT_RESET)
		boots_reset(&h->boots);
	return boots_error(&h->boots);
}

static int read_input(struct history *h, const char *name, const struct decoder *decoder, struct input_info *ret)
{
	struct reading r = { .command = "trend", .name = name, .decoder = decoder, .on_event = on_event, .of = h };
	uint64_t n_dumps = h->n_dumps, n_samples = boots_n_samples(&h->boots);
	struct diag diag = { 0 };

	h->last_cut = false;
	timeline_next(&h->timeline);
	int error = reading_run(&r, &diag);
	h->ended_cut |= h->last_cut;
	*ret = (struct input_info){ name, r.decoder ? r.decoder->name : NULL, r.n_bytes, h->n_dumps - n_dumps };
	if (error == -ENOMEM && boots_error(&h->boots)) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	if (error < 0) {
		if (!diag.at.file)
			diag.at.file = name;
		message_diag(&diag);
		return EXIT_INPUT;
	}
	if (ret->n_dumps > 0 || boots_n_samples(&h->boots) > n_samples || h->other[0])
		return EXIT_FINE;
	reading_say_no_dump(&r);
	return EXIT_INPUT;
}

/* ---- the end ---- */

static void write_json(struct history *h, const struct trend_result *result, const struct boot_info *boot,
		       const struct input_info *inputs, size_t n_inputs)
{
	struct json j;

	json_init(&j, &h->out->text, false);
	json_object(&j, NULL);
	json_text(&j, "schema", "memprof.trend/1");
	json_array(&j, "inputs");
	for (size_t i = 0; i < n_inputs; i++)
		json_input(&j, NULL, &inputs[i]);
	json_array_end(&j);
	json_trend(&j, result);
	json_boot(&j, boot);
	json_object_end(&j);
}

/* What was left out, and why. The exit code. */
static int say_losses(const struct history *h, const char *name, bool strict)
{
	struct place at = { .file = name };

	if (h->n_cut > 0)
		message_at(at, "warning",
			   "%" PRIu64 " of %" PRIu64
			   " dumps %s not whole: of these the board's"
			   " own figures count",
			   h->n_cut, h->n_dumps, h->n_cut == 1 ? "is" : "are");
	if (h->boots.n_cut_without > 0)
		message_at(at, "warning", "in %" PRIu64 " of them nothing tells the largest free block",
			   h->boots.n_cut_without);
	if (h->boots.n_without > 0)
		message_at(at, "warning",
			   "%" PRIu64 " of %" PRIu64
			   " dumps tell neither what is used nor what"
			   " is free, and are left out",
			   h->boots.n_without, h->n_dumps);
	for (int i = 0; i < N_UNTIMED; i++)
		if (timeline_reason(&h->timeline, (enum untimed)i))
			message_at(at, "warning", "%s, so times are not used",
				   timeline_reason(&h->timeline, (enum untimed)i));
	if (h->boots.backwards)
		message_at(at, "warning", "times go backwards, so they are not used%s",
			   h->timeline.several ? "; give the oldest log first" : "");
	return h->ended_cut || (strict && h->n_cut > 0) ? EXIT_INPUT : EXIT_FINE;
}

static int say_nothing_left(const struct history *h, const char *name)
{
	struct place at = { .file = name };

	if (h->n_dumps == 0 && !h->pool && !h->other[0])
		return EXIT_INPUT; /* said already, by the input */
	if (h->pool && !h->pool_seen)
		message_at(at, "error", "there is no pool '%s' in it", h->pool);
	else if (h->n_dumps == 0 && !h->pool)
		message_at(at, "error", "Python's heap is not in it, but others are; try --pool %s", h->other);
	else if (h->n_dumps < h->from)
		message_at(at, "error", "there is no dump %" PRIu64 "; it has %" PRIu64, h->from, h->n_dumps);
	else
		message_at(at, "error", "its dumps tell neither what is used nor what is free");
	return EXIT_INPUT;
}

static void write_text(struct history *h, const char *name, const struct trend_result *result,
		       const struct boot_info *boot)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_trend(&h->out->text, name, TREND_OF_LOG, result, &h->out->style);
	text_boot(&text, boot, &h->out->style);
	if (text.n_bytes > 0)
		strbuf_printf(&h->out->text, "\n%s", strbuf_text(&text));
}

static int finish(struct history *h, const struct input_info *inputs, size_t n_inputs, bool strict)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct trend_result result;
	struct boot_info boot;

	if (boots_work_out(&h->boots, &result, &boot) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	int code = say_losses(h, inputs[0].name, strict);
	if (n_inputs > 1)
		strbuf_printf(&name, "%zu logs", n_inputs);
	else
		strbuf_puts(&name, inputs[0].name);
	if (result.n_samples == 0)
		code = exit_worse(code, say_nothing_left(h, inputs[0].name));
	if (h->out->format == OUTPUT_JSON)
		write_json(h, &result, &boot, inputs, n_inputs);
	else if (h->out->format == OUTPUT_SVG && result.n_samples > 0)
		svg_trend(&h->out->text, strbuf_text(&name), &result);
	else if (result.n_samples > 0)
		write_text(h, strbuf_text(&name), &result, &boot);
	output_drain(h->out);
	trend_result_deinit(&result);
	return code;
}

/* ---- options ---- */

static int read_dump_number(const struct options *options, const char *name, uint64_t otherwise, uint64_t *ret)
{
	const char *value = option_value(options, name);

	*ret = otherwise;
	if (!value || (number_parse(value, ret) == 0 && *ret > 0))
		return 0;
	message_error("--%s takes the number of a dump, from 1, not '%s'", name, value);
	return -EINVAL;
}

static int read_options(const struct options *options, struct history *h)
{
	if (read_dump_number(options, "from", 1, &h->from) < 0 ||
	    read_dump_number(options, "to", NOT_KNOWN, &h->to) < 0)
		return -EINVAL;
	if (h->from > h->to) {
		message_error("--from %" PRIu64 " comes after --to %" PRIu64, h->from, h->to);
		return -EINVAL;
	}
	h->pool = option_value(options, "pool");
	h->collected = option_is(options, "collected");
	h->timeline.several = options->n_args > 1;
	return 0;
}

static int trend_run(const struct options *options)
{
	size_t n = (size_t)options->n_args;
	const struct decoder *decoder;
	struct history h = { 0 };
	struct output out;
	int code = EXIT_FINE;

	if (n == 0) {
		message_error("trend needs a FILE, or - for standard input; see memprof trend --help");
		return EXIT_INPUT;
	}
	if (read_options(options, &h) < 0 || reading_decoder(options, &decoder) < 0 || output_open(&out, options) < 0)
		return EXIT_INPUT;
	struct input_info *inputs = calloc(n, sizeof(*inputs));
	if (!inputs) {
		message_error("out of memory");
		return output_close(&out, EXIT_INPUT);
	}
	h.out = &out;
	for (size_t i = 0; i < n; i++)
		code = exit_worse(code, read_input(&h, options->args[i], decoder, &inputs[i]));
	code = exit_worse(code, finish(&h, inputs, n, option_is(options, "strict")));
	boots_deinit(&h.boots);
	free(inputs);
	return output_close(&out, code);
}

const struct command command_trend = {
	.name = "trend",
	.usage = "[OPTIONS] FILE...|-",
	.says = "tell whether the heap leaks or fragments over time",
	.group = GROUP_FILES,
	.options = trend_options,
	.examples = { "memprof trend night.log", "memprof trend --json monday.log tuesday.log" },
	.run = trend_run,
};
