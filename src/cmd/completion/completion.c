/* Completions for shells, made from the same tables as --help. */
#define _POSIX_C_SOURCE 200809L /* strtok_r */
#include "completion/completion.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/input/board_lookup.h"
#include "memprof/io/sim_names.h"
#include "memprof/io/source.h"
#include "memprof/protocol/decoder.h"

const char *const completion_ports[] = { "/dev/ttyACM*", "/dev/ttyUSB*", "/dev/serial/by-id/*", NULL };

void place_values_deinit(struct place_values *values) { strbuf_deinit(&values->words); }

/* ---- what stands for a value in usage lines and --help ---- */

static void add_word(struct place_values *values, const char *word, size_t n)
{
	if (values->words.n_bytes)
		strbuf_putc(&values->words, ' ');
	strbuf_add(&values->words, word, n);
}

static void offer_files(struct place_values *values) { values->files = true; }

/* "exec:", "tcp:" and what else source_kinds know by a prefix, and the simulated boards. */
static void offer_sources(struct place_values *values)
{
	values->ports = true;
	add_word(values, "auto", 4);
	for (size_t i = 0; source_kinds[i]; i++) {
		size_t n = strspn(source_kinds[i]->name, "abcdefghijklmnopqrstuvwxyz");
		if (n > 0 && source_kinds[i]->name[n] == ':')
			add_word(values, source_kinds[i]->name, n + 1);
	}
	for (size_t i = 0; i < SIM_N_NAMES; i++) {
		char word[32];
		int n = snprintf(word, sizeof(word), "sim:%s", sim_names[i].name);
		add_word(values, word, (size_t)n);
	}
}

/* Those that are found now: a script is made where memprof is built or installed. One's own are files. */
static void offer_boards(struct place_values *values)
{
	struct strbuf names CLEANUP(strbuf_deinit) = STRBUF_INIT;

	values->files = true;
	if (board_file_names(&names) < 0)
		return;
	for (const char *p = strbuf_text(&names); *p; p += strcspn(p, "\n") + 1)
		add_word(values, p, strcspn(p, "\n"));
}

static void offer_commands(struct place_values *values)
{
	for (size_t i = 0; commands[i]; i++)
		add_word(values, commands[i]->name, strlen(commands[i]->name));
}

static void offer_decoders(struct place_values *values)
{
	for (size_t i = 0; decoders[i]; i++)
		add_word(values, decoders[i]->name, strlen(decoders[i]->name));
}

/* Python's heap, and the first of those that an ESP32 tells of (src/protocol/console/heap_caps.c). */
static void offer_pools(struct place_values *values)
{
	static const char names[] = "gc idf.0 idf.1 idf.2 idf.3 caps.0 caps.1 caps.2 caps.3";

	add_word(values, names, sizeof(names) - 1);
}

static const struct {
	const char *name;
	void (*offer)(struct place_values *values);
} kinds[] = {
	{ "BOARD", offer_boards },     { "BUDGET.json", offer_files },
	{ "COMMAND", offer_commands }, { "FILE", offer_files },
	{ "FOLDER", offer_files },     { "FORMAT", offer_decoders }, /* of an input; those of the output are choices */
	{ "OLD", offer_files },        { "POOL", offer_pools },
	{ "SCRIPT", offer_files },     { "SCRIPT.py", offer_files },
	{ "SOURCE", offer_sources },
};

/* One of the alternatives at a place: "FILE", "json"; "-" needs no help. */
static void add_alternative(struct place_values *values, const char *name, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strlen(kinds[i].name) == n && memcmp(kinds[i].name, name, n) == 0)
			kinds[i].offer(values);
	if (islower((unsigned char)name[0]))
		add_word(values, name, n);
}

static void add_place(struct place_values *values, const char *place)
{
	size_t n;

	for (const char *p = place; *p; p += n) {
		p += *p == '|';
		n = strcspn(p, "|");
		size_t n_dots = n >= 3 && memcmp(p + n - 3, "...", 3) == 0 ? 3 : 0;
		values->repeated = values->repeated || n_dots;
		add_alternative(values, p, n - n_dots);
	}
}

void completion_of_option(const struct option_spec *spec, struct place_values *ret)
{
	const char *choices = option_choices(spec);

	*ret = (struct place_values){ .files = false };
	add_place(ret, choices ? choices : spec->arg);
}

/* "[OPTIONS] [COMMAND | sources]" without what is not an argument: " COMMAND|sources". */
static void arguments_of(const char *usage, struct strbuf *ret)
{
	static const char options[] = "[OPTIONS]";
	char before = ' ';

	if (strncmp(usage, options, sizeof(options) - 1) == 0)
		usage += sizeof(options) - 1;
	strbuf_putc(ret, ' ');
	for (; *usage; before = *usage++)
		if (*usage != '[' && *usage != ']' && (*usage != ' ' || (before != '|' && usage[1] != '|')))
			strbuf_putc(ret, *usage);
}

bool completion_of_argument(const struct command *command, size_t i, struct place_values *ret)
{
	struct strbuf all CLEANUP(strbuf_deinit) = STRBUF_INIT;

	*ret = (struct place_values){ .files = false };
	arguments_of(command->usage, &all);
	char *rest = all.text, *word;
	while (rest && (word = strtok_r(rest, " ", &rest))) {
		if (i-- > 0)
			continue;
		add_place(ret, word);
		return true;
	}
	return false;
}

/* ---- the command ---- */

static int completion_run(const struct options *options)
{
	static const struct {
		const char *shell;
		void (*write)(struct strbuf *out);
	} scripts[] = { { "bash", completion_bash }, { "zsh", completion_zsh }, { "fish", completion_fish } };
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t i = 0; options->n_args == 1 && i < ARRAY_SIZE(scripts); i++) {
		if (strcmp(options->args[0], scripts[i].shell) != 0)
			continue;
		scripts[i].write(&out);
		if (strbuf_error(&out) < 0) {
			message_error("out of memory");
			return EXIT_INPUT;
		}
		fwrite(strbuf_text(&out), 1, out.n_bytes, stdout);
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
	.says = "print a completion script for a shell",
	.group = GROUP_OTHER,
	.options = completion_options,
	.examples = { "memprof completion bash > ~/.local/share/bash-completion/completions/memprof" },
	.run = completion_run,
};
