#include "memprof/live/probe_carrier.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

enum {
	IN_FLIGHT_BYTES = 192,   /* of commands: stdin's ring holds 256 in most ports */
	PIECE_BYTES = 16 * 1024, /* of one exchange: so a lost byte is found out early */
	HEADER_WORDS = 4,        /* of a bytearray: type, typecode, length, address (py/objarray.h) */
	LINES_MAX = 10000,
};

/* ---- beginning ---- */

static bool raised(const struct probing *p, const char *what)
{
	size_t n;
	const char *traceback = session_traceback(p->session, &n);

	return text_find(traceback, n, what) != NULL;
}

static enum probing_answer answer(struct probing *p, enum session_outcome outcome)
{
	p->outcome = outcome;
	switch (outcome) {
	case SESSION_ANSWERED:
		return PROBING_FINE;
	case SESSION_RAISED:
		return raised(p, "MemoryError") ? PROBING_NO_ROOM : PROBING_NO_WAY;
	case SESSION_DONE:
	case SESSION_TIME:
		return PROBING_DOUBT;
	default:
		return PROBING_OUTCOME;
	}
}

static size_t n_crs_at_end(const char *line, size_t n)
{
	size_t n_crs = 0;

	while (n_crs < n && line[n - 1 - n_crs] == '\r')
		n_crs++;
	return n_crs;
}

/* A LF as memory's come: what stands before it is not memory's. */
static enum probing_answer hear_line_feed(struct probing *p)
{
	const char *line;
	size_t n;
	enum probing_answer ret = answer(p, session_talk_line(p->session, &line, &n));

	if (ret != PROBING_FINE)
		return ret;
	p->n_crs = (unsigned)MIN(n, (size_t)PROBE_CRS_MAX + 1);
	return n == n_crs_at_end(line, n) && n <= PROBE_CRS_MAX ? PROBING_FINE : PROBING_DOUBT;
}

/* What it must print before anything is read. Others may print lines before it. */
static enum probing_answer hear_hello(struct probing *p, struct diag *diag)
{
	for (unsigned i = 0; i < LINES_MAX; i++) {
		const char *line;
		size_t n;
		enum probing_answer ret = answer(p, session_talk_line(p->session, &line, &n));
		if (ret != PROBING_FINE)
			return ret;
		int error = probe_read_hello(line, n - n_crs_at_end(line, n), &p->hello, diag);
		if (error != -ENOENT)
			return error < 0 ? PROBING_NO_WAY : hear_line_feed(p);
	}
	return PROBING_DOUBT;
}

static void put_words(uint8_t *ret, const uint64_t *words, size_t n_words, unsigned word_bytes)
{
	for (size_t i = 0; i < n_words * word_bytes; i++)
		ret[i] = (uint8_t)(words[i / word_bytes] >> 8 * (i % word_bytes));
}

/* While it reads its own header, that says so: type, 1 (BYTEARRAY_TYPECODE), the length and the address that were
 * asked for. Only the type is not known before. */
static enum probing_answer learn_known(struct probing *p, struct diag *diag)
{
	unsigned word = p->hello.word_bytes;
	uint64_t words[HEADER_WORDS] = { 0, 1, (uint64_t)HEADER_WORDS * word, p->hello.id_bytearray };
	char command[PROBE_COMMAND_MAX_BYTES];
	size_t n = (size_t)HEADER_WORDS * word;
	uint8_t heard[sizeof(p->known)];

	size_t n_command = probe_read_command(&p->hello, p->hello.id_bytearray, n, command);
	enum probing_answer ret = answer(p, session_talk(p->session, command, n_command, heard, n, p->n_crs));
	if (ret != PROBING_FINE)
		return ret;
	put_words(p->known, words, HEADER_WORDS, word);
	memcpy(p->known, heard, word);
	uint8_t last = p->known[n - 1];
	if (memcmp(p->known, heard, n) != 0 || last == '\n' || last == '\r') {
		diag_set(diag, -EINVAL, "its bytearray is not as stock firmware has it");
		return PROBING_NO_WAY;
	}
	return PROBING_FINE;
}

static int carry(void *of, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	struct probing *p = of;
	struct probing_read read = { address, n_bytes, ret };
	enum probing_answer got = probing_read(p, &read, 1);

	return got == PROBING_FINE ? 0 : -EIO;
}

