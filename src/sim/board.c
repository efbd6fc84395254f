#include "board.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/wire.h"

enum {
	NEVER_US = 1 << 30,
	CONSOLE_LINE_BYTES = 128,
	SWEEP_NS = 400, /* of a collection, for each freed object */
	REBOOT_US = 300000,
};

/* ---- for the tasks ---- */

/* xorshift32, G. Marsaglia: the same numbers on every machine. */
uint32_t sim_random(struct sim_board *board)
{
	board->random ^= board->random << 13;
	board->random ^= board->random >> 17;
	board->random ^= board->random << 5;
	return board->random;
}

uint32_t sim_below(struct sim_board *board, uint32_t n) { return (uint32_t)((uint64_t)sim_random(board) * n >> 32); }

uint32_t sim_between(struct sim_board *board, uint32_t low, uint32_t high)
{
	return low + sim_below(board, high - low + 1);
}

uint32_t sim_some_text(struct sim_board *board, enum sim_type type, uint32_t low_bytes, uint32_t high_bytes)
{
	uint32_t n_bytes = sim_between(board, low_bytes, high_bytes), seed = sim_random(board);

	return sim_text(&board->heap, type, n_bytes, seed);
}

bool sim_keep(struct sim_board *board, uint32_t i_root, uint32_t n_max, uint32_t value)
{
	struct sim_heap *heap = &board->heap;
	uint32_t list = heap->roots[i_root];

	if (sim_list_n(heap, list) < n_max)
		return sim_list_append(heap, list, value);
	sim_list_set(heap, list, sim_below(board, n_max), value);
	return true;
}

uint32_t sim_step_number(const struct sim_board *board) { return board->n_steps[board->i_task]; }
uint32_t sim_now_ms(const struct sim_board *board) { return (uint32_t)(board->now_ns / 1000000); }
void sim_pass_us(struct sim_board *board, uint32_t us) { board->now_ns += (uint64_t)us * 1000; }

void sim_print(struct sim_board *board, const char *format, ...)
{
	char text[CONSOLE_LINE_BYTES];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n > 0)
		board->output(board->output_ctx, text, MIN((size_t)n, sizeof(text) - 1), false);
}

/* Once the program has started the agent. */
static void send_event(struct sim_board *board, enum wire_event what, const uintptr_t *fields, uint8_t n_fields)
{
	if (board->agent.port)
		memprof_event(&board->agent, what, sim_now_ms(board), fields, n_fields);
}

/* ---- pools ---- */

bool sim_pool_has_blocks(const struct sim_pool_plan *plan)
{
	return plan->kind == WIRE_POOL_TLSF || plan->kind == WIRE_POOL_UMA;
}

struct sim_pool *sim_pool_named(struct sim_board *board, const char *name)
{
	for (uint32_t i = 0; i < board->n_pools; i++)
		if (strcmp(board->pools[i].plan->name, name) == 0)
			return &board->pools[i];
	abort(); /* the profile lacks a pool of its task */
}

static uint8_t id_of(const struct sim_board *board, const struct sim_pool *pool)
{
	return (uint8_t)(pool - board->pools + 1);
}

static void pool_init(struct sim_board *board, struct sim_pool *pool)
{
	pool->initialized = sim_tlsf_init(&pool->tlsf, &board->memory, pool->plan->address, pool->plan->n_bytes) == 0;
	if (board->agent.port)
		memprof_send_pool(&board->agent, &board->agent_pools[id_of(board, pool) - 1], id_of(board, pool));
}

uint32_t sim_pool_alloc(struct sim_board *board, struct sim_pool *pool, uint32_t n_bytes, bool persists)
{
	uint32_t address;

	if (!pool->initialized)
		pool_init(board, pool);
	address = pool->initialized ? sim_tlsf_alloc(&pool->tlsf, n_bytes, persists) : 0;
	if (address)
		return address;
	send_event(board, WIRE_FAILED, (uintptr_t[]){ id_of(board, pool), n_bytes }, 2);
	sim_collect(&board->heap, false);
	address = pool->initialized ? sim_tlsf_alloc(&pool->tlsf, n_bytes, persists) : 0;
	if (address)
		send_event(board, WIRE_RECOVERED, (uintptr_t[]){ id_of(board, pool), n_bytes }, 2);
	else
		board->failed_bytes = n_bytes;
	return address;
}

/* ---- callbacks of the heap ---- */

static void heap_began(void *ctx, bool by_threshold)
{
	struct sim_board *board = ctx;

	send_event(board, by_threshold ? WIRE_THRESHOLD : WIRE_GC_BEGAN, NULL, 0);
}

