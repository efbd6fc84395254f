/* Test files, each run afresh on a board. */
#include <errno.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/io/source.h"

/* ---- files ---- */

struct test_files {
	struct arena *arena;
	VEC(const char *, paths);
};

/* Once, however often it is named. */
static int add_file(struct test_files *files, const char *path)
{
	const char *copy = arena_text(files->arena, path, strlen(path));

	for (size_t i = 0; i < files->n_paths; i++)
		if (strcmp(files->paths[i], path) == 0)
			return 0;
	return copy ? vec_push(files, paths, copy) : -ENOMEM;
}

static int refuse(const char *pattern, const char *why)
{
	message_at((struct place){ .file = pattern }, "error", "%s", why);
	return -EINVAL;
}

/* A file of that name, also one with a '[' in it, or those that fit the pattern, in the order of their names. */
static int find_files(struct test_files *files, const char *pattern)
{
	glob_t found = { .gl_pathc = 0 };
	struct stat st;
	bool exists = stat(pattern, &st) == 0;

	if (exists && S_ISDIR(st.st_mode))
		return refuse(pattern, "is a folder; name the files in it, as 'tests/*.py'");
	if (exists)
		return add_file(files, pattern);
	int error = glob(pattern, GLOB_ERR, NULL, &found), r = 0;
	for (size_t i = 0; error == 0 && i < found.gl_pathc && r == 0; i++)
		r = add_file(files, found.gl_pathv[i]);
	globfree(&found);
	if (error == GLOB_NOMATCH)
		return refuse(pattern, "no such file; names are relative to the current folder");
	return error ? refuse(pattern, error == GLOB_NOSPACE ? "out of memory" : strerror(errno)) : r;
}

static int find_all(struct test_files *files, const struct option_list *patterns)
{
	int r = 0;

	for (size_t i = 0; i < patterns->n && r == 0; i++)
		r = find_files(files, patterns->all[i]);
	if (r == -ENOMEM)
		message_error("out of memory");
	return r;
}

/* ---- runs ---- */

/* A file that was not begun has a row too. */
static void add_not_run(struct tests *tests, const char *path)
{
	const struct test_moment none = { .took_us = NOT_KNOWN, .used_bytes = NOT_KNOWN, .lfb_bytes = NOT_KNOWN };

	tests_begin(tests, TEST_FILE, path, &none);
	tests_outcome(tests, TEST_FILE, TEST_CUT, "it was not run");
	tests_end(tests, TEST_FILE, NULL);
}

/* An exit code; *ret_over: the board is gone, or somebody stopped it. Of exec: the next file has another process. */
static int run_file(struct script *script, bool *ret_over)
{
	struct program_result result = { 0 };
	int code = script_run(script, NULL, &result);
	script_say_pools(&result.info);
	bool by_hand = result.cut_by_us || (code == EXIT_FINE && (!result.ran || result.info.stopped));

	if (!result.ran && code != EXIT_DEVICE)
		add_not_run(script->program.tests, script->program.script);
	if (result.ran && result.info.exit_code > 0)
		code = EXIT_SCRIPT;
	*ret_over = code == EXIT_DEVICE || by_hand;
	program_result_deinit(&result);
	return by_hand ? exit_worse(code, EXIT_SCRIPT) : code;
}

static void report_over(struct checking *k, const char *path, size_t n_left)
{
	check_fail(&k->check, CHECK_OF_TESTS, "%s could not be run to its end", path);
	if (n_left > 0)
		message_at((struct place){ .file = path }, "note", "%zu more test file%s not run", n_left,
			   n_left == 1 ? " was" : "s were");
}

static int run_files(struct checking *k, const struct test_files *files, struct script *script)
{
	int code = EXIT_FINE;
	bool over = false;

	for (size_t i = 0; i < files->n_paths && !over; i++) {
		script->program.script = files->paths[i];
		int r = run_file(script, &over);
		code = exit_worse(code, r);
		if (over)
			report_over(k, files->paths[i], files->n_paths - i - 1);
	}
	return code;
}

int check_run_tests(struct checking *k)
{
	const struct check_args *args = k->args;
	struct check_files *now = &k->inputs.sides[CHECK_NOW];
	struct test_files files = { .arena = &k->check.arena };
	struct script script = {
		.board = &args->board,
		.args = &args->program,
		.source = args->per_test,
		.output = stderr,
		.resets = source_kind_of(args->per_test) != &source_exec, /* a process is a fresh one each time */
		.program.tests = &now->tests,
		.program.threshold_bytes = args->gc_threshold == NOT_KNOWN ? 0 : args->gc_threshold,
	};
	int code = EXIT_INPUT;

	k->check.given[CHECK_OF_TESTS] = now->has_tests = true;
	if (find_all(&files, &args->runs) == 0)
		code = run_files(k, &files, &script);
	else
		check_fail(&k->check, CHECK_OF_TESTS, "the tests could not be run");
	vec_deinit(&files, paths);
	tests_finish(&now->tests);
	if (now->tests.error < 0)
		return load_exit(-ENOMEM, NULL);
	return tests_any_bad(&now->tests) ? exit_worse(code, EXIT_SCRIPT) : code;
}
