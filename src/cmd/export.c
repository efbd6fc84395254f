#define _DEFAULT_SOURCE /* fileno */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "load.h"
#include "memprof/analysis/pool_figures.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/feed/feed.h"
#include "memprof/viewers/export_view.h"

enum { DRAIN_BYTES = 1 << 16 };

struct export_args {
	struct output_args output;
	struct log_args log;
	struct range_args range;
	const char *pool;
	bool events, strict;
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
	OPTION_QUIET(export),
	OPTION_END,
};

struct exporting {
	const struct export_format *format;
	struct export e;
	struct output out;
	struct feed feed;
	struct error_judge judge;
	const char *pool; /* NULL: all */
	uint64_t from;    /* --from */
	bool begun, pool_seen;
	uint64_t n_moments; /* of the wanted dumps */
};

/* ---- what is delivered ---- */

static bool is_wanted_pool(const struct exporting *x, const char *name)
{
	return !x->pool || strcmp(x->pool, name) == 0;
}

static void begin(struct exporting *x)
{
	if (!x->begun && x->format->begin)
		x->format->begin(&x->e);
	x->begun = true;
}

static void drain(void *ctx)
{
	struct exporting *x = ctx;

	if (x->out.text.n_bytes >= DRAIN_BYTES)
		output_drain(&x->out);
}

static struct export_place place_of(const struct exporting *x, uint64_t n_boot, uint64_t n_dump, uint64_t line,
				    uint64_t at_us)
{
	const struct feed *f = &x->feed;
	const char *name = f->inputs[f->n_inputs - 1].name;

	return (struct export_place){
		.file = strcmp(name, "-") == 0 ? "standard input" : name,
		.n_input = f->n_inputs,
		.n_boot = n_boot,
		.n_dump = n_dump,
		.line = line,
		.at_us = at_us,
		.date_us = f->is_dated && at_us != NOT_KNOWN ? f->epoch_us + at_us : NOT_KNOWN,
		.is_utc = f->is_utc,
		.board = capture_board_of(f->capture, n_dump),
	};
}

static void add_moment(struct exporting *x, const struct export_moment *m)
{
	if (x->pool && m->n_pools == 0)
		return;
	x->pool_seen |= m->n_pools > 0;
	x->n_moments++;
	begin(x);
	x->format->moment(&x->e, m);
	drain(x);
}

static void add_snapshot(struct exporting *x, const struct moment *m)
{
	struct history_figures figures[HEAP_POOLS_MAX];
	bool whole = m->heap->problem == HEAP_WHOLE;
	size_t n = 0;

	for (uint32_t i = 0; i < m->heap->n_pools; i++)
		if (is_wanted_pool(x, m->heap->pools[i].name))
			pool_figures(&m->heap->pools[i], whole, &figures[n++]);
	add_moment(x, &(struct export_moment){
			      .place = place_of(x, m->n_boot, m->n_dump, m->line, m->at_us),
			      .kind = m->kind,
			      .label = m->label,
			      .complete = whole,
			      .reported = &m->reported,
			      .pools = figures,
			      .n_pools = n,
		      });
}

static void on_moment(void *ctx, struct moment *m)
{
	struct exporting *x = ctx;
	struct history_figures figures;

	if (m->kind == MOMENT_POOLS) /* each came by itself */
		return;
	if (m->kind == MOMENT_SNAPSHOT) {
		add_snapshot(x, m);
		return;
	}
	pool_figures_of_sample(m, &figures);
	add_moment(x, &(struct export_moment){
			      .place = place_of(x, m->n_boot, m->n_dump, m->line, m->at_us),
			      .kind = m->kind,
			      .label = m->label,
			      .complete = true,
			      .reported = &m->reported,
			      .pools = &figures,
			      .n_pools = is_wanted_pool(x, figures.name),
		      });
}

