#include "memprof/analysis/tasks.h"

void report_task(const struct heap_task *task, struct task_report *ret)
{
	uint64_t stack = task->stack_bytes, least_free = task->least_free_bytes;

	*ret = (struct task_report){ .task = task, .most_used_bytes = NOT_KNOWN, .most_used_percent = -1 };
	if (least_free == NOT_KNOWN)
		return;
	ret->is_low = least_free == 0;
	if (stack == NOT_KNOWN)
		return;
	ret->most_used_bytes = stack - least_free;
	ret->most_used_percent = (int)(ret->most_used_bytes * 100 / stack);
	ret->is_low = least_free * 100 < stack * TASK_LOW_PERCENT;
}
