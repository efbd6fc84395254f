/* sites: which lines of a program allocate. */
#include <errno.h>
#include <sys/stat.h>

#include "live.h"
#include "memprof/analysis/site_samples.h"
#include "memprof/base/json.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/protocol/timer_hook.h"
#include "memprof/run/sites.h"
#include "sites/private.h"

/* It runs a program, joins one that runs, or shows a saved profile. */
enum { STEP_BYTES = 4096, STEP_LEAST_BYTES = 1, STEP_MAX_BYTES = 1 << 24 };

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
	{ 'n', "top", "N", "list at most N rows, 0: all (default: 30)", AS_COUNT(sites, top) },
	{ 0, "alive", NULL, "only what was not freed at the end, if that is known", AS_FLAG(sites, alive) },
	{ 0, "alive-at", "MARK", "alive: at this mark of the program, not at the end", AS_TEXT(sites, alive_at),
	  .excludes = "carrier=sentinel" },
	OPTIONS_PROMPT(sites),
	OPTIONS_OUTPUT_IN(sites, "text, json, html, csv, folded, speedscope or pprof",
			  "text|json|html|csv|folded|speedscope|pprof"),
	OPTION_END,
};

struct sites_job {
	enum sites_way way;
	struct output out;
	struct sites sites;
	struct sites_comparison comparison;
	struct sites_sources sources;
	struct sites_view view;
	struct script script;
	struct program_result result;
};

/* ---- options ---- */

/* The agent, if it can; else what stock firmware has, which does not follow blocks to a mark. */
static unsigned carriers_wanted(const struct sites_args *args)
{
	if (args->alive_at || args->carrier == CARRIER_HOOK)
		return 1u << SITES_HOOK;
	return args->carrier == CARRIER_SENTINEL ? 1u << SITES_SENTINEL : 1u << SITES_HOOK | 1u << SITES_SENTINEL;
}

/* ---- the profile ---- */

static int begin_profile(struct sites_job *job, enum sites_how how, enum sites_unit unit, uint64_t step)
{
	if (sites_init(&job->sites, how, unit) < 0) {
		message_error("out of memory");
		return -ENOMEM;
	}
	job->sites.step_bytes = step;
	return 0;
}

