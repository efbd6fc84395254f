/* help in a memprof that reads files only: sources, without simulated boards, and no manual pages. */
#include "help_topics.h"

#include "memprof/io/source.h"

void help_list_sources(struct strbuf *out)
{
	for (size_t i = 0; source_kinds[i]; i++)
		strbuf_printf(out, "  %-14s %s\n", source_kinds[i]->name, source_kinds[i]->summary);
	strbuf_puts(out, "\nThis build of memprof reads files only.\n");
}

bool help_show_man_page(const char *command)
{
	(void)command;
	return false; /* it is one file, without pages */
}
