/* sites: which lines of a program allocate. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "live.h"
#include "memprof/analysis/site_samples.h"
#include "memprof/base/date.h"
#include "memprof/base/json.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/protocol/timer_hook.h"
#include "run/program.h"
#include "sites/private.h"
#include "sites/target.h"

/* It runs a program, joins one that runs, or shows a saved profile. */
enum { STEP_BYTES = 4096, STEP_LEAST_BYTES = 1, STEP_MAX_BYTES = 1 << 24 };

static const struct option_spec sites_options[] = {
	OPTION_GROUP("Program"),
	{ 0, "step", "SIZE", "bytes between two samples, on average (default: 4K)" },
	{ 0, "carrier", "WHAT", "who samples: auto (default), hook (the agent) or sentinel", "auto|hook|sentinel" },
	{ 0, "timeout", "SECONDS", "stop the program after so long (default: never)" },
	OPTION_GROUP("Time"),
	{ 0, "cpu", NULL, "where the time goes, in place of allocations" },
	{ 0, "interval", "TIME", "between two samples, on average (default: 20ms)" },
	OPTION_GROUP("A program that runs already"),
	{ 0, "attach", NULL, "sample a program that runs already, by its agent or gdb:" },
	{ 0, "for", "DURATION", "end after so long: 90s, 30m (default: at Ctrl-C)" },
	{ 0, "elf", "FILE", "gdb: the firmware's ELF" },
	{ 0, "board", "BOARD", "gdb: name of a known board, or a FILE.json" },
	OPTION_GROUP("A function that should not allocate"),
	{ 0, "first-alloc", "FUNC", "stop at the first allocation in a call of FUNC" },
	OPTION_GROUP("Profile"),
	{ 0, "by", "WHAT", "line (default), tree, callers or source", "line|tree|callers|source" },
	{ 0, "since", "FILE.json", "compare with a profile that was saved" },
	{ 0, "sources", "DIR", "where the program's files are (default: beside it)" },
	{ 'n', "top", "N", "list at most N rows, 0: all (default: 30)" },
	{ 0, "alive", NULL, "only what was not freed at the end, if that is known" },
	{ 0, "alive-at", "MARK", "alive: at this mark of the program, not at the end" },
	OPTIONS_PROMPT,
	OPTIONS_OUTPUT_IN("text, json, html, csv, folded, speedscope or pprof",
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

/* The agent, if it can; else what stock firmware has, which does not follow blocks to a mark. */
static unsigned carriers_wanted(const struct options *options)
{
	const char *carrier = option_value(options, "carrier");

	if (option_is(options, "alive-at"))
		return 1u << SITES_HOOK;
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
static int read_for(const struct options *options, uint64_t *ret_us)
{
	const char *text = option_value(options, "for");

	*ret_us = NOT_KNOWN;
	if (!text || (duration_parse(text, ret_us) == 0 && *ret_us > 0))
		return 0;
	message_error("--for takes a duration, such as 10, 90s or 30m, not '%s'", text);
	return -EINVAL;
}

/* 0, or -EINVAL after a message. */
static int check_folder(const struct options *options)
{
	const char *folder = option_value(options, "sources");
	struct stat st;

	if (!folder || (stat(folder, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	message_error("--sources %s: no such folder", folder);
	return -EINVAL;
}

/* 0, or -EINVAL after a message. */
static int check_since(const struct options *options, enum output_format format)
{
	if (!option_is(options, "since") || format == OUTPUT_TEXT || format == OUTPUT_JSON || format == OUTPUT_HTML)
		return 0;
	message_error("--since: two profiles are compared in --format text, json and html");
	return -EINVAL;
}

/* --by is a choice of text, of one profile. 0, or -EINVAL after a message. */
static int check_by(const struct options *options, enum output_format format)
{
	if (!option_is(options, "by") || (format == OUTPUT_TEXT && !option_is(options, "since")))
		return 0;
	message_error("--by is for text of one profile%s",
		      format == OUTPUT_TEXT ? "; two are compared by line" : ": other formats have all of it");
	return -EINVAL;
}

/* 0, or -EINVAL after a message. */
static int check_carrier(const struct options *options)
{
	static const char *const of_hook[] = { "attach", "alive-at" };
	const char *carrier = option_value(options, "carrier");

	for (size_t i = 0; carrier && i < ARRAY_SIZE(of_hook); i++)
		if (option_is(options, of_hook[i]) && strcmp(carrier, sites_how_name(SITES_SENTINEL)) == 0) {
			message_error("--%s needs the carrier hook: the agent in the firmware", of_hook[i]);
			return -EINVAL;
		}
	return 0;
}

/* As run_script, of the target of a GDB server. */
static int attach_target(struct sites_job *job, const struct options *options, bool *ret_is_there)
{
	bool is_time = job->way == SITES_OF_TARGET_CPU;
	struct sites_target target = { .uri = options->args[0], .unit = is_time ? SITES_TIME : SITES_BYTES };

	*ret_is_there = false;
	if ((is_time ? sites_interval_read(options, SITES_TARGET_LEAST_US, &target.step) :
		       read_step(options, &target.step)) < 0 ||
	    read_for(options, &target.for_us) < 0 || begin_profile(job, SITES_PROBE, target.unit, target.step) < 0)
		return EXIT_INPUT;
	return sites_of_target(options, &target, &job->sites, ret_is_there);
}

/* As run_script. */
static int attach(struct sites_job *job, const struct options *options, bool *ret_is_there)
{
	struct sites_attach attach = { .mark = option_value(options, "alive-at"), .sites = &job->sites };

	*ret_is_there = false;
	if (read_step(options, &attach.step_bytes) < 0 || read_for(options, &attach.for_us) < 0 ||
	    live_source(options, 0, &attach.source) < 0)
		return EXIT_INPUT;
	if (attach.step_bytes > SITE_STEP_MAX_BYTES) {
		message_error("with --attach, --step is %d at most", SITE_STEP_MAX_BYTES);
		return EXIT_INPUT;
	}
	return begin_profile(job, SITES_HOOK, SITES_BYTES, attach.step_bytes) < 0 ?
		       EXIT_INPUT :
		       sites_attach(options, &attach, ret_is_there);
}

/* An exit code; *ret_is_there: there is a profile, also if it is not EXIT_FINE. */
static int run_script(struct sites_job *job, const struct options *options, bool *ret_is_there)
{
	bool is_time = job->way == SITES_OF_CPU;
	uint64_t step;

	*ret_is_there = false;
	if ((is_time ? sites_interval_read(options, TIMER_HOOK_LEAST_US, &step) : read_step(options, &step)) < 0 ||
	    program_options_read(options, &job->program) < 0 ||
	    begin_profile(job, is_time ? SITES_TIMER : SITES_SENTINEL, is_time ? SITES_TIME : SITES_BYTES, step) < 0)
		return EXIT_INPUT;
	job->program.live = false;
	job->program.script = options->args[0];
	job->program.source = options->n_args > 1 ? options->args[1] : NULL;
	job->program.output = job->out.format == OUTPUT_TEXT ? stdout : stderr;
	job->program.sites = &job->sites;
	job->program.carriers = is_time ? 1u << SITES_TIMER : carriers_wanted(options);
	job->program.sites_mark = option_value(options, "alive-at");
	bool has_failed = sites_script_keep(&job->sites, options->args[0]) < 0;
	int code = has_failed ? EXIT_INPUT : program_run(options, &job->program, NULL, &job->result);
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
	const char *since = option_value(options, "since"), *mark = option_value(options, "alive-at");
	bool is_attached = (job->way & (SITES_OF_AGENT | SITES_OF_TARGET | SITES_OF_TARGET_CPU)) != 0;
	int no_alive = EXIT_FINE;
	const char *script = is_attached ? "" : options->args[0], *folder = option_value(options, "sources");

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
	struct sites_job job = { .program = { .source = NULL } };

	if (sites_way_read(options, &job.way) < 0 || check_carrier(options) < 0 || check_folder(options) < 0 ||
	    read_view(options, &job.view) < 0)
		return EXIT_INPUT;
	if (output_open(&job.out, options) < 0)
		return EXIT_INPUT;
	int code = check_since(options, job.out.format) < 0 || check_by(options, job.out.format) < 0 ? EXIT_INPUT :
		   job.way == SITES_OF_FIRST ? sites_first_alloc(&job.out, options) :
					       make_profile(&job, options);
	sites_sources_deinit(&job.sources);
	sites_comparison_deinit(&job.comparison);
	sites_deinit(&job.sites);
	program_result_deinit(&job.result);
	return output_close(&job.out, code);
}

const struct command command_sites = {
	.name = "sites",
	.usage = "[OPTIONS] SCRIPT.py|--attach [SOURCE] | PROFILE.json",
	.summary = "show which lines of a program allocate",
	.group = GROUP_BOARD,
	.options = sites_options,
	.common = { "attach", "by", "since", "json", "output" },
	.examples = { "memprof sites -o grow.html examples/grow.py exec:micropython",
		      "memprof sites --attach --for 10s /dev/ttyACM0" },
	.run = sites_run,
};