static void on_pool(void *ctx, const struct pool_moment *m)
{
	static const struct snapshot_reported nothing = SNAPSHOT_REPORTED_NOTHING;
	struct exporting *x = ctx;
	struct history_figures figures;

	if (!is_wanted_pool(x, m->pool.name))
		return;
	pool_figures(&m->pool, true, &figures);
	add_moment(x, &(struct export_moment){
			      .place = place_of(x, m->n_boot, m->n_dump, m->line, m->at_us),
			      .kind = MOMENT_POOLS,
			      .label = "",
			      .complete = true,
			      .reported = &nothing,
			      .pools = &figures,
			      .n_pools = 1,
		      });
}

static void on_board_event(void *ctx, const struct board_event *event)
{
	struct exporting *x = ctx;

	if (!x->format->event || (event->pool[0] && !is_wanted_pool(x, event->pool)))
		return;
	begin(x);
	x->format->event(&x->e, &(struct export_event){
					.place = place_of(x, event->n_boot, event->n_dump, 0, event->at_us),
					.of = event,
				});
	drain(x);
}

static void on_failure(void *ctx, const struct capture_failure *failure)
{
	struct exporting *x = ctx;
	struct error_info error;

	if (!x->format->failure)
		return;
	error_explain(&x->judge, failure, false, &error);
	begin(x);
	x->format->failure(&x->e, &(struct export_failure){
					  .place = place_of(x, failure->n_boot, error.reference.n_dump, failure->line,
							    failure->timeline_us),
					  .error = &error,
				  });
	drain(x);
}

static void on_reference(void *ctx, const struct moment *snapshot)
{
	struct exporting *x = ctx;

	error_reference(&x->judge, snapshot);
}

static int status(void *ctx)
{
	const struct exporting *x = ctx;

	return x->out.gone || x->out.error ? -EPIPE : 0;
}

/* ---- reading ---- */

static bool is_file(const char *name)
{
	struct stat is;

	return stat(name, &is) == 0 && S_ISREG(is.st_mode);
}

/* The inputs, each with a NUL: of a recording all boards, as inputs of their own. How many there are. */
static size_t list_inputs(const struct options *options, struct strbuf *out)
{
	size_t n = 0;

	for (int i = 0; i < options->n_args; i++) {
		size_t n_boards = is_file(options->args[i]) ? log_boards(options->args[i], out) : 0;
		if (n_boards == 0)
			strbuf_add(out, options->args[i], strlen(options->args[i]) + 1);
		n += MAX(n_boards, (size_t)1);
	}
	return n;
}

/* ---- the end ---- */

static void warn_times(const struct exporting *x, struct place at)
{
	if (x->e.n_untimed > 0 && x->e.n_untimed == x->n_moments)
		message_at(at, "warning",
			   "there are no times; the export has each moment at its number, in milliseconds");
	else if (x->e.n_untimed > 0)
		message_at(
			at, "warning",
			"%" PRIu64 " of %" PRIu64
			" moments have no time; the export has them at that of the moment before, or at their number, in"
			" milliseconds",
			x->e.n_untimed, x->n_moments);
	if (x->e.n_backwards > 0)
		message_at(at, "warning", "times go backwards at %" PRIu64 " of %" PRIu64 " moments", x->e.n_backwards,
			   x->n_moments);
	if (x->e.n_undated > 0)
		message_at((struct place){ .file = NULL }, "warning",
			   "not all logs have dates: those without, or all if the first has none, begin together");
}

/* What was left out, and why. The exit code. */
static int warn_losses(const struct exporting *x, const char *name, bool strict)
{
	struct place at = { .file = name };
	int code = load_warn_cut(&x->feed, name, strict);

	if (x->e.n_pools_beyond > 0)
		message_at(at, "warning",
			   "%" PRIu64 " figures of pools were left out: a boot has more than %s has room for",
			   x->e.n_pools_beyond, x->format->name);
	warn_times(x, at);
	return code;
}

static int check_wanted(const struct exporting *x, const char *name)
{
	const struct capture_counts *counts = capture_counts(x->feed.capture);
	struct place at = { .file = name };

	if (counts->n_dumps + counts->n_samples + counts->n_pools == 0)
		return EXIT_INPUT; /* said already, by the input */
	if (x->from > 1 && counts->n_dumps < x->from)
		message_at(at, "error", "there is no dump %" PRIu64 "; there are %" PRIu64, x->from, counts->n_dumps);
	else if (x->pool && !x->pool_seen)
		message_at(at, "error", "there is no pool '%s'", x->pool);
	else
		return EXIT_FINE;
	return EXIT_INPUT;
}

