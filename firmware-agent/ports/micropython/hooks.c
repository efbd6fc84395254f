/* Collections, failed allocations and soft resets, without a change in MicroPython: the linker sends calls of four
 * functions here first (-Wl,--wrap=NAME). That works for calls from one object file into another. gc_sweep_all() calls
 * the rest of gc.c directly, so a soft reset does not look like a collection. */
#include "memprof/board_pools.h"
#include "mpagent.h"
#include "py/gc.h"
#include "py/mphal.h"
#include "py/runtime.h"

#include <string.h>

struct event {
	size_t value; /* microseconds or bytes */
	uint32_t at_ms;
	uint8_t what, pool; /* enum wire_event; 0: this heap */
};

static struct {
	struct event events[MEMPROF_EVENTS];
	uint32_t n_lost, n_collections, n_failures, n_lost_in_all;
	uint32_t began_us;
	uint8_t first, n;
	bool sees_collections; /* tried, and seen */
	bool is_trial;         /* an allocation that is meant to fail: 1, and did: 0 */
} queue;

void memprof_mp_count_events(uint32_t ret[MEMPROF_MP_N_COUNTS])
{
	ret[MEMPROF_MP_COLLECTIONS] = queue.n_collections;
	ret[MEMPROF_MP_FAILURES] = queue.n_failures;
	ret[MEMPROF_MP_EVENTS_LOST] = queue.n_lost_in_all;
}

void memprof_mp_clear_events(void)
{
	queue.n = 0;
	queue.n_lost = 0;
	queue.n_collections = 0;
	queue.n_failures = 0;
}

static void keep(uint8_t what, uint8_t pool, size_t value)
{
	if (!memprof_mp_is_running())
		return;
	const struct event event = { value, memprof_mp_now_ms(), what, pool };
	/* Another core may be at this too. */
	mp_uint_t state = MICROPY_BEGIN_ATOMIC_SECTION();
	if (queue.n < MEMPROF_EVENTS) {
		queue.events[(queue.first + queue.n) % MEMPROF_EVENTS] = event;
		queue.n++;
	} else {
		queue.n_lost++;
		queue.n_lost_in_all++;
	}
	MICROPY_END_ATOMIC_SECTION(state);
	(void)state;
}

void memprof_board_failed(uint8_t pool, size_t n_bytes)
{
	keep(WIRE_FAILED, pool, n_bytes);
	memprof_mp_wake();
}

void memprof_board_recovered(uint8_t pool, size_t n_bytes)
{
	keep(WIRE_RECOVERED, pool, n_bytes);
	memprof_mp_wake();
}

#if MEMPROF_HOOKS

static bool at_threshold(void)
{
#if MICROPY_GC_ALLOC_THRESHOLD
	return MP_STATE_MEM(gc_alloc_amount) >= MP_STATE_MEM(gc_alloc_threshold);
#else
	return false;
#endif
}

void __real_gc_collect_start(void);
void __wrap_gc_collect_start(void);
void __wrap_gc_collect_start(void)
{
	bool by_threshold = at_threshold(); /* gc_collect_start() forgets it */
	__real_gc_collect_start();
	queue.began_us = MEMPROF_NOW_US();
	queue.n_collections++;
	keep(by_threshold ? WIRE_THRESHOLD : WIRE_GC_BEGAN, 0, 0);
}

void __real_gc_collect_end(void);
void __wrap_gc_collect_end(void);
void __wrap_gc_collect_end(void)
{
	__real_gc_collect_end();
#if MEMPROF_SITES && MEMPROF_SITES_FOLLOWED
	memprof_sites_collected(&memprof_mp_sites, memprof_mp_is_object);
#endif
	keep(WIRE_GC_ENDED, 0,
	     (uint32_t)(MEMPROF_NOW_US() - queue.began_us)); /* a clock of 64 bits has more than began_us */
	memprof_mp_wake();
}

