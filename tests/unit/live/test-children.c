/* One process per board: what they send, how they end, and what ends them. */
#define _DEFAULT_SOURCE
#include "memprof/live/children.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/live/stop_signals.h"
#include "unit.h"

enum { N = 4 };

struct test {
	int (*child)(size_t i, int fd);
	size_t n_bytes[N];
	uint8_t last[N];
	struct child_end ends[N];
	size_t n_ended;
};

static int run(void *ctx, size_t i, int fd) { return ((struct test *)ctx)->child(i, fd); }

static void on_bytes(void *ctx, size_t i, const uint8_t *bytes, size_t n_bytes)
{
	struct test *t = ctx;

	t->n_bytes[i] += n_bytes;
	t->last[i] = bytes[n_bytes - 1];
}

static void on_end(void *ctx, const struct child_end *end)
{
	struct test *t = ctx;

	t->ends[end->i] = *end;
	t->n_ended++;
}

static struct children *start(struct test *t, int (*child)(size_t i, int fd))
{
	const struct children_config config = { N, run, on_bytes, on_end, t };
	struct children *c;
	struct diag diag;

	*t = (struct test){ .child = child };
	assert_int_equal(children_start(&c, &config, &diag), 0);
	return c;
}

/* As a session waits. */
static int until_stopped(int fd, int exit_code)
{
	const struct ui_hooks lifeline = children_lifeline(&fd);
	struct stop_signals *s = stop_signals_new(&lifeline);

	while (!stop_requested())
		stop_signals_sleep(s, NOT_KNOWN);
	stop_signals_free(s);
	return exit_code;
}

/* Far more than a pipe holds. */
static int sends_much(size_t i, int fd)
{
	enum { BYTES = 300000 };
	static const uint8_t zeros[5000];
	struct pollfd p = { fd, POLLOUT, 0 };
	const uint8_t last = (uint8_t)(i + 1);

	for (size_t n = 0; n < BYTES;) {
		ssize_t written = write(fd, zeros, sizeof(zeros));
		if (written < 0 && errno == EAGAIN)
			poll(&p, 1, -1);
		n += written > 0 ? (size_t)written : 0;
	}
	while (write(fd, &last, 1) != 1)
		poll(&p, 1, -1);
	return (int)i;
}

UNIT_TEST(all_bytes_come_before_the_end)
{
	struct test t;
	struct children *c = start(&t, sends_much);

	children_join(c);
	assert_int_equal(t.n_ended, N);
	for (size_t i = 0; i < N; i++) {
		assert_true(t.n_bytes[i] > 300000);
		assert_int_equal(t.last[i], i + 1);
		assert_int_equal(t.ends[i].exit_code, i);
		assert_int_equal(t.ends[i].signal, 0);
	}
	assert_int_equal(children_wait(c, NULL, 0, NOT_KNOWN), CHILDREN_ENDED);
	children_free(c);
}

static int says_ready(size_t i, int fd)
{
	(void)i;
	assert_int_equal(write(fd, "r", 1), 1);
	return until_stopped(fd, 3);
}

static void await_all(struct children *c, const struct test *t)
{
	for (size_t i = 0; i < N; i++)
		while (t->n_bytes[i] == 0)
			assert_int_equal(children_wait(c, NULL, 0, NOT_KNOWN), CHILDREN_TIME);
}

/* A stop is passed on, and asked for once. */
UNIT_TEST(a_stop_ends_all)
{
	struct test t;

	signal(SIGINT, SIG_DFL); /* ignored, if the tests run behind a shell */
	struct children *c = start(&t, says_ready);
	await_all(c, &t);
	raise(SIGINT);
	assert_int_equal(children_wait(c, NULL, 0, NOT_KNOWN), CHILDREN_STOPPED);
	assert_int_equal(children_wait(c, NULL, 0, clock_now_us()), CHILDREN_TIME);
	assert_int_equal(children_n_running(c), N);
	raise(SIGTERM);
	children_join(c);
	assert_int_equal(t.n_ended, N);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(t.ends[i].exit_code, 3);
	children_free(c);
}

