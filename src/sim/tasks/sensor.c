/* A typical program: loads modules, then reads sensors for ever, keeps some readings and prints a line
 * from time to time. */
#include "board.h"

enum {
	READ_US = 20000,
	HISTORY_MAX = 90,
	LOG_MAX = 40,
	KEEPS_EVERY = 5,
	LOGS_EVERY = 10,
	DUMPS_EVERY = 25,
	PRINTS_EVERY = 250, /* readings */
};

/* ---- boot: what the imports of a program leave on the heap ---- */

static bool boot_start(struct sim_board *board)
{
	struct sim_heap *heap = &board->heap;
	uint32_t modules;

	/* The list of qstr pools, whose characters are stored in chunks. */
	heap->roots[ROOT_QSTRS] = sim_list(heap, 16);
	heap->roots[ROOT_MODULES] = sim_dict(heap, 3);
	if (!heap->roots[ROOT_QSTRS] || !heap->roots[ROOT_MODULES])
		return false;
	modules = heap->roots[ROOT_MODULES];
	for (uint32_t i = 0; i < board->profile->n_modules; i++) {
		uint32_t source = sim_hold(heap, sim_raw(heap, sim_between(board, 512, 2048), i));
		uint32_t module = source ? sim_module(heap, sim_between(board, 3, 12), i * 100) : 0;
		sim_drop(heap, 1);
		if (!module || !sim_dict_put(heap, modules, sim_qstr(i + 1), module))
			return false;
		uint32_t chunk = sim_raw(heap, 128, i);
		if (!chunk || !sim_list_append(heap, heap->roots[ROOT_QSTRS], chunk))
			return false;
	}
	sim_print(board, "main.py: %u modules loaded\r\n", (unsigned)board->profile->n_modules);
	return true;
}

const struct sim_task sim_task_boot = { .start = boot_start };

/* ---- sensor ---- */

static bool sensor_start(struct sim_board *board)
{
	board->heap.roots[ROOT_HISTORY] = sim_list(&board->heap, 4);
	board->heap.roots[ROOT_LOG] = sim_list(&board->heap, 4);
	return board->heap.roots[ROOT_HISTORY] && board->heap.roots[ROOT_LOG];
}

/* (time, temperature, humidity, pressure) */
static uint32_t read_sensors(struct sim_board *board)
{
	struct sim_heap *heap = &board->heap;
	uint32_t values[4] = { sim_int(sim_now_ms(board)) }, tuple;

	for (uint32_t i = 1; i < 4; i++) {
		values[i] = sim_float(heap, sim_random(board));
		if (!values[i]) {
			sim_drop(heap, i - 1);
			return 0;
		}
		sim_hold(heap, values[i]);
	}
	tuple = sim_tuple(heap, values, 4);
	sim_drop(heap, 3);
	return tuple;
}

static bool keep(struct sim_heap *heap, uint32_t reading)
{
	uint32_t history = heap->roots[ROOT_HISTORY];

	if (!sim_list_append(heap, history, reading))
		return false;
	if (sim_list_n(heap, history) > HISTORY_MAX)
		sim_list_pop_first(heap, history);
	return true;
}

/* "%.1f" and the like: strings that are garbage at once. */
static bool format(struct sim_board *board, uint32_t n)
{
	while (n-- > 0)
		if (!sim_some_text(board, SIM_STR, 8, 60))
			return false;
	return true;
}

/* Some lines live long, most do not. */
static bool log_line(struct sim_board *board)
{
	uint32_t line = sim_some_text(board, SIM_STR, 24, 90);

	return line && sim_keep(board, ROOT_LOG, LOG_MAX, line);
}

/* json.dumps: a buffer that grows while it is written, then a str made from it. */
static bool dump_history(struct sim_board *board)
{
	struct sim_heap *heap = &board->heap;
	uint32_t n_bytes = 32, wanted = sim_between(board, 300, 1500), buffer = sim_alloc(heap, n_bytes, false);

	while (buffer && n_bytes < wanted) {
		n_bytes += n_bytes / 2 + 16;
		buffer = sim_realloc(heap, buffer, n_bytes);
	}
	if (!buffer)
		return false;
	sim_hold(heap, buffer);
	uint32_t text = sim_text(heap, SIM_STR, wanted, 1);
	sim_drop(heap, 1);
	return text != 0;
}

static void print_weather(struct sim_board *board)
{
	unsigned tenths = sim_between(board, 180, 279);

	sim_print(board, "%u.%u C, %u %%\r\n", tenths / 10, tenths % 10, (unsigned)sim_between(board, 35, 60));
}

static uint32_t sensor_step(struct sim_board *board)
{
	struct sim_heap *heap = &board->heap;
	uint32_t n = sim_step_number(board), reading = read_sensors(board);

	if (!reading || !format(board, 6))
		return 0;
	if (n % KEEPS_EVERY == 0 && !keep(heap, reading))
		return 0;
	if (n % LOGS_EVERY == 0 && !log_line(board))
		return 0;
	if (n % DUMPS_EVERY == 0 && !dump_history(board))
		return 0;
	if (n % PRINTS_EVERY == PRINTS_EVERY / 5)
		print_weather(board);
	return READ_US;
}

const struct sim_task sim_task_sensor = { .start = sensor_start, .step = sensor_step };
