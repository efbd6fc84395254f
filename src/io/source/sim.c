/* Simulated boards: the program memprof-sim, on a socket. */
#define _GNU_SOURCE /* SOCK_CLOEXEC, pipe2 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "memprof/io/datafile.h"
#include "source/private.h"

enum {
	START_MS = 5000, /* until its first output, on a busy machine */
	USAGE_EXIT = 2,  /* for an unknown profile */
};

static const char prefix[] = "sim:";

static _Noreturn void child(const char *program, const char *profile, int link, int errors)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(link, STDIN_FILENO);
	dup2(link, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	signal(SIGINT, SIG_IGN); /* Ctrl-C is for memprof; it ends when memprof closes its socket */
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	execl(program, "memprof-sim", profile, (char *)NULL);
	static const char cannot[] = "cannot be started";
	if (write(errors, cannot, sizeof(cannot) - 1) < 0) {
		/* the exit code remains */
	}
	_exit(127);
}

/* Its error message, without the name of the program. */
static void read_error(int fd, char *ret, size_t n_ret)
{
	static const char name[] = "memprof-sim: ";
	size_t n = 0;
	ssize_t got;

	while (n < n_ret - 1 && (got = read(fd, ret + n, n_ret - 1 - n)) > 0)
		n += (size_t)got;
	ret[n] = '\0';
	if (strncmp(ret, name, sizeof(name) - 1) == 0)
		memmove(ret, ret + sizeof(name) - 1, n - (sizeof(name) - 1) + 1);
	ret[strcspn(ret, "\n")] = '\0';
}

/* Waits for its first output, sent as soon as it runs, or for its error message. */
static int await_start(struct source *source, int errors, struct diag *diag)
{
	struct place at = { .file = source->uri };
	struct pollfd p = { .fd = source->fd, .events = POLLIN };
	char byte, text[320];

	if (poll(&p, 1, START_MS) <= 0)
		return diag_at(diag, at, -ETIMEDOUT, "the simulated board did not start in time");
	if (recv(source->fd, &byte, 1, MSG_PEEK) > 0)
		return 0;
	read_error(errors, text, sizeof(text));
	int code = source_exit_code(source);
	if (code == USAGE_EXIT)
		return diag_at(diag, at, -EINVAL, "%s", text);
	return diag_at(diag, at, -ENODEV, "the simulated board exited with code %d%s%s", code, text[0] ? ": " : "",
		       text);
}

static int start(const char *program, struct source *source, struct diag *diag)
{
	int ends[2], errors[2], r = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return diag_set(diag, -errno, "no socket for sim: %s", strerror(errno));
	if (pipe2(errors, O_CLOEXEC) < 0) {
		r = -errno;
		close(ends[0]);
		close(ends[1]);
		return diag_set(diag, r, "no pipe for sim: %s", strerror(-r));
	}
	source->fd = ends[0];
	source->pid = fork();
	if (source->pid == 0)
		child(program, source->uri + sizeof(prefix) - 1, ends[1], errors[1]);
	if (source->pid < 0)
		r = diag_set(diag, -errno, "cannot start a process: %s", strerror(errno));
	close(ends[1]);
	close(errors[1]);
	if (r == 0)
		r = await_start(source, errors[0], diag);
	close(errors[0]);
	if (r < 0)
		source_end_process(source);
	return r;
}

static int sim_open(const char *uri, struct source *source, struct diag *diag)
{
	struct strbuf program CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int r = datafile_program("memprof-sim", &program, diag);

	(void)uri;
	return r < 0 ? r : start(strbuf_text(&program), source, diag);
}

const struct source_kind source_sim = {
	.name = "sim:PROFILE",
	.summary = "a simulated board that runs the agent's own code",
	.live = true,
	.prefix = prefix,
	.open = sim_open,
	.close = source_end_process,
};
