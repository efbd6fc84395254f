/* What sites profiles, and which options go with that. */
#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "memprof/intake/kinds.h"
#include "memprof/io/source.h"
#include "sites/private.h"

#define OF_TARGET   (SITES_OF_TARGET | SITES_OF_TARGET_CPU)
#define OF_ATTACHED (SITES_OF_AGENT | OF_TARGET)
#define OF_SCRIPT   (SITES_OF_SCRIPT | SITES_OF_CPU)
#define OF_PROFILES (OF_ATTACHED | OF_SCRIPT | SITES_OF_FILE)
#define OF_BOARD    (SITES_OF_AGENT | OF_SCRIPT | SITES_OF_FIRST)

#define FOR_PROFILES "profiles, and --first-alloc makes none"
#define FOR_BOARD    "a board at a port"
#define FOR_SAMPLES  "a run that samples allocations"
#define FOR_TARGET   "--attach of a GDB server, gdb:HOST:PORT"

static const struct {
	const char *option;
	unsigned ways;    /* that it goes with */
	const char *what; /* it is for */
} way_options[] = {
	{ "attach", OF_ATTACHED, "profiles; --first-alloc runs a SCRIPT.py" },
	{ "cpu", SITES_OF_CPU | SITES_OF_TARGET_CPU, "a SCRIPT.py, or --attach of a GDB server, gdb:HOST:PORT" },
	{ "interval", SITES_OF_CPU | SITES_OF_TARGET_CPU, "--cpu" },
	{ "step", SITES_OF_SCRIPT | SITES_OF_AGENT | SITES_OF_TARGET, FOR_SAMPLES },
	{ "carrier", SITES_OF_SCRIPT | SITES_OF_AGENT, "a SCRIPT.py, or --attach of an agent" },
	{ "alive-at", SITES_OF_SCRIPT | SITES_OF_AGENT, "a SCRIPT.py, or --attach of an agent, which reports marks" },
	{ "timeout", OF_SCRIPT | SITES_OF_FIRST, "a SCRIPT.py; --for ends --attach" },
	{ "interrupt", OF_SCRIPT | SITES_OF_FIRST, "a SCRIPT.py; --attach leaves the program alone" },
	{ "reset", OF_SCRIPT | SITES_OF_FIRST, "a SCRIPT.py; --attach leaves the program alone" },
	{ "for", OF_ATTACHED, "--attach; --timeout ends a SCRIPT.py" },
	{ "elf", OF_TARGET, FOR_TARGET },
	{ "board", OF_TARGET, FOR_TARGET },
	{ "protocol", OF_BOARD, FOR_BOARD },
	{ "baud", OF_BOARD, FOR_BOARD },
	{ "dtr", OF_BOARD, FOR_BOARD },
	{ "rts", OF_BOARD, FOR_BOARD },
	{ "by", OF_PROFILES, FOR_PROFILES },
	{ "since", OF_PROFILES, FOR_PROFILES },
	{ "sources", OF_PROFILES, FOR_PROFILES },
	{ "top", OF_PROFILES, FOR_PROFILES },
	{ "alive", SITES_OF_SCRIPT | SITES_OF_AGENT | SITES_OF_TARGET | SITES_OF_FILE, "profiles of allocations" },
};

static enum sites_way way_of(const struct options *options)
{
	const struct sites_args *args = options->values;
	const char *first = options->n_args > 0 ? options->args[0] : "";

	if (args->first_alloc)
		return SITES_OF_FIRST;
	if (args->attach && intake_kind_of(first) == INTAKE_TARGET)
		return args->cpu ? SITES_OF_TARGET_CPU : SITES_OF_TARGET;
	if (args->attach)
		return SITES_OF_AGENT;
	if (*first && source_kind_of(first)->live) /* a port is not read as a file: that may reset its board */
		return SITES_OF_SCRIPT;
	if (sites_is_data(first))
		return SITES_OF_FILE;
	return args->cpu ? SITES_OF_CPU : SITES_OF_SCRIPT;
}

/* A profile that was written for people or other tools, or a build. */
static bool is_no_program(const struct options *options, const char *path)
{
	const char *suffix = output_suffix(path);
	enum output_format format;

	return suffix && (strcmp(suffix, ".map") == 0 || strcmp(suffix, ".elf") == 0 ||
			  output_format_suffixed(options, path, &format));
}

static int check_arguments(const struct options *options, enum sites_way way)
{
	const struct sites_args *args = options->values;
	bool is_attached = way & OF_ATTACHED;

	if (options->n_args == 0 && !is_attached)
		message_error("sites requires a SCRIPT.py and a SOURCE, or a saved profile; see memprof sites --help");
	else if (options->n_args > 1 && is_attached)
		message_error("--attach takes a SOURCE alone: its program runs already");
	else if (options->n_args > 0 && is_attached && !source_kind_of(options->args[0])->live &&
		 sites_is_data(options->args[0]))
		message_error("%s is a saved profile, which needs no --attach", options->args[0]);
	else if (options->n_args > 1 && way == SITES_OF_FILE && sites_is_data(options->args[1]))
		message_error("two profiles are compared by memprof diff %s %s", options->args[0], options->args[1]);
	else if (options->n_args > 1 && way == SITES_OF_FILE)
		message_error("%s is read as a saved profile, which needs no board", options->args[0]);
	else if ((way & OF_SCRIPT) && is_no_program(options, options->args[0]))
		message_error("%s is no program; a profile is read as it is saved by -o FILE.json", options->args[0]);
	else if (!is_attached && source_kind_of(options->args[0])->live)
		message_error("SCRIPT.py comes first, before the board '%s'; --attach joins a program that runs there",
			      options->args[0]);
	else if (way == SITES_OF_TARGET && !args->elf)
		message_error(
			"allocations of a GDB server's target need --elf FIRMWARE.elf; --cpu, a profile of time,"
			" does not");
	else
		return 0;
	return -EINVAL;
}

int sites_way_read(const struct options *options, enum sites_way *ret)
{
	enum sites_way way = way_of(options);

	for (size_t i = 0; i < ARRAY_SIZE(way_options); i++)
		if (options_any(options, way_options[i].option) && !(way_options[i].ways & way)) {
			message_error("--%s is for %s", way_options[i].option, way_options[i].what);
			return -EINVAL;
		}
	*ret = way;
	return check_arguments(options, way);
}
