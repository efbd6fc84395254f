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
#include "report/document.h"
#include "report/logs.h"
#include "report/qstr_defs.h"
#include "report/raw_atb.h"

struct report_args {
	struct output_args output;
	struct log_args log;
	struct heap_args heap;
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
	{ 0, "dump", "N", "show dump N, from 1 (default: last complete one)", AS_COUNT(report, dump), .least = 1,
	  .excludes = "at" },
	{ 0, "at", "WHEN", "of a recording: the snapshot nearest to a mark or time", AS_TEXT(report, at) },
	{ 0, "strict", NULL, "exit 2 if any dump is truncated, not only the last", AS_FLAG(report, strict) },
	OPTIONS_HEAP(report),
	{ 0, "qstr-defs", NULL, "print Q(...) lines of qstr_info(1) for qstrdefsport.h", AS_FLAG(report, qstr_defs) },
	OPTIONS_OUTPUT_IN(report, "text, json, html or svg (default: text)", "text|json|html|svg"),
	OPTIONS_SIZES(report),
	OPTION_END,
};

/* One report over n inputs: one document, or one text. */
static int report_inputs(struct output *out, const struct report_args *args, const char *const *names, size_t n,
			 const struct log_format *format, struct callers *callers)
{
	struct document d = { .out = out,
			      .wanted = args->dump == NOT_KNOWN ? 0 : args->dump,
			      .strict = args->strict,
			      .callers = callers,
			      .elf = args->elf };

	return report_options_read(&args->heap, &d.options) < 0 ? EXIT_INPUT : document_of_logs(&d, names, n, format);
}

/* What takes one FILE. */
static int check_usage(const struct options *options, enum output_format format)
{
	const char *name = options_any(options, "dump|at|raw-atb");

	if (options->n_args < 2 || !(name || format == OUTPUT_SVG))
		return 0;
	message_error("--%s takes one FILE", name ? name : "format svg");
	return -EINVAL;
}

static int report_run(const struct options *options)
{
	const struct report_args *args = options->values;
	enum output_format format = OUTPUT_TEXT;
	struct log_format logs CLEANUP(log_format_deinit) = { .figures = NULL };
	struct callers callers = { .sites = NULL };
	struct report_options unused;
	struct output out;
	int code = EXIT_FINE;

	struct strbuf at CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *const *names = (const char *const *)options->args;
	const char *chosen;
	if (args->at) { /* as FILE@WHEN */
		strbuf_printf(&at, "%s@%s", options->args[0], args->at);
		chosen = strbuf_text(&at);
		names = &chosen;
	}
	const char *path = output_path(&args->output);
	if (report_options_read(&args->heap, &unused) < 0 || load_log_format(&args->log, &logs) < 0 ||
	    (!args->qstr_defs && !output_format_of(options, &args->output, path, &format)) ||
	    check_usage(options, format) < 0)
		return EXIT_INPUT;
	if (callers_open(&callers, args->elf) < 0)
		return EXIT_INPUT;
	if (output_open_as(&out, options, &args->output, format, path) < 0) {
		callers_close(&callers);
		return EXIT_INPUT;
	}
	if (args->qstr_defs) {
		code = qstr_defs(&out, names, options->n_args, &logs);
	} else if (args->raw_atb) {
		code = raw_atb(&out, names[0], &args->heap, args->raw_atb);
	} else if (out.format != OUTPUT_TEXT) {
		code = report_inputs(&out, args, names, (size_t)options->n_args, &logs, &callers);
	} else {
		for (int i = 0; i < options->n_args && !out.gone; i++) {
			if (i > 0)
				strbuf_putc(&out.text, '\n');
			int r = report_inputs(&out, args, &names[i], 1, &logs, &callers);
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
	.args_bytes = sizeof(struct report_args),
	.common = { "need", "dump", "map", "json", "output" },
	.examples = { "memprof report crash.log", "memprof report --need 16K --json crash.log" },
	.run = report_run,
};
