#include <errno.h>
#include <string.h>

#include "agent/link_private.h"

enum {
	REQUEST_MAX_BYTES = 32, /* of a body without its CRC */
	FRAME_MORE_BYTES = 4,   /* delimiters, COBS, mask */
};

/* A body under construction. */
struct agent_request {
	uint8_t body[WIRE_BODY_MAX_BYTES];
	size_t n_bytes;
};

/* False: not added, no room. */
static bool request_varint(struct agent_request *q, uint64_t value)
{
	uint8_t bytes[10];
	size_t n = 0;

	do {
		bytes[n++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value);
	if (n > REQUEST_MAX_BYTES - q->n_bytes)
		return false;
	memcpy(q->body + q->n_bytes, bytes, n);
	q->n_bytes += n;
	return true;
}

/* A prompt on Ctrl-A to Ctrl-E, and a running program on one of them; MicroPython's unix port on LF; a terminal in raw
 * mode on CR, on Ctrl-Q and Ctrl-S (flow control), and on Ctrl-Z and Ctrl-\ (signals). */
static bool console_acts_on(uint8_t byte)
{
	static const char bytes[] = "\1\2\3\4\5\n\r\x11\x13\x1a\x1c";

	return byte && strchr(bytes, byte);
}

static bool is_clean(const uint8_t *bytes, size_t n_bytes, uint8_t mask)
{
	bool clean = true;

	for (size_t i = 0; i < n_bytes && clean; i++)
		clean = bytes[i] != mask && !console_acts_on(bytes[i] ^ mask);
	return clean;
}

/* Puts a mask in front and applies it, if one is needed. The number of bytes; 0: no mask will do. */
static size_t mask_bytes(uint8_t *bytes, size_t n_bytes)
{
	unsigned mask = WIRE_MASKED;

	if (is_clean(bytes, n_bytes, 0))
		return n_bytes;
	while (mask <= 0xff && !is_clean(bytes, n_bytes, (uint8_t)mask))
		mask++;
	if (mask > 0xff)
		return 0;
	for (size_t i = n_bytes; i > 0; i--)
		bytes[i] = bytes[i - 1] ^ (uint8_t)mask;
	bytes[0] = (uint8_t)mask;
	return n_bytes + 1;
}

/* The frame without its delimiters. Another sequence has another CRC, so a mask is found in the end, but for a body of
 * so many different bytes that none can be: 0. */
static size_t encode(struct agent_requests *r, const struct crc32 *crc, struct agent_request *q, uint8_t *ret)
{
	enum { TRIES = 64 };
	size_t n = 0;

	for (int i = 0; i < TRIES && n == 0; i++, r->sequence++) {
		size_t n_body = q->n_bytes;
		q->body[1] = r->session;
		q->body[2] = (uint8_t)r->sequence;
		q->body[3] = (uint8_t)(r->sequence >> 8);
		uint32_t sum = crc32_add(crc, 0, q->body, n_body);
		for (int k = 0; k < WIRE_CRC_BYTES; k++)
			q->body[n_body++] = (uint8_t)(sum >> 8 * k);
		n = mask_bytes(ret, cobs_encode(q->body, n_body, ret));
	}
	return n;
}

/* -EBUSY if the outbox is full, or no mask fits. */
static int add_request(struct agent_requests *r, const struct crc32 *crc, struct agent_request *q)
{
	if (q->n_bytes + WIRE_CRC_BYTES + FRAME_MORE_BYTES > sizeof(r->outbox) - r->n_outbox)
		return -EBUSY;
	uint8_t *at = r->outbox + r->n_outbox;
	size_t n = encode(r, crc, q, at + 1);
	if (n == 0)
		return -EBUSY;
	at[0] = at[1 + n] = 0;
	r->n_outbox += n + 2;
	return 0;
}

void agent_requests_sent(struct agent_requests *r, size_t n_bytes)
{
	memmove(r->outbox, r->outbox + n_bytes, r->n_outbox - n_bytes);
	r->n_outbox -= n_bytes;
}

int agent_requests_rows(struct agent_requests *r, const struct crc32 *crc, uint8_t pool, const struct agent_table *t)
{
	struct agent_request q = { { WIRE_ASK_ROWS }, WIRE_HEAD_BYTES };
	uint32_t end;

	q.body[q.n_bytes++] = pool;
	for (uint32_t i = 0; i < t->n_areas; i++) {
		const uint8_t *states = t->states + t->areas[i].first_row;
		for (uint32_t row = 0; row < t->areas[i].n_rows; row = end) {
			for (end = row + 1; end < t->areas[i].n_rows && states[end] == states[row]; end++)
				;
			size_t n_before = q.n_bytes;
			if (states[row] != ROW_UNKNOWN)
				continue;
			if (!request_varint(&q, i) || !request_varint(&q, row) || !request_varint(&q, end - row)) {
				q.n_bytes = n_before;
				return add_request(r, crc, &q);
			}
		}
	}
	return add_request(r, crc, &q);
}

/* ---- requests of a link ---- */

bool agent_link_takes_requests(const struct agent_link *link)
{
	if (!link->has_hello)
		return link->can_send && link->takes_requests;
	return link->can_send && !link->hello.refused && (link->hello.abilities & WIRE_TAKES_REQUESTS);
}

/* What an agent that was stopped does not take, a prompt or a program would: after some requests without a frame of the
 * board, there are no more until one comes. The values are varints. */
static int ask(struct agent_link *link, uint8_t type, size_t n_values, const uint64_t *values)
{
	enum { UNANSWERED_MAX = 2 };
	struct agent_request q = { { type }, WIRE_HEAD_BYTES };

	if (!agent_link_takes_requests(link))
		return -ENOTSUP;
	if (link->n_unanswered >= UNANSWERED_MAX)
		return -EBUSY;
	for (size_t i = 0; i < n_values; i++)
		request_varint(&q, values[i]);
	int r = add_request(&link->requests, &link->lookup.crc, &q);
	link->n_unanswered += r == 0;
	return r;
}

int agent_link_ask_hello(struct agent_link *link) { return ask(link, WIRE_ASK_HELLO, 0, NULL); }

int agent_link_ask_snapshot(struct agent_link *link, bool key)
{
	return ask(link, WIRE_ASK_SNAPSHOT, 1, (uint64_t[]){ key ? WIRE_KEY : 0 });
}

int agent_link_ask_period(struct agent_link *link, uint32_t period_ms)
{
	return ask(link, WIRE_SET_PERIOD, 1, (uint64_t[]){ period_ms });
}

int agent_link_ask_memory(struct agent_link *link, uint64_t address, uint32_t n_bytes)
{
	int r = ask(link, WIRE_READ, 2, (uint64_t[]){ address, n_bytes });

	link->n_reads += r == 0 ? (n_bytes + WIRE_MEMORY_MAX_BYTES - 1) / WIRE_MEMORY_MAX_BYTES : 0;
	return r;
}

int agent_link_ask_hold(struct agent_link *link, uint32_t hold_ms)
{
	return ask(link, WIRE_HOLD, 1, (uint64_t[]){ hold_ms });
}

int agent_link_ask_sites(struct agent_link *link, uint32_t step_bytes, uint32_t keep_ms)
{
	return ask(link, WIRE_SET_SITES, 2, (uint64_t[]){ step_bytes, keep_ms });
}

int agent_link_ask_name(struct agent_link *link, uint32_t number)
{
	return ask(link, WIRE_ASK_NAME, 1, (uint64_t[]){ number });
}
