/* The completion script for bash. It needs nothing of the package bash-completion. */
#include <string.h>

#include "completion/completion.h"

/* What the shell finds out itself: which place the cursor is at. Words end at = and : there
 * (COMP_WORDBREAKS), so both are words of their own; and what is offered behind a : replaces only that. */
static const char head[] =
	"# memprof completion for bash, made by memprof completion bash\n"
	"_memprof() {\n"
	"\tlocal current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} word option= options=\n"
	"\tlocal words= files= ports= port i n=1 only_arguments= before= last=$COMP_CWORD\n"
	"\tCOMPREPLY=()\n"
	"\tif ((COMP_CWORD > 2)) && [[ $current == : ]]; then\n"
	"\t\tlast=$((COMP_CWORD - 1)) before=${COMP_WORDS[COMP_CWORD-1]}: current=$before\n"
	"\telif ((COMP_CWORD > 3)) && [[ ${COMP_WORDS[COMP_CWORD-1]} == : ]]; then\n"
	"\t\tlast=$((COMP_CWORD - 2)) before=${COMP_WORDS[COMP_CWORD-2]}: current=$before$current\n"
	"\tfi\n"
	"\tif ((COMP_CWORD == 1)); then\n"
	"\t\t_memprof_values commands\n"
	"\telse\n"
	"\t\tfor ((i = 2; i < last; i++)); do\n"
	"\t\t\tword=${COMP_WORDS[i]}\n"
	"\t\t\tcase $word in\n"
	"\t\t\t=) continue ;;\n"
	"\t\t\t:*) [[ $word != : ]] || ((i++)); continue ;;\n"
	"\t\t\tesac\n"
	"\t\t\tif [[ $option ]]; then\n"
	"\t\t\t\toption=\n"
	"\t\t\telif [[ $only_arguments || $word != -?* ]]; then\n"
	"\t\t\t\t((n++))\n"
	"\t\t\telif [[ $word == -- ]]; then\n"
	"\t\t\t\tonly_arguments=1\n"
	"\t\t\telif _memprof_values \"$command $word\"; then\n"
	"\t\t\t\toption=$word\n"
	"\t\t\tfi\n"
	"\t\tdone\n"
	"\t\twords= files= ports=\n"
	"\t\tif [[ $option ]]; then\n"
	"\t\t\t[[ $current != = ]] || current=\n"
	"\t\t\t_memprof_values \"$command $option\"\n"
	"\t\telif [[ $current == -* && ! $only_arguments ]]; then\n"
	"\t\t\t_memprof_values \"$command -\"\n"
	"\t\telse\n"
	"\t\t\t_memprof_values \"$command $n\" || _memprof_values \"$command +\"\n"
	"\t\tfi\n"
	"\tfi\n"
	"\t[[ ! $words ]] || mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
	"\tCOMPREPLY=(\"${COMPREPLY[@]#\"$before\"}\")\n"
	"\tfor port in $ports; do\n"
	"\t\t[[ ! -e $port || $port != \"$current\"* ]] || COMPREPLY+=(\"$port\")\n"
	"\tdone\n"
	"\tif [[ $files || ( $ports && $current == [./~]* ) ]]; then\n"
	"\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$current\")\n"
	"\tfi\n"
	"\t[[ ${#COMPREPLY[@]} -ne 1 || $COMPREPLY != *: ]] || compopt -o nospace 2>/dev/null\n"
	"}\n"
	"\n"
	"# Sets words, files and ports to what may stand after an option, or as the Nth argument (+: as any\n"
	"# further one; -: options). Fails for an option that takes no value, and for an argument too many.\n"
	"_memprof_values() {\n"
	"\tcase $1 in\n";

static void add_values(struct strbuf *out, struct place_values *values)
{
	if (values->words.n_bytes)
		strbuf_printf(out, " words='%s'", strbuf_text(&values->words));
	if (values->files)
		strbuf_puts(out, " files=1");
	if (values->ports) {
		strbuf_puts(out, " ports='");
		for (size_t i = 0; completion_ports[i]; i++)
			strbuf_printf(out, "%s%s", i ? " " : "", completion_ports[i]);
		strbuf_puts(out, "'");
	}
	strbuf_puts(out, " ;;\n");
	place_values_deinit(values);
}

static void add_command(struct strbuf *out, const struct command *command)
{
	struct place_values values;

	strbuf_printf(out, "\t'%s -') words='", command->name);
	FOR_EACH_OPTION(spec, command)
	strbuf_printf(out, "--%s ", spec->name);
	strbuf_puts(out, "--help' ;;\n");
	FOR_EACH_OPTION(spec, command)
	{
		if (!spec->arg)
			continue;
		strbuf_printf(out, "\t'%s --%s'", command->name, spec->name);
		if (spec->letter)
			strbuf_printf(out, "|'%s -%c'", command->name, spec->letter);
		strbuf_putc(out, ')');
		completion_of_option(spec, &values);
		add_values(out, &values);
	}
	for (size_t i = 0; completion_of_argument(command, i, &values); i++) {
		strbuf_printf(out, "\t'%s %zu'", command->name, i + 1);
		if (values.repeated)
			strbuf_printf(out, "|'%s +'", command->name);
		strbuf_putc(out, ')');
		add_values(out, &values);
	}
}

void completion_bash(struct strbuf *out)
{
	strbuf_puts(out, head);
	strbuf_puts(out, "\tcommands) words='");
	for (size_t i = 0; commands[i]; i++)
		strbuf_printf(out, "%s ", commands[i]->name);
	strbuf_puts(out, "--help --version' ;;\n");
	for (size_t i = 0; commands[i]; i++)
		add_command(out, commands[i]);
	strbuf_puts(out, "\t*) return 1 ;;\n\tesac\n}\ncomplete -F _memprof memprof\n");
}
