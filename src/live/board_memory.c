#include "memprof/live/board_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/live/board_poll.h"
#include "memprof/protocol/peek.h"

enum {
	TRIES = 3,
	PROBE_LEAST_BYTES = 2048, /* the probe itself is 1 kB to send; each question is at most 512 bytes */
};

/* ---- by an agent ---- */

static enum session_outcome read_by_agent(struct board_memory *m, uint64_t address, uint8_t *ret, size_t n_bytes)
{
	enum session_outcome outcome = SESSION_DONE;

	for (size_t i = 0, n; i < n_bytes && outcome == SESSION_DONE; i += n) {
		n = MIN(n_bytes - i, (size_t)SESSION_MEMORY_MAX_BYTES);
		m->address = address + i;
		outcome = session_memory(m->session, m->address, n, ret + i);
	}
	if (outcome != SESSION_TIME && outcome != SESSION_UNABLE)
		return outcome;
	diag_set(&m->diag, -EFAULT,
		 "its agent does not read what is at 0x%" PRIx64 "; it reads the heap, and what its firmware allows",
		 m->address);
	return SESSION_UNABLE;
}

/* ---- by the probe: a few large reads, and all of one moment ---- */

static enum session_outcome read_by_probe(struct board_memory *m, uint64_t address, uint8_t *ret, size_t n_bytes)
{
	enum session_outcome outcome = SESSION_DONE;
	struct diag unused = { 0 };

	if (m->no_probe || m->words || n_bytes < PROBE_LEAST_BYTES)
		return SESSION_UNABLE;
	if (!memory_probe_is_on(&m->probe))
		outcome = memory_probe_begin(&m->probe, m->session, &unused);
	if (outcome == SESSION_DONE && reader_allow(&m->probe.reader, address, n_bytes) < 0)
		outcome = SESSION_UNABLE; /* no address of this board's */
	if (outcome == SESSION_DONE && reader_read(&m->probe.reader, address, n_bytes, ret) < 0)
		outcome = m->probe.outcome;
	m->no_probe = outcome != SESSION_DONE;
	return outcome;
}

/* ---- by expressions ---- */

/* The first way that the board may have; NULL: none is left. */
static const struct peek_way *next_way(const struct board_memory *m)
{
	bool is_linux = strcmp(m->board->platform, "linux") == 0;

	for (size_t i = m->i_way[m->words]; i < n_peek_ways; i++)
		if ((peek_ways[i].anywhere || !is_linux) && (peek_ways[i].step_bytes == 4) == m->words)
			return &peek_ways[i];
	return NULL;
}

/* One question, and again if its answer came mixed with other text, or if there was no room to ask. */
static enum session_outcome ask(struct board_memory *m, const struct peek_way *way, uint64_t address, uint8_t *ret,
				size_t n)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	enum session_outcome outcome = SESSION_UNABLE;

	way->ask(&code, address, n);
	for (unsigned i = 0; i < TRIES; i++) {
		size_t n_answer;
		m->diag = (struct diag){ 0 };
		outcome = session_helper(m->session, strbuf_text(&code));
		if (outcome == SESSION_RAISED && session_raised(m->session, "MemoryError")) {
			session_helper(m->session, board_poll_collect_code);
			continue;
		}
		if (outcome != SESSION_DONE)
			break;
		const char *answer = session_answer(m->session, &n_answer);
		if (way->read(answer, n_answer, ret, n, &m->diag) == 0)
			return SESSION_DONE;
		outcome = SESSION_UNABLE;
	}
	return outcome;
}

static enum session_outcome read_by_peek(struct board_memory *m, uint64_t address, uint8_t *ret, size_t n_bytes)
{
	const struct peek_way *way = next_way(m);
	uint8_t chunk[PEEK_MAX_BYTES];

	for (size_t i = 0; way && i < n_bytes;) {
		size_t n_before = (size_t)((address + i) % way->step_bytes);
		size_t n = MIN(n_bytes - i + n_before, (size_t)way->max_bytes);
		n = (n + way->step_bytes - 1) / way->step_bytes * way->step_bytes;
		m->address = address + i;
		enum session_outcome outcome = ask(m, way, address + i - n_before, chunk, n);
		if (outcome == SESSION_RAISED &&
		    (session_raised(m->session, "ImportError") || session_raised(m->session, "AttributeError"))) {
			m->i_way[m->words] = (size_t)(way - peek_ways) + 1;
			way = next_way(m);
			continue;
		}
		if (outcome != SESSION_DONE)
			return outcome;
		size_t n_new = MIN(n - n_before, n_bytes - i);
		memcpy(ret + i, chunk + n_before, n_new);
		i += n_new;
	}
	if (way)
		return SESSION_DONE;
	diag_set(&m->diag, -ENOTSUP,
		 "this firmware has nothing that reads memory %s (uctypes, machine.mem8, machine.mem32)",
		 m->words ? "32 bits at a time" : "by bytes");
	return SESSION_UNABLE;
}

/* ---- the carrier ---- */

static int carry(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	struct board_memory *m = ctx;

	m->diag = (struct diag){ 0 };
	m->address = address;
	m->any_asked = true;
	if (m->by_agent) {
		m->outcome = read_by_agent(m, address, ret, n_bytes);
	} else {
		m->outcome = read_by_probe(m, address, ret, n_bytes);
		if (m->outcome == SESSION_UNABLE || m->outcome == SESSION_NO_ROOM)
			m->outcome = read_by_peek(m, address, ret, n_bytes);
	}
	return m->outcome == SESSION_DONE ? 0 : -EIO;
}

void board_memory_init(struct board_memory *m, struct session *session, const struct board_info *board, bool by_agent)
{
	*m = (struct board_memory){
		.reader = { .word_bytes = 8, .read = carry, .ctx = m },
		.session = session,
		.board = board,
		.by_agent = by_agent,
	};
}