/* The next collection has it. That a large request fails, or one of a locked heap, does not mean that none is left. */
static void free_room(size_t n_bytes)
{
#if MEMPROF_SITES
	if (n_bytes <= 256 * sizeof(void *) && !MP_STATE_THREAD(gc_lock_depth))
		MP_STATE_VM(memprof_room) = MP_OBJ_NULL;
#else
	(void)n_bytes;
#endif
}

void __real_m_malloc_fail(size_t n_bytes) __attribute__((noreturn));
void __wrap_m_malloc_fail(size_t n_bytes) __attribute__((noreturn));
void __wrap_m_malloc_fail(size_t n_bytes)
{
	if (queue.is_trial) {
		queue.is_trial = false;
	} else {
		queue.n_failures++;
		memprof_board_failed(0, n_bytes);
		free_room(n_bytes);
	}
	__real_m_malloc_fail(n_bytes);
}

void __real_gc_sweep_all(void);
void __wrap_gc_sweep_all(void);
void __wrap_gc_sweep_all(void)
{
	memprof_mp_soft_reset();
#if MEMPROF_SITES
	memset(&memprof_mp_sites, 0, sizeof(memprof_mp_sites)); /* the heap is made anew */
	MP_STATE_VM(memprof_room) = MP_OBJ_NULL;
#endif
	__real_gc_sweep_all();
}

#endif

static bool take(struct event *ret)
{
	mp_uint_t state = MICROPY_BEGIN_ATOMIC_SECTION();
	bool has = queue.n > 0;
	if (has) {
		*ret = queue.events[queue.first];
		queue.first = (uint8_t)((queue.first + 1) % MEMPROF_EVENTS);
		queue.n--;
	}
	MICROPY_END_ATOMIC_SECTION(state);
	(void)state;
	return has;
}

/* Those that are lost are the youngest ones, so they are reported last. */
void memprof_mp_send_events(struct memprof_agent *agent)
{
	struct event event;
	while (take(&event)) {
		const uintptr_t fields[] = { event.pool, event.value };
		const bool of_pool = event.what == WIRE_FAILED || event.what == WIRE_RECOVERED;
		memprof_event(agent, event.what, event.at_ms, of_pool ? fields : fields + 1,
			      of_pool ? 2 : event.what == WIRE_GC_ENDED);
	}
	agent->n_collections = queue.n_collections;
	const uintptr_t n_lost = queue.n_lost;
	if (n_lost) {
		queue.n_lost -= (uint32_t)n_lost;
		memprof_event(agent, WIRE_EVENTS_LOST, memprof_mp_now_ms(), &n_lost, 1);
	}
#if MEMPROF_SITES
	memprof_send_sites(agent, &memprof_mp_sites);
#endif
}

#if MEMPROF_HOOKS
static void fail_to_allocate(size_t n_bytes)
{
	nlr_buf_t nlr;
	queue.is_trial = true;
	if (nlr_push(&nlr) == 0) {
		m_malloc(n_bytes);
		nlr_pop();
	}
}
#endif

/* An allocation while the heap is locked fails at once: nothing is collected, nothing changes. Whether the collections
 * of the allocator are seen, only one of those can tell: with link-time optimisation some calls are wrapped, and some
 * are not. */
uint16_t memprof_mp_try_hooks(bool may_collect)
{
#if MEMPROF_HOOKS
	gc_lock();
	fail_to_allocate(1);
	gc_unlock();
	bool sees_failures = !queue.is_trial;
	if (may_collect && !queue.sees_collections) {
		uint32_t n_before = queue.n_collections;
		fail_to_allocate(SIZE_MAX / 4);
		queue.sees_collections = queue.n_collections != n_before;
	}
	queue.is_trial = false;
	return (uint16_t)((queue.sees_collections ? WIRE_REPORTS_GC : 0) | (sees_failures ? WIRE_REPORTS_FAILED : 0));
#else
	(void)may_collect;
	return 0;
#endif
}
