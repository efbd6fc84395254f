/* Bursts of parsing: a server's response becomes a few hundred objects, of which one small part is
 * kept. */
#include "board.h"

enum { PAUSE_MIN_US = 1200000, PAUSE_MAX_US = 4000000, CACHE_MAX = 12 };

static bool json_start(struct sim_board *board)
{
	board->heap.roots[ROOT_CACHE] = sim_list(&board->heap, 4);
	return board->heap.roots[ROOT_CACHE] != 0;
}

/* {"id": …, "name": "…", "values": [ … ]} */
static uint32_t parse_record(struct sim_board *board)
{
	struct sim_heap *heap = &board->heap;
	uint32_t record = sim_hold(heap, sim_dict(heap, 1)), n, value;
	bool ok = record && sim_dict_put(heap, record, sim_qstr(7), sim_int(sim_random(board) >> 8));

	value = ok ? sim_some_text(board, SIM_STR, 6, 40) : 0;
	ok = value && sim_dict_put(heap, record, sim_qstr(8), value);
	value = ok ? sim_list(heap, 4) : 0;
	ok = value && sim_dict_put(heap, record, sim_qstr(9), value);
	n = sim_between(board, 2, 9);
	while (ok && n-- > 0) {
		uint32_t number = sim_float(heap, sim_random(board));
		ok = number && sim_list_append(heap, value, number);
	}
	sim_drop(heap, 1);
	return ok ? record : 0;
}

static bool parse(struct sim_board *board)
{
	struct sim_heap *heap = &board->heap;
	uint32_t body = sim_hold(heap, sim_some_text(board, SIM_BYTES, 1500, 6000));
	uint32_t list = sim_hold(heap, body ? sim_list(heap, 4) : 0);
	uint32_t n = sim_between(board, 12, 40);
	bool ok = list != 0;

	while (ok && n-- > 0) {
		uint32_t record = parse_record(board);
		ok = record && sim_list_append(heap, list, record) &&
		     (n % 16 != 0 || sim_keep(board, ROOT_CACHE, CACHE_MAX, record));
	}
	sim_drop(heap, 2);
	return ok;
}

static uint32_t json_step(struct sim_board *board)
{
	sim_pass_us(board, 9000); /* the network */
	return parse(board) ? sim_between(board, PAUSE_MIN_US, PAUSE_MAX_US) : 0;
}

const struct sim_task sim_task_json = { .start = json_start, .step = json_step };