/* The collection takes time for each block that is kept and each object that is freed. */
static void heap_ended(void *ctx)
{
	struct sim_board *board = ctx;
	uint64_t ns = (uint64_t)board->heap.n_marked_blocks * board->profile->mark_ns;

	ns += (uint64_t)board->heap.n_swept * SWEEP_NS;
	board->now_ns += ns;
	if (board->agent.port)
		memprof_gc_ended(&board->agent, sim_now_ms(board), (uint32_t)(ns / 1000));
}

static void heap_finalise(void *ctx, uint32_t address)
{
	struct sim_board *board = ctx;

	if (sim_load(&board->memory, address) == sim_type_word(SIM_IMAGE))
		sim_tlsf_free(&sim_pool_named(board, "picovector")->tlsf, sim_load(&board->memory, address + 4));
}

static void heap_failed(void *ctx, uint32_t n_bytes)
{
	struct sim_board *board = ctx;

	board->failed_bytes = n_bytes;
	send_event(board, WIRE_FAILED, (uintptr_t[]){ 0, n_bytes }, 2);
}

/* As with MICROPY_GC_SPLIT_HEAP_AUTO: the heap doubles, or grows enough for the request and the tables. */
static bool heap_grow(void *ctx, uint32_t n_blocks)
{
	struct sim_board *board = ctx;
	const struct sim_area *last = &board->heap.areas[board->heap.n_areas - 1];
	uint64_t needed = (uint64_t)n_blocks * SIM_BLOCK_BYTES, has = 0, wanted;

	needed += MAX(needed / 39, (uint64_t)2048);
	for (uint32_t i = 0; i < board->heap.n_areas; i++)
		has += board->heap.areas[i].n_bytes;
	wanted = MAX(has, needed);
	if (has + needed > board->profile->grows_to_bytes)
		return false;
	wanted = MIN(wanted, board->profile->grows_to_bytes - has);
	uint32_t start = last->start + last->n_bytes;
	if (sim_memory_at(&board->memory, start, (uint32_t)wanted) == NULL ||
	    sim_heap_add_area(&board->heap, start, (uint32_t)wanted, last->memory, true) < 0)
		return false;
	send_event(board, WIRE_AREA_ADDED, (uintptr_t[]){ start, (uintptr_t)wanted }, 2);
	return true;
}

static void heap_released(void *ctx, const struct sim_area *area)
{
	struct sim_board *board = ctx;

	send_event(board, WIRE_AREA_REMOVED, (uintptr_t[]){ area->start, area->n_bytes }, 2);
}

/* ---- the program ---- */

static void set_up(struct sim_board *board)
{
	const struct sim_profile *profile = board->profile;

	sim_heap_init(&board->heap, &board->memory);
	for (size_t i = 0; i < SIM_PLAN_AREAS && profile->areas[i].n_bytes; i++)
		sim_heap_add_area(&board->heap, profile->areas[i].address, profile->areas[i].n_bytes,
				  profile->areas[i].memory, false);
	board->heap.threshold = profile->threshold_bytes / SIM_BLOCK_BYTES;
	board->heap.ctx = board;
	board->heap.began = heap_began;
	board->heap.ended = heap_ended;
	board->heap.finalise = heap_finalise;
	board->heap.failed = heap_failed;
	board->heap.grow = profile->grows_to_bytes ? heap_grow : NULL;
	board->heap.released = heap_released;
	/* OpenMV's start-up code makes its pools; others are made on first use. */
	for (uint32_t i = 0; i < board->n_pools; i++) {
		board->pools[i].initialized = !sim_pool_has_blocks(board->pools[i].plan);
		if (board->pools[i].plan->kind == WIRE_POOL_UMA)
			pool_init(board, &board->pools[i]);
	}
	board->badge_frames_left = 0;
}

/* False for a MemoryError. */
static bool program_start(struct sim_board *board)
{
	for (uint32_t i = 0; i < SIM_TASKS_MAX; i++) {
		const struct sim_task *task = board->profile->tasks[i];
		board->n_steps[i] = 0;
		board->due_us[i] = UINT64_MAX;
		if (!task)
			continue;
		board->i_task = i;
		if (task->start && !task->start(board))
			return false;
		if (task->step)
			board->due_us[i] = board->now_ns / 1000;
	}
	return true;
}

