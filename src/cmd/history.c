/* history: figures of builds, kept with the commits that they were built from. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "diff_report.h"
#include "load.h"
#include "memprof/base/text.h"
#include "memprof/cli/message.h"
#include "memprof/input/backfill.h"
#include "memprof/input/build_figures.h"
#include "memprof/input/git.h"
#include "memprof/live/stop_signals.h"
#include "memprof/sinks/output_document.h"
#include "memprof/viewers/history_view.h"

enum { SUMMARY_COMMITS = 30, BACKFILL_COMMITS = 50 };

struct history_args {
	struct output_args output;
	struct table_args tables;
	struct script_args scripts;
	const char *map, *elf, *bin, *rules, *name, *commit, *build, *ref, *since;
	uint64_t last;
	bool summary, exit_code;
};

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

/* One run of a subcommand: an exit code, or negative with diag. */
struct history {
	const struct history_args *args;
	const char *revision, *older; /* that is named, and of diff the one before it; NULL */
	struct build_files files;     /* name NULL: any build */
	struct output *out;
	struct git git;
	char hash[GIT_HASH_CHARS + 1], since_hash[GIT_HASH_CHARS + 1]; /* the newest commit; of --since */
	size_t n_failed;                                               /* commits */
};

static size_t n_last(const struct history *h, size_t n_default)
{
	uint64_t n = h->args->last == NOT_KNOWN ? n_default : h->args->last;

	return n == 0 || n > GIT_COMMITS_MAX ? GIT_COMMITS_MAX : (size_t)n;
}

static void write_view(struct output *out, const struct history_view *view, bool is_summary)
{
	if (!is_summary && out->format == OUTPUT_JSON) {
		json_history(&(struct json){ .out = &out->text }, view);
		return;
	}
	struct document d CLEANUP(doc_deinit);
	(is_summary ? document_history_summary : document_history)(&d, view);
	out->style.columns = is_summary ? UINT_MAX : out->style.columns;
	if (is_summary)
		print_text(&out->text, &d, &out->style);
	else
		output_document(out, &d);
}

/* A line for a job's log has regions alone, and so have tables where nothing is chosen. */
static int report(struct history *h, bool is_summary, struct diag *diag)
{
	const struct history_args *args = h->args;
	bool has_all = h->out->format == OUTPUT_JSON || h->out->format == OUTPUT_HTML;
	struct git_history history CLEANUP(git_history_deinit) = { .n_shown = 0 };
	struct git_history_query query = { .hash = h->hash,
					   .build = h->files.name,
					   .n_last = n_last(h, is_summary ? SUMMARY_COMMITS : 0),
					   .is_summary = is_summary,
					   .since = args->since,
					   .since_hash = h->since_hash,
					   .series.filter = is_summary ? NULL : args->tables.filter };
	int r = series_read_subjects(args->tables.by, &query.series.subjects, diag);

	if (is_summary || (!has_all && !query.series.subjects && !query.series.filter)) {
		query.series.subjects = SUBJECT_BIT(SUBJECT_REGION);
		query.series.or_image = true;
	}
	if (r == 0)
		r = git_history_read(&history, &h->git, &query, diag);
	if (r < 0)
		return r;
	const struct history_view view = { .ref = h->git.ref,
					   .commits = history.log.commits,
					   .n_commits = history.n_shown,
					   .series = &history.series,
					   .since_name = strbuf_text(&history.since_name),
					   .since = history.since.n_commits ? history.since.commits : NULL };
	write_view(h->out, &view, is_summary);
	output_drain(h->out);
	return EXIT_FINE;
}

static int run_log(struct history *h, struct diag *diag) { return report(h, h->args->summary, diag); }

static int run_add(struct history *h, struct diag *diag)
{
	if (!h->args->commit && git_has_changes())
		message_at((struct place){ 0 }, "warning",
			   "files differ from HEAD: these figures are kept as those of HEAD, %.10s", h->hash);
	int r = git_add_build(&h->git, h->hash, &h->files, diag);
	if (r == 0 && report(h, true, diag) < 0)
		message_at((struct place){ 0 }, "warning", "the figures are kept, but not summarized: %s", diag->text);
	return r;
}

static int run_diff(struct history *h, struct diag *diag)
{
	struct git_pair pair CLEANUP(git_pair_deinit) = { .names = { NULL } };
	struct diff diff CLEANUP(diff_deinit) = { 0 };
	struct diff_choices choices;

	if (diff_choices_read(&h->args->tables, &choices) < 0)
		return EXIT_INPUT;
	int r = git_pair_read(&pair, &h->git, h->older, h->revision, h->files.name, diag);
	if (r < 0)
		return r;
	const struct diff_view view = { &diff,
					{ pair.names[0], pair.builds[0]->format, NULL, NOT_KNOWN },
					{ pair.names[1], pair.builds[1]->format, NULL, NOT_KNOWN } };
	diff_choices_choose(&choices, h->out->format);
	r = diff_lists(&diff, pair.builds[0], pair.builds[1], &choices.diff, diag);
	if (r < 0)
		return r;
	diff_report(h->out, &diff, &view, &choices);
	return h->args->exit_code && diff.n_differences ? EXIT_FINDING : EXIT_FINE;
}

