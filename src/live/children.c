#define _DEFAULT_SOURCE
#include "memprof/live/children.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/live/stop_signals.h"

enum { REAP_TICK_US = 20000 }; /* a process that is about to end has closed its pipe already */

struct child {
	pid_t pid; /* 0: it has ended */
	int fd;    /* -1: closed */
};

struct children {
	struct children_config config;
	struct stop_signals *stop;
	struct child *all;
	struct pollfd *fds; /* of the children, then the caller's */
	size_t n, n_running;
	uint64_t kill_us; /* NOT_KNOWN: not asked to stop */
	uint8_t bytes[CHILDREN_READ_BYTES];
};

/* ---- the child's end ---- */

static int lifeline_fd(void *ctx) { return *(int *)ctx; }

static uint64_t lifeline_deadline(void *ctx)
{
	(void)ctx;
	return NOT_KNOWN;
}

static void lifeline_turn(void *ctx) { (void)ctx; }

static bool lifeline_wants(void *ctx)
{
	(void)ctx;
	return false;
}

/* Whoever writes to a pipe that nobody reads any more is told so by poll, which stop_signals_poll takes for the end of
 * the terminal. */
struct ui_hooks children_lifeline(int *fd)
{
	return (struct ui_hooks){ lifeline_fd, lifeline_deadline, lifeline_turn, lifeline_wants, fd };
}

/* ---- starting ---- */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int open_pipe(int fds[2])
{
	if (pipe(fds) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		fcntl(fds[i], F_SETFD, FD_CLOEXEC);
		fcntl(fds[i], F_SETFL, O_NONBLOCK);
	}
	return 0;
}

/* The pipes of those before it are not its business: it would keep them open. */
static void run_child(struct children *c, size_t i, int fd)
{
	for (size_t k = 0; k < i; k++)
		close_fd(&c->all[k].fd);
	_exit(c->config.run(c->config.ctx, i, fd));
}

static int start_child(struct children *c, size_t i)
{
	struct child *child = &c->all[i];
	int fds[2];
	int r = open_pipe(fds);

	if (r < 0)
		return r;
	child->pid = fork();
	if (child->pid == 0) {
		close(fds[0]);
		run_child(c, i, fds[1]);
	}
	close(fds[1]);
	child->fd = fds[0];
	if (child->pid > 0) {
		c->n_running++;
		return 0;
	}
	r = -errno;
	child->pid = 0;
	close_fd(&child->fd);
	return r;
}

static struct children *new_children(const struct children_config *config)
{
	struct children *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->config = *config;
	c->kill_us = NOT_KNOWN;
	c->all = calloc(config->n, sizeof(*c->all));
	c->fds = calloc(config->n + CHILDREN_FDS_MAX, sizeof(*c->fds));
	c->stop = stop_signals_new(NULL);
	if (c->all && c->fds && c->stop)
		return c;
	children_free(c);
	return NULL;
}

int children_start(struct children **ret, const struct children_config *config, struct diag *diag)
{
	int r = 0;

	*ret = NULL;
	if (config->n == 0 || config->n > CHILDREN_MAX)
		return diag_set(diag, -EINVAL, "%zu boards at once; at most %d can be followed", config->n,
				CHILDREN_MAX);
	struct children *c = new_children(config);
	if (!c)
		return diag_set(diag, -ENOMEM, "out of memory");
	for (; r == 0 && c->n < config->n; c->n++)
		r = start_child(c, c->n);
	if (r < 0) {
		children_free(c);
		return diag_set(diag, r, "cannot start a process per board: %s", strerror(-r));
	}
	*ret = c;
	return 0;
}

/* ---- what comes of them ---- */

static void read_child(struct children *c, size_t i)
{
	struct child *child = &c->all[i];
	ssize_t n = read(child->fd, c->bytes, sizeof(c->bytes));

	if (n > 0 && c->config.on_bytes)
		c->config.on_bytes(c->config.ctx, i, c->bytes, (size_t)n);
	else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_fd(&child->fd);
}

/* Those whose pipe is closed: has the process ended, too? */
static void reap_child(struct children *c, size_t i)
{
	struct child *child = &c->all[i];
	struct child_end end = { .i = i, .exit_code = -1 };
	int status;
	pid_t pid = waitpid(child->pid, &status, WNOHANG);

	if (pid == 0 || (pid < 0 && errno == EINTR))
		return;
	child->pid = 0;
	c->n_running--;
	if (pid > 0 && WIFEXITED(status))
		end.exit_code = WEXITSTATUS(status);
	else if (pid > 0 && WIFSIGNALED(status))
		end.signal = WTERMSIG(status);
	if (c->config.on_end)
		c->config.on_end(c->config.ctx, &end);
}

static void signal_children(const struct children *c, int number)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->all[i].pid > 0)
			kill(c->all[i].pid, number);
}

static uint64_t next_wake_us(const struct children *c, uint64_t until_us)
{
	until_us = MIN(until_us, c->kill_us);
	for (size_t i = 0; i < c->n; i++)
		if (c->all[i].pid > 0 && c->all[i].fd < 0)
			return MIN(until_us, clock_now_us() + REAP_TICK_US);
	return until_us;
}

static void serve_children(struct children *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->fds[i].revents && c->all[i].fd >= 0)
			read_child(c, i);
	for (size_t i = 0; i < c->n; i++)
		if (c->all[i].pid > 0 && c->all[i].fd < 0)
			reap_child(c, i);
	if (c->kill_us != NOT_KNOWN && clock_now_us() >= c->kill_us) {
		signal_children(c, SIGKILL);
		c->kill_us = clock_now_us() + CHILDREN_PATIENCE_S * UINT64_C(1000000);
	}
}

enum children_outcome children_wait(struct children *c, struct pollfd *fds, size_t n_fds, uint64_t until_us)
{
	n_fds = MIN(n_fds, (size_t)CHILDREN_FDS_MAX);
	for (size_t i = 0; i < c->n; i++)
		c->fds[i] = (struct pollfd){ c->all[i].fd, POLLIN, 0 };
	if (n_fds > 0)
		memcpy(c->fds + c->n, fds, n_fds * sizeof(*fds));
	bool asked = stop_requested();
	if (!asked && c->n_running > 0) {
		stop_signals_poll_all(c->stop, c->fds, c->n + n_fds, next_wake_us(c, until_us));
		asked = stop_requested();
		serve_children(c);
	}
	if (n_fds > 0)
		memcpy(fds, c->fds + c->n, n_fds * sizeof(*fds));
	return asked ? CHILDREN_STOPPED : c->n_running == 0 ? CHILDREN_ENDED : CHILDREN_TIME;
}

/* ---- the end ---- */

void children_stop(struct children *c)
{
	if (c->kill_us != NOT_KNOWN)
		return;
	c->kill_us = clock_now_us() + CHILDREN_PATIENCE_S * UINT64_C(1000000);
	signal_children(c, SIGTERM);
}

void children_join(struct children *c)
{
	enum children_outcome outcome;

	do {
		outcome = children_wait(c, NULL, 0, NOT_KNOWN);
		if (outcome == CHILDREN_STOPPED)
			children_stop(c);
	} while (outcome != CHILDREN_ENDED);
}

size_t children_n_running(const struct children *c) { return c->n_running; }

void children_free(struct children *c)
{
	if (!c)
		return;
	if (c->n_running > 0) {
		children_stop(c);
		children_join(c);
	}
	for (size_t i = 0; i < c->n; i++)
		close_fd(&c->all[i].fd);
	stop_signals_free(c->stop);
	free(c->all);
	free(c->fds);
	free(c);
}
