/* history backfill: builds old commits, each in a work tree of its own, and keeps their figures. */
#define _XOPEN_SOURCE 700 /* mkdtemp, realpath */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "history/private.h"
#include "memprof/base/text.h"
#include "memprof/io/filter.h"
#include "memprof/live/stop_signals.h"

enum {
	COMMITS = 50,
	TAIL_BYTES = 8192,    /* of what a failed build printed */
	TIMEOUT_MS = 7200000, /* of one build */
};

struct backfill {
	const struct history_args *args;
	struct git git;
	struct git_trees trees;
	const char *command;
	char folder[256]; /* temporary; the work tree is in it */
	struct strbuf tree;
	size_t n_added, n_failed;
	bool stopped;
};

static int out_of_memory(void)
{
	message_error("out of memory");
	return -EINVAL;
}

/* ---- one build ---- */

static void show_tail(const struct filter_result *result)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_visible(&text, strbuf_text(&result->output), result->output.n_bytes, true);
	if (text.n_bytes && text.text[text.n_bytes - 1] != '\n')
		strbuf_putc(&text, '\n');
	fputs(strbuf_text(&text), stderr);
}

/* 0, or -1: it failed, after a message. */
static int run_build(struct backfill *b, const struct history_commit *commit)
{
	const char *const argv[] = { "/bin/sh", "-c", b->command, NULL };
	const struct filter filter = {
		.argv = argv,
		.output_max_bytes = TAIL_BYTES,
		.timeout_ms = TIMEOUT_MS,
		.folder = strbuf_text(&b->tree),
		.unset = b->trees.names, /* what git sets for its hooks would lead the build's git to another tree */
		.tail = true,
		.stopped = stop_requested,
	};
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	const struct place at = { .file = commit->short_hash };

	int r = filter_run(&filter, &result);
	b->stopped |= r == -EINTR;
	if (b->stopped || (r == 0 && result.exit_code == 0))
		return b->stopped ? -1 : 0;
	show_tail(&result);
	if (r == -ETIMEDOUT)
		message_at(at, "error", "the build did not end within %d minutes", TIMEOUT_MS / 60000);
	else if (r < 0)
		message_at(at, "error", "the build cannot be run: %s", strerror(-r));
	else
		message_at(at, "error", "the build failed with exit code %d", result.exit_code);
	return -1;
}

/* A file of the work tree that an option names; NULL without it. */
static const char *in_tree(const struct backfill *b, struct arena *arena, const char *path)
{
	return path ? arena_printf(arena, "%s/%s", strbuf_text(&b->tree), path) : NULL;
}

static int add_figures(struct backfill *b, const struct history_commit *commit)
{
	struct arena arena CLEANUP(arena_deinit) = { 0 };
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct build_files source = {
		.map = in_tree(b, &arena, b->args->map),
		.elf = in_tree(b, &arena, b->args->elf),
		.bin = in_tree(b, &arena, b->args->bin),
		.rules = b->args->rules,
		.name = b->args->name,
		.root = strbuf_text(&b->tree),
	};

	if (arena_error(&arena) < 0)
		return out_of_memory();
	return builds_add_figures(&b->git, commit->hash, &source, &name);
}

static int remove_tree(struct backfill *b)
{
	struct diag diag = { 0 };

	if (git_remove_tree(&b->trees, strbuf_text(&b->tree), &diag) == 0)
		return 0;
	message_diag(&diag);
	return -EINVAL;
}

static int fill_one(struct backfill *b, const struct history_commit *commit)
{
	struct diag diag = { 0 };
	int r = git_add_tree(&b->trees, strbuf_text(&b->tree), commit->hash, &diag);

	b->stopped |= r == -EINTR;
	if (r < 0 && !b->stopped)
		message_diag(&diag);
	else if (b->stopped || run_build(b, commit) < 0)
		r = 1;
	else
		r = add_figures(b, commit) < 0;
	return remove_tree(b) < 0 ? -EINVAL : r;
}

static void report(struct backfill *b, const struct history_commit *commit, bool failed, struct output *out)
{
	text_visible(&out->text, commit->short_hash, strlen(commit->short_hash), false);
	strbuf_puts(&out->text, failed ? "  failed  " : "  added   ");
	text_visible(&out->text, commit->subject, strlen(commit->subject), false);
	strbuf_putc(&out->text, '\n');
	output_flush(out);
	b->n_added += !failed;
	b->n_failed += failed;
}

/* ---- all of them ---- */

