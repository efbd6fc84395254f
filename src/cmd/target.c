#include "target.h"

#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/command.h"
#include "memprof/io/clock.h"
#include "memprof/live/stop_signals.h"

static bool is_time(const struct target_follow *t) { return t->until_us && clock_now_us() >= t->until_us; }

static void turn(const struct target_follow *t)
{
	if (t->turn)
		t->turn(t->ctx);
}

/* False: it is time to end, somebody wants to, or there is no memory. */
static bool wait_for_look(const struct target_follow *t, uint64_t last_us, uint64_t halted_us)
{
	enum { TURN_US = 100000, HALTED_PART = 20 }; /* of so much time it is halted for at most one part */
	uint64_t next_us = last_us + MAX(t->interval_us, HALTED_PART * halted_us);
	bool stopped = false;

	turn(t);
	struct stop_signals *stop = stop_signals_new(t->ui);
	while (stop && !stopped && !is_time(t) && clock_now_us() < next_us) {
		stop_signals_sleep(stop, MIN(next_us, clock_now_us() + TURN_US));
		stopped = stop_requested();
		turn(t);
	}
	stop_signals_free(stop);
	return stop && !stopped && !is_time(t);
}

int target_follow(const struct target_follow *t)
{
	const struct objects_spec spec = { .name = t->source, .elf = t->elf, .board = t->board, .is_quiet = true };
	uint64_t began_us = clock_now_us(), look_us, halted_us;
	int code;

	do {
		struct objects_reading reading;
		look_us = clock_now_us();
		code = load_objects(&spec, NULL, &reading);
		halted_us = reading.halted_us;
		if (objects_reading_any(&reading) &&
		    feed_objects(t->feed, &reading, "gdb", clock_now_us() - began_us) < 0)
			code = EXIT_INPUT;
		else if (t->looked)
			t->looked(t->ctx, &reading, look_us);
		objects_reading_deinit(&reading);
	} while (code == EXIT_FINE && !feed_is_over(t->feed) && wait_for_look(t, look_us, halted_us));
	return code == EXIT_STOPPED ? EXIT_FINE : code;
}
