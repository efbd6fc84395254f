/* The port: what the agent's core needs of this firmware, and its calls. */
#include "agent_port.h"

#include "board.h"
#include "logger.h"
#include "memprof/agent.h"
#include "memprof/allocations.h"
#include "memprof/extra.h"
#include "memprof/pools.h"
#include "memprof/tasks.h"

enum { PERIOD_MS = 1000, SILENCE_MS = 50, NOTE_HEAD_BYTES = 16, BUILD_ID_BYTES = 20, POOL_HEAP = 1 };

static bool where_heap(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	(void)pool;
	*ret_address = (uintptr_t)ucHeap;
	*ret_n_bytes = sizeof(ucHeap);
	return true;
}
MEMPROF_POOL_FREERTOS(heap, "FreeRTOS heap", WIRE_MEMORY_SRAM, where_heap, xPortGetMinimumEverFreeHeapSize,
		      portBYTE_ALIGNMENT, 0, 64);

static const struct memprof_pool *const pools[] = { [POOL_HEAP - 1] = &heap };
static struct memprof_pool_list list = { .pools = pools, .n_pools = 1, .first_id = POOL_HEAP, .tables_every = 1 };
static struct memprof_agent agent;
/* Not zeroed at a reset (mps2.ld), so that each start has another one. */
static uint8_t session __attribute__((section(".noinit")));

/* Kernels before V11 do not report it. */
uint32_t task_stack_bytes(TaskHandle_t task);
uint32_t task_stack_bytes(TaskHandle_t task)
{
	const struct static_task *const tasks[] = { &agent_task, &sensor_task, &radio_task };

	for (uint32_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++)
		if (task == tasks[i]->handle)
			return tasks[i]->n_words * sizeof(StackType_t);
	return (task == backup_task ? BACKUP_STACK_WORDS : idle_task.n_words) * sizeof(StackType_t);
}

static struct memprof_task_list tasks = { .tasks = memprof_freertos_tasks, .pools = &list };

/* heap_4 does not report the size of a block: windows have no bytes in use. */
static uintptr_t free_bytes(void) { return xPortGetFreeHeapSize(); }
/* There is none before the scheduler runs. */
static const char *task_name(void) { return xTaskGetCurrentTaskHandle() ? pcTaskGetName(NULL) : NULL; }
static const struct memprof_allocator allocator = {
	.pool = POOL_HEAP, .now_ms = now_ms, .free_bytes = free_bytes, .task = task_name
};
static struct memprof_allocations allocations;

static bool port_send_pools(bool with_descriptions)
{
	memprof_send_tasks(&agent, &tasks, with_descriptions); /* and pools; all, as no call has a limit (rolling.h) */
	memprof_send_allocations(&agent, &allocations);
	return true;
}

static const struct memprof_port port = {
	.write = uart_write,
	.now_us = now_us,
	.now_ms = now_ms,
	.area = memprof_no_area,
	.send_pools = port_send_pools,
	.block_bytes = 0,
	.abilities = WIRE_REPORTS_FAILED | WIRE_TAKES_REQUESTS | WIRE_CAN_READ | WIRE_CAN_POOLS,
	.firmware = "data logger, FreeRTOS " tskKERNEL_VERSION_NUMBER,
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
	memprof_allocations_start(&allocations, &allocator);
	memprof_start(&agent, &port, ++session, NULL, 0);
	memprof_period(&agent, PERIOD_MS);
}

void agent_poll(void)
{
	if (now_ms() - last_byte_ms >= SILENCE_MS)
		memprof_requests_silence(&requests);
	memprof_send_failures(&agent, &allocations);
	memprof_poll(&agent);
}

void agent_snapshot(void) { memprof_snapshot(&agent, true); }

bool agent_takes(uint8_t byte)
{
	bool takes;

	vTaskSuspendAll(); /* a request may be for a snapshot */
	last_byte_ms = now_ms();
	takes = memprof_requests_feed(&requests, byte);
	xTaskResumeAll();
	return takes;
}

/* Failed ones are sent by agent_poll: the agent's functions are called from one task only. */
void agent_requested(size_t n_bytes, bool is_there, const void *caller)
{
	if (is_there)
		memprof_allocated(&allocations, n_bytes, 0, (uintptr_t)caller);
	else
		memprof_allocation_failed(&allocations, n_bytes, (uintptr_t)caller);
}

void agent_freed(void) { memprof_freed(&allocations, 0); }
