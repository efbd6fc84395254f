#define _DEFAULT_SOURCE /* sigprocmask */
#include "memprof/io/interrupt.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define STOPPED_BY(name) "memprof: error: stopped by " name " before the result was whole\n"

const int interrupt_signals[N_INTERRUPTS] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
static const char *const lines[N_INTERRUPTS] = { STOPPED_BY("SIGINT"), STOPPED_BY("SIGTERM"), STOPPED_BY("SIGHUP"),
						 STOPPED_BY("SIGQUIT") };

static volatile sig_atomic_t noted = SIGINT;
static const char *volatile files[INTERRUPT_FILES_MAX];
static pid_t owner; /* of the files: not a process that it forked */

static void print(int number)
{
	for (size_t i = 0; i < N_INTERRUPTS; i++)
		if (interrupt_signals[i] == number && write(STDERR_FILENO, lines[i], strlen(lines[i])) < 0)
			return;
}

void interrupt_hold(bool holds)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < N_INTERRUPTS; i++)
		sigaddset(&set, interrupt_signals[i]);
	sigprocmask(holds ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

/* Also within a signal handler. */
void interrupt_end(int number)
{
	int by = number ? number : noted;

	for (size_t i = 0; getpid() == owner && i < INTERRUPT_FILES_MAX; i++)
		if (files[i] && unlink(files[i]) < 0)
			rmdir(files[i]);
	print(by);
	signal(by, SIG_DFL);
	interrupt_hold(false);
	raise(by);
}

void interrupt_note(int number) { noted = number; }

void interrupt_catch(void)
{
	owner = getpid();
	for (size_t i = 0; i < N_INTERRUPTS; i++)
		if (signal(interrupt_signals[i], SIG_IGN) != SIG_IGN)
			signal(interrupt_signals[i], interrupt_end);
}

static void replace(const char *old, const char *by)
{
	for (size_t i = 0; i < INTERRUPT_FILES_MAX; i++)
		if (files[i] == old) {
			files[i] = by;
			return;
		}
}

void interrupt_removes(const char *path) { replace(NULL, path); }

void interrupt_keeps(const char *path) { replace(path, NULL); }
