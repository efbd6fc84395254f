/* completion: prints the script of a shell, which asks the hidden command __complete for candidates. */
#include "completion/completion.h"

#include <stdio.h>
#include <string.h>

#include "live.h"
#include "memprof/cli/message.h"
#include "memprof/cli/output.h"

/* ---- the place of the cursor ---- */

/* "junit:" and the like, where the help of -o has FORMAT:FILE. */
static void offer_formats(struct candidates *c, const struct command *command, const struct option_spec *option)
{
	const char *choices = output_choices(&(struct options){ .specs = command->options }), *choice;
	size_t n;

	if (strcmp(option->name, "output") != 0 || !strstr(option->help, "FORMAT:FILE"))
		return;
	while (option_next_choice(&choices, &choice, &n))
		strbuf_printf(&c->lines, "%.*s:\n", (int)n, choice);
}

/* What may follow the comma of "sim:pico,". */
static void offer_settings(struct candidates *c, const char *value)
{
	if (!c->ports || strncmp(value, "sim:", 4) != 0 || !strchr(value, ','))
		return;
	candidates_deinit(c);
	*c = (struct candidates){ .list = true };
	strbuf_puts(&c->lines,
		    "seed=\tof its random numbers\nperiod=\tmilliseconds between snapshots\n"
		    "snapshots=\texit after so many\n");
}

/* "--format", "--format=json" or "-o". */
static const struct option_spec *find_option(const struct command *command, const char *word)
{
	size_t n = strcspn(word, "=");

	for (const struct option_spec *spec = command->options; spec->help; spec++) {
		if (!spec->name)
			continue;
		if (strncmp(word, "--", 2) == 0 && strlen(spec->name) == n - 2 &&
		    memcmp(spec->name, word + 2, n - 2) == 0)
			return spec;
		if (spec->letter && word[1] == spec->letter && word[2] == '\0')
			return spec;
	}
	return NULL;
}

static void add_options(struct strbuf *out, const struct command *command)
{
	const char *help = command->common[0] ? "--help\tprint the common options\n--help=all\tprint all options\n" :
						"--help\tprint this help\n";

	for (const struct option_spec *spec = command->options; spec->help; spec++)
		if (spec->name)
			strbuf_printf(out, "--%s\t%s\n", spec->name, spec->help);
	strbuf_puts(out, help);
}

/* n_prefix: bytes of current in front of the value, as "--format=". */
static void add_candidates(struct strbuf *out, struct candidates *c, const char *current, size_t n_prefix)
{
	for (const char *p = strbuf_text(&c->lines); *p; p += strcspn(p, "\n") + 1) {
		strbuf_add(out, current, n_prefix);
		strbuf_add(out, p, strcspn(p, "\n") + 1);
	}
	if (c->ports)
		strbuf_printf(out, ":ports%.*s\n", c->named ? (int)n_prefix : 0, current);
	if (c->files || (c->ports && current[n_prefix] && strchr("./~", current[n_prefix])))
		strbuf_puts(out, ":files\n");
	candidates_deinit(c);
}

static void complete_command(struct strbuf *out)
{
	static const struct option_spec first = { .name = "", .arg = "COMMAND|FILE" };
	struct candidates c;

	candidates_of_option(&first, &c);
	add_candidates(out, &c, "", 0);
	strbuf_puts(out, "--help\tprint this help\n--version\tversions of memprof and its libraries\n");
}

/* Skips the words before the cursor: the option that wants a value now, or NULL. */
static const struct option_spec *scan_words(const struct command *command, const char *const *words, size_t n_words,
					    size_t *ret_n_arguments, bool *ret_only_arguments)
{
	const struct option_spec *option = NULL;

	for (size_t i = 0; i < n_words; i++) {
		if (option) {
			option = NULL;
		} else if (*ret_only_arguments || words[i][0] != '-' || words[i][1] == '\0') {
			++*ret_n_arguments;
		} else if (strcmp(words[i], "--") == 0) {
			*ret_only_arguments = true;
		} else if (!strchr(words[i], '=')) {
			option = find_option(command, words[i]);
			option = option && option->arg ? option : NULL;
		}
	}
	return option;
}

static bool candidates_of_nth(const struct command *command, size_t nth, struct candidates *ret)
{
	for (size_t i = 0; candidates_of_argument(command, i, ret); i++) {
		if (i == nth || (ret->repeated && i < nth))
			return true;
		candidates_deinit(ret);
	}
	return false;
}

void completion_lines(const char *const *words, size_t n_words, struct strbuf *out)
{
	const char *current = words[n_words - 1];
	const struct command *command = command_find(words[0]);
	bool only_arguments = false;
	size_t n_arguments = 0, n_prefix = 0;
	struct candidates c;

	if (n_words == 1)
		complete_command(out);
	if (n_words == 1 || !command)
		return;
	const struct option_spec *option = scan_words(command, words + 1, n_words - 2, &n_arguments, &only_arguments);
	bool is_option = !option && !only_arguments && current[0] == '-';
	if (is_option && !strchr(current, '=')) {
		add_options(out, command);
		return;
	}
	if (is_option) {
		option = find_option(command, current);
		n_prefix = strcspn(current, "=") + 1;
		if (!option || !option->arg)
			return;
	}
	if (option) {
		candidates_of_option(option, &c);
		offer_formats(&c, command, option);
	} else if (!candidates_of_nth(command, n_arguments, &c)) {
		return;
	}
	if (c.named)
		n_prefix = live_n_named(current);
	offer_settings(&c, current + n_prefix);
	const char *comma = c.list ? strrchr(current + n_prefix, ',') : NULL;
	add_candidates(out, &c, current, comma ? (size_t)(comma + 1 - current) : n_prefix);
}

/* ---- the commands ---- */

int completion_print(int n_words, char **words)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (n_words > 0)
		completion_lines((const char *const *)words, (size_t)n_words, &out);
	if (strbuf_error(&out) < 0)
		return EXIT_INPUT;
	fwrite(strbuf_text(&out), 1, out.n_bytes, stdout);
	return EXIT_FINE;
}

static int completion_run(const struct options *options)
{
	const char *shell = options->args[0];

	for (size_t i = 0; completion_scripts[i].name; i++) {
		if (strcmp(strchr(completion_scripts[i].name, '.') + 1, shell) != 0)
			continue;
		fputs(completion_scripts[i].text, stdout);
		return EXIT_FINE;
	}
	message_error("completion takes bash, zsh or fish");
	return EXIT_INPUT;
}

static const struct option_spec completion_options[] = {
	OPTION_END,
};

const struct command command_completion = {
	.name = "completion",
	.usage = "bash|zsh|fish",
	.summary = "print a completion script for a shell",
	.group = GROUP_OTHER,
	.options = completion_options,
	.examples = { "memprof completion bash > ~/.local/share/bash-completion/completions/memprof" },
	.run = completion_run,
};
