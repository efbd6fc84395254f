/* The completion script for zsh: a file of $fpath, or text for eval after compinit. */
#include <string.h>

#include "completion/completion.h"

static const char head[] =
	"#compdef memprof\n"
	"# memprof completion for zsh, made by memprof completion zsh\n"
	"_memprof_sources() {\n"
	"\tlocal -a ports words nospace\n";

static const char after_ports[] =
	"\twords=(${@:#*:}) nospace=(${(M)@:#*:})\n"
	"\tcompadd -a ports\n"
	"\tcompadd -a words\n"
	"\tcompadd -S '' -a nospace\n"
	"\t[[ $PREFIX != [./~]* ]] || _files\n"
	"}\n"
	"_memprof() {\n"
	"\tlocal command\n"
	"\tlocal -a names options\n"
	"\tif (( CURRENT == 2 )); then\n"
	"\t\tnames=(\n";

static const char after_commands[] =
	"\t\t)\n"
	"\t\toptions=('--help:this help' '--version:what it is built of')\n"
	"\t\t_describe -t commands command names\n"
	"\t\t_describe -o -t options option options\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tcommand=$words[2]\n"
	"\tshift words\n"
	"\t(( CURRENT-- ))\n"
	"\tcase $command in\n";

/* Inside the quotes of an _arguments spec. */
static void add_text(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			strbuf_puts(out, "'\\''");
		else if (strchr("[]:\\", *text))
			strbuf_printf(out, "\\%c", *text);
		else
			strbuf_putc(out, *text);
	}
}

/* The message and action of a spec: ":FILE:_files". */
static void add_values(struct strbuf *out, const char *says, struct place_values *values)
{
	strbuf_putc(out, ':');
	add_text(out, says);
	strbuf_putc(out, ':');
	if (values->ports) {
		strbuf_puts(out, "_memprof_sources ");
		add_text(out, strbuf_text(&values->words)); /* behind a bare colon another value would begin */
	} else if (values->files && values->words.n_bytes) {
		strbuf_printf(out, "{compadd -- %s; _files}", strbuf_text(&values->words));
	} else if (values->files) {
		strbuf_puts(out, "_files");
	} else if (values->words.n_bytes) {
		strbuf_printf(out, "(%s)", strbuf_text(&values->words));
	} else {
		strbuf_putc(out, ' '); /* a value, of which nothing is known */
	}
	strbuf_putc(out, '\'');
	place_values_deinit(values);
}

static void add_option(struct strbuf *out, const struct option_spec *spec)
{
	struct place_values values;

	for (int letter = 0; letter <= (spec->letter != 0); letter++) {
		strbuf_puts(out, " \\\n\t\t\t'*");
		if (letter)
			strbuf_printf(out, "-%c%s[", spec->letter, spec->arg ? "+" : "");
		else
			strbuf_printf(out, "--%s%s[", spec->name, spec->arg ? "=" : "");
		add_text(out, spec->says);
		strbuf_putc(out, ']');
		if (!spec->arg) {
			strbuf_putc(out, '\'');
			continue;
		}
		completion_of_option(spec, &values);
		add_values(out, spec->arg, &values);
	}
}

static void add_command(struct strbuf *out, const struct command *command)
{
	struct place_values values;

	strbuf_printf(out, "\t%s)\n\t\t_arguments", command->name);
	FOR_EACH_OPTION(spec, command)
	add_option(out, spec);
	strbuf_puts(out, " \\\n\t\t\t'(- *)'{-h,--help}'[this help]'");
	for (size_t i = 0; completion_of_argument(command, i, &values); i++) {
		if (values.repeated)
			strbuf_puts(out, " \\\n\t\t\t'*");
		else
			strbuf_printf(out, " \\\n\t\t\t'%zu", i + 1);
		add_values(out, "argument", &values);
	}
	strbuf_puts(out, "\n\t\t;;\n");
}

void completion_zsh(struct strbuf *out)
{
	strbuf_puts(out, head);
	strbuf_puts(out, "\tports=(");
	for (size_t i = 0; completion_ports[i]; i++)
		strbuf_printf(out, "%s%s(N)", i ? " " : "", completion_ports[i]);
	strbuf_puts(out, ")\n");
	strbuf_puts(out, after_ports);
	for (size_t i = 0; commands[i]; i++) {
		strbuf_printf(out, "\t\t\t'%s:", commands[i]->name);
		add_text(out, commands[i]->says);
		strbuf_puts(out, "'\n");
	}
	strbuf_puts(out, after_commands);
	for (size_t i = 0; commands[i]; i++)
		add_command(out, commands[i]);
	strbuf_puts(out,
		    "\tesac\n}\n"
		    "if [[ $funcstack[1] == _memprof ]]; then _memprof \"$@\"; else compdef _memprof memprof; fi\n");
}
