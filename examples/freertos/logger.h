/* The program: a data logger. The sensor's task allocates records and passes them on; the radio's frees them once they
 * are sent, and now and then starts a task for a backup, which ends by itself. */
#ifndef LOGGER_H
#define LOGGER_H

#include "FreeRTOS.h"
#include "task.h"

/* A task whose memory is no part of the heap. */
struct static_task {
	StackType_t *stack;
	uint32_t n_words;
	StaticTask_t *storage;
	TaskHandle_t handle; /* NULL: not started */
};
#define TASK_STORAGE(name, words)                                           \
	static StackType_t name##_stack[words] __attribute__((aligned(8))); \
	static StaticTask_t name##_storage;                                 \
	struct static_task name = { name##_stack, sizeof(name##_stack) / sizeof(StackType_t), &name##_storage, NULL }

extern struct static_task agent_task, sensor_task, radio_task, idle_task;
extern uint8_t ucHeap[configTOTAL_HEAP_SIZE]; /* heap_4's memory, by configAPPLICATION_ALLOCATED_HEAP */
extern TaskHandle_t backup_task;              /* NULL: there is none */
enum { BACKUP_STACK_WORDS = 64 };

void task_start(struct static_task *task, const char *name, TaskFunction_t run, UBaseType_t priority);
void logger_start(void);

#endif
