/* report: the heaps of saved dumps, logs and recordings. */
#include <errno.h>

#include "callers.h"
#include "heap_options.h"
#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/sinks/document.h"
#include "memprof/sinks/qstr_defs.h"

struct report_args {
	struct output_args output;
	struct log_args log;
	struct heap_args heap;
	struct option_list images;
	const char *elf, *raw_atb, *at;
	uint64_t dump;
	bool strict, qstr_defs;
};

static const struct option_spec report_options[] = {
	OPTION_GROUP("Input"),
	OPTIONS_INPUT(report),
	OPTION_ELF(report),
	{ 0, "raw-atb", "SPEC", "ADDRESS:BLOCKS[:BLOCK_BYTES]: FILE is a raw block table", AS_TEXT(report, raw_atb),
	  .excludes = "at" },
	{ 0, "image", "IMAGE", "read FILE@ADDRESS, bytes of RAM, in place of FILE", AS_LIST(report, images),
	  .excludes = "dump|at|raw-atb|qstr-defs" },
	{ 0, "dump", "N", "show dump N, from 1 (default: last complete one)", AS_COUNT(report, dump), .least = 1,
	  .excludes = "at" },
	{ 0, "at", "WHEN", "of a recording: the snapshot nearest to a mark or time", AS_TEXT(report, at) },
	{ 0, "strict", NULL, "exit 2 if any dump is truncated, not only the last", AS_FLAG(report, strict) },
	OPTIONS_HEAP(report),
	{ 0, "qstr-defs", NULL, "print Q(...) lines of qstr_info(1) for qstrdefsport.h", AS_FLAG(report, qstr_defs) },
	OPTIONS_OUTPUT_IN(report, "text, markdown, json, html or svg", "text|markdown|json|html|svg"),
	OPTIONS_SIZES(report),
	OPTION_END,
};

/* What takes one FILE. */
static int check_usage(const struct options *options, enum output_format format)
{
	const char *name = options_any(options, "dump|at|raw-atb");

	if (options->n_args < 2 || !(name || format == OUTPUT_SVG))
		return 0;
	message_error("--%s takes one FILE", name ? name : "format svg");
	return -EINVAL;
}

static int read_format(const struct report_args *args, struct log_format *ret)
{
	int r = load_log_format(&args->log, ret);

	if (r < 0 || !args->raw_atb)
		return r;
	ret->decoder = &decoder_raw_atb;
	if (raw_atb_parse(args->raw_atb, &ret->raw_atb))
		return 0;
	message_error(
		"--raw-atb takes ADDRESS:BLOCKS[:BLOCK_BYTES] such as 0x20003e80:15384:16 (at most"
		" %d blocks of 8, 16, 32 or 64 bytes), not '%s'",
		HEAP_BLOCKS_MAX, args->raw_atb);
	return -EINVAL;
}

/* As text one after the other; else one document. The exit code. */
static int report_logs(const struct heap_document *as, const char *const *names, size_t n,
		       const struct log_format *format)
{
	struct output *out = as->out;
	size_t n_each = out->format == OUTPUT_TEXT || out->format == OUTPUT_MARKDOWN ? 1 : n;
	int code = EXIT_FINE;

	for (size_t i = 0; i < n && !out->gone; i += n_each) {
		struct heap_document d = *as;
		if (i > 0)
			strbuf_putc(&out->text, '\n');
		code = exit_worse(code, document_of_logs(&d, names + i, n_each, format));
	}
	return code;
}

/* Bytes of a board's memory. The exit code. */
static int report_images(struct heap_document *d, const struct report_args *args)
{
	const struct objects_spec spec = {
		.name = args->images.all[0], .images = args->images.all, .n_images = args->images.n, .elf = args->elf
	};
	struct objects_reading reading;
	int code = load_objects(&spec, NULL, &reading);

	d->title = args->images.all[0];
	if (objects_reading_any(&reading)) {
		struct input_info input = { args->images.all[0], "memory", NOT_KNOWN, 1 };
		int ended = document_begin(d, &(struct capture_options){ .several = false });
		if (ended == 0)
			ended = feed_objects(&d->feed, &reading, "memory", NOT_KNOWN);
		code = exit_worse(code, ended < 0 ? EXIT_INPUT : document_end(d, &input, 1));
		document_deinit(d);
	}
	objects_reading_deinit(&reading);
	return code;
}

static int report_run(const struct options *options)
{
	const struct report_args *args = options->values;
	const char *path = output_path(&args->output), *const *names = (const char *const *)options->args;
	size_t n = (size_t)options->n_args;
	struct strbuf at CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *chosen; /* FILE@WHEN */
	enum output_format format = OUTPUT_TEXT;
	struct log_format logs CLEANUP(log_format_deinit) = { .figures = NULL };
	struct callers callers CLEANUP(callers_close) = { .sites = NULL };
	struct output out;
	struct heap_document d = {
		.out = &out,
		.wanted = args->dump == NOT_KNOWN ? 0 : args->dump,
		.strict = args->strict,
		.namer = callers_sink(&callers),
		.elf = args->elf,
	};

	if ((args->images.n > 0) == (n > 0)) {
		message_error(n ? "--image is read in place of %s; leave one of them out" :
				  "an argument is missing: memprof report [OPTIONS] FILE...|-%s",
			      n ? names[0] : "");
		return EXIT_INPUT;
	}
	if (args->at) {
		strbuf_printf(&at, "%s@%s", names[0], args->at);
		chosen = strbuf_text(&at);
		names = &chosen;
	}
	if (report_options_read(&args->heap, &d.options) < 0 || read_format(args, &logs) < 0 ||
	    (!args->qstr_defs && !output_format_of(options, &args->output, path, &format)) ||
	    check_usage(options, format) < 0 || callers_open(&callers, args->elf) < 0 ||
	    output_open_as(&out, options, &args->output, format, path) < 0)
		return EXIT_INPUT;
	if (args->images.n)
		return output_close(&out, report_images(&d, args));
	return output_close(&out,
			    args->qstr_defs ? qstr_defs(&out, names, n, &logs) : report_logs(&d, names, n, &logs));
}

const struct command command_report = {
	.name = "report",
	.usage = "[OPTIONS] [FILE...|-]",
	.summary = "analyse a saved dump, log or recording",
	.group = GROUP_FILES,
	.options = report_options,
	.args_bytes = sizeof(struct report_args),
	.common = { "need", "dump", "map", "json", "output" },
	.examples = { "memprof report crash.log", "memprof report --need 16K --json crash.log" },
	.run = report_run,
};
