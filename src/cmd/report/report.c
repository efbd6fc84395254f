#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "callers.h"
#include "load.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/cli/message.h"
#include "memprof/input/log_reader.h"
#include "memprof/protocol/decoder.h"
#include "objects/sources.h"
#include "report/document.h"
#include "report/qstr_defs.h"
#include "report/raw_atb.h"

static const struct option_spec report_options[] = {
	OPTION_GROUP("Input"),
	OPTION_INPUT,
	OPTION_ELF,
	{ 0, "raw-atb", "SPEC", "ADDRESS:BLOCKS[:BLOCK_BYTES]: FILE is a raw block table" },
	{ 0, "dump", "N", "show dump N, from 1 (default: last complete one)" },
	{ 0, "strict", NULL, "exit 2 if any dump is truncated, not only the last" },
	OPTIONS_HEAP,
	{ 0, "qstr-defs", NULL, "print Q(...) lines of qstr_info(1) for qstrdefsport.h" },
	OPTIONS_OUTPUT_IN("text, json, html or svg (default: text)", "text|json|html|svg"),
	OPTION_END,
};

static int on_event(void *ctx, struct event *event)
{
	struct document *d = ctx;

	callers_name(d->callers, event);
	capture_event(d->capture, event);
	return d->out->gone ? -EPIPE : 0;
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
static int read_input(struct document *d, const char *name, int n, const struct decoder *decoder,
		      struct input_info *ret, struct objects **ret_objects)
{
	struct strbuf memory CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct log_reader r = {
		.command = "report", .name = name, .decoder = decoder, .on_event = on_event, .ctx = d, .memory = &memory
	};
	const struct capture_counts *counts = capture_counts(d->capture), before = *counts;

	capture_begin_input(d->capture, n > 1 ? name : NULL);
	int error = load_log(&r);
	if (error == 0 && r.is_memory)
		error = read_memory(d, name, &memory, ret_objects);
	capture_end_input(d->capture);
	const char *format = r.is_memory ? "memory" : r.decoder ? r.decoder->name : NULL;
	*ret = (struct input_info){ name, format, r.n_bytes, counts->n_dumps - before.n_dumps };
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

static int read_options(const struct options *options, struct document *d)
{
	const char *wanted = option_value(options, "dump");

	if (wanted && (number_parse(wanted, &d->wanted) < 0 || d->wanted == 0)) {
		message_error("--dump takes a number from 1, not '%s'", wanted);
		return -EINVAL;
	}
	if (wanted && options->n_args > 1) {
		message_error("--dump takes one FILE");
		return -EINVAL;
	}
	return report_options_read(options, &d->options);
}

/* The heading of a page. */
static void write_title(struct strbuf *out, char **names, int n)
{
	if (n > 1)
		strbuf_printf(out, "%d logs", n);
	else
		strbuf_puts(out, strcmp(names[0], "-") == 0 ? "standard input" : names[0]);
}

/* One report over n inputs: one document, or one text. */
static int report_inputs(struct output *out, const struct options *options, char **names, int n,
			 const struct decoder *decoder, struct callers *callers)
{
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct document d = { .out = out,
			      .strict = option_is(options, "strict"),
			      .callers = callers,
			      .elf = option_value(options, "elf") };
	struct input_info *inputs = calloc((size_t)n, sizeof(*inputs));
	struct objects **objects = calloc((size_t)n, sizeof(struct objects *));
	int code = EXIT_FINE;

	write_title(&title, names, n);
	d.title = strbuf_text(&title);
	if (read_options(options, &d) < 0) {
		code = EXIT_INPUT;
	} else if (!inputs || !objects || document_begin(&d, &(struct capture_options){ .several = n > 1 }) < 0) {
		message_error("out of memory");
		code = EXIT_INPUT;
	} else {
		for (int i = 0; i < n && !out->gone; i++) {
			int r = read_input(&d, names[i], n, decoder, &inputs[i], &objects[i]);
			code = exit_worse(code, r);
		}
		int r = document_end(&d, inputs, (size_t)n);
		code = exit_worse(code, r);
		document_deinit(&d);
	}
	for (int i = 0; objects && i < n; i++)
		objects_free(objects[i]);
	free(objects);
	free(inputs);
	return code;
}

static int report_run(const struct options *options)
{
	const char *atb = option_value(options, "raw-atb");
	bool is_report = !option_is(options, "qstr-defs");
	enum output_format format = OUTPUT_TEXT;
	const struct decoder *decoder;
	struct callers callers = { .sites = NULL };
	const char *path;
	struct output out;
	int code = EXIT_FINE;

	if (options->n_args == 0) {
		message_error("report requires a FILE, or - for standard input; see memprof report --help");
		return EXIT_INPUT;
	}
	struct document unused = { 0 };
	if (read_options(options, &unused) < 0 || load_decoder(options, &decoder) < 0)
		return EXIT_INPUT;
	if (option_once(options, "output", &path) < 0 || (is_report && !output_format_of(options, path, &format)))
		return EXIT_INPUT;
	if (options->n_args > 1 && format == OUTPUT_SVG) {
		message_error("--format svg takes one FILE: it is a picture of one dump");
		return EXIT_INPUT;
	}
	if (callers_open(&callers, options) < 0)
		return EXIT_INPUT;
	if (output_open_as(&out, options, format, path) < 0) {
		callers_close(&callers);
		return EXIT_INPUT;
	}
	if (!is_report) {
		code = qstr_defs(&out, options->args, options->n_args, decoder);
	} else if (atb) {
		code = raw_atb(&out, options, atb);
	} else if (out.format != OUTPUT_TEXT) {
		code = report_inputs(&out, options, options->args, options->n_args, decoder, &callers);
	} else {
		for (int i = 0; i < options->n_args && !out.gone; i++) {
			if (i > 0)
				strbuf_putc(&out.text, '\n');
			int r = report_inputs(&out, options, &options->args[i], 1, decoder, &callers);
			code = exit_worse(code, r);
		}
	}
	callers_close(&callers);
	return output_close(&out, code);
}

const struct command command_report = {
	.name = "report",
	.usage = "[OPTIONS] FILE...|-",
	.summary = "analyse a saved dump, log or recording",
	.group = GROUP_FILES,
	.options = report_options,
	.common = { "need", "dump", "map", "json", "output" },
	.examples = { "memprof report crash.log", "memprof report --need 16K --json crash.log" },
	.run = report_run,
};
