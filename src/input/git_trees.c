/* Work trees that memprof makes, and removes. */
#include <errno.h>
#include <string.h>

#include "git_run.h"

static int add_name(struct git_trees *trees, const char *name)
{
	const char **to = vec_add(trees, names);

	if (to)
		*to = name;
	return to ? arena_error(&trees->arena) : -ENOMEM;
}

/* Settings that are given by variables are the user's, not the repository's: a CI job's access to others. */
static bool is_setting(const char *name) { return strncmp(name, "GIT_CONFIG", strlen("GIT_CONFIG")) == 0; }

static int read_names(struct git_trees *trees, const char *text)
{
	int r = 0;

	for (size_t n; *text && r == 0; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		r = n && !is_setting(text) ? add_name(trees, arena_text(&trees->arena, text, n)) : 0;
	}
	return r < 0 ? r : add_name(trees, NULL);
}

int git_trees_open(struct git_trees *ret, struct diag *diag)
{
	static const struct git_call dir = { .words = { "rev-parse", "--absolute-git-dir" } };
	static const struct git_call names = { .words = { "rev-parse", "--local-env-vars" } };
	struct filter_result of_dir CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	struct filter_result of_names CLEANUP(filter_result_deinit) = { .exit_code = 0 };

	*ret = (struct git_trees){ .n_names = 0 };
	int r = git_must(&dir, &of_dir, "the repository cannot be read", diag);
	if (r == 0)
		r = git_must(&names, &of_names, "the repository cannot be read", diag);
	if (r < 0)
		return r;
	const char *path = strbuf_text(&of_dir.output);
	ret->git_dir = arena_printf(&ret->arena, "--git-dir=%.*s", (int)strcspn(path, "\n"), path);
	if (read_names(ret, strbuf_text(&of_names.output)) < 0)
		return diag_set(diag, -ENOMEM, "out of memory");
	return 0;
}

void git_trees_deinit(struct git_trees *trees)
{
	vec_deinit(trees, names);
	arena_deinit(&trees->arena);
}

int git_add_tree(const struct git_trees *trees, const char *folder, const char *hash, struct diag *diag)
{
	const struct git_call call = { .words = { trees->git_dir, "worktree", "add", "--quiet", "--detach", "--force",
						  folder, hash },
				       .unset = trees->names,
				       .stopped = trees->stopped };
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };

	return git_must(&call, &result, "no work tree", diag);
}

/* Its exit code. */
static int remove_known(const struct git_trees *trees, const char *folder, struct filter_result *ret, struct diag *diag)
{
	const struct git_call call = { .words = { trees->git_dir, "worktree", "remove", "--force", "--force", folder },
				       .unset = trees->names };

	return git_run(&call, ret, diag);
}

/* What git did not remove: a folder that it could not fill, or whose .git is gone. */
static int remove_folder(const char *folder, struct diag *diag)
{
	const char *const argv[] = { "rm", "-rf", "--", folder, NULL };
	const struct filter filter = { .argv = argv, .output_max_bytes = 4096, .timeout_ms = GIT_TIMEOUT_MS };
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };

	if (filter_run(&filter, &result) == 0 && result.exit_code == 0)
		return 0;
	return diag_at(diag, (struct place){ .file = folder }, -EINVAL,
		       "this folder cannot be removed; remove it, then run 'git worktree remove --force %s'", folder);
}

int git_remove_tree(const struct git_trees *trees, const char *folder, struct diag *diag)
{
	struct filter_result first CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	struct filter_result second CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	int r = remove_known(trees, folder, &first, diag);

	if (r <= 0)
		return r;
	r = remove_folder(folder, diag);
	if (r == 0)
		r = remove_known(trees, folder, &second, diag);
	return r > 0 && !strstr(strbuf_text(&second.messages), "is not a working tree") ?
		       git_failed(&second, "a work tree stays known", diag) :
		       MIN(r, 0);
}
