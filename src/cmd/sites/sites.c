/* sites: which lines of a program allocate. */
#include <errno.h>
#include <string.h>

#include "memprof/base/json.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/io/source.h"
#include "memprof/protocol/timer_hook.h"
#include "objects/sources.h"
#include "run/program.h"
#include "sites/private.h"
#include "sites/target.h"

enum { STEP_BYTES = 4096, STEP_LEAST_BYTES = 1, STEP_MAX_BYTES = 1 << 24 };

static const struct option_spec sites_options[] = {
	OPTION_GROUP("Program"),
	{ 0, "step", "SIZE", "bytes between two samples, on average (default: 4K)" },
	{ 0, "carrier", "WHAT", "who samples: auto (default), hook (the agent) or sentinel", "auto|hook|sentinel" },
	{ 0, "timeout", "SECONDS", "stop the program after so long (default: never)" },
	OPTION_GROUP("Time"),
	{ 0, "cpu", NULL, "where the time goes, in place of allocations" },
	{ 0, "interval", "TIME", "between two samples, on average (default: 20ms)" },
	{ 0, "for", "DURATION", "exit after this time: 10s, 5m (default: Ctrl-C)" },
	{ 0, "elf", "FILE", "gdb: the firmware's ELF" },
	{ 0, "board", "BOARD", "gdb: name of a known board, or a FILE.json" },
	OPTION_GROUP("Profile"),
	{ 0, "by", "WHAT", "line (default), tree, callers or source", "line|tree|callers|source" },
	{ 0, "since", "FILE.json", "compare with a profile that was saved" },
	{ 0, "sources", "DIR", "where the program's files are (default: beside it)" },
	{ 'n', "top", "N", "list at most N rows, 0: all (default: 30)" },
	{ 0, "alive", NULL, "only what was not freed at the end, if that is known" },
	OPTIONS_PROMPT,
	OPTIONS_OUTPUT_IN("text, json, html, csv, folded, speedscope or pprof",
			  "text|json|html|csv|folded|speedscope|pprof"),
	OPTION_END,
};

struct sites_job {
	struct output out;
	struct sites sites;
	struct sites_comparison comparison;
	struct sites_sources sources;
	struct sites_view view;
	struct program_options program;
	struct program_result result;
};

/* ---- options ---- */

static int read_step(const struct options *options, uint64_t *ret)
{
	const char *step = option_value(options, "step");

	*ret = STEP_BYTES;
	if (!step || (number_parse_size(step, ret) == 0 && *ret >= STEP_LEAST_BYTES && *ret <= STEP_MAX_BYTES))
		return 0;
	message_error("--step takes a size from %d to %d bytes, not '%s'", STEP_LEAST_BYTES, STEP_MAX_BYTES, step);
	return -EINVAL;
}

/* The agent, if it can; else what stock firmware has. */
static unsigned carriers_wanted(const struct options *options)
{
	const char *carrier = option_value(options, "carrier");

	for (unsigned how = SITES_HOOK; carrier && how <= SITES_SENTINEL; how++)
		if (strcmp(carrier, sites_how_name((enum sites_how)how)) == 0)
			return 1u << how;
	return 1u << SITES_HOOK | 1u << SITES_SENTINEL;
}

static int read_view(const struct options *options, struct sites_view *view)
{
	static const char *const names[] = { [SITES_BY_LINE] = "line",
					     [SITES_TREE] = "tree",
					     [SITES_BOTTOM_UP] = "callers",
					     [SITES_SOURCE] = "source" };
	const char *by = option_value(options, "by");

	view->alive_only = option_is(options, "alive");
	for (size_t i = 0; by && i < ARRAY_SIZE(names); i++)
		if (strcmp(by, names[i]) == 0)
			view->what = (enum sites_what)i;
	return sites_top_read(options, &view->n_top);
}

/* ---- the profile ---- */

