#include "memprof/capture/agent_info.h"

#include "unit.h"

/* The host gets all of it at once, seconds later. */
static struct event gc(uint64_t board_us, uint64_t duration_us)
{
	struct event event = { .kind = EVENT_GC, .at_us = 9000000 };

	event.gc.duration_us = duration_us;
	event.gc.board_us = board_us;
	return event;
}

UNIT_TEST(sums)
{
	struct agent_info info = { 0 };
	struct event first = gc(0, 3000), second = gc(3000000, 5000), untimed = gc(NOT_KNOWN, NOT_KNOWN);
	struct event text = { .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_INIT };
	struct event snapshot = { .kind = EVENT_SNAPSHOT, .at_us = 9000000 };

	agent_info_add(&info, &text);
	assert_false(agent_info_any(&info));
	agent_info_add(&info, &first);
	agent_info_add(&info, &second);
	agent_info_add(&info, &untimed);
	snapshot.snapshot.reported = (struct snapshot_reported)SNAPSHOT_REPORTED_NOTHING;
	snapshot.snapshot.reported.lost_frames = 0;
	snapshot.snapshot.reported.board_us = 3500000;
	snapshot.snapshot.reported.pause_us = 1200;
	agent_info_add(&info, &snapshot);
	assert_true(agent_info_any(&info));
	assert_u64_equal(info.n_collections, 3);
	assert_u64_equal(info.gc_us, 8000);
	assert_u64_equal(info.longest_gc_us, 5000);
	assert_u64_equal(info.first_us, 0);
	assert_u64_equal(info.last_us, 3500000);
	assert_u64_equal(info.n_snapshots, 1);
	assert_u64_equal(info.longest_pause_us, 1200);
	assert_false(info.tells_waits);
}

UNIT_TEST(the_parts_of_a_rolling_one_are_no_single_stop)
{
	struct agent_info info = { 0 };
	struct event snapshot = { .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_INIT };

	snapshot.snapshot.reported.lost_frames = 0;
	snapshot.snapshot.reported.rolling = true;
	snapshot.snapshot.reported.pause_us = 20000;
	snapshot.snapshot.reported.wait_us = 380000;
	agent_info_add(&info, &snapshot); /* its STOPS was lost */
	assert_u64_equal(info.longest_stop_us, 0);
	snapshot.snapshot.reported.n_stops = 30;
	snapshot.snapshot.reported.longest_stop_us = 17000;
	snapshot.snapshot.reported.took_us = 1600000;
	agent_info_add(&info, &snapshot);
	assert_u64_equal(info.longest_stop_us, 17000);
	assert_u64_equal(info.longest_pause_us, 0);
	assert_u64_equal(info.n_rolling, 1);
	assert_u64_equal(info.longest_roll_us, 1600000);
}

UNIT_TEST(the_longest_stop_has_its_waits)
{
	static const uint64_t stops[][2] = { { 900, 4000 }, { 500, 1280000 }, { 1000, 0 } };
	struct agent_info info = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(stops); i++) {
		struct event snapshot = { .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_INIT };

		snapshot.snapshot.reported.lost_frames = 0;
		snapshot.snapshot.reported.pause_us = stops[i][0];
		snapshot.snapshot.reported.wait_us = stops[i][1];
		agent_info_add(&info, &snapshot);
	}
	assert_true(info.tells_waits);
	assert_u64_equal(info.longest_pause_us, 1000);
	assert_u64_equal(info.longest_stop_us, 1280500);
	assert_u64_equal(info.wait_in_longest_us, 1280000);
}