/* A line for each commit, after what a failed build printed last. */
static void report_commit(void *ctx, const struct history_commit *commit, const struct diag *fault,
			  const struct strbuf *output)
{
	struct history *h = ctx;
	struct strbuf printed CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (fault) {
		text_visible(&printed, strbuf_text(output), output->n_bytes, true);
		if (printed.n_bytes && printed.text[printed.n_bytes - 1] != '\n')
			strbuf_putc(&printed, '\n');
		text_disarm(&printed);
		fputs(strbuf_text(&printed), stderr);
		message_diag(fault);
		h->n_failed++;
	}
	strbuf_printf(&h->out->text, "%s  %s  ", commit->short_hash, fault ? "failed" : "added ");
	text_clean(&h->out->text, commit->subject);
	strbuf_putc(&h->out->text, '\n');
	text_disarm(&h->out->text);
	output_flush(h->out);
}

/* The signals are blocked before there is a temporary folder, and let in after it is gone. */
static int run_backfill(struct history *h, struct diag *diag)
{
	const struct backfill_options query = { .command = h->args->build,
						.files = h->files,
						.hash = h->hash,
						.n_last = n_last(h, BACKFILL_COMMITS),
						.stopped = stop_requested,
						.done = report_commit,
						.ctx = h };
	struct stop_signals *signals = stop_signals_new(NULL);
	int r = signals ? backfill_run(&h->git, &query, diag) : -ENOMEM;

	stop_signals_free(signals);
	return r == 0 && h->n_failed ? EXIT_FINDING : r;
}

/* ---- subcommands ---- */

#define OF_TABLES "top|threshold|all|exit-code"

static const struct subcommand {
	const char *word;
	int (*run)(struct history *h, struct diag *diag);
	int n_args_max;         /* behind the word */
	const char *args;       /* in words */
	const char *not_for_it; /* options */
	const char *formats;
} subcommands[] = {
	{ "log", run_log, 1, "at most one COMMIT", "map|elf|bin|rules|commit|build|" SCRIPT_OPTIONS "|" OF_TABLES,
	  "text|json|html|csv|markdown" },
	{ "add", run_add, 1, "one FILE, a linker map or an ELF, or - for standard input",
	  "build|summary|by|filter|" OF_TABLES, "text" },
	{ "diff", run_diff, 2, "at most two COMMITs, the older one first",
	  "map|elf|bin|rules|commit|build|last|summary|since|" SCRIPT_OPTIONS, "text|json|html|markdown" },
	{ "backfill", run_backfill, 1, "at most one COMMIT",
	  "commit|summary|since|by|filter|" SCRIPT_OPTIONS "|" OF_TABLES, "text" },
};

static const struct subcommand *find_subcommand(const struct options *options)
{
	for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++)
		if (options->n_args == 0 || strcmp(subcommands[i].word, options->args[0]) == 0)
			return &subcommands[i];
	return NULL;
}

/* Before anything is opened. */
static bool fits(const struct options *options)
{
	const struct history_args *args = options->values;
	const struct subcommand *s = find_subcommand(options);
	const char *name = s ? options_any(options, s->not_for_it) : NULL;
	int n_args = MAX(options->n_args - 1, 0);

	if (!s)
		message_error("history takes log, add, diff or backfill, not '%s'", options->args[0]);
	else if (name)
		message_error("history %s has no --%s; see memprof history --help", s->word, name);
	else if (n_args > s->n_args_max || (s->run == run_add && !args->map == !n_args))
		message_error("history %s takes %s; see memprof history --help", s->word, s->args);
	else if (s->run == run_log && args->since && !args->summary)
		message_error("--since goes with --summary");
	else if (s->run == run_backfill && !(args->build && args->map))
		message_error("history backfill takes --build COMMAND, and --map FILE that it makes");
	else
		return s->run != run_backfill || MESSAGE_ON(backfill_check, args->map, args->elf, args->bin) == 0;
	return false;
}

static int history_run(const struct options *options)
{
	const struct history_args *args = options->values;
	const struct subcommand *s = find_subcommand(options);
	const char *first = options->n_args > 1 ? options->args[1] : NULL;
	const char *second = options->n_args > 2 ? options->args[2] : NULL;
	const char *map = s->run == run_add && first ? first : args->map;
	const char *revision = s->run == run_add ? args->commit : s->run == run_diff ? second : first;
	const struct linker_scripts scripts = load_script_names(&args->scripts);
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag diag = { 0 };
	struct output out;
	struct history h = { .args = args,
			     .revision = revision ? revision : "HEAD",
			     .older = first,
			     .files = { build_name(args->name, map, &name), map, args->elf, args->bin, args->rules,
					NULL, args->scripts.ld.n ? &scripts : NULL },
			     .out = &out,
			     .git = { args->ref ? args->ref : GIT_NOTES_REF, message_notices, false } };

	if (output_open(&out, options, &args->output) < 0)
		return EXIT_INPUT;
	if (!option_choice_number(s->formats, output_format_name(out.format))) {
		message_error("history %s writes no %s", s->word, output_format_name(out.format));
		return output_close(&out, EXIT_INPUT);
	}
	int r = git_open(&h.git, &diag);
	if (r == 0)
		r = git_find_commit(&h.git, h.revision, h.hash, &diag);
	if (r == 0 && args->since)
		r = git_find_commit(&h.git, args->since, h.since_hash, &diag);
	if (r == 0)
		r = s->run(&h, &diag);
	return output_close(&out, r < 0 ? load_exit(r, &diag) : r);
}

const struct command command_history = {
	.name = "history",
	.usage = "[OPTIONS] [log|add|diff|backfill] [FILE|COMMIT...]",
	.summary = "keep build sizes per commit and show how they grew",
	.group = GROUP_FILES,
	.options = history_options,
	.args_bytes = sizeof(struct history_args),
	.common = { "last", "name", "summary", "since", "output" },
	.examples = { "memprof history add firmware.elf.map", "memprof history log --last 20" },
	.fits = fits,
	.run = history_run,
};
