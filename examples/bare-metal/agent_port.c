/* The port: what the agent's core needs of this firmware, and its calls. */
#include "agent_port.h"

#include "board.h"
#include "heap.h"
#include "memprof/agent.h"
#include "memprof/allocations.h"
#include "memprof/extra.h"
#include "memprof/pool.h"
#include "memprof/tasks.h"
#include "task.h"

enum { PERIOD_MS = 1000, LARGE_BYTES = 1024, SILENCE_MS = 50, NOTE_HEAD_BYTES = 16, BUILD_ID_BYTES = 20 };

static struct memprof_agent agent;
static struct memprof_pool_list list = { .pools = agent_pools, .n_pools = N_POOLS, .first_id = 1, .tables_every = 1 };
static struct memprof_task_list tasks = { .tasks = agent_tasks, .pools = &list };
/* Not zeroed at a reset (mps2.ld), so that each start has another one. */
static uint8_t session MEMPROF_NOINIT;

static void port_stack(uint32_t *ret_used, uint32_t *ret_limit)
{
	char here;

	*ret_used = (uint32_t)(stack_end - &here);
	*ret_limit = (uint32_t)(stack_end - stack_begin);
}

static const struct memprof_allocator heap = { .pool = POOL_C_HEAP,
					       .large_bytes = LARGE_BYTES,
					       .now_ms = now_ms,
					       .largest_free = heap_largest_free,
					       .task = task_name };
static const struct memprof_allocator messages = { .pool = POOL_MESSAGES, .now_ms = now_ms, .task = task_name };
static struct memprof_allocations of_heap, of_messages;
static struct memprof_last_words last_words MEMPROF_NOINIT;

static bool port_send_pools(bool with_descriptions)
{
	memprof_send_tasks(&agent, &tasks, with_descriptions); /* and pools; all, as no call has a limit (rolling.h) */
	memprof_send_allocations(&agent, &of_heap);
	memprof_send_allocations(&agent, &of_messages);
	if (with_descriptions)
		memprof_send_last_words(&agent, &last_words);
	memprof_send_failures(&agent, &of_heap);
	return true;
}

static const struct memprof_port port = {
	.write = uart_write,
	.now_us = now_us,
	.now_ms = now_ms,
	.area = memprof_no_area,
	.stack = port_stack,
	.send_pools = port_send_pools,
	.block_bytes = 0,
	.abilities = WIRE_REPORTS_FAILED | WIRE_TAKES_REQUESTS | WIRE_CAN_READ | WIRE_CAN_POOLS,
	.firmware = "sensor node 1.0",
	.machine = "MPS2 AN385",
	.build_id = build_id_note + NOTE_HEAD_BYTES,
	.n_build_id = BUILD_ID_BYTES,
};

/* All RAM: reading it has no effect, unlike reading a register of the UART. */
static struct memprof_range readable[1];
static struct memprof_requests requests = { .agent = &agent, .readable = readable, .n_readable = 1 };
static uint32_t last_byte_ms;

void agent_start(void)
{
	readable[0] = (struct memprof_range){ (uintptr_t)ram_begin, (uintptr_t)(ram_end - ram_begin) };
	memprof_allocations_start(&of_heap, &heap);
	memprof_allocations_start(&of_messages, &messages);
	memprof_last_words_begin(&last_words);
	memprof_start(&agent, &port, ++session, NULL, 0);
	memprof_period(&agent, PERIOD_MS);
}

void agent_poll(void)
{
	if (now_ms() - last_byte_ms >= SILENCE_MS)
		memprof_requests_silence(&requests);
	memprof_poll(&agent);
}

bool agent_takes(uint8_t byte)
{
	last_byte_ms = now_ms();
	return memprof_requests_feed(&requests, byte);
}

void agent_snapshot(void) { memprof_snapshot(&agent, true); }

/* While a task runs the agent does not: a failure may be sent at once. */
void agent_requested(uint8_t pool, size_t n_bytes, size_t n_taken, const void *caller)
{
	struct memprof_allocations *of = pool == POOL_C_HEAP ? &of_heap : &of_messages;

	if (n_taken) {
		memprof_allocated(of, n_bytes, n_taken, (uintptr_t)caller);
		return;
	}
	memprof_allocation_failed(of, n_bytes, (uintptr_t)caller);
	memprof_last_words_failed(&last_words, pool, memprof_last_failure(of));
	memprof_send_failures(&agent, of);
}

void agent_freed(uint8_t pool, size_t n_taken)
{
	memprof_freed(pool == POOL_C_HEAP ? &of_heap : &of_messages, n_taken);
}

void agent_fault(const void *address)
{
	memprof_last_words_fault(&last_words, now_ms(), (uintptr_t)address, task_name());
}

void agent_recovered(uint8_t pool, size_t n_bytes) { memprof_recovered(&agent, now_ms(), pool, n_bytes); }
