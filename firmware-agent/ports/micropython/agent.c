/* The one agent of a firmware: its life, and who calls it.
 *
 * It is called by a soft timer where the port has those (rp2, stm32, mimxrt, samd, renesas-ra, alif), through a node of
 * the scheduler; by the VM itself where MICROPY_VM_HOOK_LOOP is memprof_vm_hook(); or by the program: memprof.poll().
 */
#include "memprof/rolling.h"
#include "mpagent.h"
#include "py/gc.h"
#include "py/mphal.h"
#include "py/runtime.h"
#ifndef NO_QSTR
#include "genhdr/mpversion.h"
#endif

/* MicroPython's timers have no common header to ask for: the linker decides. */
#if MICROPY_ENABLE_SCHEDULER && MICROPY_SCHEDULER_STATIC_NODES
#include "shared/runtime/softtimer.h"
#pragma weak soft_timer_insert
#pragma weak soft_timer_remove
#pragma weak soft_timer_static_init
#define HAS_NODES 1
#else
#define HAS_NODES 0
#endif

/* The collector takes this lock as well, and made it recursive in 1.25. */
#if MICROPY_PY_THREAD && !MICROPY_PY_THREAD_GIL
#if MICROPY_VERSION_MAJOR == 1 && MICROPY_VERSION_MINOR < 25
#define HEAP_LOCK()   mp_thread_mutex_lock(&MP_STATE_MEM(gc_mutex), 1)
#define HEAP_UNLOCK() mp_thread_mutex_unlock(&MP_STATE_MEM(gc_mutex))
#else
#define HEAP_LOCK()   mp_thread_recursive_mutex_lock(&MP_STATE_MEM(gc_mutex), 1)
#define HEAP_UNLOCK() mp_thread_recursive_mutex_unlock(&MP_STATE_MEM(gc_mutex))
#endif
#else
#define HEAP_LOCK()
#define HEAP_UNLOCK()
#endif

enum { TICK_MIN_MS = 10, TICK_MAX_MS = 100 };

static struct {
	struct memprof_agent agent;
	bool runs, busy, hooked; /* hooked: the VM has called memprof_vm_hook() */
	uint32_t n_snapshots;
	uint8_t n_holds;
#if HAS_NODES
	mp_sched_node_t node;
	soft_timer_entry_t timer;
#endif
} mp;

/* The GNU note of the build, if the link made one and named its place (micropython.mk). */
extern const uint8_t memprof_build_id_note[] __attribute__((weak));
enum { NOTE_HEAD_BYTES = 16, NOTE_ID_BYTES_AT = 4, BUILD_ID_MAX_BYTES = 20 };

static uint32_t now_us(void) { return MEMPROF_NOW_US(); }

/* From the clock in microseconds, as not every port has another. */
uint32_t memprof_mp_now_ms(void)
{
	static uint32_t last_us, ms; /* last_us: of a whole millisecond */
	mp_uint_t state = MICROPY_BEGIN_ATOMIC_SECTION();
	uint32_t n_ms = (now_us() - last_us) / 1000;
	last_us += n_ms * 1000;
	uint32_t ret = ms += n_ms;
	MICROPY_END_ATOMIC_SECTION(state);
	(void)state;
	return ret;
}

#if MEMPROF_STOP_MS

static struct memprof_rolling rolling = { .agent = &mp.agent, .stop_us = MEMPROF_STOP_MS * 1000u };

static bool write_frame(const uint8_t *frame, size_t n_bytes)
{
	uint32_t begin_us = now_us();
	bool taken = memprof_mp_write(frame, n_bytes);
	memprof_rolling_wrote(&rolling, taken ? n_bytes : 0, now_us() - begin_us);
	return taken;
}

static void set_tick(uint32_t period_ms);

/* It is called more often while a snapshot is under way. */
static bool poll_agent(void)
{
	bool was_between = mp.agent.between, sent = memprof_poll_rolling(&rolling);
	if (mp.agent.between != was_between)
		set_tick(mp.agent.between ? 1 : mp.agent.period_ms);
	return sent;
}

#else

static bool write_frame(const uint8_t *frame, size_t n_bytes) { return memprof_mp_write(frame, n_bytes); }

static bool poll_agent(void) { return memprof_poll(&mp.agent); }

#endif

static bool send_pools(bool with_descriptions) { return memprof_mp_send_pools(&mp.agent, with_descriptions); }

static struct memprof_port port = {
	.write = write_frame,
	.now_us = now_us,
	.now_ms = memprof_mp_now_ms,
	.area = memprof_mp_area,
	.kind = memprof_mp_kind,
	.stack = memprof_mp_stack,
	.send_pools = send_pools,
	.block_bytes = MICROPY_BYTES_PER_GC_BLOCK,
#ifdef CIRCUITPY
	.firmware = "CircuitPython " MICROPY_GIT_TAG,
#else
	.firmware = "MicroPython " MICROPY_GIT_TAG,
#endif
#ifdef MICROPY_HW_BOARD_NAME
	.machine = MICROPY_HW_BOARD_NAME,
#elif defined(MICROPY_PY_SYS_PLATFORM)
	.machine = MICROPY_PY_SYS_PLATFORM,
#endif
};

