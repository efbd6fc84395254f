/* What goes together of the options and arguments of sites. */
#include "sites.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "memprof/analysis/site_samples.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/intake/kinds.h"
#include "memprof/io/source.h"
#include "memprof/protocol/timer_hook.h"

/* Options that are for some ways alone. */
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

int sites_check_usage(struct sites_job *job)
{
	const struct sites_args *args = job->args;
	struct stat st;

	job->way = way_of(args, job->first);
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

int sites_check_format(const struct sites_args *args, enum output_format format)
{
	bool is_json = format == OUTPUT_JSON, is_text = format == OUTPUT_TEXT || format == OUTPUT_MARKDOWN;

	if (args->since && !is_text && !is_json && format != OUTPUT_HTML)
		message_error("--since: two profiles are compared in --format text, markdown, json and html");
	else if (args->by && !is_text)
		message_error("--by is for text and markdown: other formats have all of the profile");
	else if (args->first_alloc && !is_text && !is_json)
		message_error("--first-alloc writes text, markdown or json");
	else
		return 0;
	return -EINVAL;
}
