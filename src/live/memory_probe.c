#include "memprof/live/memory_probe.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/protocol/repl.h"

enum {
	IN_FLIGHT_BYTES = 192, /* of commands: stdin's ring holds 256 in most ports; … */
	IN_FLIGHT_MAX_BYTES =
		REPL_OUTBOX_BYTES, /* … an operating system holds more, and only there words have 8 bytes */
	PIECE_BYTES = 16 * 1024,   /* of one exchange: so a lost byte is found out early */
	HEADER_WORDS = 4,          /* of a bytearray: type, typecode, length, address (py/objarray.h) */
	LINES_MAX = 10000,
	MEASURED_BYTES = 4096,
};

/* ---- its first lines ---- */

/* What an outcome of the conversation means. An answer that was not the one asked for: nothing is believed any more. */
static enum session_outcome conclude(struct memory_probe *p, enum session_outcome outcome)
{
	p->outcome = outcome;
	if (outcome == SESSION_ANSWERED)
		return p->outcome = SESSION_DONE;
	if (outcome == SESSION_RAISED)
		p->outcome = session_raised(p->session, "MemoryError") ? SESSION_NO_ROOM : SESSION_UNABLE;
	else if (!session_is_over(outcome))
		p->outcome = SESSION_UNABLE;
	return p->outcome;
}

static size_t n_crs_at_end(const char *line, size_t n)
{
	size_t n_crs = 0;

	while (n_crs < n && line[n - 1 - n_crs] == '\r')
		n_crs++;
	return n_crs;
}

/* A LF as memory's come: what stands before it is not memory's. */
static enum session_outcome hear_line_feed(struct memory_probe *p)
{
	const char *line;
	size_t n;
	enum session_outcome ret = conclude(p, session_talk_line(p->session, &line, &n));

	if (ret != SESSION_DONE)
		return ret;
	p->n_crs = (unsigned)MIN(n, (size_t)PROBE_CRS_MAX + 1);
	return n == n_crs_at_end(line, n) && n <= PROBE_CRS_MAX ? SESSION_DONE : SESSION_UNABLE;
}

/* What it must print before anything is read. Others may print lines before it. */
static enum session_outcome hear_hello(struct memory_probe *p, struct diag *diag)
{
	for (unsigned i = 0; i < LINES_MAX; i++) {
		const char *line;
		size_t n;
		enum session_outcome ret = conclude(p, session_talk_line(p->session, &line, &n));
		if (ret != SESSION_DONE)
			return ret;
		int error = probe_read_hello(line, n - n_crs_at_end(line, n), &p->hello, diag);
		if (error != -ENOENT)
			return error < 0 ? SESSION_UNABLE : hear_line_feed(p);
	}
	return SESSION_UNABLE;
}

static void put_words(uint8_t *ret, const uint64_t *words, size_t n_words, unsigned word_bytes)
{
	for (size_t i = 0; i < n_words * word_bytes; i++)
		ret[i] = (uint8_t)(words[i / word_bytes] >> 8 * (i % word_bytes));
}

/* While it reads its own header, that says so: type, 1 (BYTEARRAY_TYPECODE), the length and the address that were
 * asked for. Only the type is not known before. */
static enum session_outcome learn_known(struct memory_probe *p, struct diag *diag)
{
	unsigned word = p->hello.word_bytes;
	uint64_t words[HEADER_WORDS] = { 0, 1, (uint64_t)HEADER_WORDS * word, p->hello.id_bytearray };
	char command[PROBE_COMMAND_MAX_BYTES];
	size_t n = (size_t)HEADER_WORDS * word;
	uint8_t heard[sizeof(p->known)];

	size_t n_command = probe_read_command(&p->hello, p->hello.id_bytearray, n, command);
	enum session_outcome ret = conclude(p, p->talk(p->session, command, n_command, heard, n, p->n_crs));
	if (ret != SESSION_DONE)
		return ret;
	put_words(p->known, words, HEADER_WORDS, word);
	memcpy(p->known, heard, word);
	uint8_t last = p->known[n - 1];
	if (memcmp(p->known, heard, n) != 0 || last == '\n' || last == '\r') {
		diag_set(diag, -EINVAL, "its bytearray is not as stock firmware has it");
		return SESSION_UNABLE;
	}
	return SESSION_DONE;
}

/* ---- reading ---- */

/* As many commands as may be in flight, and at their end the one whose answer is known. */
struct exchange {
	char out[IN_FLIGHT_MAX_BYTES];
	size_t n_out, n_in;
};

static bool add_command(struct exchange *e, const struct probe_hello *hello, uint64_t address, size_t n_bytes)
{
	char command[PROBE_COMMAND_MAX_BYTES];
	size_t n = probe_read_command(hello, address, n_bytes, command);

	if (e->n_out + n > sizeof(e->out))
		return false;
	memcpy(e->out + e->n_out, command, n);
	e->n_out += n;
	e->n_in += n_bytes;
	return true;
}

static enum session_outcome run_exchange(struct memory_probe *p, struct exchange *e, uint8_t *in)
{
	size_t n_known = (size_t)HEADER_WORDS * p->hello.word_bytes;
	size_t n_wanted = e->n_in;

	add_command(e, &p->hello, p->hello.id_bytearray, n_known);
	enum session_outcome ret = conclude(p, p->talk(p->session, e->out, e->n_out, in, e->n_in, p->n_crs));
	if (ret == SESSION_DONE && memcmp(in + n_wanted, p->known, n_known) != 0)
		ret = SESSION_UNABLE;
	if (ret == SESSION_NO_ROOM)
		ret = SESSION_UNABLE; /* it raised: nothing that it sent before is to be believed */
	if (ret == SESSION_UNABLE && session_talks(p->session)) {
		session_talk_drain(p->session);
		session_talk_end(p->session);
	}
	p->outcome = ret;
	*e = (struct exchange){ .n_out = 0 };
	return ret;
}

