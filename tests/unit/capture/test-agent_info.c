#include "memprof/capture/agent_info.h"

#include "unit.h"

static struct event gc(uint64_t at_us, uint64_t duration_us)
{
	struct event event = { .kind = EVENT_GC, .at_us = at_us };

	event.gc.duration_us = duration_us;
	return event;
}

static void sums(void **state)
{
	struct agent_info info = { 0 };
	struct event first = gc(0, 3000), second = gc(3000000, 5000), untimed = gc(NOT_KNOWN, NOT_KNOWN);
	struct event text = { .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_INIT };
	struct event snapshot = { .kind = EVENT_SNAPSHOT, .at_us = 3500000 };

	(void)state;
	agent_info_add(&info, &text);
	assert_false(agent_info_any(&info));
	agent_info_add(&info, &first);
	agent_info_add(&info, &second);
	agent_info_add(&info, &untimed);
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
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
