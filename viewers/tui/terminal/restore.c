#include "tui/terminal/restore.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define NCURSES_NOMACROS
#include <curses.h>
#include <term.h>

#include "memprof/base/number.h"

static const int crashes[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGQUIT };

static struct {
	int fd;
	struct termios modes;
	char undo[256];
	size_t n_undo;
	size_t i_clear, n_clear; /* the part of undo that wipes a screen which is going to be left */
	struct sigaction before[ARRAY_SIZE(crashes)];
	char stack[32 << 10]; /* that a stack which has no more room can be told of */
	stack_t stack_before;
} as_it_was;

/* Also within a signal handler. */
void restore_write(const char *bytes, size_t n_bytes)
{
	while (n_bytes > 0) {
		ssize_t n = write(as_it_was.fd, bytes, n_bytes);
		if (n < 0 && errno != EINTR)
			return;
		bytes += n > 0 ? n : 0;
		n_bytes -= n > 0 ? (size_t)n : 0;
	}
}

static void on_crash(int number)
{
	restore_write(as_it_was.undo, as_it_was.n_undo);
	tcsetattr(as_it_was.fd, TCSANOW, &as_it_was.modes);
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], &as_it_was.before[i], NULL);
	raise(number); /* it waits until this handler is left */
}

static int keep(int byte)
{
	if (as_it_was.n_undo < sizeof(as_it_was.undo))
		as_it_was.undo[as_it_was.n_undo++] = (char)byte;
	return byte;
}

/* What the terminal calls name; or other, if it has no such thing. */
static void keep_named(const char *name, const char *other)
{
	const char *bytes = tigetstr(name);

	if (bytes && bytes != (char *)-1)
		tputs(bytes, 1, keep);
	else
		for (; *other; other++)
			keep(*other);
}

static bool has(const char *name)
{
	const char *bytes = tigetstr(name);

	return bytes && bytes != (char *)-1 && *bytes;
}

/* Terminals that wrap long lines anew when their size changes (tmux) would leave some of our picture behind.
 * Where the screen is the only one it stays, as what programs print does. */
static void keep_clear(void)
{
	as_it_was.i_clear = as_it_was.n_undo;
	if (has("rmcup"))
		keep_named("clear", "");
	as_it_was.n_clear = as_it_was.n_undo - as_it_was.i_clear;
}

void restore_clear(void) { restore_write(as_it_was.undo + as_it_was.i_clear, as_it_was.n_clear); }

static int no_such_terminal(struct diag *diag)
{
	const char *name = getenv("TERM");

	if (!name || !*name)
		return diag_set(diag, -ENODEV,
				"TERM is not set, so what the terminal can do is not known"
				" (TERM=xterm does for most)");
	return diag_set(diag, -ENODEV, "TERM=%s names no terminal that is known here and can place its cursor", name);
}

int restore_prepare(int fd, bool *ret_mouse, struct diag *diag)
{
	int problem;

	if (setupterm(NULL, fd, &problem) != OK)
		return no_such_terminal(diag);
	bool fits = has("cup") && (has("clear") || has("ed"));
	as_it_was.fd = fd;
	as_it_was.n_undo = 0;
	tcgetattr(fd, &as_it_was.modes);
	*ret_mouse = has("kmous");
	if (*ret_mouse)
		for (const char *p = TERMINAL_MOUSE_OFF; *p; p++)
			keep(*p);
	keep_named("rmkx", "");
	keep_named("op", "");
	keep_named("sgr0", "");
	keep_named("cnorm", "");
	keep_clear();
	keep_named("rmcup", "\r\n");
	del_curterm(cur_term);
	return fits ? 0 : no_such_terminal(diag);
}

void restore_arm(void)
{
	const stack_t stack = { .ss_sp = as_it_was.stack, .ss_size = sizeof(as_it_was.stack) };
	const struct sigaction action = { .sa_handler = on_crash, .sa_flags = SA_ONSTACK };

	sigaltstack(&stack, &as_it_was.stack_before);
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++) {
		sigaction(crashes[i], &action, &as_it_was.before[i]);
		if (as_it_was.before[i].sa_handler == SIG_IGN)
			sigaction(crashes[i], &as_it_was.before[i], NULL);
	}
}

void restore_disarm(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], &as_it_was.before[i], NULL);
	sigaltstack(&as_it_was.stack_before, NULL);
}
