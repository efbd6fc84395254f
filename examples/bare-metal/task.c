#include "task.h"

#include "board.h"

enum { SAVED_WORDS = 9 }; /* r4 to r11, and the address to go on at (task_switch.s) */

void task_switch(uint32_t **ret_sp, uint32_t *sp);

static struct task *running;
static uint32_t *main_loop_sp;

void task_start(struct task *task, const char *name, void (*run)(void))
{
	uint32_t *words = (uint32_t *)task->stack;

	for (uint32_t i = 0; i < TASK_STACK_WORDS; i++)
		words[i] = TASK_PAINT;
	task->name = name;
	task->sp = words + TASK_STACK_WORDS - SAVED_WORDS;
	task->sp[SAVED_WORDS - 1] = (uint32_t)run;
	task->wake_ms = now_ms();
}

void task_run(struct task *task)
{
	if ((int32_t)(now_ms() - task->wake_ms) < 0)
		return;
	running = task;
	task_switch(&main_loop_sp, task->sp);
	running = NULL;
}

const char *task_name(void) { return running ? running->name : "main"; }

void task_sleep(uint32_t ms)
{
	running->wake_ms = now_ms() + ms;
	task_switch(&running->sp, main_loop_sp);
}
