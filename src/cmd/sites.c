/* sites: which lines of a program allocate, or where its time goes; of one that it runs, joins, or of a saved profile.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "load.h"
#include "memprof/analysis/site_samples.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/intake/kinds.h"
#include "memprof/io/source.h"
#include "memprof/protocol/timer_hook.h"
#include "memprof/run/sites.h"
#include "profiles.h"
#include "script.h"

/* ---- options ---- */

enum { STEP_BYTES = 4096, STEP_LEAST_BYTES = 1, STEP_MAX_BYTES = 1 << 24 };
enum { CARRIER_AUTO = 1, CARRIER_HOOK, CARRIER_SENTINEL }; /* --carrier */

struct sites_args {
	struct output_args output;
	struct board_args board;
	struct program_args program;
	const char *elf, *of_board, *first_alloc, *since, *sources, *alive_at;
	uint64_t step, interval_us, for_us, top;
	unsigned carrier, by; /* by: 1 for the first enum sites_what */
	bool cpu, attach, alive;
};

static const struct option_spec sites_options[] = {
	OPTION_GROUP("Program"),
	{ 0, "step", "SIZE", "bytes between two samples, on average (default: 4K)", AS_SIZE(sites, step),
	  .least = STEP_LEAST_BYTES, .most = STEP_MAX_BYTES, .otherwise = STEP_BYTES },
	{ 0, "carrier", "WHAT", "who samples: auto (default), hook (the agent) or sentinel", "auto|hook|sentinel",
	  AS_CHOICE(sites, carrier) },
	{ TIMEOUT_ROW(sites, "stop the program after so long") },
	OPTION_GROUP("Time"),
	{ 0, "cpu", NULL, "where the time goes, in place of allocations", AS_FLAG(sites, cpu) },
	{ 0, "interval", "TIME", "between two samples, on average (default: 20ms)", AS_TIME(sites, interval_us),
	  .least = 1000, .most = 10000000, .otherwise = 20000 },
	OPTION_GROUP("A program that runs already"),
	{ 0, "attach", NULL, "sample a program that runs already, by its agent or gdb:", AS_FLAG(sites, attach),
	  .excludes = "carrier=sentinel" },
	{ 0, "for", "DURATION", "end after so long: 90s, 30m (default: at Ctrl-C)", AS_TIME(sites, for_us),
	  .least = 1 },
	{ 0, "elf", "FILE", "gdb: the firmware's ELF", AS_FILE(sites, elf), .excludes = "board" },
	{ 0, "board", "BOARD", "gdb: name of a known board, or a FILE.json", AS_NAME(sites, of_board) },
	OPTION_GROUP("A function that should not allocate"),
	{ 0, "first-alloc", "FUNC", "stop at the first allocation in a call of FUNC", AS_TEXT(sites, first_alloc) },
	OPTION_GROUP("Profile"),
	{ 0, "by", "WHAT", "line (default), tree, callers or source", "line|tree|callers|source", AS_CHOICE(sites, by),
	  .excludes = "since" },
	{ 0, "since", "FILE.json", "compare with a profile that was saved", AS_FILE(sites, since) },
	{ 0, "sources", "DIR", "where the program's files are (default: beside it)", AS_NAME(sites, sources) },
	{ 'n', "top", "N", "list at most N rows, 0: all (default: 30)", AS_COUNT(sites, top),
	  .otherwise = PROFILE_TOP_ROWS },
	{ 0, "alive", NULL, "only what was not freed at the end, if that is known", AS_FLAG(sites, alive) },
	{ 0, "alive-at", "MARK", "alive: at this mark of the program, not at the end", AS_TEXT(sites, alive_at),
	  .excludes = "carrier=sentinel" },
	OPTIONS_PROMPT(sites),
	OPTIONS_OUTPUT_IN(sites, "text, json, html, csv, folded, speedscope or pprof",
			  "text|json|html|csv|folded|speedscope|pprof"),
	OPTION_END,
};

