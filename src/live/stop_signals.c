#define _GNU_SOURCE /* ppoll */
#include "memprof/live/stop_signals.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/io/interrupt.h"

enum { LATE_US = 500000 }; /* no machine is as slow */

struct stop_signals {
	const struct ui_hooks *ui;
	struct sigaction old[N_INTERRUPTS];
	sigset_t old_mask;
	sigset_t masks[2]; /* while it waits: for whoever does not want to be stopped now, and does */
};

static volatile sig_atomic_t asked;

static void on_signal(int number)
{
	interrupt_note(number);
	asked = 1;
}

/* Those that were not to be ignored: an ignored signal that is blocked waits all the same. */
static sigset_t stops;

bool stop_requested(void)
{
	const struct timespec now = { 0 };
	bool any = asked;

	for (int number; (number = sigtimedwait(&stops, NULL, &now)) > 0; any = true)
		interrupt_note(number);
	asked = 0;
	return any;
}

void stop_request(void) { asked = 1; }

static struct timespec time_left(uint64_t now_us, uint64_t wake_us)
{
	uint64_t left_us = wake_us > now_us ? wake_us - now_us : 0;

	return (struct timespec){ (time_t)(left_us / 1000000), (long)(left_us % 1000000 * 1000) };
}

bool stop_signals_poll(const struct stop_signals *s, struct pollfd *fd, struct pollfd *input, uint64_t until_us,
		       bool may_stop)
{
	const struct ui_hooks *c = s->ui;
	struct pollfd fds[3] = { *fd, { c ? c->fd(c->ctx) : -1, POLLIN, 0 }, { input ? input->fd : -1, POLLIN, 0 } };
	uint64_t due_us = c ? c->deadline_us(c->ctx) : NOT_KNOWN, wake_us = MIN(until_us, due_us);
	uint64_t now_us = clock_now_us();
	struct timespec timeout = time_left(now_us, wake_us);

	int n = ppoll(fds, 3, wake_us == NOT_KNOWN ? NULL : &timeout, &s->masks[may_stop]);
	fd->revents = n > 0 ? fds[0].revents : 0;
	if (input)
		input->revents = n > 0 ? fds[2].revents : 0;
	bool ready = n > 0 && fds[1].revents;
	if (ready && (fds[1].revents & (POLLHUP | POLLERR | POLLNVAL)))
		stop_request(); /* its terminal is gone */
	if (c && (n < 0 || ready || clock_now_us() >= due_us))
		c->turn(c->ctx);
	bool late = now_us < until_us && clock_now_us() - LATE_US > until_us;
	if (late)
		poll(fd, 1, 0);
	return !(late && fd->revents & POLLIN);
}

void stop_signals_poll_all(const struct stop_signals *s, struct pollfd *fds, size_t n, uint64_t until_us)
{
	struct timespec timeout = time_left(clock_now_us(), until_us);

	for (size_t i = 0; i < n; i++)
		fds[i].revents = 0;
	if (ppoll(fds, (nfds_t)n, until_us == NOT_KNOWN ? NULL : &timeout, &s->masks[true]) < 0)
		for (size_t i = 0; i < n; i++)
			fds[i].revents = 0;
}

void stop_signals_sleep(const struct stop_signals *s, uint64_t until_us)
{
	struct pollfd none = { -1, 0, 0 };

	while (!asked && clock_now_us() < until_us)
		stop_signals_poll(s, &none, NULL, until_us, true);
}

/* What was to be ignored stays so: nohup. It is blocked before it is caught: whoever asks for those that wait, while it
 * opens a board, would not see one that came in between. */
static void catch (int number, struct sigaction *ret_old)
{
	const struct sigaction action = { .sa_handler = on_signal };

	sigaction(number, NULL, ret_old);
	if (ret_old->sa_handler == SIG_IGN)
		return;
	sigaddset(&stops, number);
	sigprocmask(SIG_BLOCK, &stops, NULL);
	sigaction(number, &action, NULL);
}

/* A screen's signals are blocked too, before this or after, and wait to be let in here
 * (viewers/tui/terminal/terminal.c). */
static void set_masks(struct stop_signals *s)
{
	static const int screen_signals[] = { SIGWINCH, SIGTSTP, SIGCONT };

	s->masks[true] = s->old_mask;
	for (size_t i = 0; i < ARRAY_SIZE(screen_signals); i++)
		sigdelset(&s->masks[true], screen_signals[i]);
	s->masks[false] = s->masks[true];
	for (size_t i = 0; i < N_INTERRUPTS; i++)
		if (sigismember(&stops, interrupt_signals[i])) {
			sigdelset(&s->masks[true], interrupt_signals[i]);
			sigaddset(&s->masks[false], interrupt_signals[i]);
		}
}

struct stop_signals *stop_signals_new(const struct ui_hooks *ui)
{
	struct stop_signals *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->ui = ui;
	asked = 0;
	sigemptyset(&stops);
	sigprocmask(SIG_BLOCK, NULL, &s->old_mask);
	for (size_t i = 0; i < N_INTERRUPTS; i++)
		catch (interrupt_signals[i], &s->old[i]);
	set_masks(s);
	return s;
}

void stop_signals_hold_suspension(struct stop_signals *s)
{
	static const int signals[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaddset(&set, signals[i]);
		sigaddset(&s->masks[false], signals[i]);
		sigaddset(&s->masks[true], signals[i]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void stop_signals_free(struct stop_signals *s)
{
	if (!s)
		return;
	stop_requested(); /* a second Ctrl-C must not cost the report */
	for (size_t i = 0; i < N_INTERRUPTS; i++)
		sigaction(interrupt_signals[i], &s->old[i], NULL);
	sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
	free(s);
}
