/* Selects a command of the table, which is beside this file. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "memprof/base/edit_distance.h"
#include "memprof/base/json_read.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/cli/help.h"
#include "memprof/cli/message.h"
#include "memprof/cli/outputs.h"
#include "memprof/io/interrupt.h"
#include "memprof/sim_main.h"
#include "open.h"
#include "version.h"

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

/* Names from other tools. */
static const struct {
	const char *name, *meant;
} habits[] = {
	{ "bloat", "map" },
	{ "compare", "diff" },
	{ "connect", "attach" },
	{ "du", "map --by folder" },
	{ "dump", "snap" },
	{ "leak", "leaks" },
	{ "monitor", "attach" },
	{ "nm", "map --by symbol" },
	{ "ports", "devices" },
	{ "size", "map" },
	{ "stack", "map --by stack" },
	{ "stats", "report" },
	{ "symbols", "map --by symbol" },
	{ "top", "attach" },
};

static int unknown_command(const char *name)
{
	const char *best = NULL;
	size_t n_best = 3;

	if (name[0] == '-') {
		message_error("options come after the command: memprof COMMAND %s", name);
		return EXIT_INPUT;
	}
	for (size_t i = 0; commands_left_out[i]; i++) {
		if (strcmp(commands_left_out[i], name) != 0)
			continue;
		message_error("'%s' is not in this build of memprof, which reads files only", name);
		return EXIT_INPUT;
	}
	for (size_t i = 0; i < ARRAY_SIZE(habits); i++) {
		if (strcmp(habits[i].name, name) != 0)
			continue;
		message_error("unknown command '%s'; did you mean '%s'?", name, habits[i].meant);
		return EXIT_INPUT;
	}
	for (size_t i = 0; commands[i]; i++) {
		if (strncmp(commands[i]->name, name, strlen(name)) == 0) {
			best = commands[i]->name;
			break;
		}
		size_t n = edit_distance(name, commands[i]->name);
		if (n < n_best) {
			n_best = n;
			best = commands[i]->name;
		}
	}
	if (best)
		message_error("unknown command '%s'; did you mean '%s'?", name, best);
	else
		message_error("unknown command '%s'; see memprof --help", name);
	return EXIT_INPUT;
}

static int finish(int code)
{
	if (code == EXIT_STOPPED)
		interrupt_end(0);
	if (fflush(stdout) != 0 && errno != EPIPE) {
		message_error("standard output: %s", strerror(errno));
		return EXIT_INPUT;
	}
	return code;
}

static void print_version(void)
{
	char text[32];

	printf("memprof %s\n%s\n", MEMPROF_VERSION, json_library(text));
#ifdef __GLIBC__
	printf("glibc %s\n", gnu_get_libc_version());
#endif
}

/* args: the command's struct args, all zero. */
static int run_with(const struct command *command, int argc, char **argv, void *args)
{
	struct options options;

	if (options_parse(command, argc - 1, argv + 1, args, &options) < 0)
		return outputs_discard(&options);
	if (options.help) {
		help_command(command, options.help_all);
		return finish(EXIT_FINE);
	}
	if (!command_may_run(&options))
		return EXIT_INPUT;
	options.argv = argv;
	return finish(command->run(&options));
}

/* argv: "memprof", a command, and what follows. */
static int run(int argc, char **argv)
{
	const struct command *command = command_find(argv[1]);

	if (!command)
		return unknown_command(argv[1]); /* of another build */
	void *args = calloc(1, command->args_bytes + 1);
	if (!args) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	int code = run_with(command, argc, argv, args);
	free(args);
	return code;
}

int main(int argc, char **argv)
{
#if MEMPROF_ONE_FILE /* src/io/source/sim.c starts it by this name */
	if (argc > 0 && strcmp(argv[0], "memprof-sim") == 0)
		return sim_main(argc, argv);
#endif
	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	interrupt_catch();
	if (argc < 2) {
		help_overview();
		return finish(EXIT_INPUT);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help_overview();
		return finish(EXIT_FINE);
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		print_version();
		return finish(EXIT_FINE);
	}
	if (strcmp(argv[1], "__complete") == 0)
		return finish(completion_print(argc - 2, argv + 2));
	if (command_find(argv[1]))
		return run(argc, argv);
	if (!open_is_name(argv[1]))
		return unknown_command(argv[1]);
	char **line = open_command_line(argc, argv, &argc);
	int code = line ? run(argc, line) : EXIT_INPUT;
	free(line);
	return code;
}
