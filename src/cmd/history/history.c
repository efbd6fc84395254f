/* history: figures of builds, kept with the commits that they were built from. */
#include <errno.h>
#include <string.h>

#include "history/private.h"
#include "load.h"

static const struct option_spec history_options[] = {
	OPTION_GROUP("Build"),
	{ 0, "map", "FILE", "the map or ELF; of backfill: its path in the tree", AS_FILE(history, map) },
	{ 0, "elf", "FILE", "ELF of the same build: frozen modules, sources", AS_FILE(history, elf) },
	{ 0, "bin", "FILE", "the .bin or .uf2 as flashed: its real size", AS_FILE(history, bin) },
	{ 0, "ld", "FILE", "linker script: regions, if the map has none", AS_LIST(history, scripts.ld) },
	OPTIONS_SCRIPTS(history),
	{ 0, "rules", "FILE", "component rules (default: built in)", AS_FILE(history, rules) },
	{ 0, "name", "NAME", "the build, for example a board (default: of the file)", AS_TEXT(history, name) },
	{ 0, "commit", "COMMIT", "add: the commit that was built (default: HEAD)", AS_TEXT(history, commit) },
	{ 0, "build", "COMMAND", "backfill: what builds, for /bin/sh", AS_TEXT(history, build) },
	{ 0, "ref", "REF", "where notes are (default: refs/notes/memprof)", AS_TEXT(history, ref) },
	OPTION_GROUP("Contents"),
	{ 0, "last", "N", "at most N commits (0: all); backfill: default 50", AS_COUNT(history, last) },
	{ 0, "summary", NULL, "log: one line per build, for a job's log", AS_FLAG(history, summary) },
	{ 0, "since", "COMMIT", "summary: what changed since COMMIT, for example main", AS_TEXT(history, since) },
	{ 0, "by", "LIST", "figures, for example region,component", AS_TEXT(history, tables.by) },
	{ 0, "filter", "GLOB", "only figures whose name matches, for example 'py*'", AS_TEXT(history, tables.filter) },
	{ 'n', "top", "N", "diff: at most N rows per table (0: all)", AS_COUNT(history, tables.top) },
	{ 0, "threshold", "SIZE", "diff: hide changes smaller than SIZE: 64 or 0.5%",
	  AS_TEXT(history, tables.threshold) },
	{ 0, "all", NULL, "diff: also list what did not change", AS_FLAG(history, tables.all) },
	{ 0, "exit-code", NULL, "diff: exit 1 if there is a difference", AS_FLAG(history, exit_code) },
	OPTIONS_OUTPUT_IN(history, "text, json, html, csv or markdown (default: text)", "text|json|html|csv|markdown"),
	OPTIONS_SIZES(history),
	OPTION_END,
};

/* Options that all take are not listed. */
static const struct subcommand {
	const char *word;
	builds_run *run;
	int n_args_min, n_args_max; /* behind the word */
	const char *args;           /* in words */
	const char *const options[20];
	unsigned formats; /* bits of enum output_format */
} subcommands[] = {
	{ "log",
	  builds_log,
	  0,
	  1,
	  "at most one COMMIT",
	  { "name", "last", "summary", "since", "by", "filter" },
	  1u << OUTPUT_TEXT | 1u << OUTPUT_JSON | 1u << OUTPUT_HTML | 1u << OUTPUT_CSV },
	{ "add",
	  builds_add,
	  0,
	  1,
	  "one FILE, a linker map or an ELF",
	  { "map", "elf", "bin", "ld", "define", "cpp", "defsym", "path", "rules", "name", "commit", "last", "since" },
	  1u << OUTPUT_TEXT },
	{ "diff",
	  builds_diff,
	  0,
	  2,
	  "at most two COMMITs, the older one first",
	  { "name", "by", "filter", "top", "threshold", "all", "exit-code" },
	  1u << OUTPUT_TEXT | 1u << OUTPUT_JSON | 1u << OUTPUT_HTML | 1u << OUTPUT_MARKDOWN },
	{ "backfill",
	  builds_backfill,
	  0,
	  1,
	  "at most one COMMIT",
	  { "map", "elf", "bin", "rules", "name", "build", "last" },
	  1u << OUTPUT_TEXT },
};

static const char *const for_all[] = { "ref",      "format", "json",  "output", "color",
				       "no-pager", "quiet",  "bytes", "human",  NULL };

/* ---- which one ---- */

static const struct subcommand *find(const struct options *options)
{
	const char *word = options->n_args ? options->args[0] : subcommands[0].word;

	for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++)
		if (strcmp(subcommands[i].word, word) == 0)
			return &subcommands[i];
	message_error("history takes log, add, diff or backfill, not '%s'", word);
	return NULL;
}

static bool is_among(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names;
}

static bool fits(const struct options *options)
{
	const struct subcommand *s = find(options);
	int n_args = MAX(options->n_args - 1, 0);

	if (!s)
		return false;
	for (size_t i = 0; i < options->n_given; i++) {
		const char *name = options->given[i].spec->name;
		if (!is_among(name, s->options) && !is_among(name, for_all)) {
			message_error("history %s has no --%s; see memprof history --help", s->word, name);
			return false;
		}
	}
	if (n_args >= s->n_args_min && n_args <= s->n_args_max)
		return true;
	message_error("history %s takes %s; see memprof history --help", s->word, s->args);
	return false;
}

static int history_run_command(const struct options *options)
{
	const struct subcommand *s = find(options);
	const struct history_args *args = options->values;
	struct output out;

	if (output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	if (!(s->formats >> out.format & 1)) {
		message_error("history %s writes no %s", s->word, output_format_name(out.format));
		return output_close(&out, EXIT_INPUT);
	}
	return output_close(&out, s->run(options, &out));
}

const struct command command_history = {
	.name = "history",
	.usage = "[OPTIONS] [log|add|diff|backfill] [FILE|COMMIT...]",
	.summary = "keep figures of builds with their commits; how they grew",
	.group = GROUP_FILES,
	.options = history_options,
	.args_bytes = sizeof(struct history_args),
	.common = { "last", "name", "summary", "since", "output" },
	.examples = { "memprof history add firmware.elf.map", "memprof history log --last 20" },
	.fits = fits,
	.run = history_run_command,
};
