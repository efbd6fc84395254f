#include "memprof/live/gdb_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/io/clock.h"

enum {
	ANSWER_US = 3000000,
	HALT_US = 5000000, /* a target behind a probe may sleep */
	AGAIN_US = 500000,
	XML_MAX_BYTES = 1 << 16,
	XML_PIECE_BYTES = 1024,
	STRAY_MAX = 64, /* packets that nobody asked for, while one is awaited */
};

/* ---- bytes ---- */

static int gone(struct gdb_memory *m)
{
	return diag_at(&m->diag, (struct place){ .file = source_name(m->source) }, -EPIPE,
		       "the GDB server closed the connection; does another debugger hold it?");
}

static int timed_out(struct gdb_memory *m, const char *what)
{
	return diag_at(&m->diag, (struct place){ .file = source_name(m->source) }, -ETIMEDOUT,
		       "no answer to %s; is that a GDB server, and no other debugger connected?", what);
}

static int wait_for(struct gdb_memory *m, short events, uint64_t until_us, const char *what)
{
	struct pollfd fd = { source_fd(m->source), events, 0 };

	while (!fd.revents) {
		if (clock_now_us() >= until_us)
			return timed_out(m, what);
		stop_signals_poll(m->stop, &fd, NULL, until_us, true);
		if (stop_requested())
			return -EINTR;
	}
	return 0;
}

static int flush(struct gdb_memory *m, uint64_t until_us, const char *what)
{
	while (m->gdb.n_out > 0) {
		ssize_t n = source_write(m->source, m->gdb.out, m->gdb.n_out);
		if (n == -EPIPE)
			return gone(m);
		if (n < 0 && n != -EAGAIN)
			return diag_set(&m->diag, (int)n, "cannot send: %s", strerror((int)-n));
		if (n > 0)
			gdb_sent(&m->gdb, (size_t)n);
		int error = n > 0 ? 0 : wait_for(m, POLLOUT, until_us, what);
		if (error < 0)
			return error;
	}
	return 0;
}

static int receive(struct gdb_memory *m, uint64_t until_us, const char *what)
{
	ssize_t n = source_read(m->source, m->in, sizeof(m->in));

	if (n == -EAGAIN) {
		int error = wait_for(m, POLLIN, until_us, what);
		if (error < 0)
			return error;
		n = source_read(m->source, m->in, sizeof(m->in));
	}
	if (n == 0)
		return gone(m);
	m->i_in = 0;
	m->n_in = n > 0 ? (size_t)n : 0;
	return n < 0 && n != -EAGAIN ? diag_set(&m->diag, (int)n, "cannot read: %s", strerror((int)-n)) : 0;
}

/* The next packet that is what is awaited; others are put aside. */
static int await(struct gdb_memory *m, enum gdb_event wanted, uint64_t until_us, const char *what)
{
	unsigned n_stray = 0;
	int error = flush(m, until_us, what);

	while (error == 0) {
		enum gdb_event event;
		if (m->i_in == m->n_in) {
			error = receive(m, until_us, what);
			continue;
		}
		m->i_in += gdb_feed(&m->gdb, m->in + m->i_in, m->n_in - m->i_in, &event);
		if (event == GDB_DAMAGED || event == GDB_TOO_LONG)
			return diag_at(&m->diag, (struct place){ .file = source_name(m->source) }, -EPROTO,
				       "the answer to %s is %s; is that a GDB server?", what,
				       event == GDB_DAMAGED ? "damaged" : "too long");
		if (event == wanted)
			return 0;
		/* Also while bytes keep coming: then nothing waits. */
		if (stop_requested())
			return -EINTR;
		if (clock_now_us() >= until_us)
			return timed_out(m, what);
		if (event != GDB_MORE && ++n_stray > STRAY_MAX)
			return diag_at(&m->diag, (struct place){ .file = source_name(m->source) }, -EPROTO,
				       "other packets than an answer to %s", what);
		error = flush(m, until_us, what); /* of what is put aside, or sent again */
	}
	return error;
}

/* The answer to a request that a request to stop left unanswered comes before this one's. */
static int ask(struct gdb_memory *m, const char *request)
{
	int error = 0;

	gdb_request(&m->gdb, request);
	for (m->n_unanswered++; m->n_unanswered > 0 && error == 0; m->n_unanswered -= error == 0)
		error = await(m, GDB_REPLY, clock_now_us() + ANSWER_US, request);
	return error;
}