static void on_event(void *ctx, struct event *event, const char *label)
{
	(void)ctx;
	(void)event;
	(void)label;
}

static void on_label(void *ctx, const char *label)
{
	(void)ctx;
	(void)label;
}

/* An exit code; *ret_is_there: there is a profile, also if it is not EXIT_FINE. */
static int run_script(struct sites_job *job, const struct options *options, bool *ret_is_there)
{
	const struct program_handler handler = { .on_event = on_event, .on_label = on_label, .ctx = job };
	bool is_time = option_is(options, "cpu");
	uint64_t step;

	*ret_is_there = false;
	if ((is_time ? sites_interval_read(options, TIMER_HOOK_LEAST_US, &step) : read_step(options, &step)) < 0 ||
	    program_options_read(options, &job->program) < 0)
		return EXIT_INPUT;
	if (sites_init(&job->sites, is_time ? SITES_TIMER : SITES_SENTINEL, is_time ? SITES_TIME : SITES_BYTES) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	job->sites.step_bytes = step;
	job->program.live = false;
	job->program.script = options->args[0];
	job->program.source = options->n_args > 1 ? options->args[1] : NULL;
	job->program.output = job->out.format == OUTPUT_TEXT ? stdout : stderr;
	job->program.sites = &job->sites;
	job->program.carriers = is_time ? 1u << SITES_TIMER : carriers_wanted(options);
	int code = program_run(options, &job->program, &handler, &job->result);
	*ret_is_there = job->result.ran && !job->result.gone && job->sites.n_nodes > 0;
	return code;
}

/* As run_script, of the target of a GDB server. */
static int run_target(struct sites_job *job, const struct options *options, bool *ret_is_there)
{
	*ret_is_there = false;
	if (sites_init(&job->sites, SITES_PROBE, SITES_TIME) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	return sites_of_target(options, &job->sites, ret_is_there);
}

static void show(struct sites_job *job)
{
	static void (*const views[N_OUTPUT_FORMATS])(struct strbuf *, const struct sites_view *) = {
		[OUTPUT_HTML] = html_sites,     [OUTPUT_CSV] = csv_sites,
		[OUTPUT_FOLDED] = folded_sites, [OUTPUT_SPEEDSCOPE] = speedscope_sites,
		[OUTPUT_PPROF] = pprof_sites,
	};
	struct strbuf *text = &job->out.text;
	struct json j;

	if (job->out.format == OUTPUT_TEXT) {
		text_sites(text, &job->view, &job->out.style);
	} else if (job->out.format == OUTPUT_JSON) {
		json_init(&j, text, false);
		json_sites(&j, &job->view);
	} else {
		views[job->out.format](text, &job->view);
	}
	output_drain(&job->out);
}

static int show_profile(struct sites_job *job, const struct options *options)
{
	const char *since = option_value(options, "since");
	int code = since && sites_compare(since, &job->sites, &job->comparison, &job->view) < 0 ? EXIT_INPUT :
												  EXIT_FINE;

	if (code == EXIT_FINE && job->view.alive_only && !job->sites.has_alive) {
		message_error(
			"--alive: this profile does not tell what was freed; only the C agent does, with"
			" MEMPROF_SITES=1");
		code = EXIT_INPUT;
	}
	if (code != EXIT_FINE)
		return code;
	sites_sources_read(&job->sources, &job->sites, options->args[0], option_value(options, "sources"));
	job->view.sites = &job->sites;
	job->view.title = options->args[0];
	job->view.sources = job->sources.sources;
	job->view.n_sources = job->sources.n_sources;
	show(job);
	return EXIT_FINE;
}

/* What a profile is of, and which options go with it. */
enum subject { OF_FILE = 1, OF_ALLOCATIONS = 2, OF_TIME = 4, OF_TARGET = 8 };
static const struct {
	const char *option;
	unsigned subjects;
	const char *what;
} subject_options[] = {
	{ "cpu", OF_TIME | OF_TARGET, "a program" },
	{ "interval", OF_TIME | OF_TARGET, "--cpu" },
	{ "step", OF_ALLOCATIONS, "allocations" },
	{ "carrier", OF_ALLOCATIONS, "allocations" },
	{ "timeout", OF_ALLOCATIONS | OF_TIME, "a SCRIPT.py" },
	{ "for", OF_TARGET, "a GDB server, gdb:HOST:PORT; --timeout stops a program" },
	{ "elf", OF_TARGET, "a GDB server, gdb:HOST:PORT" },
	{ "board", OF_TARGET, "a GDB server, gdb:HOST:PORT" },
};

static enum subject subject_of(const struct options *options)
{
	if (objects_is_gdb(options->args[0]))
		return OF_TARGET;
	if (sites_is_profile(options->args[0]))
		return OF_FILE;
	return option_is(options, "cpu") ? OF_TIME : OF_ALLOCATIONS;
}

/* 0; -EINVAL after a message. */
static int check_options(const struct options *options, enum subject subject)
{
	for (size_t i = 0; i < ARRAY_SIZE(subject_options); i++)
		if (option_is(options, subject_options[i].option) && !(subject_options[i].subjects & subject)) {
			message_error("--%s is for %s", subject_options[i].option, subject_options[i].what);
			return -EINVAL;
		}
	if (subject == OF_TARGET && !option_is(options, "cpu")) {
		message_error("a GDB server has no profile of allocations, but one of time: give --cpu");
		return -EINVAL;
	}
	if (options->n_args > 1 && (subject == OF_FILE || subject == OF_TARGET)) {
		message_error(subject == OF_FILE ? "%s is a saved profile; it needs no board" :
						   "%s runs its own program: give nothing else",
			      options->args[0]);
		return -EINVAL;
	}
	return 0;
}

/* An exit code, after a message where it is not EXIT_FINE. */
static int make_profile(struct sites_job *job, const struct options *options)
{
	enum subject subject = subject_of(options);
	bool is_there;
	int code = EXIT_INPUT;

	if (check_options(options, subject) < 0)
		return EXIT_INPUT;
	if (subject == OF_FILE) {
		is_there = sites_load(options->args[0], &job->sites) == 0;
		code = is_there ? EXIT_FINE : EXIT_INPUT;
	} else if (subject == OF_TARGET) {
		code = run_target(job, options, &is_there);
	} else {
		code = run_script(job, options, &is_there);
	}
	return is_there ? exit_worse(code, show_profile(job, options)) : code;
}

static int sites_run(const struct options *options)
{
	struct sites_job job = { .program = { .source = NULL } };

	if (options->n_args == 0) {
		message_error("sites requires a SCRIPT.py and a SOURCE, or a saved profile; see memprof sites --help");
		return EXIT_INPUT;
	}
	if (source_kind_of(options->args[0])->live && !objects_is_gdb(options->args[0])) {
		message_error("SCRIPT.py comes first, before the board '%s'", options->args[0]);
		return EXIT_INPUT;
	}
	if (read_view(options, &job.view) < 0 || output_open(&job.out, options) < 0)
		return EXIT_INPUT;
	int code = make_profile(&job, options);
	sites_sources_deinit(&job.sources);
	sites_comparison_deinit(&job.comparison);
	sites_deinit(&job.sites);
	program_result_deinit(&job.result);
	return output_close(&job.out, code);
}

const struct command command_sites = {
	.name = "sites",
	.usage = "[OPTIONS] SCRIPT.py [SOURCE] | gdb:HOST:PORT | PROFILE.json",
	.summary = "show which lines of a program allocate",
	.group = GROUP_BOARD,
	.options = sites_options,
	.common = { "by", "since", "step", "json", "output" },
	.examples = { "memprof sites examples/grow.py /dev/ttyACM0",
		      "memprof sites -o grow.html examples/grow.py exec:micropython" },
	.run = sites_run,
};
