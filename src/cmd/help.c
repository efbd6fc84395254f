/* memprof help: man pages, and lists of sources and formats. */
#include "memprof/cli/help.h"
#include "help_topics.h"
#include "load.h"

#include <stdio.h>
#include <string.h>

#include "memprof/base/strbuf.h"
#include "memprof/cli/message.h"
#include "memprof/input/figures_file.h"
#include "memprof/protocol/decoder.h"

static const char figures_language[] =
	"Logs need no pattern for the firmwares below, nor for common words such as\n"
	"\"Free heap: 6288\". Else --figures takes a line as the firmware prints it, with\n"
	"{free} and the like for its numbers. Text before and after it is ignored.\n"
	"\n"
	"  {free} {used} {size}   bytes; any two give the third\n"
	"  {largest}              the largest free block\n"
	"  {least} {most}         least free, most used since the start\n"
	"  {block}                bytes of a block, where others are {free:block}\n"
	"  {pool}                 the name of the heap, where there are several\n"
	"  {ms} {s} {time}        milliseconds or seconds since the start; a clock or date\n"
	"  *                      anything\n"
	"  ^ and $                the beginning and the end of the line\n"
	"  {{ ** ^^ $$            a brace, a star, and these two themselves\n"
	"\n"
	"Units are understood (B, K, KiB, M, 0x for hex); {free:K}, {free:16} and\n"
	"{free:hex} give one. A line break joins lines that belong together.\n"
	"\n"
	"    memprof trend --figures 'Heap: {free}/{size} free, max {largest}' esp.log\n"
	"\n"
	"Known firmwares, for --figures NAME:\n"
	"\n";

static void list_formats(struct strbuf *out)
{
	for (size_t i = 0; decoders[i]; i++)
		strbuf_printf(out, "  %-14s %s\n", decoders[i]->name, decoders[i]->summary);
	strbuf_puts(out, "  raw-atb        a raw block table, two bits per block (report --raw-atb)\n");
}

static void list_figures(struct strbuf *out)
{
	struct figures_file file CLEANUP(figures_file_deinit) = { .document = NULL };

	if (MESSAGE_ON(figures_file_read, &file) < 0)
		return;
	strbuf_puts(out, figures_language);
	for (size_t i = 0; i < file.n_entries; i++)
		strbuf_printf(out, "  %-16s %s\n", file.entries[i].name, file.entries[i].title);
}

static const struct {
	const char *name;
	void (*list)(struct strbuf *out); /* nothing after a message */
} topics[] = { { "sources", help_list_sources }, { "formats", list_formats }, { "figures", list_figures } };

static int help_run(const struct options *options)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *topic = options->n_args > 0 ? options->args[0] : NULL;

	if (!topic) {
		help_overview();
		return EXIT_FINE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(topics); i++) {
		if (strcmp(topic, topics[i].name) != 0)
			continue;
		topics[i].list(&out);
		fwrite(strbuf_text(&out), 1, out.n_bytes, stdout);
		return out.n_bytes ? EXIT_FINE : EXIT_INPUT;
	}
	const struct command *command = command_find(topic);
	if (!command) {
		message_error("unknown command '%s'; see memprof --help", topic);
		return EXIT_INPUT;
	}
	if (!help_show_man_page(topic))
		help_command(command, true);
	return EXIT_FINE;
}

static const struct option_spec help_options[] = { OPTION_END };

const struct command command_help = {
	.name = "help",
	.usage = "[COMMAND | sources | formats | figures]",
	.summary = "show a manual page, or list sources, formats or figures",
	.group = GROUP_OTHER,
	.options = help_options,
	.examples = { "memprof help report", "memprof help sources" },
	.run = help_run,
};
