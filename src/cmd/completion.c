/* Completions for shells, made from the same tables as --help. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "message.h"

static const char *const shells[] = { "bash", "zsh", "fish", NULL };

static void words_of(const struct command *command)
{
	for (size_t i = 0; command->options[i].says; i++)
		if (command->options[i].name)
			printf(" --%s", command->options[i].name);
	printf(" --help");
}

static void bash(void)
{
	printf("# memprof completion for bash, made by memprof completion bash\n"
	       "_memprof() {\n"
	       "\tlocal current=${COMP_WORDS[COMP_CWORD]} words\n"
	       "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	       "\t\twords='");
	for (size_t i = 0; commands[i]; i++)
		printf("%s ", commands[i]->name);
	printf("--help --version'\n\telse\n\t\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; commands[i]; i++) {
		printf("\t\t%s) words='", commands[i]->name);
		words_of(commands[i]);
		printf("' ;;\n");
	}
	printf("\t\tesac\n\tfi\n"
	       "\tif [ \"$COMP_CWORD\" -gt 1 ] && [ \"${current#-}\" = \"$current\" ]; then\n"
	       "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
	       "\telse\n"
	       "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
	       "\tfi\n}\ncomplete -o filenames -F _memprof memprof\n");
}

static void zsh(void)
{
	printf("#compdef memprof\n# memprof completion for zsh, made by memprof completion zsh\n"
	       "_memprof() {\n\tlocal -a words\n\tif (( CURRENT == 2 )); then\n\t\twords=(");
	for (size_t i = 0; commands[i]; i++)
		printf("'%s:%s' ", commands[i]->name, commands[i]->says);
	printf(")\n\t\t_describe command words\n\telse\n\t\tcase ${words[2]} in\n");
	for (size_t i = 0; commands[i]; i++) {
		printf("\t\t%s) _arguments", commands[i]->name);
		for (size_t k = 0; commands[i]->options[k].says; k++) {
			const struct option_spec *o = &commands[i]->options[k];
			if (!o->name)
				continue;
			printf(" '--%s%s[", o->name, o->arg ? "=" : "");
			for (const char *p = o->says; *p; p++)
				printf(strchr("[]:'", *p) ? " " : "%c", *p);
			printf("]%s%s'", o->arg ? ":" : "", o->arg ? o->arg : "");
		}
		printf(" '*:file:_files' ;;\n");
	}
	printf("\t\tesac\n\tfi\n}\n_memprof \"$@\"\n");
}

static void fish(void)
{
	printf("# memprof completion for fish, made by memprof completion fish\n");
	for (size_t i = 0; commands[i]; i++) {
		printf("complete -c memprof -n __fish_use_subcommand -a %s -d \"%s\"\n", commands[i]->name,
		       commands[i]->says);
		for (size_t k = 0; commands[i]->options[k].says; k++) {
			const struct option_spec *o = &commands[i]->options[k];
			if (o->name)
				printf("complete -c memprof -n '__fish_seen_subcommand_from %s' -l %s%s -d \"%s\"\n",
				       commands[i]->name, o->name, o->arg ? " -r" : "", o->says);
		}
	}
}

static int completion_run(const struct options *options)
{
	static void (*const makers[])(void) = { bash, zsh, fish };

	for (size_t i = 0; options->n_args == 1 && shells[i]; i++) {
		if (strcmp(options->args[0], shells[i]) == 0) {
			makers[i]();
			return EXIT_FINE;
		}
	}
	message_error("completion takes bash, zsh or fish");
	return EXIT_INPUT;
}

static const struct option_spec completion_options[] = { OPTION_END };

const struct command command_completion = {
	.name = "completion",
	.usage = "bash|zsh|fish",
	.says = "print a completion script for a shell",
	.group = GROUP_OTHER,
	.options = completion_options,
	.examples = { "memprof completion bash > ~/.local/share/bash-completion/completions/memprof" },
	.run = completion_run,
};
