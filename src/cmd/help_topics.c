/* help: lists of sources, and manual pages. offline/help_topics.c is for a memprof that reads files only. */
#define _DEFAULT_SOURCE
#include "help_topics.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memprof/io/source.h"
#include "memprof/sim_names.h"

void help_list_sources(struct strbuf *out)
{
	for (size_t i = 0; source_kinds[i]; i++)
		strbuf_printf(out, "  %-14s %s\n", source_kinds[i]->name, source_kinds[i]->summary);
	strbuf_puts(out,
		    "  auto           the only connected board; the default\n"
		    "\nSimulated boards, sim:PROFILE[,seed=N][,period=MS]:\n");
	for (size_t i = 0; i < SIM_N_NAMES; i++)
		strbuf_printf(out, "  sim:%-10s %s\n", sim_names[i].name, sim_names[i].summary);
}

bool help_show_man_page(const char *command)
{
	char page[64];

	if (!isatty(STDOUT_FILENO))
		return false;
	snprintf(page, sizeof(page), "memprof-%s", command);
	pid_t pid = fork();
	if (pid == 0) {
		freopen("/dev/null", "w", stderr);
		execlp("man", "man", "1", page, (char *)NULL);
		_exit(127);
	}
	int status = 0;
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}