/* What it profiles, and the options that are for some of these alone. */
enum {
	OF_FILE = 1,        /* a saved profile */
	OF_SCRIPT = 2,      /* allocations of a program that it runs */
	OF_CPU = 4,         /* its time */
	OF_AGENT = 8,       /* a program that runs already */
	OF_TARGET = 16,     /* allocations of the target of a GDB server */
	OF_TARGET_CPU = 32, /* its time */
	OF_FIRST = 64,      /* nothing: the first allocation in a function */
	OF_TARGETS = OF_TARGET | OF_TARGET_CPU,
	OF_ATTACHED = OF_AGENT | OF_TARGETS,
	OF_SCRIPTS = OF_SCRIPT | OF_CPU,
	OF_ALL_CPU = OF_CPU | OF_TARGET_CPU,
	OF_PROFILES = OF_ATTACHED | OF_SCRIPTS | OF_FILE,
};
static const struct {
	const char *options;
	unsigned ways;
	const char *what; /* they are for */
} way_options[] = {
	{ "attach", OF_ATTACHED, "profiles; --first-alloc runs a SCRIPT.py" },
	{ "cpu", OF_ALL_CPU, "a SCRIPT.py, or --attach of a GDB server, gdb:HOST:PORT" },
	{ "interval", OF_ALL_CPU, "--cpu" },
	{ "step", OF_SCRIPT | OF_AGENT | OF_TARGET, "a run that samples allocations" },
	{ "carrier", OF_SCRIPT | OF_AGENT, "a SCRIPT.py, or --attach of an agent" },
	{ "alive-at", OF_SCRIPT | OF_AGENT, "a SCRIPT.py, or --attach of an agent, which reports marks" },
	{ "timeout", OF_SCRIPTS | OF_FIRST, "a SCRIPT.py; --for ends --attach" },
	{ "interrupt|reset", OF_SCRIPTS | OF_FIRST, "a SCRIPT.py; --attach leaves the program alone" },
	{ "for", OF_ATTACHED, "--attach; --timeout ends a SCRIPT.py" },
	{ "elf|board", OF_TARGETS, "--attach of a GDB server, gdb:HOST:PORT" },
	{ "protocol|baud|dtr|rts", OF_AGENT | OF_SCRIPTS | OF_FIRST, "a board at a port" },
	{ "by|since|sources|top", OF_PROFILES, "profiles, and --first-alloc makes none" },
	{ "alive", OF_SCRIPT | OF_AGENT | OF_TARGET | OF_FILE, "profiles of allocations" },
};

struct sites_job {
	const struct options *options;
	const struct sites_args *args;
	unsigned way;
	const char *first; /* argument; "" */
	struct output out;
	struct sites sites;
};

static unsigned way_of(const struct sites_args *args, const char *first)
{
	if (args->first_alloc)
		return OF_FIRST;
	if (args->attach && intake_kind_of(first) == INTAKE_TARGET)
		return args->cpu ? OF_TARGET_CPU : OF_TARGET;
	if (args->attach)
		return OF_AGENT;
	if (*first && source_kind_of(first)->live) /* a port is not read as a file: that may reset its board */
		return OF_SCRIPT;
	return profile_is_data(first) ? OF_FILE : args->cpu ? OF_CPU : OF_SCRIPT;
}

/* A profile that was written for people or other tools, or a build. */
static bool is_no_program(const struct options *options, const char *path)
{
	const char *suffix = output_suffix(path);
	enum output_format format;

	return suffix && (strcmp(suffix, ".map") == 0 || strcmp(suffix, ".elf") == 0 ||
			  output_format_suffixed(options, path, &format));
}

