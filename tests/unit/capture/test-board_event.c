#include <string.h>

#include "memprof/capture/board_event.h"
#include "unit.h"

static struct event gc(uint64_t at_us, uint64_t duration_us)
{
	struct event event = { .kind = EVENT_GC, .at_us = at_us };

	event.gc.duration_us = duration_us;
	return event;
}

static void what_an_event_tells(void **state)
{
	struct event failed = { .kind = EVENT_FAILED, .at_us = 5 };
	struct event mark = { .kind = EVENT_MARK, .at_us = NOT_KNOWN };
	struct event lost = { .kind = EVENT_LOST, .at_us = 7 };
	struct event again = { .kind = EVENT_HELLO };
	struct event snapshot = { .kind = EVENT_SNAPSHOT };
	struct event reset = { .kind = EVENT_RESET };
	struct happening_info h;
	char label[200];

	(void)state;
	failed.failed.asked_bytes = 4096;
	memcpy(failed.failed.pool, "picovector", sizeof("picovector"));
	assert_true(happening_of(&failed, &h));
	assert_int_equal(h.what, HAPPENED_FAILED);
	assert_u64_equal(h.bytes, 4096);
	assert_u64_equal(h.at_us, 5);
	assert_string_equal(h.pool, "picovector");

	memset(label, 'x', sizeof(label)); /* longer than is kept */
	mark.mark = (struct event_text){ label, sizeof(label) };
	assert_true(happening_of(&mark, &h));
	assert_int_equal(strlen(h.label), sizeof(h.label) - 1);

	lost.lost.n_frames = 3;
	lost.lost.n_snapshots = 1;
	assert_true(happening_of(&lost, &h));
	assert_u64_equal(h.n_frames, 3);
	assert_u64_equal(h.n_snapshots, 1);

	assert_false(happening_of(&again, &h));
	again.hello.refused = true;
	again.hello.wire_major = 2;
	assert_true(happening_of(&again, &h));
	assert_int_equal(h.wire_major, 2);
	again.hello.again = true;
	assert_false(happening_of(&again, &h));
	assert_true(happening_of(&reset, &h));
	assert_int_equal(h.what, HAPPENED_RESET);
	failed.failed.pool[0] = '\0'; /* words of a program */
	assert_true(happening_of(&failed, &h));
	assert_u64_equal(h.bytes, 4096);
	assert_false(happening_of(&snapshot, &h));
}

static void all_have_names(void **state)
{
	(void)state;
	for (int i = HAPPENED_GC; i <= HAPPENED_REFUSED; i++)
		for (int k = HAPPENED_GC; k < i; k++)
			assert_string_not_equal(happening_name((enum happening)i), happening_name((enum happening)k));
}

static void sums(void **state)
{
	struct agent_info info = { 0 };
	struct event first = gc(0, 3000), second = gc(3000000, 5000), untimed = gc(NOT_KNOWN, NOT_KNOWN);
	struct event text = { .kind = EVENT_SNAPSHOT, .snapshot = EVENT_SNAPSHOT_UNTOLD };
	struct event snapshot = { .kind = EVENT_SNAPSHOT, .at_us = 3500000 };

	(void)state;
	agent_info_add(&info, &text);
	assert_false(agent_info_any(&info));
	agent_info_add(&info, &first);
	agent_info_add(&info, &second);
	agent_info_add(&info, &untimed);
	snapshot.snapshot.told.pause_us = 1200;
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
		cmocka_unit_test(what_an_event_tells),
		cmocka_unit_test(all_have_names),
		cmocka_unit_test(sums),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
