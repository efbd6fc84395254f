/* Counts what a firmware requests of one allocator, and sends it. */
#include "memprof/allocations.h"

#include <string.h>

#include "memprof/frame.h"

/* ---- counting ---- */

/* Class i has the sizes of 8 * 2^i bytes at most; the last one all others. */
static void count_size(struct memprof_window *window, uintptr_t n_bytes)
{
	uint32_t i = 0;

	for (n_bytes = (n_bytes - (n_bytes > 0)) >> 3; n_bytes && i < WIRE_N_SIZES - 1; n_bytes >>= 1)
		i++;
	window->sizes[i] = (uint16_t)(window->sizes[i] + (window->sizes[i] < UINT16_MAX));
}

static void note_free(struct memprof_window *window, uintptr_t free_bytes)
{
	if (!window->has_free || free_bytes < window->least_free)
		window->least_free = free_bytes;
	window->has_free = true;
}

void memprof_allocations_start(struct memprof_allocations *a, const struct memprof_allocator *allocator)
{
	a->of = allocator;
	a->window.begin_ms = allocator->now_ms();
}

/* UINTPTR_MAX: as many, or more. */
static void add(uintptr_t *sum, uintptr_t n_bytes) { *sum = *sum + n_bytes < n_bytes ? UINTPTR_MAX : *sum + n_bytes; }

void memprof_allocated(struct memprof_allocations *a, uintptr_t n_bytes, uintptr_t n_taken, uintptr_t caller)
{
	struct memprof_window *window = &a->window;

	if (!a->of)
		return;
	MEMPROF_LOCK();
	window->n_allocations++;
	add(&window->allocated_bytes, n_bytes);
	count_size(window, n_bytes);
	a->used_bytes += n_taken;
	if (a->used_bytes > window->most_used)
		window->most_used = a->used_bytes;
	if (a->of->free_bytes)
		note_free(window, a->of->free_bytes());
	if (a->of->large_bytes && n_bytes >= a->of->large_bytes) {
		window->n_large++;
		a->large[a->n_large++ % MEMPROF_LARGE] = (struct memprof_large){ a->of->now_ms(), n_bytes, caller };
	}
	MEMPROF_UNLOCK();
}

void memprof_freed(struct memprof_allocations *a, uintptr_t n_taken)
{
	if (!a->of)
		return;
	MEMPROF_LOCK();
	a->window.n_frees++;
	add(&a->window.freed_bytes, n_taken);
	a->used_bytes -= n_taken < a->used_bytes ? n_taken : a->used_bytes;
	if (a->used_bytes < a->window.least_used)
		a->window.least_used = a->used_bytes;
	MEMPROF_UNLOCK();
}

/* The rest is zeros. */
static void copy_task(char ret[MEMPROF_TASK_BYTES], const char *task)
{
	for (uint32_t n = 0; task && n < MEMPROF_TASK_BYTES - 1 && task[n]; n++)
		ret[n] = task[n];
}

void memprof_allocation_failed(struct memprof_allocations *a, uintptr_t n_bytes, uintptr_t caller)
{
	struct memprof_failure failure = { .n_bytes = n_bytes, .caller = caller };

	if (!a->of)
		return;
	if (a->of->largest_free)
		failure.largest_free = a->of->largest_free();
	if (a->of->task)
		copy_task(failure.task, a->of->task());
	MEMPROF_LOCK();
	failure.at_ms = a->of->now_ms();
	a->window.n_failures++;
	count_size(&a->window, n_bytes);
	a->failures[a->n_failures++ % MEMPROF_FAILURES] = failure;
	MEMPROF_UNLOCK();
}

const struct memprof_failure *memprof_last_failure(const struct memprof_allocations *a)
{
	return a->n_failures ? &a->failures[(a->n_failures - 1) % MEMPROF_FAILURES] : NULL;
}

/* ---- sending ---- */

/* The number of the oldest one of a ring that was not sent; n: all were, or came again over it. */
static uint32_t oldest(uint32_t n, uint32_t n_sent, uint32_t n_kept)
{
	return n - n_sent > n_kept ? n - n_kept : n_sent;
}

static bool send_failure(struct memprof_agent *agent, uint8_t pool, const struct memprof_failure *failure)
{
	uint32_t n_task = 0;

	while (n_task < MEMPROF_TASK_BYTES - 1 && failure->task[n_task])
		n_task++;
	memprof_frame_begin(agent, WIRE_EVENT);
	memprof_put_u8(agent, WIRE_FAILED);
	memprof_put_varint(agent, failure->at_ms);
	memprof_put_u8(agent, pool);
	memprof_put_varint(agent, failure->n_bytes);
	memprof_put_varint(agent, failure->caller);
	memprof_put_varint(agent, failure->largest_free);
	memprof_put_u8(agent, n_task);
	memprof_put_bytes(agent, failure->task, n_task);
	return memprof_frame_end(agent);
}

static bool send_large(struct memprof_agent *agent, uint8_t pool, const struct memprof_large *large)
{
	memprof_frame_begin(agent, WIRE_EVENT);
	memprof_put_u8(agent, WIRE_LARGE);
	memprof_put_varint(agent, large->at_ms);
	memprof_put_u8(agent, pool);
	memprof_put_varint(agent, large->n_bytes);
	memprof_put_varint(agent, large->caller);
	return memprof_frame_end(agent);
}