#if MEMPROF_ROWS > 0
static uint16_t rows[MEMPROF_ROWS];
#define ROWS rows
#else
#define ROWS NULL
#endif

/* The heap is locked in a collection and in hard interrupts. */
bool memprof_mp_may_start(void)
{
#if MICROPY_PY_THREAD
	if (mp_thread_get_state() != &mp_state_ctx.thread)
		return false;
#endif
	return !mp.busy && !MP_STATE_THREAD(gc_lock_depth);
}

/* Whether something may be sent here and now. */
static bool enter(void)
{
	if (!mp.runs || !memprof_mp_may_start())
		return false;
	mp.busy = true;
	return true;
}

static void leave(void) { mp.busy = false; }

static bool send_snapshot(bool by_period)
{
	HEAP_LOCK();
	bool sent = by_period ? poll_agent() : memprof_snapshot(&mp.agent, true);
	HEAP_UNLOCK();
	mp.n_snapshots += sent;
	return sent;
}

static bool poll_all(void)
{
#if MEMPROF_REQUESTS
	if (memprof_mp_may_start())
		memprof_mp_take_requests();
#endif
	if (!enter())
		return false;
	if (memprof_mp_reader_is_new()) /* snapshots were abandoned until now, so the next one is whole anyway */
		memprof_hello(&mp.agent);
	memprof_mp_send_events(&mp.agent);
	bool sent = send_snapshot(true);
	leave();
	return sent;
}

/* The unix port raises KeyboardInterrupt from its handler of the signal, wherever the program is. */
bool memprof_mp_poll(void)
{
#if MICROPY_ASYNC_KBD_INTR
	nlr_buf_t nlr;
	if (nlr_push(&nlr) != 0) {
		leave();
		nlr_jump(nlr.ret_val);
	}
	bool sent = poll_all();
	nlr_pop();
	return sent;
#else
	return poll_all();
#endif
}

bool memprof_mp_snapshot(void)
{
	if (!enter())
		return false;
	memprof_mp_send_events(&mp.agent);
	bool sent = send_snapshot(false);
	leave();
	return sent;
}

bool memprof_mp_mark(const char *label, size_t n_bytes)
{
	if (!enter())
		return false;
	memprof_mp_send_events(&mp.agent);
	memprof_mark(&mp.agent, label, n_bytes);
	leave();
	return true;
}

/* Who calls. */

#if HAS_NODES

static void node_run(mp_sched_node_t *node)
{
	(void)node;
	memprof_mp_poll();
}

static void timer_fired(soft_timer_entry_t *timer)
{
	(void)timer;
	mp_sched_schedule_node(&mp.node, node_run);
}

static bool has_timer(void) { return soft_timer_insert != NULL; }

static void timer_set(uint32_t period_ms)
{
	if (!has_timer())
		return;
	soft_timer_remove(&mp.timer);
	if (!period_ms)
		return;
	soft_timer_static_init(&mp.timer, SOFT_TIMER_MODE_PERIODIC, period_ms, timer_fired);
	soft_timer_insert(&mp.timer, period_ms);
}

void memprof_mp_wake(void)
{
	if (mp.runs)
		mp_sched_schedule_node(&mp.node, node_run);
}

#else

static bool has_timer(void) { return false; }

static void timer_set(uint32_t period_ms) { (void)period_ms; }

void memprof_mp_wake(void) {}

#endif

static void set_tick(uint32_t period_ms) { timer_set(MIN(MAX(period_ms, TICK_MIN_MS), TICK_MAX_MS)); }

void memprof_vm_hook(void)
{
	static uint16_t n_jumps;
	mp.hooked = true;
	bool is_urgent = memprof_mp_has_many_sites() && !memprof_mp_is_stuck();
	if (!mp.runs || (++n_jumps < MEMPROF_VM_JUMPS && !is_urgent))
		return;
	n_jumps = 0;
	memprof_mp_poll();
}

const char *memprof_mp_called_by(void) { return has_timer() ? "timer" : mp.hooked ? "vm" : "program"; }

#if MEMPROF_REQUESTS

static void send_asked(struct memprof_agent *agent, bool key)
{
#if MEMPROF_STOP_MS
	(void)agent;
	memprof_rolling_ask(&rolling, key);
#else
	mp.n_snapshots += memprof_snapshot(agent, key);
#endif
}

void memprof_mp_do_request(struct memprof_requests *requests)
{
	if (!enter()) {
		memprof_requests_silence(requests);
		return;
	}
	uint32_t period_ms = mp.agent.period_ms;
	requests->agent = &mp.agent;
	requests->snapshot = send_asked;
#if MEMPROF_SITES
	requests->sites = memprof_mp_ask_sites;
	requests->name = memprof_mp_name;
#endif
	HEAP_LOCK();
	memprof_requests_do(requests);
	HEAP_UNLOCK();
	if (mp.agent.period_ms != period_ms)
		set_tick(mp.agent.period_ms);
	leave();
}

#if MEMPROF_HOLD