/* 0, or -EINVAL after a message; so are the checks below. */
static int check_arguments(const struct sites_job *job)
{
	const char *first = job->first, *second = job->options->n_args > 1 ? job->options->args[1] : NULL;
	bool is_attached = job->way & OF_ATTACHED, is_live = source_kind_of(first)->live;

	if (!*first && !is_attached)
		message_error("sites requires a SCRIPT.py and a SOURCE, or a saved profile; see memprof sites --help");
	else if (second && is_attached)
		message_error("--attach takes a SOURCE alone: its program runs already");
	else if (*first && is_attached && !is_live && profile_is_data(first))
		message_error("%s is a saved profile, which needs no --attach", first);
	else if (second && job->way == OF_FILE && profile_is_data(second))
		message_error("two profiles are compared by memprof diff %s %s", first, second);
	else if (second && job->way == OF_FILE)
		message_error("%s is read as a saved profile, which needs no board", first);
	else if ((job->way & OF_SCRIPTS) && is_no_program(job->options, first))
		message_error("%s is no program; a profile is read as it is saved by -o FILE.json", first);
	else if (!is_attached && is_live)
		message_error("SCRIPT.py comes first, before the board '%s'; --attach joins a program that runs there",
			      first);
	else if (job->way == OF_TARGET && !job->args->elf)
		message_error(
			"allocations of a GDB server's target need --elf FIRMWARE.elf; --cpu, a profile of time,"
			" does not");
	else if (job->way == OF_FIRST && profile_is_data(first))
		message_error("--first-alloc runs a SCRIPT.py, and %s is none", first);
	else
		return 0;
	return -EINVAL;
}

static int check_options(const struct sites_job *job)
{
	const struct sites_args *args = job->args;
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(way_options); i++) {
		const char *name = options_any(job->options, way_options[i].options);
		if (name && !(way_options[i].ways & job->way)) {
			message_error("--%s is for %s", name, way_options[i].what);
			return -EINVAL;
		}
	}
	if (job->way == OF_AGENT && args->step > SITE_STEP_MAX_BYTES)
		message_error("with --attach, --step is %d at most", SITE_STEP_MAX_BYTES);
	else if (job->way == OF_CPU && args->interval_us < TIMER_HOOK_LEAST_US)
		message_error("--interval takes a time from %dms where a SCRIPT.py is run", TIMER_HOOK_LEAST_US / 1000);
	else if (args->sources && (stat(args->sources, &st) < 0 || !S_ISDIR(st.st_mode)))
		message_error("--sources %s: no such folder", args->sources);
	else
		return check_arguments(job);
	return -EINVAL;
}

static int check_format(const struct sites_args *args, enum output_format format)
{
	bool is_json = format == OUTPUT_JSON, is_text = format == OUTPUT_TEXT;

	if (args->since && !is_text && !is_json && format != OUTPUT_HTML)
		message_error("--since: two profiles are compared in --format text, json and html");
	else if (args->by && !is_text)
		message_error("--by is for text: other formats have all of the profile");
	else if (args->first_alloc && !is_text && !is_json)
		message_error("--first-alloc writes text or json");
	else
		return 0;
	return -EINVAL;
}

/* ---- ways: an exit code, after a message where it is not EXIT_FINE; *ret_is_there: there is a profile ---- */

static int read_file(struct sites_job *job, bool *ret_is_there)
{
	*ret_is_there = profile_load(job->first, &job->sites) == 0;
	return *ret_is_there ? EXIT_FINE : EXIT_INPUT;
}

static int sample_target(struct sites_job *job, bool *ret_is_there)
{
	const struct sites_args *args = job->args;
	const struct sites_target wanted = { .uri = job->first,
					     .elf = args->elf,
					     .board = args->of_board,
					     .for_us = args->for_us,
					     .notices = message_notices,
					     .sites = &job->sites };
	struct diag diag = { 0 };

	return load_exit(sites_of_target(&wanted, ret_is_there, &diag), &diag);
}

static int sample_agent(struct sites_job *job, bool *ret_is_there)
{
	const char *source = live_source(job->options, 0);
	struct sites_attach wanted = { .mark = job->args->alive_at, .for_us = job->args->for_us, .sites = &job->sites };

	int code = live_config(&job->args->board, source, &wanted.board);
	return code != EXIT_FINE ? code : script_exit(sites_attach(&wanted, ret_is_there));
}

