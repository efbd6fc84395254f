#define _DEFAULT_SOURCE
#include "memprof/cli/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memprof/base/strbuf.h"
#include "memprof/cli/message.h"
#include "memprof/io/sim_names.h"
#include "memprof/io/source.h"
#include "memprof/protocol/decoder.h"

static void print(struct strbuf *out)
{
	fwrite(strbuf_text(out), 1, out->n_bytes, stdout);
	strbuf_deinit(out);
}

void help_overview(void)
{
	static const char *const groups[N_COMMAND_GROUPS] = {
		[GROUP_BOARD] = "With a board",
		[GROUP_FILES] = "With files",
		[GROUP_OTHER] = "Else",
	};
	struct strbuf out = STRBUF_INIT;

	strbuf_puts(&out,
		    "memprof tells where the memory of a MicroPython board went, and what still fits.\n"
		    "\nUsage: memprof COMMAND [OPTIONS] ...\n");
	for (int g = 0; g < N_COMMAND_GROUPS; g++) {
		strbuf_printf(&out, "\n%s:\n", groups[g]);
		for (size_t i = 0; commands[i]; i++)
			if ((int)commands[i]->group == g)
				strbuf_printf(&out, "  %-11s %s\n", commands[i]->name, commands[i]->says);
	}
	strbuf_puts(&out, "\nmemprof COMMAND --help tells more; memprof --version says what it is built of.\n");
	print(&out);
}

void help_command(const struct command *command)
{
	struct strbuf out = STRBUF_INIT;

	strbuf_printf(&out, "memprof %s: %s\n\nUsage: memprof %s %s\n", command->name, command->says, command->name,
		      command->usage);
	options_help(command->options, &out);
	strbuf_puts(&out, "  -h, --help          this help\n\nExamples:\n");
	for (size_t i = 0; command->examples[i]; i++)
		strbuf_printf(&out, "  %s\n", command->examples[i]);
	strbuf_printf(&out, "\nSee memprof-%s(1).\n", command->name);
	print(&out);
}

static int help_sources(void)
{
	struct strbuf out = STRBUF_INIT;

	for (size_t i = 0; source_kinds[i]; i++)
		strbuf_printf(&out, "  %-14s %s\n", source_kinds[i]->name, source_kinds[i]->says);
	strbuf_puts(&out,
		    "  auto           the only board that is plugged in; also if no source is named\n"
		    "\nsimulated boards, sim:PROFILE[,seed=N][,period=MS]:\n");
	for (size_t i = 0; i < SIM_N_NAMES; i++)
		strbuf_printf(&out, "  sim:%-10s %s\n", sim_names[i].name, sim_names[i].says);
	print(&out);
	return EXIT_FINE;
}

static int help_formats(void)
{
	struct strbuf out = STRBUF_INIT;

	for (size_t i = 0; decoders[i]; i++)
		strbuf_printf(&out, "  %-14s %s\n", decoders[i]->name, decoders[i]->says);
	strbuf_puts(&out, "  raw-atb        a block table, two bits a block (report --raw-atb)\n");
	print(&out);
	return EXIT_FINE;
}

/* Opens the man page; false if there is none. */
static bool open_manual(const char *name)
{
	char page[64];

	if (!isatty(STDOUT_FILENO))
		return false;
	snprintf(page, sizeof(page), "memprof-%s", name);
	pid_t pid = fork();
	if (pid == 0) {
		freopen("/dev/null", "w", stderr);
		execlp("man", "man", "1", page, (char *)NULL);
		_exit(127);
	}
	int status = 0;
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static int help_run(const struct options *options)
{
	const char *about = options->n_args > 0 ? options->args[0] : NULL;

	if (!about) {
		help_overview();
		return EXIT_FINE;
	}
	if (strcmp(about, "sources") == 0)
		return help_sources();
	if (strcmp(about, "formats") == 0)
		return help_formats();
	const struct command *command = command_find(about);
	if (!command) {
		message_error("no command '%s' to help with", about);
		return EXIT_INPUT;
	}
	if (!open_manual(about))
		help_command(command);
	return EXIT_FINE;
}

static const struct option_spec help_options[] = { OPTION_END };

const struct command command_help = {
	.name = "help",
	.usage = "[COMMAND | sources | formats]",
	.says = "a command's manual; what sources and formats there are",
	.group = GROUP_OTHER,
	.options = help_options,
	.examples = { "memprof help report", "memprof help sources" },
	.run = help_run,
};
