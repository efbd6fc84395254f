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
#include "report/logs.h"
#include "report/qstr_defs.h"
#include "report/raw_atb.h"

static const struct option_spec report_options[] = {
	OPTION_GROUP("Input"),
	OPTIONS_INPUT,
	OPTION_ELF,
	{ 0, "raw-atb", "SPEC", "ADDRESS:BLOCKS[:BLOCK_BYTES]: FILE is a raw block table" },
	{ 0, "dump", "N", "show dump N, from 1 (default: last complete one)" },
	{ 0, "at", "WHEN", "of a recording: the snapshot nearest to a mark or time" },
	{ 0, "strict", NULL, "exit 2 if any dump is truncated, not only the last" },
	OPTIONS_HEAP,
	{ 0, "qstr-defs", NULL, "print Q(...) lines of qstr_info(1) for qstrdefsport.h" },
	OPTIONS_OUTPUT_IN("text, json, html or svg (default: text)", "text|json|html|svg"),
	OPTIONS_SIZES,
	OPTION_END,
};

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

/* One report over n inputs: one document, or one text. */
static int report_inputs(struct output *out, const struct options *options, const char *const *names, size_t n,
			 const struct log_format *format, struct callers *callers)
{
	struct document d = { .out = out,
			      .strict = option_is(options, "strict"),
			      .callers = callers,
			      .elf = option_value(options, "elf") };

	return read_options(options, &d) < 0 ? EXIT_INPUT : document_of_logs(&d, names, n, format);
}

/* --at WHEN is FILE@WHEN. */
static int choose_moment(const struct options *options, struct strbuf *ret)
{
	if (options->n_args != 1 || option_is(options, "dump")) {
		message_error("--at takes one recording, and no --dump");
		return -EINVAL;
	}
	strbuf_printf(ret, "%s@%s", options->args[0], option_value(options, "at"));
	return strbuf_error(ret);
}

static int report_run(const struct options *options)
{
	const char *atb = option_value(options, "raw-atb");
	bool is_report = !option_is(options, "qstr-defs");
	enum output_format format = OUTPUT_TEXT;
	struct log_format logs CLEANUP(log_format_deinit) = { .figures = NULL };
	struct callers callers = { .sites = NULL };
	const char *path;
	struct output out;
	int code = EXIT_FINE;

	if (options->n_args == 0) {
		message_error("report requires a FILE, or - for standard input; see memprof report --help");
		return EXIT_INPUT;
	}
	struct strbuf at CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *const *names = (const char *const *)options->args;
	const char *chosen;
	if (option_is(options, "at")) {
		if (choose_moment(options, &at) < 0)
			return EXIT_INPUT;
		chosen = strbuf_text(&at);
		names = &chosen;
	}
	struct document unused = { 0 };
	if (read_options(options, &unused) < 0 || load_log_format(options, &logs) < 0)
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
		code = qstr_defs(&out, names, options->n_args, &logs);
	} else if (atb) {
		code = raw_atb(&out, options, atb);
	} else if (out.format != OUTPUT_TEXT) {
		code = report_inputs(&out, options, names, (size_t)options->n_args, &logs, &callers);
	} else {
		for (int i = 0; i < options->n_args && !out.gone; i++) {
			if (i > 0)
				strbuf_putc(&out.text, '\n');
			int r = report_inputs(&out, options, &names[i], 1, &logs, &callers);
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