void memprof_send_failures(struct memprof_agent *agent, struct memprof_allocations *a)
{
	struct memprof_failure failure;
	struct memprof_large large;
	uint32_t i, n;

	for (int k = 0; k < MEMPROF_LARGE; k++) { /* more may come meanwhile */
		MEMPROF_LOCK();
		n = a->n_large;
		i = oldest(n, a->n_large_sent, MEMPROF_LARGE);
		large = a->large[i % MEMPROF_LARGE];
		MEMPROF_UNLOCK();
		if (i == n)
			break;
		if (!send_large(agent, a->of->pool, &large))
			return;
		a->n_large_sent = i + 1;
	}
	for (int k = 0; k < MEMPROF_FAILURES; k++) {
		MEMPROF_LOCK();
		n = a->n_failures;
		i = oldest(n, a->n_failures_sent, MEMPROF_FAILURES);
		failure = a->failures[i % MEMPROF_FAILURES];
		MEMPROF_UNLOCK();
		if (i == n || !send_failure(agent, a->of->pool, &failure))
			return;
		a->n_failures_sent = i + 1;
	}
}

static bool send_window(struct memprof_agent *agent, uint8_t pool, uint32_t now_ms, const struct memprof_window *window)
{
	uint32_t mask = WIRE_WINDOW_ALLOCATIONS | WIRE_WINDOW_FREES | WIRE_WINDOW_FAILURES | WIRE_WINDOW_LARGE;
	uint32_t n_sizes = WIRE_N_SIZES;

	while (n_sizes && !window->sizes[n_sizes - 1])
		n_sizes--;
	if (window->allocated_bytes < UINTPTR_MAX)
		mask |= WIRE_WINDOW_ALLOCATED_BYTES;
	if (window->freed_bytes < UINTPTR_MAX && (window->freed_bytes || !window->n_frees))
		mask |= WIRE_WINDOW_FREED_BYTES;
	if (window->most_used)
		mask |= WIRE_WINDOW_LEAST_USED | WIRE_WINDOW_MOST_USED;
	if (window->has_free)
		mask |= WIRE_WINDOW_LEAST_FREE;
	memprof_frame_begin(agent, WIRE_ALLOCATIONS);
	memprof_put_u8(agent, pool);
	memprof_put_varint(agent, now_ms);
	memprof_put_varint(agent, now_ms - window->begin_ms);
	memprof_put_varint(agent, mask);
	memprof_put_varint(agent, window->n_allocations);
	if (mask & WIRE_WINDOW_ALLOCATED_BYTES)
		memprof_put_varint(agent, window->allocated_bytes);
	memprof_put_varint(agent, window->n_frees);
	if (mask & WIRE_WINDOW_FREED_BYTES)
		memprof_put_varint(agent, window->freed_bytes);
	memprof_put_varint(agent, window->n_failures);
	memprof_put_varint(agent, window->n_large);
	if (mask & WIRE_WINDOW_MOST_USED) {
		memprof_put_varint(agent, window->least_used);
		memprof_put_varint(agent, window->most_used);
	}
	if (mask & WIRE_WINDOW_LEAST_FREE)
		memprof_put_varint(agent, window->least_free);
	memprof_put_u8(agent, n_sizes);
	for (uint32_t i = 0; i < n_sizes; i++)
		memprof_put_varint(agent, window->sizes[i]);
	return memprof_frame_end(agent);
}

/* Puts back a window that was not sent, before what has been counted since. */
static void put_back(struct memprof_window *window, const struct memprof_window *before)
{
	window->begin_ms = before->begin_ms;
	window->n_allocations += before->n_allocations;
	window->n_frees += before->n_frees;
	window->n_failures += before->n_failures;
	window->n_large += before->n_large;
	add(&window->allocated_bytes, before->allocated_bytes);
	add(&window->freed_bytes, before->freed_bytes);
	if (before->least_used < window->least_used)
		window->least_used = before->least_used;
	if (before->most_used > window->most_used)
		window->most_used = before->most_used;
	if (before->has_free)
		note_free(window, before->least_free);
	for (uint32_t i = 0; i < WIRE_N_SIZES; i++) {
		uint32_t sum = (uint32_t)window->sizes[i] + before->sizes[i];

		window->sizes[i] = (uint16_t)(sum < UINT16_MAX ? sum : UINT16_MAX);
	}
}

void memprof_send_allocations(struct memprof_agent *agent, struct memprof_allocations *a)
{
	struct memprof_window window;
	uint32_t now_ms;

	if (!a->of)
		return;
	now_ms = a->of->now_ms();
	MEMPROF_LOCK();
	window = a->window;
	memset(&a->window, 0, sizeof(a->window));
	a->window.begin_ms = now_ms;
	a->window.least_used = a->window.most_used = a->used_bytes;
	MEMPROF_UNLOCK();
	if (!(window.n_allocations | window.n_frees | window.n_failures) ||
	    send_window(agent, a->of->pool, now_ms, &window))
		return;
	MEMPROF_LOCK();
	put_back(&a->window, &window);
	MEMPROF_UNLOCK();
}
