/* The pools of this firmware, the C heap, the message buffers and the history, and the stacks of its tasks. */
#include "memprof/pools.h"
#include "memprof/tasks.h"

#include "agent_port.h"
#include "board.h"
#include "heap.h"
#include "history.h"
#include "messages.h"
#include "node.h"

static bool where_heap(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	(void)pool;
	*ret_address = (uintptr_t)heap_begin;
	*ret_n_bytes = (uintptr_t)(heap_end - heap_begin);
	return true;
}

static uintptr_t end_of_heap(void) { return (uintptr_t)heap_begin + heap_taken(); }
MEMPROF_POOL_NANO(c_heap, "C heap", WIRE_MEMORY_SRAM, where_heap, end_of_heap, &__malloc_free_list, 32);

static bool where_messages(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	(void)pool;
	*ret_address = (uintptr_t)message_buffers;
	*ret_n_bytes = sizeof(message_buffers);
	return true;
}

/* Calls each for every block, in order of address. False if what is found cannot be: the pool is damaged. */
static bool walk_messages(const struct memprof_pool *pool,
			  void (*each)(void *ctx, uintptr_t address, uintptr_t n_bytes, bool used), void *ctx)
{
	uint32_t n_used = 0;

	(void)pool;
	for (uint32_t i = 0; i < N_MESSAGES; i++) {
		each(ctx, (uintptr_t)&message_buffers[i], sizeof(message_buffers[i]), message_is_used(i));
		n_used += message_is_used(i);
	}
	return n_used == message_figures.n_used;
}

static void stats_messages(const struct memprof_pool *pool, struct memprof_stats *ret)
{
	struct memprof_count count = { 0 };
	bool whole = walk_messages(pool, memprof_count_block, &count);

	/* Not memprof_count_stats(): its largest free block of 64 bytes would look like a heap in pieces. */
	memprof_stat(ret, WIRE_STAT_TOTAL, sizeof(message_buffers));
	memprof_stat(ret, WIRE_STAT_USED, count.used_bytes);
	memprof_stat(ret, WIRE_STAT_FREE, count.free_bytes);
	memprof_stat(ret, WIRE_STAT_LARGEST_FIT, count.n_free ? sizeof(struct message) : 0);
	memprof_stat(ret, WIRE_STAT_PEAK, message_figures.n_most_used * sizeof(struct message));
	memprof_stat(ret, WIRE_STAT_ALLOCATIONS, message_figures.n_allocations);
	memprof_stat(ret, WIRE_STAT_FAILURES, message_figures.n_failures);
	memprof_stat(ret, WIRE_STAT_USED_BLOCKS, count.n_used);
	memprof_stat(ret, WIRE_STAT_FREE_BLOCKS, count.n_free);
	if (!whole)
		memprof_stat(ret, WIRE_STAT_DAMAGED, 1);
}
MEMPROF_POOL_ENTRY(messages, "messages", WIRE_POOL_FIXED, WIRE_MEMORY_SRAM, where_messages, stats_messages,
		   walk_messages, MESSAGE_BYTES, NULL);

#ifdef WITH_TLSF
static bool where_history(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes)
{
	(void)pool;
	return history_where(ret_address, ret_n_bytes);
}
MEMPROF_POOL_TLSF(history, "history", WIRE_MEMORY_PSRAM, where_history, 5, MEMPROF_TLSF_ONE_POOL, 64);
#endif

const struct memprof_pool *const agent_pools[N_POOLS] = {
	[POOL_C_HEAP - 1] = &c_heap,
	[POOL_MESSAGES - 1] = &messages,
#ifdef WITH_TLSF
	[POOL_HISTORY - 1] = &history,
#endif
};

static void tell_task(memprof_task_each *each, void *ctx, const char *name, const struct task *task)
{
	uintptr_t low = (uintptr_t)task->stack, end = low + sizeof(task->stack);

	each(ctx, &(struct memprof_task){
			  .name = name,
			  .address = low,
			  .stack_bytes = sizeof(task->stack),
			  .least_free = memprof_stack_untouched(task->stack, sizeof(task->stack), TASK_PAINT),
			  .used_now = (uint32_t)(end - (uintptr_t)task->sp),
		  });
}

bool agent_tasks(void (*each)(void *ctx, const struct memprof_task *task), void *ctx)
{
	tell_task(each, ctx, "sampler", &sampler);
	tell_task(each, ctx, "radio", &radio);
	return true;
}
