/* The completion script for fish. */
#include <string.h>

#include "completion/completion.h"

static const char head[] =
	"# memprof completion for fish, made by memprof completion fish\n"
	"\n"
	"# Whether the cursor is in a command line of COMMAND.\n"
	"function __memprof_in -a command\n"
	"\tset -l words (commandline -opc)\n"
	"\ttest (count $words) -gt 1; and test \"$words[2]\" = $command\n"
	"end\n"
	"\n"
	"# Whether it is at the Nth argument of COMMAND, or with AFTER = 1 at a later one; VALUED are the\n"
	"# options that take a value.\n"
	"function __memprof_at -a command n after valued\n"
	"\t__memprof_in $command; or return 1\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -l at 1\n"
	"\tset -l is_value 0\n"
	"\tset -e words[1..2]\n"
	"\tfor word in $words\n"
	"\t\tif test $is_value = 1\n"
	"\t\t\tset is_value 0\n"
	"\t\telse if contains -- $word (string split ' ' -- $valued)\n"
	"\t\t\tset is_value 1\n"
	"\t\telse if not string match -q -- '-?*' $word\n"
	"\t\t\tset at (math $at + 1)\n"
	"\t\tend\n"
	"\tend\n"
	"\ttest $at -eq $n; or test $after = 1 -a $at -gt $n\n"
	"end\n"
	"\n"
	"# Ports, and the words given.\n"
	"function __memprof_sources\n"
	"\tfor port in";

static const char after_ports[] =
	"\n"
	"\t\techo $port\n"
	"\tend\n"
	"\tfor word in $argv\n"
	"\t\techo $word\n"
	"\tend\n"
	"\tset -l current (commandline -ct)\n"
	"\tif string match -qr -- '^[./~]' $current\n"
	"\t\t__fish_complete_path $current\n"
	"\tend\n"
	"end\n"
	"\n"
	"complete -c memprof -f\n";

/* Between single quotes fish knows \' and \\. */
static void add_quoted(struct strbuf *out, const char *text)
{
	strbuf_putc(out, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			strbuf_putc(out, '\\');
		strbuf_putc(out, *text);
	}
	strbuf_putc(out, '\'');
}

/* The flags of complete: -F is files, -f none. */
static void add_values(struct strbuf *out, struct place_values *values)
{
	strbuf_puts(out, values->files ? " -F" : " -f");
	if (values->ports)
		strbuf_printf(out, " -a '(__memprof_sources %s)'", strbuf_text(&values->words));
	else if (values->words.n_bytes)
		strbuf_printf(out, " -a '%s'", strbuf_text(&values->words));
	place_values_deinit(values);
}

static void add_valued(struct strbuf *out, const struct command *command)
{
	FOR_EACH_OPTION(spec, command)
	{
		if (spec->arg)
			strbuf_printf(out, " --%s", spec->name);
		if (spec->arg && spec->letter)
			strbuf_printf(out, " -%c", spec->letter);
	}
}

static void add_command(struct strbuf *out, const struct command *command)
{
	struct place_values values;

	strbuf_printf(out, "\ncomplete -c memprof -n 'test (count (commandline -opc)) -eq 1' -a %s -d ", command->name);
	add_quoted(out, command->says);
	strbuf_putc(out, '\n');
	FOR_EACH_OPTION(spec, command)
	{
		strbuf_printf(out, "complete -c memprof -n '__memprof_in %s' -l %s", command->name, spec->name);
		if (spec->letter)
			strbuf_printf(out, " -s %c", spec->letter);
		strbuf_puts(out, " -d ");
		add_quoted(out, spec->says);
		if (spec->arg) {
			strbuf_puts(out, " -r");
			completion_of_option(spec, &values);
			add_values(out, &values);
		}
		strbuf_putc(out, '\n');
	}
	strbuf_printf(out, "complete -c memprof -n '__memprof_in %s' -l help -s h -d 'this help'\n", command->name);
	for (size_t i = 0; completion_of_argument(command, i, &values); i++) {
		strbuf_printf(out, "complete -c memprof -n '__memprof_at %s %zu %d \"", command->name, i + 1,
			      values.repeated);
		add_valued(out, command);
		strbuf_puts(out, "\"'");
		add_values(out, &values);
		strbuf_putc(out, '\n');
	}
}

void completion_fish(struct strbuf *out)
{
	strbuf_puts(out, head);
	for (size_t i = 0; completion_ports[i]; i++)
		strbuf_printf(out, " %s", completion_ports[i]);
	strbuf_puts(out, after_ports);
	strbuf_puts(out,
		    "complete -c memprof -n 'test (count (commandline -opc)) -eq 1' -l help -d 'this help'\n"
		    "complete -c memprof -n 'test (count (commandline -opc)) -eq 1' -l version"
		    " -d 'what it is built of'\n");
	for (size_t i = 0; commands[i]; i++)
		add_command(out, commands[i]);
}
