/* The stacks of tasks: how near each has come to its end. */
#pragma once

#include <stdbool.h>

#include "memprof/model/heap.h"

enum { TASK_LOW_PERCENT = 10 };

struct task_report {
	const struct heap_task *task;
	uint64_t most_used_bytes; /* NOT_KNOWN without the size of its stack and its least free */
	int most_used_percent;    /* of its stack, rounded down; -1: not known */
	bool is_low;              /* its least free is under TASK_LOW_PERCENT of its stack, or 0 */
};
void report_task(const struct heap_task *task, struct task_report *ret);
