#include "memprof/input/backfill.h"

#include <errno.h>
#include <string.h>

#include "git_run.h"

struct backfill {
	const struct git *git;
	const struct backfill_options *options;
	struct strbuf folder;  /* temporary, absolute */
	struct strbuf tree;    /* in it: the files of the commit at hand */
	struct strbuf git_dir; /* "--git-dir=" and the absolute path */
};

static int run_program(const char *const *argv, struct filter_result *ret)
{
	const struct filter filter = { .argv = argv, .output_max_bytes = 4096, .timeout_ms = GIT_TIMEOUT_MS };
	int r = filter_run(&filter, ret);

	return r < 0 ? r : ret->exit_code;
}

/* ---- one build ---- */

static int make_tree(const struct backfill *b, const char *hash, struct diag *diag)
{
	const struct git_call call = { .words = GIT_WORDS(strbuf_text(&b->git_dir), "worktree", "add", "--quiet",
							  "--detach", "--force", strbuf_text(&b->tree), hash),
				       .is_apart = true,
				       .stopped = b->options->stopped };
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };

	return git_must(&call, &result, "no work tree", diag);
}

/* Whatever is in it, and what git has recorded of it, if there is any. */
static int remove_tree(const struct backfill *b, struct diag *diag)
{
	const char *tree = strbuf_text(&b->tree), *const argv[] = { "rm", "-rf", "--", tree, NULL };
	const struct git_call call = { .words = GIT_WORDS(strbuf_text(&b->git_dir), "worktree", "remove", "--force",
							  "--force", tree),
				       .is_apart = true };
	struct filter_result removed CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	struct filter_result forgotten CLEANUP(filter_result_deinit) = { .exit_code = 0 };

	if (run_program(argv, &removed) != 0)
		return diag_at(diag, (struct place){ .file = tree }, -EINVAL,
			       "this folder cannot be removed; remove it, then run 'git worktree remove --force %s'",
			       tree);
	int r = git_run(&call, &forgotten, diag);
	return r > 0 && !strstr(strbuf_text(&forgotten.messages), "is not a working tree") ?
		       git_failed(&forgotten, "a work tree stays known", diag) :
		       MIN(r, 0);
}

static int run_command(const struct backfill *b, const char *short_hash, struct filter_result *ret, struct diag *diag)
{
	const char *const argv[] = { "/bin/sh", "-c", b->options->command, NULL };
	const struct filter filter = {
		.argv = argv,
		.output_max_bytes = BACKFILL_OUTPUT_BYTES,
		.timeout_ms = BACKFILL_TIMEOUT_MS,
		.folder = strbuf_text(&b->tree),
		.unset = git_variables,
		.tail = true,
		.stopped = b->options->stopped,
	};
	const struct place at = { .file = short_hash };
	int r = filter_run(&filter, ret);

	if (r == -ETIMEDOUT)
		return diag_at(diag, at, -EINVAL, "the build did not end within %d minutes",
			       BACKFILL_TIMEOUT_MS / 60000);
	if (r < 0 && r != -EINTR)
		return diag_at(diag, at, -EINVAL, "the build cannot be run: %s", strerror(-r));
	if (r == 0 && ret->exit_code != 0)
		return diag_at(diag, at, -EINVAL, "the build failed with exit code %d", ret->exit_code);
	return r;
}

/* The file of the work tree that an option names; NULL without it. */
static const char *in_tree(const struct backfill *b, struct arena *arena, const char *path)
{
	return path ? arena_printf(arena, "%s/%s", strbuf_text(&b->tree), path) : NULL;
}

static int add_figures(const struct backfill *b, const char *hash, struct diag *diag)
{
	struct arena arena CLEANUP(arena_deinit) = { 0 };
	struct build_files files = b->options->files;

	files.map = in_tree(b, &arena, files.map);
	files.elf = in_tree(b, &arena, files.elf);
	files.bin = in_tree(b, &arena, files.bin);
	files.root = strbuf_text(&b->tree);
	return arena_error(&arena) < 0 ? diag_set(diag, -ENOMEM, "out of memory") :
					 git_add_build(b->git, hash, &files, diag);
}

