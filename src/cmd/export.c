/* export: saved logs and recordings as traces and tables of other tools, written while they are read. */
#define _DEFAULT_SOURCE /* fileno */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "memprof/base/text.h"
#include "memprof/sinks/exporter.h"

struct export_args {
	struct output_args output;
	struct log_args log;
	struct range_args range;
	const char *pool;
	bool events, console, strict;
};

static const struct option_spec export_options[] = {
	OPTION_GROUP("Input"),
	OPTIONS_INPUT(export),
	OPTIONS_DUMP_RANGE(export),
	{ 0, "pool", "POOL", "this pool only", AS_NAME(export, pool) },
	{ 0, "strict", NULL, "exit 2 if any dump is truncated, not only the last", AS_FLAG(export, strict) },
	OPTION_GROUP("Output"),
	{ 0, "format", "FORMAT", "perfetto, openmetrics, csv or json", "perfetto|openmetrics|csv|json",
	  AS_TEXT(export, output.format) },
	{ 'o', "output", "FILE", "write to FILE; its suffix selects the format", AS_OUTPUTS(export, output.files),
	  .most = 1 },
	{ 0, "events", NULL, "csv: the table of events, in place of figures", AS_FLAG(export, events) },
	{ 0, "console", NULL, "what the board printed, as text, in place of figures", AS_FLAG(export, console),
	  .excludes = "format|events|pool|from|to|strict" },
	OPTION_QUIET(export),
	OPTION_END,
};

static void list_suffixes(struct strbuf *out)
{
	for (size_t i = 0; export_formats[i]; i++)
		strbuf_printf(out, "%s%s",
			      i == 0                ? "" :
			      export_formats[i + 1] ? ", " :
						      " or ",
			      export_formats[i]->suffixes[0]);
}

/* NULL after a message. */
static const struct export_format *choose_format(const struct options *options)
{
	const struct export_args *args = options->values;
	struct strbuf suffixes CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *name = args->output.format, *path = output_path(&args->output),
		   *suffix = path && !name ? output_suffix(path) : NULL;
	const struct export_format *ret = name   ? export_format_named(name) :
					  suffix ? export_format_of_suffix(suffix) :
						   NULL;

	list_suffixes(&suffixes);
	if (!ret && suffix)
		message_error("-o %s: no format for suffix '%s'; use %s, or add --format", path, suffix,
			      strbuf_text(&suffixes));
	else if (!ret)
		message_error("export requires --format %s, or -o FILE with the suffix %s", output_choices(options),
			      strbuf_text(&suffixes));
	if (ret && args->events && !ret->has_two_tables) {
		message_error("--events is for csv; %s always has the events", ret->name);
		return NULL;
	}
	return ret;
}

static bool is_to_terminal(const struct output *out, const struct export_format *format)
{
	if (!format->is_binary || !isatty(fileno(out->file)))
		return false;
	message_error("%s is a binary format and not for terminals; add -o FILE%s, or redirect it", format->name,
		      format->suffixes[0]);
	return true;
}

/* Of a recording all boards, as inputs of their own. */
static int export_logs(struct feed *feed, struct exporter *x, const struct options *options,
		       const struct log_format *format)
{
	const struct export_args *args = options->values;
	struct input_names names CLEANUP(input_names_deinit) = { .n = 0 };

	if (load_input_names((const char *const *)options->args, (size_t)options->n_args, &names) < 0)
		return EXIT_INPUT;
	int code = feed_logs(feed, names.all, names.n, format) < 0 ? EXIT_INPUT : EXIT_FINE;
	const char *only = names.n == 1 ? names.all[0] : NULL;
	code = exit_worse(code, load_warn_cut(feed, only, args->strict));
	return exit_worse(code, exporter_end(x, only));
}

/* ---- what the board printed ---- */

struct console {
	struct output *out;
	struct strbuf line; /* what came of it yet, as text may be cut within a letter */
};

static void end_line(struct console *c)
{
	text_visible(&c->out->text, strbuf_text(&c->line), c->line.n_bytes, true);
	strbuf_reset(&c->line);
	output_drain(c->out);
}

static void on_text(void *ctx, const char *bytes, size_t n_bytes)
{
	enum { LINE_MAX_BYTES = 1 << 16 };
	struct console *c = ctx;

	for (size_t i = 0; i < n_bytes; i++) {
		if (bytes[i] != '\r') /* lines of boards end with CR LF */
			strbuf_putc(&c->line, bytes[i]);
		if (bytes[i] == '\n' || c->line.n_bytes >= LINE_MAX_BYTES)
			end_line(c);
	}
}

static int export_console(const struct options *options, const struct log_format *format)
{
	const struct export_args *args = options->values;
	struct output out;
	struct feed feed = { .notices = message_notices, .is_for_text = true };
	struct console console = { .out = &out };
	const struct sink sink = { .on_text = on_text, .ctx = &console };
	int code = EXIT_INPUT;

	if (output_open_as(&out, options, &args->output, OUTPUT_CSV, output_path(&args->output)) < 0)
		return EXIT_INPUT;
	if (feed_open(&feed, &(struct capture_options){ .live = true }, &sink, 1) == 0)
		code = feed_logs(&feed, (const char *const *)options->args, (size_t)options->n_args, format) < 0 ?
			       EXIT_INPUT :
			       EXIT_FINE;
	else
		message_error("out of memory");
	feed_close(&feed);
	end_line(&console);
	strbuf_deinit(&console.line);
	return output_close(&out, code);
}

static int export_run(const struct options *options)
{
	const struct export_args *args = options->values;
	struct log_format logs CLEANUP(log_format_deinit) = { .figures = NULL };
	struct feed feed = { .notices = message_notices, .names_inputs = true };
	struct output out;
	struct exporter x = { .out = &out, .feed = &feed, .pool = args->pool, .from = args->range.from };
	/* Each input has times of its own. */
	const struct capture_options wanted = { .from = args->range.from, .to = args->range.to };
	const struct sink sink = exporter_sink(&x);
	int code = EXIT_INPUT;

	if (load_check_range(&args->range) < 0 || load_log_format(&args->log, &logs) < 0)
		return EXIT_INPUT;
	if (args->console)
		return export_console(options, &logs);
	x.format = choose_format(options);
	if (!x.format || output_open_as(&out, options, &args->output, OUTPUT_CSV, output_path(&args->output)) < 0)
		return EXIT_INPUT;
	if (is_to_terminal(&out, x.format))
		return output_close(&out, EXIT_INPUT);
	if (exporter_open(&x, args->events) == 0 && feed_open(&feed, &wanted, &sink, 1) == 0)
		code = export_logs(&feed, &x, options, &logs);
	else
		message_error("out of memory");
	exporter_deinit(&x);
	feed_close(&feed);
	return output_close(&out, code);
}

const struct command command_export = {
	.name = "export",
	.usage = "[OPTIONS] FILE...|-",
	.summary = "turn logs into traces and tables for other tools",
	.group = GROUP_FILES,
	.options = export_options,
	.args_bytes = sizeof(struct export_args),
	.common = { "format", "output", "events", "pool", "from" },
	.examples = { "memprof export -o night.pftrace night.log", "memprof export --format csv night.log > night.csv",
		      "memprof export --console night.mprof" },
	.run = export_run,
};
