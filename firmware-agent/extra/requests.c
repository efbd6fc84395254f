/* What the host asks for. Nothing that it says is believed: sizes are checked, memory is read only where the port lets
 * it. */
#include "memprof/extra.h"

#include <string.h>

#include "memprof/frame.h"
#include "memprof/memprof_config.h"

/* The payload of a request. */
struct payload {
	const uint8_t *at, *end;
	bool failed;
};

static uint8_t read_u8(struct payload *in)
{
	if (in->at == in->end) {
		in->failed = true;
		return 0;
	}
	return *in->at++;
}

static uintptr_t read_varint(struct payload *in)
{
	uintptr_t value = 0;
	uint8_t byte = 0x80;

	for (uint32_t shift = 0; byte & 0x80; shift += 7) {
		byte = read_u8(in);
		if (shift >= 8 * sizeof(value) || (uintptr_t)(byte & 0x7f) << shift >> shift != (byte & 0x7f))
			in->failed = true;
		if (in->failed)
			return 0;
		value |= (uintptr_t)(byte & 0x7f) << shift;
	}
	return value;
}

static void on_hello(struct memprof_requests *requests, struct payload *in)
{
	(void)in;
	memprof_hello(requests->agent);
}

static void on_snapshot(struct memprof_requests *requests, struct payload *in)
{
	bool key = read_u8(in) & WIRE_KEY;

	if (in->failed)
		return;
	if (requests->snapshot)
		requests->snapshot(requests->agent, key);
	else
		memprof_snapshot(requests->agent, key);
}

/* Those of other pools are always sent whole. */
static void on_rows(struct memprof_requests *requests, struct payload *in)
{
	if (read_u8(in) != 0)
		return;
	while (in->at != in->end) {
		uintptr_t i_area = read_varint(in), first = read_varint(in), n_rows = read_varint(in), rows = 0;
		struct memprof_area area;

		for (uint32_t i = 0; requests->agent->port->area(i, &area) && !in->failed; i++) {
			uintptr_t n_here = (area.n_blocks + WIRE_ROW_BLOCKS - 1) / WIRE_ROW_BLOCKS;

			if (i == i_area && first < n_here)
				memprof_force_rows(requests->agent, (uint32_t)(rows + first),
						   (uint32_t)(n_rows < n_here - first ? n_rows : n_here - first));
			rows += n_here;
		}
	}
}

static void on_period(struct memprof_requests *requests, struct payload *in)
{
	uintptr_t period_ms = read_varint(in);

	if (!in->failed && period_ms <= INT32_MAX)
		memprof_period(requests->agent, (uint32_t)period_ms);
}

static void on_read(struct memprof_requests *requests, struct payload *in)
{
	uintptr_t address = read_varint(in), n_bytes = read_varint(in), n_readable = 0;
	uintptr_t n_most = requests->is_held ? WIRE_HELD_READ_BYTES : WIRE_MEMORY_MAX_BYTES;

	if (in->failed)
		return;
	for (uint32_t i = 0; i < requests->n_readable; i++) {
		const struct memprof_range *range = &requests->readable[i];

		if (address >= range->address && address - range->address < range->n_bytes)
			n_readable = range->n_bytes - (address - range->address);
	}
	if (n_bytes > n_readable)
		n_bytes = n_readable;
	if (n_bytes > n_most)
		n_bytes = n_most;
	do {
		uintptr_t n_here = n_bytes < WIRE_MEMORY_MAX_BYTES ? n_bytes : WIRE_MEMORY_MAX_BYTES;

		memprof_frame_begin(requests->agent, WIRE_MEMORY);
		memprof_put_varint(requests->agent, address);
		memprof_put_bytes(requests->agent, MEMPROF_AT(address), n_here);
		memprof_frame_end(requests->agent);
		address += n_here;
		n_bytes -= n_here;
	} while (n_bytes);
}

static void on_hold(struct memprof_requests *requests, struct payload *in)
{
	uintptr_t hold_ms = read_varint(in);

	if (in->failed || !requests->can_hold)
		return;
	requests->hold_ms = (uint16_t)(hold_ms < WIRE_HOLD_MAX_MS ? hold_ms : WIRE_HOLD_MAX_MS);
	requests->hold_asked = true;
}