/* ---- memory ---- */

static int read_memory(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	struct gdb_memory *m = ctx;
	size_t n_max = gdb_read_bytes(&m->features);
	uint8_t bytes[GDB_READ_MAX_BYTES];

	for (size_t i = 0, n; i < n_bytes; i += n) {
		char request[GDB_REQUEST_MAX_BYTES];
		size_t n_wanted = MIN(n_bytes - i, n_max);
		snprintf(request, sizeof(request), "m%" PRIx64 ",%zx", address + i, n_wanted);
		int error = ask(m, request);
		if (error < 0)
			return error;
		if (gdb_is_error(&m->gdb))
			return diag_set(&m->diag, -EFAULT, "the GDB server refuses to read %zu bytes at 0x%" PRIx64,
					n_wanted, address + i);
		n = gdb_read_hex(&m->gdb, bytes, n_wanted);
		if (n == 0)
			return diag_set(&m->diag, -EPROTO, "the answer to %s is no memory", request);
		memcpy(ret + i, bytes, n);
	}
	return 0;
}

/* ---- halting ---- */

/* Breakpoints are set while it is halted. */
static void note_run(struct gdb_memory *m, bool runs)
{
	if (m->n_breaks > 0)
		source_runs(m->source, runs);
}

/* The next stop, which is remembered. Who waits for it again after -ETIMEDOUT clears diag. */
static int await_stop(struct gdb_memory *m, uint64_t until_us, const char *what)
{
	int error = await(m, GDB_STOP, until_us, what);

	m->since_us = clock_now_us();
	if (error < 0)
		return error;
	note_run(m, false);
	gdb_read_stop(&m->gdb, &m->stop_of);
	if (!m->stop_of.has_ended)
		return 0;
	return diag_set(&m->diag, -EPROTO,
			m->was_halted ? "the program there has ended" :
					"the GDB server has no target: is one attached?");
}

/* QEMU halts when it is connected to, and then takes no notice of a Ctrl-C. Others do not, and say all the same that it
 * is halted. Only a process is known to be, and would get a SIGINT later. */
static int halt_first(struct gdb_memory *m)
{
	gdb_request(&m->gdb, "?");
	if (!m->features.is_process)
		gdb_interrupt(&m->gdb);
	int error = await_stop(m, clock_now_us() + HALT_US, "a request to halt");
	m->was_halted = error == 0;
	return error;
}

/* A process gets the signal that it has stopped for: threads of MicroPython wait for theirs. */
static void request_to_go_on(struct gdb_memory *m)
{
	const struct gdb_stop *stop = &m->stop_of;
	bool is_theirs = m->features.is_process && stop->signal && stop->signal != GDB_SIGNAL_INTERRUPT &&
			 stop->signal != GDB_SIGNAL_TRAP;
	char request[GDB_REQUEST_MAX_BYTES];

	if (!is_theirs)
		snprintf(request, sizeof(request), "%s", m->features.vcont ? "vCont;c" : "c");
	else if (m->features.vcont && stop->thread[0])
		snprintf(request, sizeof(request), "vCont;C%02x:%s;c", stop->signal, stop->thread);
	else
		snprintf(request, sizeof(request), "%s%02x", m->features.vcont ? "vCont;C" : "C", stop->signal);
	gdb_request(&m->gdb, request);
	m->stop_of = (struct gdb_stop){ 0 };
}

/* It was halted until now. */
static void count_halt(struct gdb_memory *m) { m->halted_us += clock_now_us() - m->since_us; }

/* It may run already if this is interrupted. */
static int go_on(struct gdb_memory *m)
{
	request_to_go_on(m);
	count_halt(m);
	int error = flush(m, clock_now_us() + ANSWER_US, "a request to go on");
	note_run(m, true);
	return error;
}

/* A process that had stopped at something else before has the SIGINT still to come, and would get it when it is left.
 */
static int take_signal(struct gdb_memory *m)
{
	int error = 0;

	for (unsigned i = 0;
	     i < STRAY_MAX && error == 0 && m->features.is_process && m->stop_of.signal != GDB_SIGNAL_INTERRUPT; i++) {
		error = go_on(m);
		if (error == 0)
			error = await_stop(m, clock_now_us() + HALT_US, "a request to halt");
	}
	return error;
}

