#define _GNU_SOURCE /* pipe2, MSG_NOSIGNAL */
#include "memprof/io/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"

enum {
	ASK_MS = 100,
	LEFT_MS = 1000, /* for what the program left behind, with its streams open */
};

struct run {
	const struct filter *filter;
	struct filter_result *result;
	pid_t pid;
	int input, output, messages; /* our ends; -1: closed */
	size_t n_sent_bytes;
	uint64_t deadline_us;
	uint64_t left_until_us; /* 0: the program still runs */
};

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- start ---- */

static _Noreturn void child(const struct filter *filter, const int standard[3], int failure)
{
	static const int signals[] = { SIGPIPE, SIGINT, SIGTERM, SIGHUP };
	sigset_t none;

	setsid(); /* without a terminal: a prompt there would stop it, and nobody could see why */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		signal(signals[i], SIG_DFL);
	for (int fd = 0; fd < 3; fd++)
		dup2(standard[fd], fd);
	if (filter->tail)
		dup2(standard[1], 2);
	for (const char *const *name = filter->unset; name && *name; name++)
		unsetenv(*name);
	setenv("LC_ALL", "C", 1);
	if (!filter->folder || chdir(filter->folder) == 0)
		execvp(filter->argv[0], (char *const *)(uintptr_t)filter->argv);
	int error = errno;
	ssize_t n = write(failure, &error, sizeof(error));
	_exit(n < 0 ? 126 : 127);
}

/* Its input is a socket: only send() takes MSG_NOSIGNAL, and a program that does not read all must not end us. */
static int open_ends(const struct filter *filter, struct run *run, int theirs[3])
{
	int input[2] = { -1, -1 }, output[2], messages[2];

	if (filter->input)
		theirs[0] = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) < 0 ? -1 : input[0];
	else
		theirs[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	run->input = input[1];
	if (theirs[0] < 0 || pipe2(output, O_CLOEXEC) < 0)
		return -errno;
	run->output = output[0];
	theirs[1] = output[1];
	if (pipe2(messages, O_CLOEXEC) < 0)
		return -errno;
	run->messages = messages[0];
	theirs[2] = messages[1];
	return 0;
}

/* A successful exec closes the failure pipe without a byte in it. */
static int start(struct run *run)
{
	int theirs[3] = { -1, -1, -1 }, failure[2] = { -1, -1 }, error = 0;
	int r = open_ends(run->filter, run, theirs);

	if (r == 0 && pipe2(failure, O_CLOEXEC) < 0)
		r = -errno;
	if (r == 0) {
		run->pid = fork();
		if (run->pid == 0)
			child(run->filter, theirs, failure[1]);
		r = run->pid < 0 ? -errno : 0;
	}
	for (int i = 0; i < 3; i++)
		close_end(&theirs[i]);
	close_end(&failure[1]);
	if (r == 0) {
		while (read(failure[0], &error, sizeof(error)) < 0 && errno == EINTR)
			;
		r = -error;
	}
	close_end(&failure[0]);
	return r;
}

/* ---- while it runs ---- */

static void send_input(struct run *run)
{
	const struct filter *f = run->filter;
	ssize_t n = send(run->input, f->input + run->n_sent_bytes, f->n_input_bytes - run->n_sent_bytes,
			 MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n >= 0)
		run->n_sent_bytes += (size_t)n;
	if ((n < 0 && errno != EAGAIN && errno != EINTR) || run->n_sent_bytes == f->n_input_bytes)
		close_end(&run->input);
}

/* Reads once; the end of the stream closes it. What does not fit is discarded. */
static int read_stream(int *fd, struct strbuf *ret, size_t max_bytes)
{
	char bytes[16384];
	ssize_t n = read(*fd, bytes, sizeof(bytes));

	if (n == 0 || (n < 0 && errno != EINTR))
		close_end(fd);
	size_t n_bytes = n > 0 ? (size_t)n : 0, n_kept = MIN(n_bytes, max_bytes - ret->n_bytes);
	strbuf_add(ret, bytes, n_kept);
	return strbuf_error(ret) < 0 ? -ENOMEM : n_kept < n_bytes ? -EFBIG : 0;
}