/* By how long what was read has taken, once that is enough to tell. */
static bool takes_too_long(const struct memory_probe *p, const struct memory_read *reads, size_t n_reads)
{
	uint64_t passed_us = clock_now_us() - p->begun_us, n_bytes = 0;

	for (size_t i = 0; i < n_reads; i++)
		n_bytes += reads[i].n_bytes;
	if (p->reader.n_bytes >= MEASURED_BYTES)
		passed_us += passed_us * n_bytes / p->reader.n_bytes;
	return p->patience_us > 0 && passed_us > p->patience_us;
}

static int read_batch(void *ctx, const struct memory_read *reads, size_t n_reads)
{
	struct memory_probe *p = ctx;
	enum { ROOM_BYTES = PIECE_BYTES + 4 * 8 };
	const size_t n_command = (size_t)4 * p->hello.word_bytes + 1;
	const size_t n_most = (p->hello.word_bytes == 8 ? IN_FLIGHT_MAX_BYTES : IN_FLIGHT_BYTES) / n_command - 1;
	uint8_t in[ROOM_BYTES];
	enum session_outcome ret = SESSION_DONE;

	if (takes_too_long(p, reads, n_reads))
		return -ETIME;
	for (size_t i = 0, i_byte = 0; i < n_reads && ret == SESSION_DONE;) {
		struct exchange e = { .n_out = 0 };
		size_t i_first = i, i_first_byte = i_byte;
		for (size_t n = 0; n < n_most && i < n_reads && e.n_in < PIECE_BYTES; n++) {
			size_t n_piece = MIN(reads[i].n_bytes - i_byte, (size_t)PIECE_BYTES - e.n_in);
			if (n_piece > 0) /* 0 would be a collection */
				add_command(&e, &p->hello, reads[i].address + i_byte, n_piece);
			i_byte += n_piece;
			if (i_byte == reads[i].n_bytes) {
				i++;
				i_byte = 0;
			}
		}
		size_t n_wanted = e.n_in;
		ret = run_exchange(p, &e, in);
		for (size_t at = 0, k = i_first, from = i_first_byte; ret == SESSION_DONE && at < n_wanted;
		     k++, from = 0) {
			size_t n = MIN(reads[k].n_bytes - from, n_wanted - at);
			memcpy(reads[k].ret + from, in + at, n);
			at += n;
		}
	}
	return ret == SESSION_DONE ? 0 : -EIO;
}

static int read_one(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	return read_batch(ctx, &(struct memory_read){ address, n_bytes, ret }, 1);
}

enum session_outcome memory_probe_collect(struct memory_probe *p)
{
	char command[PROBE_COMMAND_MAX_BYTES];
	size_t n = probe_collect_command(&p->hello, command);
	struct exchange e = { .n_out = 0 };
	uint8_t in[sizeof(p->known)];

	memcpy(e.out, command, n);
	e.n_out = n;
	return run_exchange(p, &e, in);
}

/* ---- beginning and end ---- */

static enum session_outcome make_reader(struct memory_probe *p, struct diag *diag)
{
	p->reader = (struct memory_reader){
		.word_bytes = p->hello.word_bytes, .read = read_one, .read_batch = read_batch, .ctx = p
	};
	if (reader_allow(&p->reader, p->hello.id_bytearray, (uint64_t)HEADER_WORDS * p->hello.word_bytes) < 0)
		return SESSION_UNABLE;
	return learn_known(p, diag);
}

enum session_outcome memory_probe_enter(struct memory_probe *p, struct session *session,
					const struct probe_hello *hello, unsigned n_crs, struct diag *diag)
{
	*p = (struct memory_probe){ .session = session, .talk = session_filter_talk, .hello = *hello, .n_crs = n_crs };
	return p->outcome = make_reader(p, diag);
}

void memory_probe_leave(struct memory_probe *p, uint64_t address)
{
	char command[PROBE_COMMAND_MAX_BYTES], end;
	size_t n = probe_read_command(&p->hello, address, 0, command);

	p->talk(p->session, command, n, &end, 1, 0);
}

enum session_outcome memory_probe_begin(struct memory_probe *p, struct session *session, struct diag *diag)
{
	*p = (struct memory_probe){ .session = session, .talk = session_talk };
	enum session_outcome ret = conclude(
		p, session_talk_begin(session, probe_code, probe_end_command, sizeof(probe_end_command)));
	if (ret == SESSION_DONE)
		ret = hear_hello(p, diag);
	if (ret == SESSION_DONE) {
		session_talk_ends(session, (size_t)4 * p->hello.word_bytes + 1);
		ret = make_reader(p, diag);
	}
	size_t n_traceback;
	session_traceback(session, &n_traceback);
	bool is_raised = n_traceback > 0 && !session_talks(session);
	if (ret == SESSION_UNABLE && !diag->text[0])
		diag_set(diag, -EINVAL,
			 is_raised ? "its firmware lacks what that needs (uctypes)" : "it did not answer as it should");
	if (ret == SESSION_UNABLE)
		session_talk_end(session);
	p->begun_us = clock_now_us();
	return p->outcome = ret;
}

void memory_probe_end(struct memory_probe *p)
{
	if (memory_probe_is_on(p))
		session_talk_end(p->session);
}

bool memory_probe_is_on(const struct memory_probe *p) { return p->session && session_talks(p->session); }
