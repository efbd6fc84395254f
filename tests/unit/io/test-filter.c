#define _GNU_SOURCE
#include "memprof/io/filter.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

enum { LONG_MS = 20000 };

#define SHELL(script) ((const char *const[]){ "sh", "-c", script, NULL })

static int run(const char *const *argv, const char *input, size_t n_input_bytes, struct filter_result *ret)
{
	const struct filter filter = { argv, input, n_input_bytes, 1 << 20, LONG_MS };

	return filter_run(&filter, ret);
}

/* Nothing is left behind: no child to wait for, no open descriptor above the lowest free one. */
static void assert_clean(int lowest_fd)
{
	int fd = open("/dev/null", O_RDONLY);

	assert_int_equal(fd, lowest_fd);
	close(fd);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static int lowest_fd(void)
{
	int fd = open("/dev/null", O_RDONLY);

	close(fd);
	return fd;
}

UNIT_TEST(output_messages_and_exit_code)
{
	static const struct {
		const char *script, *input, *output, *messages;
		int exit_code;
	} rows[] = {
		{ "echo out; echo err >&2; exit 3", NULL, "out\n", "err\n", 3 },
		{ "cat", "a\nb", "a\nb", "", 0 },
		{ "cat", "", "", "", 0 },
		{ "cat", NULL, "", "", 0 },
		{ "read a; echo $a", "one\ntwo\n", "one\n", "", 0 },
		{ "echo $LC_ALL", NULL, "C\n", "", 0 },
		{ "kill -9 $$", NULL, "", "", 137 },
		{ "exec >&- 2>&-; sleep 0.05; exit 4", NULL, "", "", 4 },
	};
	int fd = lowest_fd();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct filter_result result;
		const char *input = rows[i].input;
		assert_int_equal(run(SHELL(rows[i].script), input, input ? strlen(input) : 0, &result), 0);
		assert_string_equal(strbuf_text(&result.output), rows[i].output);
		assert_string_equal(strbuf_text(&result.messages), rows[i].messages);
		assert_int_equal(result.exit_code, rows[i].exit_code);
		filter_result_deinit(&result);
		filter_result_deinit(&result);
		assert_clean(fd);
	}
}

/* More than any pipe holds, both ways at once. */
UNIT_TEST(streams_do_not_block_each_other)
{
	enum { N = 700000 };
	char *bytes = malloc(N);
	struct filter_result result;

	assert_non_null(bytes);
	for (size_t i = 0; i < N; i++)
		bytes[i] = (char)(i * 7 % 253);
	assert_int_equal(run(SHELL("cat; yes | head -c 100000 >&2"), bytes, N, &result), 0);
	assert_int_equal(result.output.n_bytes, N);
	assert_memory_equal(result.output.text, bytes, N);
	assert_int_equal(result.messages.n_bytes, FILTER_MESSAGES_MAX_BYTES);
	filter_result_deinit(&result);
	/* one that reads nothing */
	assert_int_equal(run(SHELL("exec 0<&-; echo done"), bytes, N, &result), 0);
	assert_string_equal(strbuf_text(&result.output), "done\n");
	filter_result_deinit(&result);
	free(bytes);
}

/* Arguments are passed as they are. */
UNIT_TEST(no_shell_is_involved)
{
	static const char *const argv[] = { "printf", "%s|", "$HOME; echo x", "`ls`", "*", NULL };
	struct filter_result result;

	assert_int_equal(run(argv, NULL, 0, &result), 0);
	assert_string_equal(strbuf_text(&result.output), "$HOME; echo x|`ls`|*|");
	filter_result_deinit(&result);
}

UNIT_TEST(programs_that_do_not_start)
{
	static const struct {
		const char *program;
		int error;
	} rows[] = {
		{ "memprof-no-such-program", -ENOENT },
		{ "/nowhere/cc", -ENOENT },
		{ "/etc/passwd", -EACCES },
		{ "", -ENOENT },
	};
	int fd = lowest_fd();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *const argv[] = { rows[i].program, NULL };
		struct filter_result result;
		assert_int_equal(run(argv, "input", 5, &result), rows[i].error);
		assert_int_equal(result.output.n_bytes, 0);
		filter_result_deinit(&result);
		assert_clean(fd);
	}
}

UNIT_TEST(output_has_a_bound)
{
	const struct filter filter = { SHELL("yes"), NULL, 0, 100000, LONG_MS };
	struct filter_result result;
	int fd = lowest_fd();

	assert_int_equal(filter_run(&filter, &result), -EFBIG);
	filter_result_deinit(&result);
	assert_clean(fd);
}

/* Also where a child of its own, or a closed stream, would keep us waiting. */
UNIT_TEST(time_has_a_bound)
{
	static const char *const scripts[] = {
		"sleep 1000",
		"sleep 1000 & echo started; wait",
		"sleep 1000 & exit 0",
		"exec >&- 2>&-; sleep 1000",
		"trap '' TERM INT HUP; while :; do sleep 1; done",
		"yes >&2",
	};
	int fd = lowest_fd();

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		const struct filter filter = { SHELL(scripts[i]), NULL, 0, 100000, 200 };
		struct filter_result result;
		assert_int_equal(filter_run(&filter, &result), -ETIMEDOUT);
		filter_result_deinit(&result);
		assert_clean(fd);
	}
}

/* The end of both streams, in order, of a program that prints more than is kept. */
UNIT_TEST(the_tail_is_kept)
{
	const char *const argv[] = { "sh", "-c",
				     "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; echo last >&2",
				     NULL };
	const struct filter filter = { .argv = argv, .output_max_bytes = 25, .timeout_ms = LONG_MS, .tail = true };
	struct filter_result result;
	int fd = lowest_fd();

	assert_int_equal(filter_run(&filter, &result), 0);
	assert_string_equal(strbuf_text(&result.output), "line 2998\nline 2999\nlast\n");
	assert_int_equal(result.messages.n_bytes, 0);
	filter_result_deinit(&result);
	assert_clean(fd);
}

UNIT_TEST(it_runs_in_a_folder)
{
	struct filter filter = {
		.argv = SHELL("pwd"), .output_max_bytes = 100, .timeout_ms = LONG_MS, .folder = "/usr/bin"
	};
	struct filter_result result;

	assert_int_equal(filter_run(&filter, &result), 0);
	assert_string_equal(strbuf_text(&result.output), "/usr/bin\n");
	filter_result_deinit(&result);
	filter.folder = "/no such folder";
	assert_int_equal(filter_run(&filter, &result), -ENOENT);
	filter_result_deinit(&result);
}

static unsigned n_asked;

static bool on_the_third_time(void) { return ++n_asked >= 3; }

/* Children of it too. */
UNIT_TEST(it_can_be_stopped)
{
	const struct filter filter = { .argv = SHELL("sleep 1000 & echo $!; wait"),
				       .output_max_bytes = 100,
				       .timeout_ms = LONG_MS,
				       .stopped = on_the_third_time };
	struct filter_result result;
	int held[2]; /* by all that it starts */
	char byte;

	assert_int_equal(pipe(held), 0);
	int fd = lowest_fd();
	assert_int_equal(filter_run(&filter, &result), -EINTR);
	assert_true(strtol(strbuf_text(&result.output), NULL, 10) > 1);
	filter_result_deinit(&result);
	assert_clean(fd);
	close(held[1]);
	assert_int_equal(read(held[0], &byte, 1), 0);
	close(held[0]);
}