/* A stop cuts nothing short: a target that runs is not left to itself. A request to halt is repeated, as rp2040js
 * misses one that it reads together with the request before; a process would get the second one later. */
static int halt(struct gdb_memory *m, bool is_asked)
{
	int error = 0;

	gdb_interrupt(&m->gdb);
	for (unsigned i = 0; i < HALT_US / AGAIN_US; i++) {
		m->diag = (struct diag){ .text = "" };
		error = await_stop(m, clock_now_us() + AGAIN_US, "a request to halt");
		is_asked |= error == -EINTR;
		if (error != -EINTR && error != -ETIMEDOUT)
			break;
		if (error == -ETIMEDOUT && !m->features.is_process)
			gdb_interrupt(&m->gdb);
	}
	if (error == 0)
		error = take_signal(m);
	return error == 0 && is_asked ? -EINTR : error;
}

int gdb_memory_run_briefly(struct gdb_memory *m, uint64_t run_us)
{
	int error = go_on(m);

	if (error == 0)
		stop_signals_sleep(m->stop, clock_now_us() + run_us);
	m->since_us = clock_now_us();
	return error < 0 && error != -EINTR ? error : halt(m, error == -EINTR || stop_requested());
}

int gdb_memory_run_until(struct gdb_memory *m, uint64_t until_us)
{
	int error = go_on(m);

	if (error == 0)
		error = await_stop(m, until_us, "a request to go on");
	return error == -ETIMEDOUT || error == -EINTR ? halt(m, error == -EINTR) : error;
}

int gdb_memory_step(struct gdb_memory *m)
{
	const char *thread = m->features.vcont ? m->stop_of.thread : "";
	char request[GDB_REQUEST_MAX_BYTES];

	snprintf(request, sizeof(request), "%s%s%s", m->features.vcont ? "vCont;s" : "s", thread[0] ? ":" : "", thread);
	gdb_request(&m->gdb, request);
	count_halt(m);
	int error = await_stop(m, clock_now_us() + HALT_US, "a request to step");
	return error == -ETIMEDOUT || error == -EINTR ? halt(m, error == -EINTR) : error;
}

/* Whether its removal is not what would be undone already (source_undo). */
static bool is_new_break(struct gdb_memory *m, uint64_t address)
{
	for (size_t i = 0; i < m->n_breaks; i++)
		if (m->breaks[i] == address)
			return false;
	m->n_breaks = MIN(m->n_breaks + 1, (size_t)SOURCE_UNDO_MAX);
	m->breaks[m->n_breaks - 1] = address;
	return true;
}

int gdb_memory_break(struct gdb_memory *m, uint64_t address, bool is_set)
{
	char request[GDB_REQUEST_MAX_BYTES];
	enum { SET = 'Z', REMOVE = 'z' };

	snprintf(request, sizeof(request), "%c1,%" PRIx64 ",%x", REMOVE, address, m->processor.breakpoint_bytes);
	if (is_set) {
		if (is_new_break(m, address))
			source_undo(m->source, request);
		request[0] = SET;
	}
	int error = ask(m, request);
	if (error < 0 || gdb_is(&m->gdb, "OK"))
		return error;
	if (m->gdb.n_reply == 0)
		return diag_set(&m->diag, -ENOTSUP, "the GDB server sets no breakpoints of the processor");
	if (!is_set)
		return diag_set(&m->diag, -EBUSY, "the GDB server does not remove the breakpoint at 0x%" PRIx64,
				address);
	return diag_set(&m->diag, -EBUSY,
			"the GDB server refuses a breakpoint at 0x%" PRIx64 ": does the processor have one left?",
			address);
}

void gdb_memory_no_breaks(struct gdb_memory *m)
{
	source_undo(m->source, NULL);
	m->n_breaks = 0;
}

/* ---- what the server knows ---- */

