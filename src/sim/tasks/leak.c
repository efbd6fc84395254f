/* The classic leak: handlers are registered and never removed. */
#include "board.h"

enum { REGISTERS_US = 200000, PRINTS_EVERY = 100 };

static bool leak_start(struct sim_board *board)
{
	board->heap.roots[ROOT_HANDLERS] = sim_list(&board->heap, 4);
	return board->heap.roots[ROOT_HANDLERS] != 0;
}

static uint32_t leak_step(struct sim_board *board)
{
	struct sim_heap *heap = &board->heap;
	uint32_t handlers = heap->roots[ROOT_HANDLERS];
	uint32_t name = sim_some_text(board, SIM_STR, 16, 40);
	uint32_t handler = name ? sim_closure(heap, &name, 1) : 0;

	if (!handler || !sim_list_append(heap, handlers, handler))
		return 0;
	if (sim_step_number(board) % PRINTS_EVERY == PRINTS_EVERY - 1)
		sim_print(board, "%u handlers\r\n", (unsigned)sim_list_n(heap, handlers));
	return REGISTERS_US;
}

const struct sim_task sim_task_leak = { .start = leak_start, .step = leak_step };
