/* Zephyr's threads, by its documented k_thread_foreach_unlocked() and k_thread_stack_space_get(). */
#include "memprof/tasks.h"

#include <zephyr/kernel.h>

#if !defined(CONFIG_THREAD_MONITOR) || !defined(CONFIG_THREAD_STACK_INFO) || !defined(CONFIG_INIT_STACKS)
#error "tasks/zephyr.c needs CONFIG_THREAD_MONITOR=y, CONFIG_THREAD_STACK_INFO=y and CONFIG_INIT_STACKS=y"
#endif

struct call {
	memprof_task_each *each;
	void *ctx;
};

static void on_thread(const struct k_thread *thread, void *user_data)
{
	const struct call *call = user_data;
	size_t unused = 0;
	struct memprof_task task = {
		.is_current = thread == k_current_get(),
		/* hardware may forbid to read a stack that is in use */
		.least_free_not_known = k_thread_stack_space_get(thread, &unused) != 0,
		.address = thread->stack_info.start,
		.stack_bytes = (uint32_t)thread->stack_info.size,
	};

#ifdef CONFIG_THREAD_NAME
	task.name = k_thread_name_get((k_tid_t)thread);
	task.name_max_bytes = CONFIG_THREAD_MAX_NAME_LEN;
#endif
	task.least_free = (uint32_t)unused;
	call->each(call->ctx, &task);
}

bool memprof_zephyr_tasks(memprof_task_each *each, void *ctx)
{
	struct call call = { each, ctx };

	k_thread_foreach_unlocked(on_thread, &call);
	return true;
}