/* A document in pieces. Empty: the server has none. */
static int read_document(struct gdb_memory *m, const char *what, struct strbuf *ret)
{
	bool is_last = false;

	while (!is_last) {
		char request[GDB_REQUEST_MAX_BYTES];
		const char *piece;
		size_t n;
		snprintf(request, sizeof(request), "qXfer:%s:%zx,%x", what, ret->n_bytes, XML_PIECE_BYTES);
		int error = ask(m, request);
		if (error < 0)
			return error;
		if (!gdb_read_piece(&m->gdb, &piece, &n, &is_last)) {
			strbuf_reset(ret);
			return 0;
		}
		if (ret->n_bytes + n > XML_MAX_BYTES || (n == 0 && !is_last))
			return diag_set(&m->diag, -EPROTO, "the answer to %s does not end", request);
		strbuf_add(ret, piece, n);
	}
	return strbuf_error(ret);
}

static int read_processor(struct gdb_memory *m)
{
	struct strbuf xml CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int error = m->features.target_xml ? read_document(m, "features:read:target.xml", &xml) : 0;

	m->has_processor = error == 0 && gdb_read_processor(strbuf_text(&xml), xml.n_bytes, &m->processor);
	return error;
}

int gdb_memory_map(struct gdb_memory *m, struct gdb_range ret[GDB_RANGES_MAX], size_t *ret_n)
{
	struct strbuf xml CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int error = m->features.memory_map ? read_document(m, "memory-map:read:", &xml) : 0;

	*ret_n = error == 0 ? gdb_read_memory_map(strbuf_text(&xml), xml.n_bytes, ret) : 0;
	return error;
}

int gdb_memory_entry(struct gdb_memory *m, unsigned word_bytes, uint64_t *ret)
{
	enum { AT_ENTRY = 9 }; /* of the auxiliary vector (elf.h) */
	struct strbuf bytes CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int error = m->features.is_process ? read_document(m, "auxv:read:", &bytes) : 0;
	uint64_t pair[2];

	*ret = NOT_KNOWN;
	for (size_t i = 0; error == 0 && i + 2 * (size_t)word_bytes <= bytes.n_bytes; i += 2 * (size_t)word_bytes) {
		reader_words(word_bytes, (const uint8_t *)strbuf_text(&bytes) + i, 2, pair);
		if (pair[0] == AT_ENTRY)
			*ret = pair[1];
	}
	return error;
}

int gdb_memory_registers(struct gdb_memory *m, unsigned word_bytes, uint64_t *ret, size_t n_max, size_t *ret_n)
{
	uint8_t bytes[GDB_REPLY_MAX_BYTES / 2];
	int error = ask(m, "g");

	*ret_n = 0;
	if (error < 0 || gdb_is_error(&m->gdb))
		return error;
	size_t n_words = gdb_read_hex(&m->gdb, bytes, sizeof(bytes)) / word_bytes;
	*ret_n = MIN(n_words, n_max);
	reader_words(word_bytes, bytes, *ret_n, ret);
	return 0;
}

/* ---- beginning and end ---- */

static int introduce(struct gdb_memory *m)
{
	int error = ask(m, "qSupported:multiprocess-;swbreak-;hwbreak-;vContSupported+");

	if (error < 0)
		return error;
	gdb_read_features(&m->gdb, &m->features);
	if (m->features.multiprocess)
		source_detaches(m->source);
	if (m->features.no_ack_mode)
		error = ask(m, "QStartNoAckMode");
	m->gdb.no_acks = error == 0 && m->features.no_ack_mode && gdb_is(&m->gdb, "OK");
	return error;
}

int gdb_memory_open(struct gdb_memory *m, const char *uri)
{
	*m = (struct gdb_memory){ .reader = { .word_bytes = 4, .read = read_memory, .ctx = m } };
	m->stop = stop_signals_new(NULL);
	if (m->stop)
		stop_signals_hold_suspension(m->stop);
	int error = m->stop ? source_open(uri, &m->source, &m->diag) : -ENOMEM;
	if (error == 0)
		error = introduce(m);
	if (error == 0)
		error = halt_first(m);
	return error < 0 ? error : read_processor(m);
}

bool gdb_memory_close(struct gdb_memory *m)
{
	bool goes_on = !m->source || source_detach(m->source);

	if (m->since_us)
		m->halted_us += clock_now_us() - m->since_us;
	stop_signals_free(m->stop);
	m->source = NULL;
	m->stop = NULL;
	m->since_us = 0;
	return goes_on;
}