enum probing_answer probing_begin(struct probing *p, struct session *session, struct diag *diag)
{
	*p = (struct probing){ .session = session };
	enum probing_answer ret = answer(
		p, session_talk_begin(session, probe_code, probe_end_command, sizeof(probe_end_command)));
	if (ret == PROBING_FINE)
		ret = hear_hello(p, diag);
	if (ret == PROBING_FINE) {
		session_talk_ends(session, (size_t)4 * p->hello.word_bytes + 1);
		p->reader = (struct memory_reader){ .word_bytes = p->hello.word_bytes, .read = carry, .of = p };
		if (reader_allow(&p->reader, p->hello.id_bytearray, (uint64_t)HEADER_WORDS * p->hello.word_bytes) < 0)
			ret = PROBING_NO_WAY;
	}
	if (ret == PROBING_FINE)
		ret = learn_known(p, diag);
	if (ret != PROBING_FINE && !diag->text[0])
		diag_set(diag, -EINVAL,
			 ret == PROBING_NO_WAY ? "its firmware lacks what that needs (uctypes)" :
						 "it did not answer as it should");
	if (ret == PROBING_NO_WAY || ret == PROBING_DOUBT)
		session_talk_end(session);
	return ret;
}

bool probing_is_on(const struct probing *p) { return p->session && session_talks(p->session); }

/* ---- reading ---- */

/* As many commands as may be in flight, and at their end the one whose answer is known. */
struct exchange {
	char out[IN_FLIGHT_BYTES];
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

static enum probing_answer run_exchange(struct probing *p, struct exchange *e, uint8_t *in)
{
	size_t n_known = (size_t)HEADER_WORDS * p->hello.word_bytes;
	size_t n_wanted = e->n_in;

	add_command(e, &p->hello, p->hello.id_bytearray, n_known);
	enum probing_answer ret = answer(p, session_talk(p->session, e->out, e->n_out, in, e->n_in, p->n_crs));
	p->n_bytes += e->n_out + e->n_in;
	if (ret == PROBING_FINE && memcmp(in + n_wanted, p->known, n_known) != 0)
		ret = PROBING_DOUBT;
	if (ret == PROBING_NO_ROOM || ret == PROBING_NO_WAY)
		ret = PROBING_DOUBT; /* it raised: nothing that it sent before is to be believed */
	if (ret == PROBING_DOUBT && session_talks(p->session)) {
		session_talk_drain(p->session);
		session_talk_end(p->session);
	}
	*e = (struct exchange){ .n_out = 0 };
	return ret;
}

enum probing_answer probing_read(struct probing *p, const struct probing_read *reads, size_t n_reads)
{
	enum { ROOM_BYTES = PIECE_BYTES + 4 * 8 };
	const size_t n_command = (size_t)4 * p->hello.word_bytes + 1;
	const size_t n_most = IN_FLIGHT_BYTES / n_command - 1;
	uint8_t in[ROOM_BYTES];
	enum probing_answer ret = PROBING_FINE;

	for (size_t i = 0, i_byte = 0; i < n_reads && ret == PROBING_FINE;) {
		struct exchange e = { .n_out = 0 };
		size_t i_first = i, i_first_byte = i_byte;
		for (size_t n = 0; n < n_most && i < n_reads && e.n_in < PIECE_BYTES; n++) {
			size_t n_piece = MIN(reads[i].n_bytes - i_byte, (size_t)PIECE_BYTES - e.n_in);
			if (!reader_may(&p->reader, reads[i].address, reads[i].n_bytes))
				return PROBING_DOUBT;
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
		for (size_t at = 0, k = i_first, from = i_first_byte; ret == PROBING_FINE && at < n_wanted;
		     k++, from = 0) {
			size_t n = MIN(reads[k].n_bytes - from, n_wanted - at);
			memcpy(reads[k].ret + from, in + at, n);
			at += n;
		}
	}
	return ret;
}

enum probing_answer probing_why(const struct probing *p)
{
	return p->outcome == SESSION_STOPPED || p->outcome == SESSION_GONE || p->outcome == SESSION_RESTARTED ?
		       PROBING_OUTCOME :
		       PROBING_DOUBT;
}

enum probing_answer probing_collect(struct probing *p)
{
	char command[PROBE_COMMAND_MAX_BYTES];
	size_t n = probe_collect_command(&p->hello, command);
	struct exchange e = { .n_out = 0 };
	uint8_t in[sizeof(p->known)];

	memcpy(e.out, command, n);
	e.n_out = n;
	return run_exchange(p, &e, in);
}
