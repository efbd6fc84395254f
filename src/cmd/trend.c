#include "memprof/trend.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "memprof/number.h"
#include "message.h"
#include "output.h"
#include "reading.h"
#include "timeline.h"

static const struct option_spec trend_options[] = {
	OPTION_GROUP("What to read"),
	{ 0, "input", "FORMAT", "mem-info or stream (default: by content)" },
	{ 0, "from", "N", "leave out what comes before dump N" },
	{ 0, "to", "N", "leave out what comes after dump N" },
	{ 0, "pool", "NAME", "this pool alone (default: all)" },
	{ 0, "collected", NULL, "each dump was made right after gc.collect()" },
	{ 0, "strict", NULL, "exit 2 if any dump is cut, not only the last" },
	OPTIONS_OUTPUT,
	OPTION_END
};

/* One history, from one input or several. */
struct history {
	struct output *out;
	uint64_t from, to;              /* dumps, from 1; to: NOT_KNOWN for all */
	const char *pool;               /* NULL: all */
	bool collected;
	struct timeline timeline;
	struct trend trend;
	uint64_t n_dumps, n_cut;
	bool pool_seen, last_cut, ended_cut;
};

/* ---- reading ---- */

static bool is_wanted(const struct history *h, uint64_t n_dump)
{
	return n_dump >= h->from && n_dump <= h->to;
}

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
		trend_add_heap(&h->trend, heap, at_us, h->collected);
		return;
	}
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		if (strcmp(heap->pools[i].name, h->pool) != 0)
			continue;
		struct heap one = *heap;        /* the same heap, seen through a window of one pool */
		one.pools = &heap->pools[i];
		one.n_pools = 1;
		h->pool_seen = true;
		trend_add_heap(&h->trend, &one, at_us, h->collected);
	}
}

static void add_sample(struct history *h, const struct event *event)
{
	struct trend_sample sample = { timeline_at(&h->timeline, event), NOT_KNOWN, event->sample.used_bytes,
				       event->sample.free_bytes, event->sample.largest_free_bytes,
				       h->collected };

	if (!is_wanted(h, h->n_dumps + 1) || (h->pool && strcmp(h->pool, "gc") != 0))
		return;
	if (sample.used_bytes != NOT_KNOWN && sample.free_bytes != NOT_KNOWN &&
	    sample.used_bytes <= NOT_KNOWN - 1 - sample.free_bytes)
		sample.total_bytes = sample.used_bytes + sample.free_bytes;
	h->pool_seen = true;
	trend_add(&h->trend, "gc", &sample);
}

static int on_event(void *of, struct event *event)
{
	struct history *h = of;

	if (event->kind == EVENT_SNAPSHOT)
		add_snapshot(h, event);
	else if (event->kind == EVENT_SAMPLE)
		add_sample(h, event);
	return h->trend.error;
}

static int read_input(struct history *h, const char *name, const struct decoder *decoder,
		      struct input_info *ret)
{
	struct reading r = { .name = name, .decoder = decoder, .on_event = on_event, .of = h };
	uint64_t n_dumps = h->n_dumps, n_samples = h->trend.n_samples;
	struct diag diag = { 0 };

	h->last_cut = false;
	timeline_next(&h->timeline);
	int error = reading_run(&r, &diag);
	h->ended_cut |= h->last_cut;
	*ret = (struct input_info){ name, r.decoder ? r.decoder->name : NULL, r.n_bytes,
				    h->n_dumps - n_dumps };
	if (error == -ENOMEM && h->trend.error) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	if (error < 0) {
		if (!diag.at.file)
			diag.at.file = name;
		message_diag(&diag);
		return EXIT_INPUT;
	}
	if (ret->n_dumps > 0 || h->trend.n_samples > n_samples)
		return EXIT_FINE;
	reading_say_no_dump(&r);
	return EXIT_INPUT;
}

/* ---- the end ---- */

static void write_json(struct history *h, const struct trend_result *result,
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
	json_object_end(&j);
}

/* What was left out, and why. The exit code. */
static int say_losses(const struct history *h, const char *name, bool strict)
{
	struct place at = { .file = name };

	if (h->n_cut > 0)
		message_at(at, "warning", "%" PRIu64 " of %" PRIu64 " dumps %s not whole: of these the board's"
			   " own figures count", h->n_cut, h->n_dumps, h->n_cut == 1 ? "is" : "are");
	if (h->trend.n_cut_without > 0)
		message_at(at, "warning", "in %" PRIu64 " of them nothing tells the largest free block",
			   h->trend.n_cut_without);
	if (h->trend.n_without > 0)
		message_at(at, "warning", "%" PRIu64 " of %" PRIu64 " dumps tell neither what is used nor what"
			   " is free, and are left out", h->trend.n_without, h->n_dumps);
	if (h->trend.backwards)
		message_at(at, "warning", "times go backwards, so they are not used%s", h->timeline.several ?
			   "; give the oldest log first" : "");
	return h->ended_cut || (strict && h->n_cut > 0) ? EXIT_INPUT : EXIT_FINE;
}

static int say_nothing_left(const struct history *h, const char *name)
{
	struct place at = { .file = name };

	if (h->n_dumps == 0 && !h->pool)
		return EXIT_INPUT;              /* said already, by the input */
	if (h->pool && !h->pool_seen)
		message_at(at, "error", "there is no pool '%s' in it", h->pool);
	else if (h->n_dumps < h->from)
		message_at(at, "error", "there is no dump %" PRIu64 "; it has %" PRIu64, h->from, h->n_dumps);
	else
		message_at(at, "error", "its dumps tell neither what is used nor what is free");
	return EXIT_INPUT;
}

static int finish(struct history *h, const struct input_info *inputs, size_t n_inputs, bool strict)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct trend_result result;
	int code = say_losses(h, inputs[0].name, strict);

	if (trend_work_out(&h->trend, &result) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	if (n_inputs > 1)
		strbuf_printf(&name, "%zu logs", n_inputs);
	else
		strbuf_puts(&name, inputs[0].name);
	if (result.n_samples == 0)
		code = exit_worse(code, say_nothing_left(h, inputs[0].name));
	if (h->out->format == OUTPUT_JSON)
		write_json(h, &result, inputs, n_inputs);
	else if (result.n_samples > 0)
		text_trend(&h->out->text, strbuf_text(&name), &result, &h->out->style);
	output_drain(h->out);
	trend_result_deinit(&result);
	return code;
}

/* ---- options ---- */

static int read_dump_number(const struct options *options, const char *name, uint64_t otherwise,
			    uint64_t *ret)
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
	if (read_options(options, &h) < 0 || reading_decoder(options, &decoder) < 0 ||
	    output_open(&out, options) < 0)
		return EXIT_INPUT;
	struct input_info *inputs = calloc(n, sizeof(*inputs));
	if (!inputs) {
		message_error("out of memory");
		return output_close(&out, EXIT_INPUT);
	}
	h.out = &out;
	trend_init(&h.trend);
	for (size_t i = 0; i < n; i++)
		code = exit_worse(code, read_input(&h, options->args[i], decoder, &inputs[i]));
	code = exit_worse(code, finish(&h, inputs, n, option_is(options, "strict")));
	trend_deinit(&h.trend);
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
