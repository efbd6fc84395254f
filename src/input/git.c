#include "memprof/input/git.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "git_run.h"
#include "memprof/base/number.h"

/* ---- running ---- */

static int not_run(int error, struct diag *diag)
{
	if (error == -ENOENT)
		return diag_set(diag, -EINVAL, "there is no program 'git': figures of commits need it; install it");
	if (error == -EFBIG)
		return diag_set(diag, -EINVAL, "git printed more than %d MiB", GIT_OUTPUT_MAX_BYTES >> 20);
	if (error == -ETIMEDOUT)
		return diag_set(diag, -EINVAL, "git did not end within %d minutes", GIT_TIMEOUT_MS / 60000);
	if (error == -EINTR)
		return diag_set(diag, -EINTR, "stopped");
	return diag_set(diag, -EINVAL, "git cannot be run: %s", strerror(-error));
}

int git_run(const struct git_call *call, struct filter_result *ret, struct diag *diag)
{
	const char *argv[GIT_WORDS_MAX + 8] = { "git", "-c", "core.hooksPath=/dev/null" };
	size_t n = 3;

	for (size_t i = 0; i < GIT_WORDS_MAX && call->words[i]; i++)
		argv[n++] = call->words[i];
	const struct filter filter = {
		.argv = argv,
		.input = call->input ? strbuf_text(call->input) : NULL,
		.n_input_bytes = call->input ? call->input->n_bytes : 0,
		.output_max_bytes = GIT_OUTPUT_MAX_BYTES,
		.timeout_ms = GIT_TIMEOUT_MS,
		.unset = call->unset,
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

static bool is_hash(const char *text, size_t n_bytes)
{
	return (n_bytes == 40 || n_bytes == GIT_HASH_CHARS) && strspn(text, "0123456789abcdef") >= n_bytes;
}

static int read_hash(const struct filter_result *result, char ret_hash[GIT_HASH_CHARS + 1])
{
	const char *text = strbuf_text(&result->output);
	size_t n = strcspn(text, "\n");

	if (!is_hash(text, n))
		return -EINVAL;
	memcpy(ret_hash, text, n);
	ret_hash[n] = '\0';
	return 0;
}

/* ---- the repository ---- */

int git_open(struct git *ret, const char *ref, struct diag *diag)
{
	static const struct git_call call = { .words = { "rev-parse", "--is-shallow-repository" } };
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	int r = git_run(&call, &result, diag);

	*ret = (struct git){ .ref = ref ? ref : GIT_NOTES_REF };
	if (r > 0 && strstr(strbuf_text(&result.messages), "not a git repository"))
		return diag_set(diag, -EINVAL,
				"this folder is in no git repository; run memprof where the sources of the firmware"
				" are");
	const char *remedy = strstr(strbuf_text(&result.messages), "git config --global --add safe.directory");
	if (r > 0 && remedy)
		return diag_set(diag, -EINVAL, "the repository is another user's: to trust it, run '%.*s'",
				(int)MIN(strcspn(remedy, "\n"), (size_t)240), remedy);
	if (r != 0)
		return r < 0 ? r : git_failed(&result, "the repository cannot be read", diag);
	ret->is_shallow = strncmp(strbuf_text(&result.output), "true", 4) == 0;
	return 0;
}

static int find_path(const char *option, struct strbuf *ret, struct diag *diag)
{
	const struct git_call call = { .words = { "rev-parse", option } };
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	int r = git_run(&call, &result, diag);

	if (r == 0)
		strbuf_add(ret, strbuf_text(&result.output), strcspn(strbuf_text(&result.output), "\n"));
	return MIN(r, 0);
}

int git_find_root(const struct git *git, struct strbuf *ret, struct diag *diag)
{
	(void)git;
	return find_path("--show-toplevel", ret, diag);
}

int git_find_folder(const struct git *git, struct strbuf *ret, struct diag *diag)
{
	(void)git;
	return find_path("--git-common-dir", ret, diag);
}

static const char *advice(const struct git *git)
{
	return git->is_shallow ? "; this clone is shallow: 'git fetch --unshallow' gets the older commits" : "";
}

int git_find_commit(const struct git *git, const char *revision, char ret_hash[GIT_HASH_CHARS + 1], struct diag *diag)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };

	strbuf_printf(&name, "%s^{commit}", revision);
	if (strbuf_error(&name) < 0)
		return diag_set(diag, -ENOMEM, "out of memory");
	const struct git_call call = { .words = { "rev-parse", "--verify", "--quiet", "--end-of-options",
						  strbuf_text(&name) } };
	int r = git_run(&call, &result, diag);
	if (r > 0 || (r == 0 && read_hash(&result, ret_hash) < 0))
		return diag_set(diag, -EINVAL, "there is no commit '%.80s' here%s", revision, advice(git));
	return r;
}

int git_find_base(const struct git *git, const char *a, const char *b, char ret_hash[GIT_HASH_CHARS + 1],
		  struct diag *diag)
{
	const struct git_call call = { .words = { "merge-base", a, b } };
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	int r = git_run(&call, &result, diag);

	if (r > 0 || (r == 0 && read_hash(&result, ret_hash) < 0))
		return diag_set(diag, -EINVAL, "%.12s and %.12s have no common commit here%s", a, b, advice(git));
	return r;
}

int git_count(const struct git *git, const char *a, const char *b, size_t *ret, struct diag *diag)
{
	char range[2 * GIT_HASH_CHARS + 3];
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };
	const struct git_call call = { .words = { "rev-list", "--count", range } };
	uint64_t n;

	(void)git;
	snprintf(range, sizeof(range), "%s..%s", a, b);
	int r = git_must(&call, &result, "the commits cannot be counted", diag);
	const char *text = strbuf_text(&result.output);
	if (r == 0 && !number_scan(text, text + strcspn(text, "\n"), &n))
		r = diag_set(diag, -EINVAL, "the commits cannot be counted: git printed no number");
	if (r == 0)
		*ret = (size_t)n;
	return r;
}

bool git_has_changes(const struct git *git)
{
	static const struct git_call call = { .words = { "diff", "--quiet", "--no-ext-diff", "--ignore-submodules",
							 "HEAD" } };
	struct filter_result result CLEANUP(filter_result_deinit) = { .exit_code = 0 };

	(void)git;
	return git_run(&call, &result, NULL) == 1;
}
