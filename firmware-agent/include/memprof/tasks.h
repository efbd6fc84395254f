/* The stacks of tasks: how large each is, and how much of it was never used. tasks.c sends them; the files beside it
 * take them from a kernel. */
#ifndef MEMPROF_TASKS_H
#define MEMPROF_TASKS_H

#include "memprof/pool.h"

enum { MEMPROF_TASK_NAME_MAX_BYTES = 32 };

struct memprof_task {
	const char *name;       /* NULL: it has none; cut to MEMPROF_TASK_NAME_MAX_BYTES, */
	uint8_t name_max_bytes; /* or to so many if that is fewer and not 0 */
	bool is_current;        /* it is the one that runs */
	bool least_free_not_known;
	uintptr_t address;    /* lowest of its stack; 0: not known */
	uint32_t stack_bytes; /* 0: not known */
	uint32_t least_free;  /* bytes that were never used, since the task began */
	uint32_t used_now;    /* 0: not known */
};

typedef void memprof_task_each(void *ctx, const struct memprof_task *task);
/* Calls each for every task, in an order that stays the same. False if it has no room for all of them. each sends a
 * frame, and may wait for the channel: no task may end meanwhile (FreeRTOS: vTaskSuspendAll), nor begin between the
 * calls of a round (rolling.h), or a kernel that lists the newest one first has it shown twice. */
typedef bool memprof_tasks(memprof_task_each *each, void *ctx);

struct memprof_task_list {
	memprof_tasks *tasks;
	struct memprof_pool_list *pools; /* NULL: the board has none */
	/* private */
	bool has_sent_pools; /* in this round */
	uint8_t n_sent;
};
/* What a port's send_pools does, of a firmware with tasks: memprof_send_pools, then a TASK for each task, 64 at most,
 * up to the first frame that the channel does not take. False: the call has used its time (rolling.h), and the next
 * one goes on. */
bool memprof_send_tasks(struct memprof_agent *agent, struct memprof_task_list *list, bool with_descriptions);

/* Bytes at the low end of a stack that still hold the word paint, with which the start-up code filled it. */
uint32_t memprof_stack_untouched(const void *low, uint32_t n_bytes, uint32_t paint);

/* freertos.c: of FreeRTOS V9 to V11 and ESP-IDF, by uxTaskGetSystemState(): FreeRTOSConfig.h has
 * configUSE_TRACE_FACILITY 1 (ESP-IDF: CONFIG_FREERTOS_USE_TRACE_FACILITY). The scheduler is suspended while the
 * kernel reads the stacks. From V11 with configRECORD_STACK_HIGH_ADDRESS 1 the kernel reports a stack's size;
 * otherwise name a function of the port: -DMEMPROF_FREERTOS_STACK_BYTES=name, declared as
 *     uint32_t name(TaskHandle_t task);    0: not known */
bool memprof_freertos_tasks(memprof_task_each *each, void *ctx);

/* zephyr.c: Zephyr's threads; needs CONFIG_THREAD_MONITOR, CONFIG_THREAD_STACK_INFO, CONFIG_INIT_STACKS, and
 * CONFIG_THREAD_NAME for their names. */
bool memprof_zephyr_tasks(memprof_task_each *each, void *ctx);

#endif
