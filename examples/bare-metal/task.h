/* Tasks with stacks of their own, which take turns: one runs until it sleeps. While the main loop runs, no task does.
 */
#ifndef TASK_H
#define TASK_H

#include <stdint.h>

enum { TASK_STACK_WORDS = 192 };
#define TASK_PAINT 0x57ac57acu /* what a stack holds where it was never used */

struct task {
	const char *name;
	uint32_t *sp; /* while it sleeps */
	uint32_t wake_ms;
	uint64_t stack[TASK_STACK_WORDS / 2]; /* uint64_t: aligned to 8 bytes, as the calling convention wants */
};

/* run must not return. The name is not copied. */
void task_start(struct task *task, const char *name, void (*run)(void));
/* From the main loop: runs the task until it sleeps, if its time has come. */
void task_run(struct task *task);
/* Of the one that runs; of the main loop "main". */
const char *task_name(void);
/* From a task. */
void task_sleep(uint32_t ms);

#endif