/* name: of the only input; NULL: there are several. */
static int finish(struct exporting *x, const char *name, bool strict)
{
	int code = warn_losses(x, name, strict);

	if (!x->out.gone && !x->out.error)
		code = exit_worse(code, check_wanted(x, name));
	if (x->begun && x->format->end)
		x->format->end(&x->e);
	output_drain(&x->out);
	return code;
}

/* ---- options ---- */

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

/* 0, or -EINVAL after a message. */
static int open_output(const struct options *options, struct exporting *x)
{
	const struct export_args *args = options->values;

	x->format = choose_format(options);
	if (!x->format || output_open_as(&x->out, options, &args->output, OUTPUT_CSV, output_path(&args->output)) < 0)
		return -EINVAL;
	if (!x->format->is_binary || !isatty(fileno(x->out.file)))
		return 0;
	message_error("%s is a binary format and not for terminals; add -o FILE%s, or redirect it", x->format->name,
		      x->format->suffixes[0]);
	output_close(&x->out, EXIT_INPUT);
	return -EINVAL;
}

static int export_inputs(struct exporting *x, const struct options *options, const struct log_format *format,
			 bool strict)
{
	struct strbuf all CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n = list_inputs(options, &all);
	const char **names = calloc(n, sizeof(*names)), *name = strbuf_text(&all);
	int code = EXIT_INPUT;

	if (!names || strbuf_error(&all)) {
		message_error("out of memory");
	} else {
		for (size_t i = 0; i < n; i++, name += strlen(name) + 1)
			names[i] = name;
		code = feed_logs(&x->feed, names, n, format) < 0 ? EXIT_INPUT : EXIT_FINE;
		code = exit_worse(code, finish(x, n == 1 ? names[0] : NULL, strict));
	}
	free(names);
	return code;
}

static int export_run(const struct options *options)
{
	struct log_format format CLEANUP(log_format_deinit) = { .figures = NULL };
	const struct export_args *args = options->values;
	struct exporting x = {
		.pool = args->pool,
		.from = args->range.from,
		.feed = { .command = "export", .notices = message_notices, .names_inputs = true },
	};
	/* Each input has times of its own. */
	const struct capture_options wanted = { .from = args->range.from, .to = args->range.to };
	const struct sink sink = {
		.on_moment = on_moment,
		.on_pool = on_pool,
		.on_board_event = on_board_event,
		.on_failure = on_failure,
		.on_reference = on_reference,
		.status = status,
		.ctx = &x,
	};
	int code = EXIT_INPUT;

	if (load_check_range(&args->range) < 0 || load_log_format(&args->log, &format) < 0 ||
	    open_output(options, &x) < 0)
		return EXIT_INPUT;
	x.e = (struct export){ .out = &x.out.text, .wants_events = args->events, .drain = drain, .ctx = &x };
	x.e.state = calloc(1, x.format->state_bytes + 1);
	if (x.e.state && feed_open(&x.feed, &wanted, &sink, 1) == 0)
		code = export_inputs(&x, options, &format, args->strict);
	else
		message_error("out of memory");
	if (x.e.state && x.format->deinit)
		x.format->deinit(&x.e);
	feed_close(&x.feed);
	free(x.e.state);
	return output_close(&x.out, code);
}

const struct command command_export = {
	.name = "export",
	.usage = "[OPTIONS] FILE...|-",
	.summary = "turn logs into traces and tables for other tools",
	.group = GROUP_FILES,
	.options = export_options,
	.args_bytes = sizeof(struct export_args),
	.common = { "format", "output", "events", "pool", "from" },
	.examples = { "memprof export -o night.pftrace night.log",
		      "memprof export --format csv night.log > night.csv" },
	.run = export_run,
};
