/* Much data: thousands of records and a few dozen large buffers, some of which change at every step. */
#include "board.h"

enum { STEP_US = 50000, CHANGES = 12, BUFFERS = 40, BUFFER_EVERY = 7 };

static uint32_t record(struct sim_board *board)
{
	struct sim_heap *heap = &board->heap;
	uint32_t dict = sim_hold(heap, sim_dict(heap, 4));
	bool ok = dict != 0;

	for (uint32_t i = 0; ok && i < 6; i++) {
		uint32_t value = i % 3 == 0 ? sim_float(heap, sim_random(board)) :
					      sim_some_text(board, SIM_STR, 4, 120);
		ok = value && sim_dict_put(heap, dict, sim_qstr(20 + i), value);
	}
	sim_drop(heap, 1);
	return ok ? dict : 0;
}

static uint32_t buffer(struct sim_board *board) { return sim_some_text(board, SIM_BYTEARRAY, 2 * 1024, 60 * 1024); }

static bool records_start(struct sim_board *board)
{
	struct sim_heap *heap = &board->heap;
	uint32_t records = heap->roots[ROOT_RECORDS] = sim_list(heap, board->profile->n_records);
	uint32_t buffers = heap->roots[ROOT_BUFFERS] = sim_list(heap, BUFFERS);
	bool ok = records && buffers;

	for (uint32_t i = 0; ok && i < board->profile->n_records; i++) {
		uint32_t value = record(board);
		ok = value && sim_list_append(heap, records, value);
		if (ok && i % (board->profile->n_records / BUFFERS) == 0 && sim_list_n(heap, buffers) < BUFFERS) {
			value = buffer(board);
			ok = value && sim_list_append(heap, buffers, value);
		}
	}
	return ok;
}

static uint32_t records_step(struct sim_board *board)
{
	struct sim_heap *heap = &board->heap;
	uint32_t value = 1, n_records = board->profile->n_records;

	for (uint32_t i = 0; value && i < CHANGES; i++) {
		value = record(board);
		if (value)
			sim_list_set(heap, heap->roots[ROOT_RECORDS], sim_below(board, n_records), value);
	}
	if (value && sim_step_number(board) % BUFFER_EVERY == 0) {
		value = buffer(board);
		if (value)
			sim_list_set(heap, heap->roots[ROOT_BUFFERS], sim_below(board, BUFFERS), value);
	}
	return value ? STEP_US : 0;
}

const struct sim_task sim_task_records = { .start = records_start, .step = records_step };
