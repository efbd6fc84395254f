/* The agent's task, of the lowest priority: it takes what the host sends, and looks at the heap and the tasks. */
#include "FreeRTOS.h"
#include "task.h"

#include "agent_port.h"
#include "board.h"
#include "logger.h"
#include "truth.h"

enum { POLL_MS = 5 };

TASK_STORAGE(agent_task, 256);

/* While the scheduler is suspended no other task runs: none is in the middle of an allocation, and what is read is of
 * one moment. Interrupts go on. It takes as long as the frames need to get into the UART's buffer, which has room for
 * all of them. */
static void look(void (*at)(void))
{
	vTaskSuspendAll();
	at();
	xTaskResumeAll();
}

static void snapshot_and_truth(void)
{
	agent_snapshot();
	truth_print();
}

static void run_agent(void *nothing)
{
	(void)nothing;
	for (;; vTaskDelay(POLL_MS)) {
		int byte;

		while ((byte = uart_read()) >= 0) {
			if (agent_takes((uint8_t)byte))
				continue;
			if (byte == 't')
				look(snapshot_and_truth);
			else if (byte == 'T')
				look(truth_hold);
		}
		look(agent_poll);
	}
}

int main(void)
{
	board_start();
	agent_start();
	logger_start();
	task_start(&agent_task, "memprof", run_agent, 1);
	vTaskStartScheduler();
	return 0;
}
