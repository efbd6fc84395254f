#include "memprof/model/board_event.h"
#include "unit.h"

UNIT_TEST(events_become_board_events)
{
	struct event failed = { .kind = EVENT_FAILED, .at_us = 5 };
	struct event mark = { .kind = EVENT_MARK, .at_us = NOT_KNOWN };
	struct event lost = { .kind = EVENT_LOST, .at_us = 7 };
	struct event again = { .kind = EVENT_HELLO };
	struct event snapshot = { .kind = EVENT_SNAPSHOT };
	struct event reset = { .kind = EVENT_RESET };
	struct board_event h;
	char label[200];

	failed.failed.asked_bytes = 4096;
	memcpy(failed.failed.pool, "picovector", sizeof("picovector"));
	assert_true(board_event_of(&failed, &h));
	assert_int_equal(h.kind, BOARD_EVENT_FAILED);
	assert_u64_equal(h.bytes, 4096);
	assert_u64_equal(h.at_us, 5);
	assert_string_equal(h.pool, "picovector");

	memset(label, 'x', sizeof(label)); /* longer than is kept */
	mark.mark = (struct event_text){ label, sizeof(label) };
	assert_true(board_event_of(&mark, &h));
	assert_int_equal(strlen(h.label), sizeof(h.label) - 1);

	lost.lost.n_frames = 3;
	lost.lost.n_snapshots = 1;
	assert_true(board_event_of(&lost, &h));
	assert_u64_equal(h.n_frames, 3);
	assert_u64_equal(h.n_snapshots, 1);

	assert_false(board_event_of(&again, &h));
	again.hello.refused = true;
	again.hello.wire_major = 2;
	assert_true(board_event_of(&again, &h));
	assert_int_equal(h.wire_major, 2);
	again.hello.again = true;
	assert_false(board_event_of(&again, &h));
	assert_true(board_event_of(&reset, &h));
	assert_int_equal(h.kind, BOARD_EVENT_RESET);
	failed.failed.pool[0] = '\0'; /* words of a program */
	assert_true(board_event_of(&failed, &h));
	assert_u64_equal(h.bytes, 4096);
	assert_false(board_event_of(&snapshot, &h));
}

UNIT_TEST(all_have_names)
{
	for (int i = BOARD_EVENT_GC; i <= BOARD_EVENT_REFUSED; i++)
		for (int k = BOARD_EVENT_GC; k < i; k++)
			assert_string_not_equal(board_event_kind_name((enum board_event_kind)i),
						board_event_kind_name((enum board_event_kind)k));
}
