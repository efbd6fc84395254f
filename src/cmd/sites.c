/* sites: which lines of a program allocate, or where its time goes: run here, joined, or of a saved profile. */
#include "sites.h"

#include <errno.h>

#include "load.h"
#include "memprof/cli/message.h"
#include "memprof/run/sites.h"

/* ---- options ---- */

enum { STEP_LEAST_BYTES = 1, STEP_MAX_BYTES = 1 << 24 };
enum { CARRIER_AUTO = 1, CARRIER_HOOK, CARRIER_SENTINEL }; /* --carrier */

static const struct option_spec sites_options[] = {
	OPTION_GROUP("Program"),
	{ 0, "step", "SIZE", "bytes between two samples, on average (default: 4K)", AS_SIZE(sites, step),
	  .least = STEP_LEAST_BYTES, .most = STEP_MAX_BYTES, .otherwise = SITES_STEP_BYTES },
	{ 0, "carrier", "WHAT", "how to sample: auto (default), hook (agent) or sentinel", "auto|hook|sentinel",
	  AS_CHOICE(sites, carrier) },
	{ TIMEOUT_ROW(sites, "stop the program after this time") },
	OPTION_GROUP("Time"),
	{ 0, "cpu", NULL, "where the time goes, in place of allocations", AS_FLAG(sites, cpu) },
	{ 0, "interval", "TIME", "between two samples, on average (default: 20ms)", AS_TIME(sites, interval_us),
	  .least = 1000, .most = 10000000, .otherwise = 20000 },
	OPTION_GROUP("A program that runs already"),
	{ 0, "attach", NULL, "sample a running program, by its agent or a gdb: source", AS_FLAG(sites, attach),
	  .excludes = "carrier=sentinel" },
	{ 0, "for", "DURATION", "stop after DURATION: 90s, 30m (default: at Ctrl-C)", AS_TIME(sites, for_us),
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
	OPTIONS_OUTPUT_IN(sites, "text, json, html, csv, markdown, folded, speedscope, pprof",
			  "text|json|html|csv|markdown|folded|speedscope|pprof"),
	OPTION_END,
};

/* ---- ways: an exit code, after a message where it is not EXIT_FINE; *ret_is_there: there is a profile ---- */

static int read_file(struct sites_job *job, bool *ret_is_there)
{
	int code = profile_load(job->first, &job->sites);

	*ret_is_there = code == EXIT_FINE;
	return code;
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
	if (sites_script_keep(&job->sites, job->first) < 0)
		return load_exit(-ENOMEM, NULL);
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
	if (job->way != OF_FILE && sites_init(&job->sites, ways[i].how, is_time ? SITES_TIME : SITES_BYTES) < 0)
		return load_exit(-ENOMEM, NULL);
	job->sites.step_bytes = is_time ? job->args->interval_us : job->args->step;
	int code = ways[i].make(job, &is_there);
	return is_there ? exit_worse(code, report(job)) : code;
}

static int sites_run(const struct options *options)
{
	const struct sites_args *args = options->values;
	struct sites_job job = { .options = options, .args = args, .first = options->n_args ? options->args[0] : "" };

	if (sites_check_usage(&job) < 0 || output_open(&job.out, options, &args->output) < 0)
		return EXIT_INPUT;
	struct script script = script_of(&job);
	int code = sites_check_format(args, job.out.format) < 0 ? EXIT_INPUT :
		   job.way == OF_FIRST ? script_first_alloc(&script, args->first_alloc, &job.out) :
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
