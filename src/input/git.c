#include "memprof/input/git.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "git_run.h"
#include "memprof/base/number.h"

enum { WORDS_MAX = 24, OUTPUT_MAX_BYTES = 256 << 20 };

/* ---- running ---- */

/* git rev-parse --local-env-vars */
const char *const git_variables[] = { "GIT_ALTERNATE_OBJECT_DIRECTORIES",
				      "GIT_COMMON_DIR",
				      "GIT_DIR",
				      "GIT_GRAFT_FILE",
				      "GIT_IMPLICIT_WORK_TREE",
				      "GIT_INDEX_FILE",
				      "GIT_INTERNAL_SUPER_PREFIX",
				      "GIT_NO_REPLACE_OBJECTS",
				      "GIT_OBJECT_DIRECTORY",
				      "GIT_PREFIX",
				      "GIT_REPLACE_REF_BASE",
				      "GIT_SHALLOW_FILE",
				      "GIT_WORK_TREE",
				      NULL };

static int not_run(int error, struct diag *diag)
{
	if (error == -ENOENT)
		return diag_set(diag, -EINVAL, "there is no program 'git': figures of commits need it; install it");
	if (error == -EFBIG)
		return diag_set(diag, -EINVAL, "git printed more than %d MiB", OUTPUT_MAX_BYTES >> 20);
	if (error == -ETIMEDOUT)
		return diag_set(diag, -EINVAL, "git did not end within %d minutes", GIT_TIMEOUT_MS / 60000);
	if (error == -EINTR)
		return diag_set(diag, -EINTR, "stopped");
	return diag_set(diag, -EINVAL, "git cannot be run: %s", strerror(-error));
}

int git_run(const struct git_call *call, struct filter_result *ret, struct diag *diag)
{
	/* No hook and no file system monitor of the repository runs; a filter of its .git/config may. */
	static const char *const first[] = { "git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=" };
	const char *argv[ARRAY_SIZE(first) + WORDS_MAX + 1] = { NULL };

	memcpy(argv, first, sizeof(first));
	for (size_t i = 0; i < WORDS_MAX && call->words[i]; i++)
		argv[ARRAY_SIZE(first) + i] = call->words[i];
	const struct filter filter = {
		.argv = argv,
		.input = call->input ? strbuf_text(call->input) : NULL,
		.n_input_bytes = call->input ? call->input->n_bytes : 0,
		.output_max_bytes = OUTPUT_MAX_BYTES,
		.timeout_ms = GIT_TIMEOUT_MS,
		.unset = call->is_apart ? git_variables : NULL,
		.stopped = call->stopped,
	};
	int r = filter_run(&filter, ret);
	return r < 0 ? not_run(r, diag) : ret->exit_code;
}

/* The worst line of its messages, else the first. */
int git_failed(const struct filter_result *result, const char *what, struct diag *diag)
{
	static const char *const words[] = { "fatal: ", "error: ", "warning: " };
	const char *text = strbuf_text(&result->messages), *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(words) && !found; i++) {
		found = strstr(text, words[i]);
		text = found ? found + strlen(words[i]) : text;
	}
	int n = (int)MIN(strcspn(text, "\n"), (size_t)240);
	return diag_set(diag, -EINVAL, "%s: git %s%.*s", what, n ? "reports: " : "failed without a message", n, text);
}

int git_must(const struct git_call *call, struct filter_result *ret, const char *what, struct diag *diag)
{
	int r = git_run(call, ret, diag);

	return r > 0 ? git_failed(ret, what, diag) : r;
}

int git_line(const char *const *words, struct strbuf *ret, struct diag *diag)
{
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	int r = git_run(&(struct git_call){ .words = words }, &result, diag);

	if (r == 0)
		strbuf_add(ret, strbuf_text(&result.output), strcspn(strbuf_text(&result.output), "\n"));
	return r == 0 && strbuf_error(ret) < 0 ? diag_set(diag, -ENOMEM, "out of memory") : r;
}

/* ---- the repository ---- */

int git_open(struct git *git, struct diag *diag)
{
	const struct git_call call = { .words = GIT_WORDS("rev-parse", "--is-shallow-repository") };
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	int r = git_run(&call, &result, diag);

	if (r > 0 && strstr(strbuf_text(&result.messages), "not a git repository"))
		return diag_set(diag, -EINVAL, "no git repository here; run memprof where the firmware's sources are");
	const char *remedy = strstr(strbuf_text(&result.messages), "git config --global --add safe.directory");
	if (r > 0 && remedy)
		return diag_set(diag, -EINVAL, "the repository is another user's: to trust it, run '%.*s'",
				(int)MIN(strcspn(remedy, "\n"), (size_t)240), remedy);
	git->is_shallow = strncmp(strbuf_text(&result.output), "true", 4) == 0;
	return r > 0 ? git_failed(&result, "the repository cannot be read", diag) : r;
}

int git_find_commit(const struct git *git, const char *revision, char ret_hash[GIT_HASH_CHARS + 1], struct diag *diag)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT, hash CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&name, "%s^{commit}", revision);
	if (strbuf_error(&name) < 0)
		return diag_set(diag, -ENOMEM, "out of memory");
	int r = git_line(GIT_WORDS("rev-parse", "--verify", "--quiet", "--end-of-options", strbuf_text(&name)), &hash,
			 diag);
	if (r > 0)
		return diag_set(diag, -EINVAL, "no commit '%.80s' here%s", revision,
				git->is_shallow ? GIT_SHALLOW_ADVICE : "");
	snprintf(ret_hash, GIT_HASH_CHARS + 1, "%s", strbuf_text(&hash));
	return r;
}

bool git_has_changes(void)
{
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;

	return git_line(GIT_WORDS("diff", "--quiet", "--no-ext-diff", "--ignore-submodules", "HEAD"), &line, NULL) == 1;
}