static int fill(struct backfill *b, const struct git_log *log, struct output *out)
{
	int r = 0;

	for (size_t i = 0; i < log->n_commits && r >= 0 && !b->stopped; i++) {
		r = fill_one(b, &log->commits[i]);
		b->stopped |= stop_requested();
		if (r == 0 || (r > 0 && !b->stopped))
			report(b, &log->commits[i], r > 0, out);
	}
	if (b->stopped)
		message_at((struct place){ 0 }, "note", "%zu of %zu commits have figures now", b->n_added,
			   (size_t)log->n_commits);
	return r < 0 ? EXIT_INPUT : b->stopped ? EXIT_STOPPED : b->n_failed ? EXIT_FINDING : EXIT_FINE;
}

static int make_folder(struct backfill *b)
{
	const char *temporary = getenv("TMPDIR");

	snprintf(b->folder, sizeof(b->folder), "%.200s/memprof-XXXXXX", temporary && *temporary ? temporary : "/tmp");
	char *real = mkdtemp(b->folder) ? realpath(b->folder, NULL) : NULL;
	if (!real) {
		message_at((struct place){ .file = b->folder }, "error", "no temporary folder: %s", strerror(errno));
		return -EINVAL;
	}
	strbuf_printf(&b->tree, "%s/tree", real);
	free(real);
	return strbuf_error(&b->tree) < 0 ? out_of_memory() : 0;
}

/* The signals are blocked before the folder is there, and let in after it is gone. */
static int fill_in_folder(struct backfill *b, const struct git_log *log, struct output *out)
{
	struct stop_signals *signals = stop_signals_new(NULL);
	struct diag diag = { 0 };
	int code = EXIT_INPUT;

	if (!signals)
		out_of_memory();
	else if (git_trees_open(&b->trees, &diag) < 0)
		message_diag(&diag);
	else if (make_folder(b) == 0) {
		b->trees.stopped = stop_requested;
		code = fill(b, log, out);
		rmdir(b->folder); /* what is still in it was reported */
	}
	strbuf_deinit(&b->tree);
	git_trees_deinit(&b->trees);
	stop_signals_free(signals);
	return code;
}

/* An absolute path would be the same file for every commit. */
static int check_paths(const struct history_args *args)
{
	const struct {
		const char *option, *path;
	} paths[] = { { "map", args->map }, { "elf", args->elf }, { "bin", args->bin } };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const char *path = paths[i].path;
		if (path && (*path == '/' || strcmp(path, "-") == 0)) {
			message_error(
				"--%s takes a path in the work tree of each commit, as build/firmware.elf.map,"
				" not '%s'",
				paths[i].option, path);
			return -EINVAL;
		}
	}
	return 0;
}

static int check_options(const struct history_args *args)
{
	if (args->build && args->map)
		return check_paths(args);
	message_error("history backfill takes --build COMMAND and --map FILE, which the command makes");
	return -EINVAL;
}

static int build_name(const struct history_args *args, struct strbuf *name, const char **ret)
{
	if (args->name)
		strbuf_puts(name, args->name);
	else
		builds_default_name(args->map, name);
	*ret = strbuf_text(name);
	return strbuf_error(name) < 0 ? out_of_memory() : 0;
}

int builds_backfill(const struct options *options, struct output *out)
{
	const struct history_args *args = options->values;
	struct backfill b = { .args = args, .command = args->build };
	struct git_log log CLEANUP(git_log_deinit) = { .n_commits = 0 };
	const char *revision = options->n_args > 1 ? options->args[1] : "HEAD";
	char hash[GIT_HASH_CHARS + 1];
	struct git_log_wish wish = {
		.hash = hash, .n_last = builds_last(args, COMMITS), .missing = true, .notices = message_notices
	};
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag diag = { 0 };

	if (check_options(args) < 0 || build_name(args, &name, &wish.build) < 0 || builds_open(args->ref, &b.git) < 0 ||
	    builds_find(&b.git, revision, hash) < 0)
		return EXIT_INPUT;
	if (git_log_read(&log, &b.git, &wish, &diag) < 0) {
		message_diag(&diag);
		return EXIT_INPUT;
	}
	if (b.git.is_shallow)
		message_at((struct place){ 0 }, "warning",
			   "this clone is shallow: older commits are not in it; 'git fetch --unshallow' gets them");
	if (log.n_commits == 0)
		message_at((struct place){ 0 }, "note", "the last %zu commits have figures of '%s' already",
			   wish.n_last, wish.build);
	return log.n_commits ? fill_in_folder(&b, &log, out) : EXIT_FINE;
}
