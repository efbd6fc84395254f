/* Who waits together, and what ends it. */
#include "memprof/live/stop_signals.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "unit.h"

/* A ui on a pipe. */
struct other {
	int fds[2];
	uint64_t due_us;
	unsigned n_turns, n_turns_to_ask; /* asks for the end at that one; 0: never */
	int board_fd;                     /* the turn is a long one, in which this gets a byte; 0: none */
	uint64_t until_us;                /* as long */
};

static int other_fd(void *ctx) { return ((struct other *)ctx)->fds[0]; }
static uint64_t other_deadline(void *ctx) { return ((struct other *)ctx)->due_us; }
static bool other_wants(void *ctx)
{
	(void)ctx;
	return false;
}

static void other_turn(void *ctx)
{
	struct other *o = ctx;
	char bytes[16];

	o->n_turns++;
	if (o->due_us <= clock_now_us())
		o->due_us = NOT_KNOWN;
	else if (o->n_turns_to_ask == 0)
		assert_true(read(o->fds[0], bytes, sizeof(bytes)) > 0);
	if (o->n_turns == o->n_turns_to_ask)
		stop_request();
	if (o->board_fd)
		assert_int_equal(write(o->board_fd, "b", 1), 1);
	while (clock_now_us() < o->until_us)
		poll(NULL, 0, 10);
}

static struct ui_hooks begin(struct other *o)
{
	*o = (struct other){ .due_us = NOT_KNOWN };
	assert_int_equal(pipe(o->fds), 0);
	return (struct ui_hooks){ other_fd, other_deadline, other_turn, other_wants, o };
}

static void end(struct stop_signals *s, struct other *o)
{
	stop_signals_free(s);
	close(o->fds[0]);
	close(o->fds[1]);
}

UNIT_TEST(turns_when_there_is_something)
{
	struct other o;
	const struct ui_hooks c = begin(&o);
	struct stop_signals *s = stop_signals_new(&c);
	struct pollfd none = { -1, 0, 0 };

	assert_int_equal(write(o.fds[1], "k", 1), 1);
	stop_signals_poll(s, &none, NULL, NOT_KNOWN, true);
	assert_int_equal(o.n_turns, 1);
	stop_signals_poll(s, &none, NULL, clock_now_us(), true); /* nothing to read: none */
	assert_int_equal(o.n_turns, 1);
	o.due_us = clock_now_us() + 1000;
	stop_signals_poll(s, &none, NULL, NOT_KNOWN, false);
	assert_int_equal(o.n_turns, 2);
	end(s, &o);
}

/* While the board's bytes come without a pause nothing waits, and it has its turns all the same. */
UNIT_TEST(turns_while_bytes_come)
{
	struct other o;
	const struct ui_hooks c = begin(&o);
	struct stop_signals *s = stop_signals_new(&c);
	int board[2];

	assert_int_equal(pipe(board), 0);
	assert_int_equal(write(board[1], "b", 1), 1);
	struct pollfd fd = { board[0], POLLIN, 0 };
	stop_signals_poll(s, &fd, NULL, NOT_KNOWN, true);
	assert_true(fd.revents & POLLIN);
	assert_int_equal(o.n_turns, 0);
	assert_int_equal(write(o.fds[1], "k", 1), 1);
	stop_signals_poll(s, &fd, NULL, NOT_KNOWN, true);
	assert_true(fd.revents & POLLIN);
	assert_int_equal(o.n_turns, 1);
	o.due_us = clock_now_us();
	stop_signals_poll(s, &fd, NULL, NOT_KNOWN, true);
	assert_int_equal(o.n_turns, 2);
	close(board[0]);
	close(board[1]);
	end(s, &o);
}

/* Ctrl-Z: whatever came while memprof was stopped is heard before it is too late for it. */
UNIT_TEST(time_that_does_not_count)
{
	struct other o;
	const struct ui_hooks c = begin(&o);
	struct stop_signals *s = stop_signals_new(&c);
	uint64_t until_us = clock_now_us() + 1000000;
	int board[2];

	assert_int_equal(pipe(board), 0);
	struct pollfd fd = { board[0], POLLIN, 0 };
	o.board_fd = board[1];
	o.due_us = clock_now_us();
	o.until_us = until_us + 600000;
	assert_false(stop_signals_poll(s, &fd, NULL, until_us, true));
	assert_true(fd.revents & POLLIN);
	assert_true(stop_signals_poll(s, &fd, NULL, until_us, true)); /* the same byte: it counts again */
	close(board[0]);
	close(board[1]);
	end(s, &o);
}

UNIT_TEST(it_asks_for_the_end)
{
	struct other o;
	const struct ui_hooks c = begin(&o);
	struct stop_signals *s = stop_signals_new(&c);

	o.n_turns_to_ask = 3; /* and does not read before */
	assert_int_equal(write(o.fds[1], "k", 1), 1);
	assert_false(stop_requested());
	stop_signals_sleep(s, NOT_KNOWN);
	assert_int_equal(o.n_turns, 3);
	assert_true(stop_requested());
	assert_false(stop_requested());
	end(s, &o);
}

UNIT_TEST(its_terminal_goes_away)
{
	struct other o;
	const struct ui_hooks c = begin(&o);
	struct stop_signals *s = stop_signals_new(&c);

	o.n_turns_to_ask = UINT32_MAX;
	close(o.fds[1]);
	o.fds[1] = -1;
	stop_signals_sleep(s, NOT_KNOWN);
	assert_true(stop_requested());
	end(s, &o);
}

/* Where stopping does not count a signal waits, and is there later. */
UNIT_TEST(signals_wait)
{
	struct stop_signals *s = stop_signals_new(NULL);
	struct pollfd none = { -1, 0, 0 };

	raise(SIGTERM);
	stop_signals_poll(s, &none, NULL, clock_now_us(), false);
	stop_signals_poll(s, &none, NULL, NOT_KNOWN, true); /* ends by it */
	assert_true(stop_requested());
	stop_signals_free(s);
}