static void drop_beginning(struct strbuf *text, size_t max_bytes)
{
	if (text->n_bytes <= max_bytes)
		return;
	memmove(text->text, text->text + (text->n_bytes - max_bytes), max_bytes + 1);
	text->n_bytes = max_bytes;
}

static int read_output(struct run *run)
{
	struct strbuf *text = &run->result->output;
	size_t max_bytes = run->filter->output_max_bytes;

	if (!run->filter->tail)
		return read_stream(&run->output, text, max_bytes);
	int r = read_stream(&run->output, text, SIZE_MAX);
	if (text->n_bytes > 2 * max_bytes || run->output < 0)
		drop_beginning(text, max_bytes);
	return r;
}

static int remaining_ms(const struct run *run)
{
	uint64_t now_us = clock_now_us();

	return now_us >= run->deadline_us ? 0 : (int)MIN((run->deadline_us - now_us + 999) / 1000, (uint64_t)INT_MAX);
}

/* How long to wait at once. */
static int turn_ms(const struct run *run) { return MIN(remaining_ms(run), ASK_MS); }

static bool is_stopped(const struct run *run) { return run->filter->stopped && run->filter->stopped(); }

/* It stays a zombie, so that its group can still be ended. */
static bool has_exited(const struct run *run)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == run->pid;
}

/* A process that the program left behind may keep its streams open for ever. */
static bool is_left_open(struct run *run)
{
	uint64_t now_us = clock_now_us();

	if (run->left_until_us == 0 && has_exited(run))
		run->left_until_us = now_us + LEFT_MS * UINT64_C(1000);
	return run->left_until_us && now_us >= run->left_until_us;
}

/* Until both streams end, or the group is ended. poll() skips a descriptor of -1. */
static int exchange(struct run *run)
{
	int r = 0;

	while (r == 0 && (run->output >= 0 || run->messages >= 0)) {
		struct pollfd fds[] = {
			{ run->input, POLLOUT, 0 },
			{ run->output, POLLIN, 0 },
			{ run->messages, POLLIN, 0 },
		};
		int n = poll(fds, ARRAY_SIZE(fds), turn_ms(run));
		if (n < 0 && errno != EINTR)
			return -errno;
		if (is_stopped(run))
			return -EINTR;
		if (remaining_ms(run) == 0)
			return -ETIMEDOUT;
		if (is_left_open(run) && (n <= 0 || run->filter->tail))
			return kill(-run->pid, SIGKILL) < 0 ? -errno : 0;
		if (n > 0 && fds[0].revents)
			send_input(run);
		if (n > 0 && fds[1].revents)
			r = read_output(run);
		if (n > 0 && r == 0 && fds[2].revents) {
			r = read_stream(&run->messages, &run->result->messages, FILTER_MESSAGES_MAX_BYTES);
			r = r == -EFBIG ? 0 : r;
		}
	}
	return r;
}

/* ---- end ---- */

/* A program may close its streams and go on. */
static int reap(struct run *run)
{
	const struct timespec tick = { 0, 2 * 1000000 };
	int status;
	pid_t pid;

	while ((pid = waitpid(run->pid, &status, WNOHANG)) == 0 || (pid < 0 && errno == EINTR)) {
		if (is_stopped(run))
			return -EINTR;
		if (remaining_ms(run) == 0)
			return -ETIMEDOUT;
		nanosleep(&tick, NULL);
	}
	run->pid = 0;
	if (pid < 0)
		return -errno;
	run->result->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}

static void end_group(struct run *run)
{
	int status;

	if (run->pid <= 0)
		return;
	kill(-run->pid, SIGKILL);
	while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
		;
}

int filter_run(const struct filter *filter, struct filter_result *ret)
{
	struct run run = {
		.filter = filter,
		.result = ret,
		.input = -1,
		.output = -1,
		.messages = -1,
		.deadline_us = clock_now_us() + (uint64_t)filter->timeout_ms * 1000,
	};

	*ret = (struct filter_result){ .exit_code = -1 };
	int r = start(&run);
	if (r == 0)
		r = exchange(&run);
	if (r == 0)
		r = reap(&run);
	if (r < 0)
		end_group(&run);
	close_end(&run.input);
	close_end(&run.output);
	close_end(&run.messages);
	return r;
}

void filter_result_deinit(struct filter_result *result)
{
	strbuf_deinit(&result->output);
	strbuf_deinit(&result->messages);
}