/* 0, or -EINVAL after a message. */
static int check_folder(const char *folder)
{
	struct stat st;

	if (!folder || (stat(folder, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	message_error("--sources %s: no such folder", folder);
	return -EINVAL;
}

/* 0, or -EINVAL after a message. */
static int check_format(const struct sites_args *args, enum output_format format)
{
	if (args->since && format != OUTPUT_TEXT && format != OUTPUT_JSON && format != OUTPUT_HTML)
		message_error("--since: two profiles are compared in --format text, json and html");
	else if (args->by && format != OUTPUT_TEXT)
		message_error("--by is for text: other formats have all of the profile");
	else
		return 0;
	return -EINVAL;
}

/* As run_script, of the target of a GDB server. */
static int attach_target(struct sites_job *job, const struct options *options, bool *ret_is_there)
{
	bool is_time = job->way == SITES_OF_TARGET_CPU;
	const struct sites_args *args = options->values;

	*ret_is_there = false;
	if ((is_time && sites_interval_check(args->interval_us, SITES_TARGET_LEAST_US) < 0) ||
	    begin_profile(job, SITES_PROBE, is_time ? SITES_TIME : SITES_BYTES,
			  is_time ? args->interval_us : args->step) < 0)
		return EXIT_INPUT;
	return sites_attach_target(options->args[0], args, &job->sites, ret_is_there);
}

/* As run_script. */
static int attach(struct sites_job *job, const struct options *options, bool *ret_is_there)
{
	const struct sites_args *args = options->values;

	*ret_is_there = false;
	if (args->step > SITE_STEP_MAX_BYTES) {
		message_error("with --attach, --step is %d at most", SITE_STEP_MAX_BYTES);
		return EXIT_INPUT;
	}
	if (begin_profile(job, SITES_HOOK, SITES_BYTES, args->step) < 0)
		return EXIT_INPUT;
	return sites_attach_agent(live_source(options, 0), args, &job->sites, ret_is_there);
}

/* An exit code; *ret_is_there: there is a profile, also if it is not EXIT_FINE. */
static int run_script(struct sites_job *job, const struct options *options, bool *ret_is_there)
{
	const struct sites_args *args = options->values;
	bool is_time = job->way == SITES_OF_CPU;

	*ret_is_there = false;
	if ((is_time && sites_interval_check(args->interval_us, TIMER_HOOK_LEAST_US) < 0) ||
	    begin_profile(job, is_time ? SITES_TIMER : SITES_SENTINEL, is_time ? SITES_TIME : SITES_BYTES,
			  is_time ? args->interval_us : args->step) < 0)
		return EXIT_INPUT;
	script_options(&args->program, &job->script);
	job->script.program.script = options->args[0];
	job->script.source = options->n_args > 1 ? options->args[1] : NULL;
	job->script.output = job->out.format == OUTPUT_TEXT ? stdout : stderr;
	job->script.program.sites = &job->sites;
	job->script.program.carriers = is_time ? 1u << SITES_TIMER : carriers_wanted(args);
	job->script.program.sites_mark = args->alive_at;
	bool has_failed = sites_script_keep(&job->sites, options->args[0]) < 0;
	int code = has_failed ? EXIT_INPUT : script_run(&args->board, &job->script, NULL, &job->result);
	job->sites.was_stopped = job->result.info.stopped;
	if (has_failed || sites_set_exception(&job->sites, job->result.info.exception) < 0) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	bool has_samples = job->sites.n_nodes > 1; /* of a board that was lost when it had ended */
	*ret_is_there = job->result.ran && (job->result.gone ? has_samples : job->sites.n_nodes > 0);
	return code;
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

/* It is not known. */
static int report_no_alive(const char *mark)
{
	if (mark)
		message_error(
			"no mark '%s' came: what was alive at it is not known; a program makes one by"
			" memprof.mark('%s')",
			mark, mark);
	else
		message_error("--alive: it is not known of this profile what was freed");
	return EXIT_INPUT;
}

static int show_profile(struct sites_job *job, const struct options *options)
{
	const struct sites_args *args = options->values;
	const char *since = args->since, *mark = args->alive_at;
	bool is_attached = (job->way & (SITES_OF_AGENT | SITES_OF_TARGET | SITES_OF_TARGET_CPU)) != 0;
	int no_alive = EXIT_FINE;
	const char *script = is_attached ? "" : options->args[0], *folder = args->sources;

	job->view.title = !is_attached ? script : options->n_args > 0 ? options->args[0] : "a program that runs";
	int code = since && sites_compare(since, &job->sites, &job->comparison, &job->view) < 0 ? EXIT_INPUT :
												  EXIT_FINE;

	if (code == EXIT_FINE && !job->sites.has_alive && (mark || job->view.alive_only))
		no_alive = report_no_alive(mark);
	if (code != EXIT_FINE || (no_alive != EXIT_FINE && job->view.alive_only))
		return exit_worse(code, no_alive);
	if (!is_attached || folder) /* else there is no folder of the program's */
		sites_sources_read(&job->sources, &job->sites, script, folder);
	if (job->way != SITES_OF_FILE && sites_sources_keep(&job->sources, &job->sites) < 0)
		job->out.text.error = -ENOMEM;
	job->view.sites = &job->sites;
	job->view.sources = job->sources.sources;
	job->view.n_sources = job->sources.n_sources;
	show(job);
	return no_alive;
}

static int load_file(struct sites_job *job, const struct options *options, bool *ret_is_there)
{
	*ret_is_there = sites_load(options->args[0], &job->sites) == 0;
	return *ret_is_there ? EXIT_FINE : EXIT_INPUT;
}

/* An exit code, after a message where it is not EXIT_FINE. */
static int make_profile(struct sites_job *job, const struct options *options)
{
	bool is_there;
	bool is_target = (job->way & (SITES_OF_TARGET | SITES_OF_TARGET_CPU)) != 0;
	int code = (job->way == SITES_OF_FILE  ? load_file :
		    job->way == SITES_OF_AGENT ? attach :
		    is_target                  ? attach_target :
						 run_script)(job, options, &is_there);

	return is_there ? exit_worse(code, show_profile(job, options)) : code;
}

static int sites_run(const struct options *options)
{
	const struct sites_args *args = options->values;
	struct sites_job job = { .view = { .alive_only = args->alive,
					   .what = args->by ? (enum sites_what)(args->by - 1) : SITES_BY_LINE,
					   .n_top = args->top == NOT_KNOWN ? SITES_TOP_ROWS : args->top } };

	if (sites_way_read(options, &job.way) < 0 || check_folder(args->sources) < 0 ||
	    output_open(&job.out, options, &args->output) < 0)
		return EXIT_INPUT;
	int code = check_format(args, job.out.format) < 0 ? EXIT_INPUT :
		   job.way == SITES_OF_FIRST              ? sites_first_alloc(&job.out, options) :
							    make_profile(&job, options);
	sites_sources_deinit(&job.sources);
	sites_comparison_deinit(&job.comparison);
	sites_deinit(&job.sites);
	program_result_deinit(&job.result);
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
