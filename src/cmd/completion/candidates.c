/* The values of options and arguments, by the placeholder that stands for them in usage lines and --help. */
#include <ctype.h>
#include <string.h>

#include "completion/completion.h"
#include "memprof/analysis/diff.h"
#include "memprof/base/number.h"
#include "memprof/input/board_lookup.h"
#include "memprof/input/figures_file.h"
#include "memprof/io/source.h"
#include "memprof/protocol/decoder.h"
#include "memprof/sim_names.h"

void candidates_deinit(struct candidates *c) { strbuf_deinit(&c->lines); }

static void add_word(struct candidates *c, const char *word, size_t n, const char *description)
{
	strbuf_add(&c->lines, word, n);
	if (description)
		strbuf_printf(&c->lines, "\t%s", description);
	strbuf_putc(&c->lines, '\n');
}

static void offer_files(struct candidates *c) { c->files = true; }

/* The prefixes of source_kinds ("exec:", "tcp:" ...), and the simulated boards. */
static void offer_sources(struct candidates *c)
{
	c->ports = true;
	add_word(c, "auto", 4, "the only connected board");
	for (size_t i = 0; source_kinds[i]; i++) {
		size_t n = strspn(source_kinds[i]->name, "abcdefghijklmnopqrstuvwxyz");
		if (n > 0 && source_kinds[i]->name[n] == ':')
			add_word(c, source_kinds[i]->name, n + 1, source_kinds[i]->summary);
	}
	for (size_t i = 0; i < SIM_N_NAMES; i++)
		strbuf_printf(&c->lines, "sim:%s\t%s\n", sim_names[i].name, sim_names[i].summary);
}

static void offer_named_sources(struct candidates *c)
{
	offer_sources(c);
	c->named = true;
}

static void offer_boards(struct candidates *c)
{
	c->files = true;
	board_file_names(&c->lines);
}

static void offer_commands(struct candidates *c)
{
	for (size_t i = 0; commands[i]; i++)
		add_word(c, commands[i]->name, strlen(commands[i]->name), commands[i]->summary);
}

/* Python's heap, and the first ones of an ESP32 (src/protocol/console/heap_caps.c). */
static void offer_pools(struct candidates *c)
{
	strbuf_puts(&c->lines, "gc\nidf.0\nidf.1\nidf.2\nidf.3\ncaps.0\ncaps.1\ncaps.2\ncaps.3\n");
}

/* Of diff --by: "symbol", a word of a list. */
static void offer_tables(struct candidates *c)
{
	c->list = true;
	for (int i = 0; i < N_DIFF_TABLES; i++) {
		const char *name = diff_table_name((enum diff_table)i);
		size_t n = strlen(name);
		add_word(c, name, n - (name[n - 1] == 's'), NULL);
	}
}

static void offer_figures(struct candidates *c)
{
	struct figures_file file CLEANUP(figures_file_deinit) = { .document = NULL };
	struct diag diag = { 0 };

	add_word(c, "auto", 4, "all that are known");
	if (figures_file_read(&file, &diag) < 0)
		return;
	for (size_t i = 0; i < file.n_entries; i++)
		add_word(c, file.entries[i].name, strlen(file.entries[i].name), file.entries[i].title);
}

/* Of --input, which are its choices. */
static void offer_decoders(struct candidates *c)
{
	for (size_t i = 0; decoders[i]; i++)
		add_word(c, decoders[i]->name, strlen(decoders[i]->name), decoders[i]->summary);
}

static const struct {
	const char *name;
	void (*offer)(struct candidates *c);
} placeholders[] = {
	{ "BOARD", offer_boards },    { "COMMAND", offer_commands }, { "DIR", offer_files },
	{ "FILE", offer_files },      { "FOLDER", offer_files },     { "LOG", offer_files },
	{ "RECORDING", offer_files }, { "LIST", offer_tables },      { "OLD", offer_files },
	{ "NEW", offer_files },       { "POOL", offer_pools },       { "SCRIPT", offer_files },
	{ "SOURCE", offer_sources },  { "PATTERN", offer_figures },  { "NAME=SOURCE", offer_named_sources },
};

/* One of the alternatives at a place: "FILE", "BUDGET.json", "json"; "-" needs no help. */
static void add_alternative(struct candidates *c, const char *name, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(placeholders); i++)
		if (strlen(placeholders[i].name) == n && memcmp(placeholders[i].name, name, n) == 0)
			placeholders[i].offer(c);
	c->files = c->files || memchr(name, '.', n);
	if (islower((unsigned char)name[0]))
		add_word(c, name, n, NULL);
}

static void add_alternatives(struct candidates *c, const char *text)
{
	const char *choice;
	size_t n;

	while (option_next_choice(&text, &choice, &n)) {
		size_t n_dots = n >= 3 && memcmp(choice + n - 3, "...", 3) == 0 ? 3 : 0;
		c->repeated = c->repeated || n_dots;
		add_alternative(c, choice, n - n_dots);
	}
}

void candidates_of_option(const struct option_spec *spec, struct candidates *ret)
{
	const char *choices = option_choices(spec);

	*ret = (struct candidates){ .files = false };
	if (strcmp(spec->name, "input") == 0)
		offer_decoders(ret);
	else
		add_alternatives(ret, choices ? choices : spec->arg);
}

bool candidates_of_argument(const struct command *command, size_t i, struct candidates *ret)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *word = usage_argument(command->usage, (int)i);
	size_t n = word ? usage_argument_bytes(word) : 0;

	*ret = (struct candidates){ .files = false };
	for (size_t k = 0; word && k < n; k++)
		if (!strchr("[] ", word[k]))
			strbuf_putc(&words, word[k]);
	if (word)
		add_alternatives(ret, strbuf_text(&words));
	return word;
}