static void send_held(struct memprof_requests *requests, uintptr_t stack)
{
	const struct memprof_held held = {
		.modules = (uintptr_t)&MP_STATE_VM(mp_loaded_modules_dict),
		.globals = (uintptr_t)&MP_STATE_VM(dict_main),
		.type = (uintptr_t)&mp_type_type,
		.none = (uintptr_t)mp_const_none,
		.len = (uintptr_t)MP_OBJ_NEW_QSTR(MP_QSTR_len),
		.used_bytes = memprof_mp_used_bytes(),
		.stack_pointer = stack,
	};
	memprof_send_held(requests, mp.n_holds, &held);
}

/* What the program has in registers goes on the stack first, above the address of a variable of this function. */
void memprof_mp_hold(struct memprof_requests *requests, bool (*next)(uintptr_t stack))
{
	uint32_t since_ms = memprof_mp_now_ms(), began_ms = since_ms, now_ms = since_ms;
	uint32_t period_ms = mp.agent.period_ms;
	uintptr_t stack = (uintptr_t)&since_ms & ~(sizeof(uintptr_t) - 1);
	__builtin_unwind_init();
	if (!enter()) {
		requests->hold_asked = false;
		return;
	}
	HEAP_LOCK();
	mp.n_holds += requests->hold_ms > 0;
	requests->is_held = true;
	while (now_ms - since_ms < requests->hold_ms && now_ms - began_ms < WIRE_HOLD_ALL_MS) {
		if (requests->hold_asked)
			send_held(requests, stack);
		if (next(stack)) {
			memprof_requests_do(requests);
			since_ms = memprof_mp_now_ms();
		} else {
			memprof_mp_idle();
		}
		now_ms = memprof_mp_now_ms();
	}
	requests->is_held = false;
	mp.n_holds += !requests->hold_asked || requests->hold_ms > 0; /* the program goes on without being told to */
	if (requests->hold_asked)
		send_held(requests, stack);
	HEAP_UNLOCK();
	if (mp.agent.period_ms != period_ms)
		set_tick(mp.agent.period_ms);
	leave();
}

#endif

#endif

static uint8_t new_session(void)
{
	uint8_t session = (uint8_t)(((uint32_t)MEMPROF_RANDOM() ^ now_us()) * 2654435761u >> 24);
	return session == mp.agent.session ? (uint8_t)(session + 1) : session;
}

static void read_build_id(void)
{
	const uint8_t *note = memprof_build_id_note;
	if (!note)
		return;
	port.build_id = note + NOTE_HEAD_BYTES;
	port.n_build_id = note[NOTE_ID_BYTES_AT] < BUILD_ID_MAX_BYTES ? note[NOTE_ID_BYTES_AT] : BUILD_ID_MAX_BYTES;
}

/* start(0) changes nothing in the heap: what is asked for then is the heap as it is. Else one collection may tell
 * whether collections are seen. A second start with another period or stream is a start. */
void memprof_mp_start(uint32_t period_ms, mp_obj_t stream)
{
	memprof_mp_stop();
	memprof_mp_stream(stream);
	read_build_id();
	memprof_mp_init_kinds();
	port.abilities = WIRE_CAN_KINDS | (MICROPY_ENABLE_FINALISER ? WIRE_CAN_FINALISERS : 0) |
			 (MEMPROF_REQUESTS && !stream ? WIRE_TAKES_REQUESTS | WIRE_CAN_READ : 0) |
			 (MEMPROF_HAS_POOLS && memprof_mp_has_pools() ? WIRE_CAN_POOLS : 0) |
			 (MEMPROF_HOLD && !stream ? WIRE_CAN_HOLD : 0) | (MEMPROF_QSTR ? WIRE_CAN_QSTR : 0) |
			 (MEMPROF_STOP_MS ? WIRE_CAN_ROLL : 0) | (memprof_mp_sees_sites() ? WIRE_CAN_SITES : 0) |
			 memprof_mp_try_hooks(period_ms > 0);
	memprof_mp_clear_events();
	mp.n_snapshots = 0;
	memprof_mp_reader_is_new();
	memprof_start(&mp.agent, &port, new_session(), ROWS, MEMPROF_ROWS);
	memprof_period(&mp.agent, period_ms);
	mp.runs = true;
	set_tick(period_ms);
}

void memprof_mp_stop(void)
{
	mp.runs = false;
	timer_set(0);
}

bool memprof_mp_is_running(void) { return mp.runs; }

/* Timers end with a soft reset, and so does this; the stream is about to be freed. */
void memprof_mp_soft_reset(void)
{
	if (enter()) {
		memprof_mp_send_events(&mp.agent);
		memprof_soft_reset(&mp.agent);
		leave();
	}
	memprof_mp_stop();
	memprof_mp_stream(MP_OBJ_NULL);
}

void memprof_mp_counts(uint32_t ret[MEMPROF_MP_N_COUNTS])
{
	memprof_mp_count_events(ret);
	ret[MEMPROF_MP_SNAPSHOTS] = mp.n_snapshots;
	ret[MEMPROF_MP_ABANDONED] = mp.agent.n_abandoned;
	ret[MEMPROF_MP_SKIPPED] = mp.agent.n_skipped;
}