/* ---- all of them ---- */

int backfill_check(const char *map, const char *elf, const char *bin, struct diag *diag)
{
	const char *const paths[][2] = { { "map", map }, { "elf", elf }, { "bin", bin } };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const char *path = paths[i][1];
		if (path && (*path == '/' || strcmp(path, "-") == 0))
			return diag_set(diag, -EINVAL,
					"--%s takes a path in the work tree of each commit, as build/firmware.elf.map,"
					" not '%s'",
					paths[i][0], path);
	}
	return 0;
}

/* 0, also if it cannot be built. */
static int fill_one(const struct backfill *b, const struct history_commit *commit, size_t *n_added, struct diag *diag)
{
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	struct diag fault = { 0 };
	int r = make_tree(b, commit->hash, diag);
	bool has_tree = r == 0;

	if (has_tree)
		r = run_command(b, commit->short_hash, &result, &fault);
	bool is_built = r == 0;
	if (is_built)
		r = add_figures(b, commit->hash, &fault);
	if (remove_tree(b, diag) < 0)
		return -EINVAL;
	if (r == -EINTR || !has_tree)
		return r;
	*n_added += r == 0;
	if (is_built)
		strbuf_reset(&result.output);
	b->options->done(b->options->ctx, commit, r < 0 ? &fault : NULL, &result.output);
	return b->options->stopped() ? -EINTR : 0;
}

static int open_folder(struct backfill *b, struct diag *diag)
{
	static const char *const make[] = { "/bin/sh", "-c",
					    "folder=$(mktemp -d -t memprof-XXXXXX) && cd \"$folder\" && pwd -P", NULL };
	struct filter_result made CLEANUP(filter_result_deinit) = { .exit_code = 0 };

	strbuf_puts(&b->git_dir, "--git-dir=");
	int r = git_line(GIT_WORDS("rev-parse", "--absolute-git-dir"), &b->git_dir, diag);
	if (r != 0)
		return r < 0 ? r : diag_set(diag, -EINVAL, "git does not say where its repository is");
	if (run_program(make, &made) != 0)
		return diag_set(diag, -EINVAL, "no temporary folder: %.240s", strbuf_text(&made.messages));
	strbuf_add(&b->folder, strbuf_text(&made.output), strcspn(strbuf_text(&made.output), "\n"));
	strbuf_printf(&b->tree, "%s/tree", strbuf_text(&b->folder));
	return strbuf_error(&b->tree) < 0 ? diag_set(diag, -ENOMEM, "out of memory") : 0;
}

/* What is still in the folder was reported. */
static void close_folder(struct backfill *b)
{
	const char *const argv[] = { "rmdir", "--", strbuf_text(&b->folder), NULL };
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };

	if (b->folder.n_bytes)
		run_program(argv, &result);
	strbuf_deinit(&b->folder);
	strbuf_deinit(&b->tree);
	strbuf_deinit(&b->git_dir);
}

int backfill_run(const struct git *git, const struct backfill_options *options, struct diag *diag)
{
	const struct git_log_query missing = {
		.hash = options->hash, .build = options->files.name, .n_last = options->n_last, .missing = true
	};
	static const struct place nowhere;
	struct git_log log CLEANUP(git_log_deinit) = { .n_commits = 0 };
	struct backfill b CLEANUP(close_folder) = { .git = git, .options = options };
	size_t n_added = 0;
	int r = git_log_read(&log, git, &missing, diag);

	if (r < 0)
		return r;
	if (git->is_shallow)
		notice_at(&git->notices, nowhere, "warning", GIT_SHALLOW_WARNING);
	if (log.n_commits == 0)
		notice_at(&git->notices, nowhere, "note", "the last %zu commits have figures of '%s' already",
			  options->n_last, options->files.name);
	else
		r = open_folder(&b, diag);
	for (size_t i = 0; i < log.n_commits && r == 0; i++)
		r = fill_one(&b, &log.commits[i], &n_added, diag);
	if (r == -EINTR)
		notice_at(&git->notices, nowhere, "note", "%zu of %zu commits have figures now", n_added,
			  log.n_commits);
	return r;
}
