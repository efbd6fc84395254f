/* The agent in MicroPython: what its files share. None of these functions allocates on the heap, but memprof_mp_start.
 */
#ifndef MEMPROF_MPAGENT_H
#define MEMPROF_MPAGENT_H

#include "memprof/extra.h"
#include "memprof/pool.h"
#include "memprof/sites.h"
#include "memprof_mpconfig.h"
#include "py/mpstate.h"
#include "py/obj.h"

/* agent.c: one agent, its clock and its life. */
enum {
	MEMPROF_MP_SNAPSHOTS,
	MEMPROF_MP_ABANDONED,
	MEMPROF_MP_SKIPPED,
	MEMPROF_MP_COLLECTIONS,
	MEMPROF_MP_FAILURES,
	MEMPROF_MP_EVENTS_LOST,
	MEMPROF_MP_N_COUNTS,
};
void memprof_mp_start(uint32_t period_ms, mp_obj_t stream);
void memprof_mp_stop(void);
bool memprof_mp_is_running(void);
/* Not in the middle of a snapshot, which an interrupt or another thread may be in. */
bool memprof_mp_may_start(void);
/* False where nothing may be sent now: in a collection, with the heap locked, in an interrupt, on another thread. */
bool memprof_mp_poll(void);
bool memprof_mp_snapshot(void);
bool memprof_mp_mark(const char *label, size_t n_bytes);
void memprof_mp_soft_reset(void);
/* Has the agent called soon, where the port can. From anywhere, interrupts too. */
void memprof_mp_wake(void);
/* After MEMPROF_WHOLE. Dropped where nothing may be sent. */
void memprof_mp_do_request(struct memprof_requests *requests);
/* After a HOLD: does nothing but requests, which next() takes; stack: from there on it may be read. */
void memprof_mp_hold(struct memprof_requests *requests, bool (*next)(uintptr_t stack));
void memprof_mp_counts(uint32_t ret[MEMPROF_MP_N_COUNTS]);
const char *memprof_mp_called_by(void);
const char *memprof_mp_channel(void);
uint32_t memprof_mp_now_ms(void);
void memprof_vm_hook(void);

/* heap.c: the heap, for the core and the pools. */
bool memprof_mp_area(uint32_t i, struct memprof_area *ret);
void memprof_mp_init_kinds(void); /* once, before: */
uint8_t memprof_mp_kind(uintptr_t address);
void memprof_mp_stack(uint32_t *ret_used, uint32_t *ret_limit);
uintptr_t memprof_mp_used_bytes(void);
bool memprof_mp_is_object(uintptr_t address);         /* one begins there; with MEMPROF_SITES */
uintptr_t memprof_mp_object_bytes(uintptr_t address); /* of the object whose head is there; 0: none is */

/* channel.c. The stream is NULL or a native one, reachable for the collector by MP_STATE_VM(memprof_stream). */
bool memprof_mp_write(const uint8_t *frame, size_t n_bytes);
bool memprof_channel_write(const uint8_t *frame, size_t n_bytes); /* a board may have one of its own */
void memprof_mp_stream(mp_obj_t stream);
void memprof_mp_idle(void);          /* while requests are waited for */
bool memprof_mp_is_stuck(void);      /* the last frame was not taken */
bool memprof_mp_reader_is_new(void); /* since the last call; where that can be known */

/* requests.c: takes requests out of the input that waits, and does them. True if any byte belonged to one. */
bool memprof_mp_take_requests(void);

/* hooks.c: what happened since the last call. Kept there, as nothing can be sent from inside a collection. */
void memprof_mp_send_events(struct memprof_agent *agent);
void memprof_mp_count_events(uint32_t ret[MEMPROF_MP_N_COUNTS]);
void memprof_mp_clear_events(void);
/* Which of WIRE_REPORTS_GC and _FAILED the link has made true. The first needs a collection to
 * be found out. */
uint16_t memprof_mp_try_hooks(bool may_collect);

/* sites.c, with MEMPROF_SITES: samples of allocations. Where requests are seen, it has bytes left since the first one,
 * but for moments between two samples. */
extern struct memprof_sites memprof_mp_sites;
void memprof_mp_ask_sites(struct memprof_agent *agent, uint32_t step, uint32_t keep_ms);
const void *memprof_mp_name(uintptr_t number, size_t *ret_n_bytes); /* of an interned string; NULL */
static inline bool memprof_mp_sees_sites(void)
{
	return MEMPROF_SITES && (memprof_mp_sites.step || memprof_mp_sites.left);
}

/* They should be sent soon. */
static inline bool memprof_mp_has_many_sites(void)
{
	return MEMPROF_SITES && memprof_sites_is_urgent(&memprof_mp_sites);
}

/* pools.c */
bool memprof_mp_has_pools(void);                        /* with MEMPROF_HAS_POOLS */
const struct memprof_pool *memprof_mp_pool(uint32_t i); /* of the board; NULL: there are no more */
bool memprof_mp_send_pools(struct memprof_agent *agent, bool with_descriptions);

#endif
