#include "memprof/live/agent_memory.h"

#include <errno.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/wire.h"

static int read_held(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	struct agent_memory *m = ctx;

	m->outcome = SESSION_DONE;
	for (size_t i = 0, n; i < n_bytes && m->outcome == SESSION_DONE; i += n) {
		n = MIN(n_bytes - i, (size_t)SESSION_HELD_MEMORY_BYTES);
		m->address = address + i;
		m->outcome = session_memory(m->session, m->address, n, ret + i);
	}
	return m->outcome == SESSION_DONE ? 0 : m->outcome == SESSION_UNABLE ? -EFAULT : -EIO;
}

enum session_outcome agent_memory_begin(struct agent_memory *m, struct session *session)
{
	*m = (struct agent_memory){
		.reader = { .word_bytes = session_agent_word_bytes(session), .read = read_held, .ctx = m },
		.session = session,
	};
	m->outcome = session_hold(session, WIRE_HOLD_MAX_MS, &m->held);
	m->began_us = clock_now_us();
	return m->outcome;
}

bool agent_memory_end(struct agent_memory *m, uint64_t *ret_held_us)
{
	struct agent_held held;
	enum session_outcome outcome = session_hold(m->session, 0, &held);

	*ret_held_us = clock_now_us() - m->began_us;
	return outcome == SESSION_DONE && held.number == m->held.number;
}
