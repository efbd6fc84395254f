/* Sources on a pty: a subprocess, or the pty of another program. */
#define _GNU_SOURCE /* posix_openpt, ptsname_r, TIOCSCTTY */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "source/private.h"

static const char prefix[] = "exec:";

/* No echo, no translation. keep_signals: Ctrl-C stays a signal, because the unix port of MicroPython
 * restores the terminal while a program runs, which only a signal interrupts then. */
static void make_raw(int fd, bool keep_signals)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return;
	cfmakeraw(&t);
	t.c_oflag = 0; /* not just OPOST: QEMU turns that on again (chardev/char-stdio.c, qemu_chr_set_echo_stdio) */
	if (keep_signals)
		t.c_lflag |= ISIG;
	tcsetattr(fd, TCSANOW, &t);
}

static _Noreturn void child(const char *command, int slave)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };

	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	ioctl(slave, TIOCSWINSZ, &size);
	for (int fd = 0; fd < 3; fd++)
		dup2(slave, fd);
	if (slave > 2)
		close(slave);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	setenv("TERM", "dumb", 1);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static int exec_open(const char *uri, struct source *source, struct diag *diag)
{
	const char *command = uri + sizeof(prefix) - 1;
	char name[64];
	int slave;

	if (!*command)
		return diag_set(diag, -EINVAL, "exec: requires a command: exec:micropython");
	source->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (source->fd < 0)
		return diag_set(diag, -errno, "no pty for exec: %s", strerror(errno));
	if (grantpt(source->fd) < 0 || unlockpt(source->fd) < 0 || ptsname_r(source->fd, name, sizeof(name)) != 0 ||
	    (slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) {
		int r = -errno;
		close(source->fd);
		return diag_set(diag, r, "no pty for exec: %s", strerror(-r));
	}
	make_raw(slave, true);
	source->pid = fork();
	if (source->pid == 0)
		child(command, slave);
	close(slave);
	if (source->pid < 0) {
		int r = -errno;
		close(source->fd);
		return diag_set(diag, r, "cannot start a process: %s", strerror(-r));
	}
	return 0;
}

/* Waits up to timeout_ms for the process to end. True once it has. */
static bool reap(struct source *source, int timeout_ms)
{
	const struct timespec tick = { 0, 5 * 1000000 };
	int status;

	while (source->pid > 0) {
		pid_t pid = waitpid(source->pid, &status, WNOHANG);
		if (pid == source->pid) {
			source->pid = 0;
			source->exit_code = WIFEXITED(status)   ? WEXITSTATUS(status) :
					    WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
								  -1;
		} else if (pid < 0 && errno != EINTR) {
			source->pid = 0;
		} else if (timeout_ms <= 0) {
			return false;
		} else {
			nanosleep(&tick, NULL);
			timeout_ms -= 5;
		}
	}
	return true;
}

void source_end_process(struct source *source)
{
	static const struct {
		int signal, timeout_ms;
	} steps[] = {
		{ SIGHUP, 300 },
		{ SIGTERM, 700 },
		{ SIGKILL, 1000 },
	};
	pid_t group = source->pid;

	close(source->fd); /* on a pty, the kernel also hangs up the session */
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && source->pid > 0; i++) {
		kill(-source->pid, steps[i].signal);
		if (reap(source, steps[i].timeout_ms))
			break;
	}
	if (group > 0)
		kill(-group, SIGKILL); /* children left behind by the shell */
}

int source_exit_code(struct source *source)
{
	if (source->pid > 0)
		reap(source, 500);
	return source->exit_code;
}

const struct source_kind source_exec = {
	.name = "exec:COMMAND",
	.summary = "a program on a pty: micropython, qemu, socat",
	.live = true,
	.prefix = prefix,
	.open = exec_open,
	.close = source_end_process,
};

/* ---- pty of another program ---- */

static bool takes_pty(const char *uri)
{
	char *real = realpath(uri, NULL);
	bool is_pty = real && strncmp(real, "/dev/pts/", 9) == 0;

	free(real);
	return is_pty;
}

static int pty_open(const char *uri, struct source *source, struct diag *diag)
{
	source->fd = open(uri, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (source->fd < 0)
		return diag_at(diag, (struct place){ .file = uri }, -errno, "cannot open it: %s", strerror(errno));
	if (flock(source->fd, LOCK_EX | LOCK_NB) < 0) { /* others may have it open: who made it does */
		struct port_holder holder;
		port_locker(uri, &holder);
		source_close_fd(source);
		return source_report_held(uri, &holder, diag);
	}
	make_raw(source->fd, false);
	return 0;
}

const struct source_kind source_pty = {
	.name = "/dev/pts/N",
	.summary = "a pty of another program",
	.live = true,
	.takes = takes_pty,
	.open = pty_open,
	.close = source_close_fd,
};