/* After a MemoryError: prints it and reboots. */
static void program_restart(struct sim_board *board)
{
	sim_print(board, "Traceback (most recent call last):\r\n  File \"main.py\", line 88, in <module>\r\n");
	sim_print(board, "MemoryError: memory allocation failed, allocating %u bytes\r\n",
		  (unsigned)board->failed_bytes);
	sim_print(board, "MPY: soft reboot\r\n");
	send_event(board, WIRE_SOFT_RESET, NULL, 0);
	set_up(board);
	sim_pass_us(board, REBOOT_US);
	program_start(board);
}

uint64_t sim_board_due_us(const struct sim_board *board)
{
	uint64_t due = UINT64_MAX;

	for (uint32_t i = 0; i < SIM_TASKS_MAX; i++)
		due = MIN(due, board->due_us[i]);
	if (board->agent.period_ms) {
		int32_t left_ms = (int32_t)(board->agent.due_ms - sim_now_ms(board));
		due = MIN(due,
			  left_ms > 0 ? (board->now_ns / 1000000 + (uint64_t)left_ms) * 1000 : board->now_ns / 1000);
	}
	return due == UINT64_MAX ? board->now_ns / 1000 + NEVER_US : due;
}

static void task_run(struct sim_board *board, uint32_t i)
{
	board->i_task = i;
	uint32_t pause_us = board->profile->tasks[i]->step(board);
	board->n_steps[i]++;
	if (pause_us == 0)
		program_restart(board);
	else
		board->due_us[i] += pause_us;
}

/* Does one thing that is due at that time. */
static void run_one(struct sim_board *board, uint64_t due_us)
{
	board->now_ns = MAX(board->now_ns, due_us * 1000);
	if (memprof_poll(&board->agent)) {
		board->n_snapshots++;
		return;
	}
	for (uint32_t i = 0; i < SIM_TASKS_MAX; i++)
		if (board->due_us[i] <= due_us) {
			task_run(board, i);
			return;
		}
}

void sim_board_run(struct sim_board *board, uint64_t until_us)
{
	for (uint64_t due; (due = sim_board_due_us(board)) <= until_us;)
		run_one(board, due);
	board->now_ns = MAX(board->now_ns, until_us * 1000);
}

/* ---- the board ---- */

/* RAM of the areas, with their growth, and of the pools with blocks. */
static int make_memory(struct sim_board *board)
{
	const struct sim_profile *profile = board->profile;
	int r = 0;

	for (size_t i = 0; r == 0 && i < SIM_PLAN_AREAS && profile->areas[i].n_bytes; i++)
		r = sim_memory_add(&board->memory, profile->areas[i].address,
				   MAX(profile->areas[i].n_bytes, profile->grows_to_bytes));
	for (size_t i = 0; r == 0 && i < SIM_POOLS_MAX && profile->pools[i].name; i++) {
		const struct sim_pool_plan *plan = &profile->pools[i];
		board->pools[board->n_pools++].plan = plan;
		if (sim_pool_has_blocks(plan))
			r = sim_memory_add(&board->memory, plan->address, plan->n_bytes);
	}
	return r;
}

int sim_board_init(struct sim_board *board, const struct sim_profile *profile, uint32_t seed, uint32_t period_ms,
		   bool (*output)(void *ctx, const void *bytes, size_t n_bytes, bool is_frame), void *output_ctx)
{
	uint32_t n_rows = 0;
	int r;

	*board = (struct sim_board){
		.profile = profile, .output = output, .output_ctx = output_ctx, .random = seed * 2654435761u | 1
	};
	r = make_memory(board);
	if (r < 0) {
		sim_board_deinit(board);
		return r;
	}
	set_up(board);
	for (uint32_t i = 0; i < board->heap.n_areas; i++)
		n_rows += board->heap.areas[i].n_blocks / WIRE_ROW_BLOCKS + 1;
	n_rows += profile->grows_to_bytes / SIM_BLOCK_BYTES / WIRE_ROW_BLOCKS;
	board->rows = calloc(n_rows, sizeof(board->rows[0]));
	if (!board->rows) {
		sim_board_deinit(board);
		return -ENOMEM;
	}
	if (!program_start(board))
		program_restart(board);
	sim_port_attach(board);
	memprof_start(&board->agent, &board->port, (uint8_t)(sim_random(board) >> 8), board->rows, n_rows);
	memprof_period(&board->agent, period_ms ? period_ms : profile->period_ms);
	return 0;
}

void sim_board_deinit(struct sim_board *board)
{
	sim_memory_deinit(&board->memory);
	free(board->rows);
	board->rows = NULL;
}
