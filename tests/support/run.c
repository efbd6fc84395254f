#define _DEFAULT_SOURCE
#include "run.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests_dir.h"
#include "unit.h"

static const char *program;

void run_begin(int argc, char **argv)
{
	if (argc < 2 || !(program = realpath(argv[1], NULL))) {
		fprintf(stderr, "usage: %s MEMPROF\n", argv[0]);
		exit(2);
	}
}

/* Nothing of whoever runs the tests may show in what is printed. */
static void set_environment(bool utf8)
{
	static const char *const unwanted[] = {
		"COLUMNS",       "COLORFGBG", "LINES",    "NO_COLOR",    "PAGER",
		"MEMPROF_PAGER", "LANG",      "LC_CTYPE", "LC_MESSAGES",
	};
	for (size_t i = 0; i < ARRAY_SIZE(unwanted); i++)
		unsetenv(unwanted[i]);
	setenv("LC_ALL", utf8 ? "C.UTF-8" : "C", 1);
	setenv("TERM", "xterm", 1);
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	setenv("TZ", "America/St_Johns", 1); /* nor may the place */
}

static void child(const struct run *run, FILE *out, FILE *err)
{
	const char *argv[RUN_ARGS_MAX + 2] = { "memprof" };

	for (size_t i = 0; i < RUN_ARGS_MAX && run->args[i]; i++)
		argv[i + 1] = run->args[i];
	set_environment(run->utf8);
	signal(SIGINT, SIG_DFL); /* ignored, if the tests run behind a shell */
	if (chdir(TESTS_DIR) < 0)
		_exit(126);
	int in = open(run->input ? run->input : "/dev/null", O_RDONLY);
	if (in < 0 || dup2(in, 0) < 0 || dup2(fileno(out), 1) < 0 || dup2(fileno(err), 2) < 0)
		_exit(126);
	execv(program, (char *const *)argv);
	_exit(127);
}

static void take(FILE *file, struct strbuf *ret)
{
	char bytes[4096];
	size_t n;

	rewind(file);
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		strbuf_add(ret, bytes, n);
	fclose(file);
}

int run_memprof(const struct run *run, struct strbuf *out, struct strbuf *err)
{
	FILE *out_file = tmpfile(), *err_file = tmpfile();
	int status = 0;

	assert_non_null(out_file);
	assert_non_null(err_file);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(run, out_file, err_file);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	take(out_file, out);
	take(err_file, err);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