void memprof_send_held(struct memprof_requests *requests, uint8_t number, const struct memprof_held *held)
{
	const uintptr_t values[] = { held->modules, held->globals,    held->type,         held->none,
				     held->len,     held->used_bytes, held->stack_pointer };

	requests->hold_asked = false;
	memprof_frame_begin(requests->agent, WIRE_HELD);
	memprof_put_u8(requests->agent, number);
	for (uint32_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		memprof_put_varint(requests->agent, values[i]);
	memprof_frame_end(requests->agent);
}

static void on_qstr(struct memprof_requests *requests, struct payload *in)
{
	struct memprof_qstr qstr;

	(void)in;
	if (requests->qstr && requests->qstr(&qstr))
		memprof_send_qstr(requests->agent, requests->agent->port->now_ms(), &qstr);
}

static void on_stats(struct memprof_requests *requests, struct payload *in)
{
	(void)in;
	if (requests->agent->port->send_pools)
		requests->agent->port->send_pools(false);
}

static void on_sites(struct memprof_requests *requests, struct payload *in)
{
	uintptr_t step = read_varint(in), keep_ms = read_varint(in);

	if (!in->failed && requests->sites)
		requests->sites(requests->agent, (uint32_t)step, (uint32_t)keep_ms);
}

static void on_name(struct memprof_requests *requests, struct payload *in)
{
	uintptr_t number = read_varint(in);
	size_t n_bytes = 0;

	if (in->failed || !requests->name)
		return;
	const void *text = requests->name(number, &n_bytes);
	memprof_frame_begin(requests->agent, WIRE_NAME);
	memprof_put_varint(requests->agent, number);
	memprof_put_bytes(requests->agent, text, n_bytes < WIRE_NAME_MAX_BYTES ? n_bytes : WIRE_NAME_MAX_BYTES);
	memprof_frame_end(requests->agent);
}

static void (*const on[])(struct memprof_requests *requests, struct payload *in) = {
	[WIRE_ASK_HELLO - WIRE_TO_BOARD] = on_hello, [WIRE_ASK_SNAPSHOT - WIRE_TO_BOARD] = on_snapshot,
	[WIRE_ASK_ROWS - WIRE_TO_BOARD] = on_rows,   [WIRE_SET_PERIOD - WIRE_TO_BOARD] = on_period,
	[WIRE_READ - WIRE_TO_BOARD] = on_read,       [WIRE_ASK_QSTR - WIRE_TO_BOARD] = on_qstr,
	[WIRE_ASK_STATS - WIRE_TO_BOARD] = on_stats, [WIRE_HOLD - WIRE_TO_BOARD] = on_hold,
	[WIRE_SET_SITES - WIRE_TO_BOARD] = on_sites, [WIRE_ASK_NAME - WIRE_TO_BOARD] = on_name,
};

/* Undoes COBS where it stands: the codes' places become the zeros. False if there is a zero in place of a code, or the
 * last group does not end at the end. */
static bool cobs_decode(uint8_t *bytes, uint32_t n_bytes)
{
	uint32_t at = 1;

	while (at < n_bytes) {
		uint32_t next = at + bytes[at];

		if (next == at)
			return false;
		bytes[at] = 0;
		at = next;
	}
	return at == n_bytes;
}

/* False: it is no frame. A first byte that no COBS of this length has is a mask of those after it: a console may act
 * on some values, such as Ctrl-C, before they get here. */
static bool execute(struct memprof_requests *requests)
{
	uint8_t *frame = requests->bytes, mask = frame[1];
	uint32_t n_bytes = requests->n_bytes, crc = 0;

	if (n_bytes < MEMPROF_FRAME_FIRST + WIRE_BODY_MIN_BYTES)
		return false;
	if (mask & WIRE_MASKED) {
		for (uint32_t i = 2; i < n_bytes; i++)
			frame[i] ^= mask;
		frame++;
		n_bytes--;
	}
	uint8_t *body = frame + MEMPROF_FRAME_FIRST;
	uint32_t n_body = n_bytes - (uint32_t)MEMPROF_FRAME_FIRST, request;
	struct payload in = { body + WIRE_HEAD_BYTES, body + n_body - WIRE_CRC_BYTES, false };

	if (n_bytes < MEMPROF_FRAME_FIRST + WIRE_BODY_MIN_BYTES || !cobs_decode(frame, n_bytes))
		return false;
	for (uint32_t i = 0; i < WIRE_CRC_BYTES; i++)
		crc |= (uint32_t)in.end[i] << 8 * i;
	if (crc != ~memprof_crc(~(uint32_t)0, body, n_body - WIRE_CRC_BYTES))
		return false;
	request = (uint32_t)*body - WIRE_TO_BOARD;
	if (request < sizeof(on) / sizeof(on[0]) && on[request])
		on[request](requests, &in);
	return true;
}

void memprof_requests_silence(struct memprof_requests *requests) { requests->n_bytes = 0; }

enum memprof_taken memprof_requests_take(struct memprof_requests *requests, uint8_t byte)
{
	if (byte == 0 && requests->n_bytes > 1)
		return MEMPROF_WHOLE;
	if (byte == 0) {
		requests->bytes[0] = 0;
		requests->n_bytes = 1;
		return MEMPROF_TAKEN;
	}
	if (!requests->n_bytes)
		return MEMPROF_NOT_TAKEN;
	if (requests->n_bytes >= WIRE_FRAME_MAX_BYTES - 1) { /* too long: only a zero could end it */
		requests->n_bytes = 0;
		return MEMPROF_TAKEN;
	}
	requests->bytes[requests->n_bytes++] = byte;
	return MEMPROF_TAKEN;
}

void memprof_requests_do(struct memprof_requests *requests)
{
	bool is_frame = execute(requests);

	requests->bytes[0] = 0;
	requests->n_bytes = !is_frame; /* what ended no frame may begin one */
}

bool memprof_requests_feed(struct memprof_requests *requests, uint8_t byte)
{
	enum memprof_taken taken = memprof_requests_take(requests, byte);

	if (taken == MEMPROF_WHOLE)
		memprof_requests_do(requests);
	return taken != MEMPROF_NOT_TAKEN;
}
