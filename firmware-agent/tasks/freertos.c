/* FreeRTOS's tasks (V9 to V11, and ESP-IDF's), by the documented uxTaskGetSystemState(). */
#include "memprof/tasks.h"

#ifdef ESP_PLATFORM
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#else
#include "FreeRTOS.h"
#include "task.h"
#endif

#include "memprof/memprof_config.h"

#if configUSE_TRACE_FACILITY != 1
#error "tasks/freertos.c calls uxTaskGetSystemState(): set configUSE_TRACE_FACILITY to 1 in FreeRTOSConfig.h, or CONFIG_FREERTOS_USE_TRACE_FACILITY=y with ESP-IDF"
#endif
#if MEMPROF_TASKS_MAX < 1 || MEMPROF_TASKS_MAX > 64
#error "MEMPROF_TASKS_MAX must be from 1 to 64, as a host takes 64"
#endif

#if defined(MEMPROF_FREERTOS_STACK_BYTES)
uint32_t MEMPROF_FREERTOS_STACK_BYTES(TaskHandle_t task);
static uint32_t stack_bytes(const TaskStatus_t *task) { return MEMPROF_FREERTOS_STACK_BYTES(task->xHandle); }
#elif tskKERNEL_VERSION_MAJOR >= 11 && configRECORD_STACK_HIGH_ADDRESS == 1 && portSTACK_GROWTH < 0
/* The last aligned address in it: exact for a size that is a multiple of the alignment. */
static uint32_t stack_bytes(const TaskStatus_t *task)
{
	return (uint32_t)((uintptr_t)task->pxEndOfStack - (uintptr_t)task->pxStackBase + portBYTE_ALIGNMENT);
}
#else
static uint32_t stack_bytes(const TaskStatus_t *task)
{
	(void)task;
	return 0;
}
#endif

static TaskStatus_t list[MEMPROF_TASKS_MAX];

/* The caller's own; kernels before V10 report it as ready. */
static bool is_running(const TaskStatus_t *task)
{
#if INCLUDE_xTaskGetCurrentTaskHandle == 1
	if (task->xHandle == xTaskGetCurrentTaskHandle())
		return true;
#endif
	return task->eCurrentState == eRunning;
}

/* The kernel lists them by state and priority, which change. This is the order in which they were created. */
static const TaskStatus_t *next_after(const TaskStatus_t *last, UBaseType_t n_tasks)
{
	const TaskStatus_t *next = NULL;

	for (UBaseType_t i = 0; i < n_tasks; i++)
		if ((!last || list[i].xTaskNumber > last->xTaskNumber) &&
		    (!next || list[i].xTaskNumber < next->xTaskNumber))
			next = &list[i];
	return next;
}

bool memprof_freertos_tasks(memprof_task_each *each, void *ctx)
{
	UBaseType_t n_tasks;

	if (uxTaskGetNumberOfTasks() == 0) /* the kernel's lists are made with the first one */
		return true;
	n_tasks = uxTaskGetSystemState(list, MEMPROF_TASKS_MAX, NULL); /* 0: there are more */
	for (const TaskStatus_t *at = next_after(NULL, n_tasks); at; at = next_after(at, n_tasks)) {
		struct memprof_task task = {
			.name = at->pcTaskName,
			.name_max_bytes = configMAX_TASK_NAME_LEN,
			.is_current = is_running(at),
			.address = (uintptr_t)at->pxStackBase,
			.least_free = (uint32_t)(at->usStackHighWaterMark * sizeof(StackType_t)),
		};

		if (at->eCurrentState == eDeleted) /* its memory is not freed yet */
			continue;
		task.stack_bytes = stack_bytes(at);
		each(ctx, &task);
	}
	return n_tasks > 0;
}
