/* Questions to an agent whose answer is waited for: memory, and to hold the program still. */
#include <errno.h>

#include "backend.h"
#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/wire.h"

enum { ANSWER_TRIES = 4, ANSWER_US = 500000, HELD_ANSWER_US = WIRE_HOLD_MAX_MS * 1000 / 3 };

/* What came in parts, but for its end, is asked for from there on. */
enum session_outcome session_memory(struct session *s, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	struct repl_session *r = &s->repl;
	enum session_outcome outcome = SESSION_TIME;
	uint64_t try_us = r->is_held ? HELD_ANSWER_US : ANSWER_US; /* a standstill ends by itself */

	r->memory.waits = true;
	r->memory.address = address;
	r->memory.n_bytes = n_bytes;
	r->memory.n_done = 0;
	r->memory.ret = ret;
	for (unsigned n_tries = 0; outcome == SESSION_TIME && n_tries < ANSWER_TRIES;) {
		size_t n_asked = r->memory.n_done, n_before;
		if (agent_link_ask_memory(r->link, address + n_asked, (uint32_t)(n_bytes - n_asked)) == -ENOTSUP)
			break;
		do {
			n_before = r->memory.n_done;
			outcome = session_loop(s, clock_now_us() + try_us, true);
		} while (outcome == SESSION_TIME && r->memory.n_done > n_before);
		n_tries = r->memory.n_done > n_asked ? 0 : n_tries + 1;
	}
	r->memory.waits = false;
	return outcome;
}

enum session_outcome session_hold(struct session *s, uint32_t hold_ms, struct agent_held *ret)
{
	enum session_outcome outcome = SESSION_TIME;

	s->repl.held = ret;
	for (unsigned i = 0; i < ANSWER_TRIES && outcome == SESSION_TIME; i++)
		if (agent_link_ask_hold(s->repl.link, hold_ms) != -ENOTSUP)
			outcome = session_loop(s, clock_now_us() + (hold_ms ? ANSWER_US : HELD_ANSWER_US), true);
	s->repl.held = NULL;
	s->repl.is_held = hold_ms > 0 && outcome == SESSION_DONE;
	return outcome;
}
