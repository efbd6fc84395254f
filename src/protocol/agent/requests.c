#include "agent/requests.h"

#include <errno.h>
#include <string.h>

#include "agent/link_private.h"

enum {
	REQUEST_MAX_BYTES = 60, /* of a body without its CRC */
	FRAME_MORE_BYTES = 4,   /* delimiters, COBS, mask */
};

/* A body under construction. */
struct agent_request {
	uint8_t body[WIRE_BODY_MAX_BYTES];
	size_t n_bytes;
};

static void request_begin(struct agent_request *q, uint8_t type)
{
	q->body[0] = type;
	q->n_bytes = WIRE_HEAD_BYTES;
}

static void request_u8(struct agent_request *q, uint8_t value) { q->body[q->n_bytes++] = value; }

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

/* Bytes that consoles act on before an agent sees them: Ctrl-C; MicroPython's unix port makes a CR of an LF. */
static bool is_taken(uint8_t byte) { return byte == 3 || byte == '\n'; }

static bool is_clean(const uint8_t *bytes, size_t n_bytes, uint8_t mask)
{
	bool clean = true;

	for (size_t i = 0; i < n_bytes && clean; i++)
		clean = bytes[i] != mask && !is_taken(bytes[i] ^ mask);
	return clean;
}

/* Makes room for a mask in front and applies it, if one is needed. Returns the number of bytes. One of 128 masks will
 * do for any 42 bytes from 0x80 on; rows are asked for in frames of at most twice as many. */
static size_t mask_bytes(uint8_t *bytes, size_t n_bytes)
{
	unsigned mask = WIRE_MASKED;

	if (is_clean(bytes, n_bytes, 0))
		return n_bytes;
	while (mask < 0xff && !is_clean(bytes, n_bytes, (uint8_t)mask))
		mask++;
	for (size_t i = n_bytes; i > 0; i--)
		bytes[i] = bytes[i - 1] ^ (uint8_t)mask;
	bytes[0] = (uint8_t)mask;
	return n_bytes + 1;
}

/* -EBUSY if the outbox is full. */
static int add_request(struct agent_requests *r, const struct crc32 *crc, struct agent_request *q)
{
	if (q->n_bytes + WIRE_CRC_BYTES + FRAME_MORE_BYTES > sizeof(r->outbox) - r->n_outbox)
		return -EBUSY;
	q->body[1] = r->session;
	q->body[2] = (uint8_t)r->sequence;
	q->body[3] = (uint8_t)(r->sequence >> 8);
	r->sequence++;
	uint32_t sum = crc32_add(crc, 0, q->body, q->n_bytes);
	for (int i = 0; i < WIRE_CRC_BYTES; i++)
		q->body[q->n_bytes++] = (uint8_t)(sum >> 8 * i);
	uint8_t *at = r->outbox + r->n_outbox;
	*at++ = 0;
	at += mask_bytes(at, cobs_encode(q->body, q->n_bytes, at));
	*at++ = 0;
	r->n_outbox = (size_t)(at - r->outbox);
	return 0;
}

void agent_requests_sent(struct agent_requests *r, size_t n_bytes)
{
	memmove(r->outbox, r->outbox + n_bytes, r->n_outbox - n_bytes);
	r->n_outbox -= n_bytes;
}

int agent_requests_rows(struct agent_requests *r, const struct crc32 *crc, uint8_t pool, const struct agent_table *t)
{
	struct agent_request q;
	uint32_t end;

	request_begin(&q, WIRE_ASK_ROWS);
	request_u8(&q, pool);
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
		return link->can_send && link->hears;
	return link->can_send && !link->hello.refused && (link->hello.abilities & WIRE_TAKES_REQUESTS);
}

static int ask(struct agent_link *link, struct agent_request *q)
{
	return agent_link_takes_requests(link) ? add_request(&link->requests, &link->lookup.crc, q) : -ENOTSUP;
}

int agent_link_ask_hello(struct agent_link *link)
{
	struct agent_request q;

	request_begin(&q, WIRE_ASK_HELLO);
	return ask(link, &q);
}

int agent_link_ask_snapshot(struct agent_link *link, bool key)
{
	struct agent_request q;

	request_begin(&q, WIRE_ASK_SNAPSHOT);
	request_u8(&q, key ? WIRE_KEY : 0);
	return ask(link, &q);
}

int agent_link_ask_period(struct agent_link *link, uint32_t period_ms)
{
	struct agent_request q;

	request_begin(&q, WIRE_SET_PERIOD);
	request_varint(&q, period_ms);
	return ask(link, &q);
}

int agent_link_ask_memory(struct agent_link *link, uint64_t address, uint32_t n_bytes)
{
	struct agent_request q;

	request_begin(&q, WIRE_READ);
	request_varint(&q, address);
	request_varint(&q, n_bytes);
	int r = ask(link, &q);
	link->n_reads += r == 0;
	return r;
}