/* The agent, if it can; else what stock firmware has, which does not follow blocks to a mark. */
static unsigned carriers_wanted(const struct sites_args *args)
{
	if (args->cpu)
		return 1u << SITES_TIMER;
	if (args->alive_at || args->carrier == CARRIER_HOOK)
		return 1u << SITES_HOOK;
	return args->carrier == CARRIER_SENTINEL ? 1u << SITES_SENTINEL : 1u << SITES_HOOK | 1u << SITES_SENTINEL;
}

static struct script script_of(const struct sites_job *job)
{
	return (struct script){ .board = &job->args->board,
				.args = &job->args->program,
				.program.script = job->first,
				.source = live_source(job->options, 1),
				.output = job->out.format == OUTPUT_TEXT ? stdout : stderr };
}

static int sample_script(struct sites_job *job, bool *ret_is_there)
{
	struct script script = script_of(job);
	struct program_result result = { .ran = false };

	script.program.sites = &job->sites;
	script.program.sites_mark = job->args->alive_at;
	script.program.carriers = carriers_wanted(job->args);
	if (sites_script_keep(&job->sites, job->first) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	int code = script_run(&script, NULL, &result);
	*ret_is_there = result.has_profile;
	program_result_deinit(&result);
	return code;
}

static int report(struct sites_job *job)
{
	const struct sites_args *args = job->args;
	struct sites_view view = { .title = *job->first ? job->first : "a program that runs",
				   .alive_only = args->alive,
				   .what = args->by ? (enum sites_what)(args->by - 1) : SITES_BY_LINE,
				   .n_top = args->top };
	const struct profile_report report = { .sites = &job->sites,
					       .since = args->since,
					       .script = job->way & OF_ATTACHED ? "" : job->first,
					       .folder = args->sources,
					       .mark = args->alive_at,
					       .is_saved = job->way == OF_FILE };

	return profile_report(&job->out, &report, &view);
}

static int make_profile(struct sites_job *job)
{
	static const struct {
		unsigned ways;
		int (*make)(struct sites_job *job, bool *ret_is_there);
		enum sites_how how;
	} ways[] = {
		{ OF_FILE, read_file, SITES_HOOK },         { OF_SCRIPT, sample_script, SITES_SENTINEL },
		{ OF_CPU, sample_script, SITES_TIMER },     { OF_AGENT, sample_agent, SITES_HOOK },
		{ OF_TARGETS, sample_target, SITES_PROBE },
	};
	bool is_time = job->way & OF_ALL_CPU, is_there = false;
	size_t i = 0;

	while (!(ways[i].ways & job->way))
		i++;
	if (job->way != OF_FILE && sites_init(&job->sites, ways[i].how, is_time ? SITES_TIME : SITES_BYTES) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	job->sites.step_bytes = is_time ? job->args->interval_us : job->args->step;
	int code = ways[i].make(job, &is_there);
	return is_there ? exit_worse(code, report(job)) : code;
}

static int sites_run(const struct options *options)
{
	const struct sites_args *args = options->values;
	struct sites_job job = { .options = options, .args = args, .first = options->n_args ? options->args[0] : "" };

	job.way = way_of(args, job.first);
	if (check_options(&job) < 0 || output_open(&job.out, options, &args->output) < 0)
		return EXIT_INPUT;
	struct script script = script_of(&job);
	int code = check_format(args, job.out.format) < 0 ? EXIT_INPUT :
		   job.way == OF_FIRST                    ? script_first_alloc(&script, args->first_alloc, &job.out) :
							    make_profile(&job);
	sites_deinit(&job.sites);
	return output_close(&job.out, code);
}

const struct command command_sites = {
	.name = "sites",
	.usage = "[OPTIONS] [SCRIPT.py|PROFILE.json] [SOURCE]",
	.summary = "show which lines of a program allocate",
	.group = GROUP_BOARD,
	.options = sites_options,
	.args_bytes = sizeof(struct sites_args),
	.common = { "attach", "by", "since", "json", "output" },
	.examples = { "memprof sites -o grow.html examples/grow.py exec:micropython",
		      "memprof sites --attach --for 10s /dev/ttyACM0" },
	.run = sites_run,
};
