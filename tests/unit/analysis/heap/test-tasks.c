#include "memprof/analysis/tasks.h"

#include "unit.h"

static struct task_report report_of(uint64_t stack_bytes, uint64_t least_free_bytes)
{
	static struct heap_task task;
	struct task_report r;

	task = (struct heap_task){ .stack_bytes = stack_bytes, .least_free_bytes = least_free_bytes };
	report_task(&task, &r);
	assert_ptr_equal(r.task, &task);
	return r;
}

static void assert_report(uint64_t stack_bytes, uint64_t least_free_bytes, uint64_t most_used_bytes, int percent,
			  bool low)
{
	struct task_report r = report_of(stack_bytes, least_free_bytes);

	assert_u64_equal(r.most_used_bytes, most_used_bytes);
	assert_int_equal(r.most_used_percent, percent);
	assert_int_equal(r.is_low, low);
}

UNIT_TEST(a_tenth_that_was_never_used_is_enough)
{
	assert_report(640, 104, 536, 83, false);
	assert_report(640, 64, 576, 90, false);
	assert_report(640, 63, 577, 90, true);
	assert_report(640, 0, 640, 100, true);
	assert_report(640, 640, 0, 0, false);
}

UNIT_TEST(what_is_not_known_is_not_made_up)
{
	assert_report(NOT_KNOWN, 8, NOT_KNOWN, -1, false);
	assert_report(NOT_KNOWN, 0, NOT_KNOWN, -1, true);
	assert_report(640, NOT_KNOWN, NOT_KNOWN, -1, false);
	assert_report(NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, -1, false);
}
