/* The main loop: the tasks, then the agent. No task runs while the agent does, so it reads heaps that nobody changes,
 * without a lock. */
#include "agent_port.h"
#include "board.h"
#include "history.h"
#include "node.h"
#include "truth.h"

int main(void)
{
	board_start();
	node_start();
	agent_start();
	for (;;) {
		int byte;

		node_run();
		while ((byte = uart_read()) >= 0) {
			if (agent_takes((uint8_t)byte))
				continue;
			if (byte == 't') { /* figures of one moment, from both */
				agent_snapshot();
				truth_print();
			} else if (byte == 'T') {
				truth_hold();
			} else if (byte == 'r') {
				board_reset();
			} else if (byte == 'h') {
				history_forget();
			} else if (byte == 'f') {
				node_break();
			}
		}
		agent_poll();
		board_wait();
	}
}