UNIT_TEST(they_end_when_they_are_freed)
{
	struct test t;
	struct children *c = start(&t, says_ready);

	children_free(c); /* also those that have not begun to wait */
	assert_int_equal(t.n_ended, N);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static uint64_t skipped_us;

uint64_t __real_clock_now_us(void);
uint64_t __wrap_clock_now_us(void);
uint64_t __wrap_clock_now_us(void) { return __real_clock_now_us() + skipped_us; }

/* Until nobody reads its pipe any more. */
static int does_not_stop(size_t i, int fd)
{
	struct pollfd p = { fd, 0, 0 };

	(void)i;
	assert_int_equal(write(fd, "r", 1), 1);
	while (poll(&p, 1, -1) <= 0)
		;
	return 0;
}

UNIT_TEST(one_that_does_not_stop_is_killed)
{
	struct test t;
	struct children *c = start(&t, does_not_stop);

	await_all(c, &t);
	children_stop(c);
	assert_int_equal(children_wait(c, NULL, 0, clock_now_us()), CHILDREN_TIME);
	assert_int_equal(children_n_running(c), N);
	skipped_us = CHILDREN_PATIENCE_S * UINT64_C(1000000);
	for (int k = 0; t.n_ended < N && k < 1000; k++)
		children_wait(c, NULL, 0, clock_now_us() + 10000);
	assert_int_equal(t.n_ended, N);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(t.ends[i].signal, SIGKILL);
	children_free(c);
}

static int one_is_killed(size_t i, int fd)
{
	if (i == 1)
		kill(getpid(), SIGKILL);
	return says_ready(i, fd);
}

UNIT_TEST(a_child_that_is_killed_is_reported)
{
	struct test t;
	struct children *c = start(&t, one_is_killed);

	while (t.n_ended == 0)
		assert_int_equal(children_wait(c, NULL, 0, NOT_KNOWN), CHILDREN_TIME);
	assert_int_equal(t.ends[1].signal, SIGKILL);
	assert_int_equal(t.ends[1].exit_code, -1);
	assert_int_equal(children_n_running(c), N - 1);
	children_free(c);
	assert_int_equal(t.n_ended, N);
}

/* A pipe that is closed is not yet the end of a process. */
static int closed[2], may_end[2];

static int closes_first(size_t i, int fd)
{
	char byte = 'c';

	close(fd);
	close(may_end[1]);
	return write(closed[1], &byte, 1) == 1 && read(may_end[0], &byte, 1) == 0 ? (int)i + 10 : 1;
}

UNIT_TEST(the_end_may_come_after_the_pipe_is_closed)
{
	struct test t;
	char bytes[N];

	assert_int_equal(pipe(closed), 0);
	assert_int_equal(pipe(may_end), 0);
	struct children *c = start(&t, closes_first);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(read(closed[0], bytes, 1), 1);
	assert_int_equal(children_wait(c, NULL, 0, clock_now_us()), CHILDREN_TIME);
	assert_int_equal(children_n_running(c), N);
	close(may_end[1]);
	children_join(c);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(t.ends[i].exit_code, i + 10);
	children_free(c);
}

UNIT_TEST(other_fds_and_moments)
{
	struct test t;
	struct children *c = start(&t, says_ready);
	int fds[2];

	await_all(c, &t);
	assert_int_equal(pipe(fds), 0);
	struct pollfd fd = { fds[0], POLLIN, 0 };
	assert_int_equal(children_wait(c, &fd, 1, clock_now_us() + 1000), CHILDREN_TIME);
	assert_int_equal(fd.revents, 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(children_wait(c, &fd, 1, NOT_KNOWN), CHILDREN_TIME);
	assert_true(fd.revents & POLLIN);
	close(fds[0]);
	close(fds[1]);
	children_free(c);
}

/* A parent that is killed cannot ask its children to stop. The pipe of a grandchild shows when the last one has ended.
 */
UNIT_TEST(they_end_with_their_parent)
{
	int fds[2];
	char byte;

	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct test t;
		struct children *c = start(&t, says_ready);
		await_all(c, &t);
		kill(getpid(), SIGKILL);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(fds[0]);
}

UNIT_TEST(none_or_too_many)
{
	struct children_config config = { .n = 0, .run = run };
	struct children *c;
	struct diag diag;

	assert_int_equal(children_start(&c, &config, &diag), -EINVAL);
	config.n = CHILDREN_MAX + 1;
	assert_int_equal(children_start(&c, &config, &diag), -EINVAL);
	assert_null(c);
	children_free(c);
}
