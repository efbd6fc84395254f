/* attach to the target of a GDB server: it is halted for each look, which reads all of its heap. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "attach/private.h"
#include "load.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/live/stop_signals.h"

enum { HALTED_PART = 20 }; /* of so much time it is halted for at most one part */

struct target {
	struct attach *attach;
	struct objects_spec spec;
	uint64_t began_us, halted_us; /* halted: for the last look */
};

static void show_link(const struct target *t)
{
	char words[96];

	snprintf(words, sizeof(words), "halted for %" PRIu64 " ms, every %g s", t->halted_us / 1000,
		 (double)t->attach->board.follow.interval_us / 1e6);
	attach_screen_link(t->attach, TUI_LIVE, words);
}

/* The heap as a snapshot; whose its blocks are goes to the screen. */
static int pass_on(struct target *t, struct attach_reading *reading)
{
	struct event event = { .kind = EVENT_SNAPSHOT,
			       .at_us = clock_now_us() - t->began_us,
			       .snapshot = EVENT_SNAPSHOT_INIT };
	struct heap heap;

	heap_init(&heap);
	int error = objects_heap(reading->reading.objects, &heap);
	if (error == 0) {
		event.snapshot.heap = &heap;
		event.snapshot.reported.format = "gdb";
		event.snapshot.n_lines = 1;
		heap.pools[0].owners = (struct block_owners){ .by = NULL }; /* the history outlives the objects */
		feed_event(&t->attach->feed, &event);
		error = attach_owners_take(t->attach, reading);
	}
	heap_deinit(&heap);
	return error;
}

/* The exit code; *ret_stopped: somebody wants to leave. */
static int look(struct target *t, bool *ret_stopped)
{
	struct attach_reading reading = { .at_us = clock_now_us() };

	int code = load_objects(&t->spec, NULL, &reading.reading);

	t->halted_us = reading.reading.halted_us;
	*ret_stopped = code == EXIT_STOPPED;
	if (reading.reading.objects && pass_on(t, &reading) < 0) {
		message_error("out of memory");
		code = EXIT_INPUT;
	}
	attach_reading_deinit(&reading);
	return code;
}

static void grant(struct attach *a, const struct watch_wish *wish)
{
	if (wish->what == TUI_MARK_MEMORY)
		attach_owners_mark(a);
	else if (wish->what == TUI_SLOWER || wish->what == TUI_FASTER)
		attach_change_interval(a, wish->what == TUI_FASTER);
	else if (wish->what != TUI_READ_MEMORY && wish->what != TUI_ASK_OWNER) /* each look does */
		attach_screen_say(a, "a GDB server has no console: nothing is sent");
}

/* False: somebody wants to leave, or there is no memory. */
static bool wait_for_next(struct target *t, uint64_t look_us)
{
	struct attach *a = t->attach;
	struct stop_signals *stop = stop_signals_new(a->screen ? watch_ui_hooks(a->watch) : NULL);
	bool stopped = !stop;

	while (!stopped) {
		struct watch_wish wish;
		uint64_t until_us = look_us + MAX(a->board.follow.interval_us, HALTED_PART * t->halted_us);
		if (clock_now_us() >= until_us)
			break;
		stop_signals_sleep(stop, MIN(until_us, clock_now_us() + 100000));
		stopped = stop_requested();
		while (a->screen && watch_take_wish(a->watch, &wish)) {
			grant(a, &wish);
			show_link(t);
		}
	}
	stop_signals_free(stop);
	return !stopped;
}

int attach_target(struct attach *a, const struct options *options)
{
	const struct attach_args *args = options->values;
	struct target t = { .attach = a,
			    .spec = { .name = a->source, .elf = args->elf, .board = args->of_board, .is_quiet = true },
			    .began_us = clock_now_us() };
	bool stopped = false;
	int code = EXIT_FINE;

	if (load_check_prompt(options, a->source) < 0)
		return EXIT_INPUT;
	while (!stopped && code == EXIT_FINE) {
		uint64_t look_us = clock_now_us();
		code = look(&t, &stopped);
		if (stopped || code != EXIT_FINE || attach_enough(a))
			break;
		attach_screen_open(a);
		show_link(&t);
		stopped = !wait_for_next(&t, look_us);
	}
	attach_screen_end(a, code == EXIT_DEVICE);
	return stopped ? EXIT_FINE : code;
}
