/* --help: of memprof, and of one command. */
#include "memprof/cli/help.h"

#include <stdio.h>

#include "memprof/base/strbuf.h"

static void print(struct strbuf *out)
{
	fwrite(strbuf_text(out), 1, out->n_bytes, stdout);
	strbuf_deinit(out);
}

void help_overview(void)
{
	static const char *const groups[N_COMMAND_GROUPS] = {
		[GROUP_BOARD] = "Live boards",
		[GROUP_FILES] = "Files",
		[GROUP_OTHER] = "Other commands",
	};
	struct strbuf out = STRBUF_INIT;

	strbuf_puts(&out,
		    "memprof is a memory profiler for MicroPython boards.\n"
		    "\nUsage: memprof FILE|BOARD...    opens it: a board, log, recording, map, program\n"
		    "       memprof COMMAND [OPTIONS] ...\n");
	for (int g = 0; g < N_COMMAND_GROUPS; g++) {
		strbuf_printf(&out, "\n%s:\n", groups[g]);
		for (size_t i = 0; commands[i]; i++)
			if ((int)commands[i]->group == g)
				strbuf_printf(&out, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
	}
	strbuf_puts(&out, "\nSee 'memprof COMMAND --help' for the options of a command.\n");
	print(&out);
}

void help_command(const struct command *command, bool all)
{
	struct strbuf out = STRBUF_INIT;

	strbuf_printf(&out, "memprof %s: %s\n\nUsage: memprof %s %s\n", command->name, command->summary, command->name,
		      command->usage);
	size_t n_more = options_help(command->options, command->common, all, &out);
	strbuf_puts(&out, "  -h, --help          print this help\n\nExamples:\n");
	for (size_t i = 0; command->examples[i]; i++)
		strbuf_printf(&out, "  %s\n", command->examples[i]);
	strbuf_putc(&out, '\n');
	if (n_more > 0)
		strbuf_printf(&out, "--help=all shows %zu more option%s. ", n_more, n_more == 1 ? "" : "s");
	strbuf_printf(&out, "See memprof-%s(1).\n", command->name);
	print(&out);
}
