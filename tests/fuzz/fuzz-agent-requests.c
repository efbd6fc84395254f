
#include "fuzz.h"
#include "memprof/extra.h"
#include "memprof/frame.h"

/* What a host sends, at the board: the input is bytes as they are, and bodies of requests that get a right CRC, COBS
 * and a mask. Nothing is read but what may be, and what is answered are frames. */
enum { N_BLOCKS = 2560, N_ROWS = N_BLOCKS / WIRE_ROW_BLOCKS };

static uint8_t table[N_BLOCKS / 4], memory[200];
static uint16_t rows[N_ROWS];
static uint32_t now;
static struct memprof_agent agent;
static struct memprof_range readable;
static struct memprof_requests requests;

static bool write_frame(const uint8_t *frame, size_t n_bytes)
{
	MUST(n_bytes >= 12 && n_bytes <= WIRE_FRAME_MAX_BYTES);
	MUST(frame[0] == 0 && frame[n_bytes - 1] == 0 && !memchr(frame + 1, 0, n_bytes - 2));
	return now % 16 != 0;
}

static uint32_t clock_of_board(void) { return now++; }

static bool nth_area(uint32_t i, struct memprof_area *ret)
{
	*ret = (struct memprof_area){ .table = table, .address = 0x20000000, .n_blocks = N_BLOCKS };
	return i == 0;
}

static bool qstr(struct memprof_qstr *ret)
{
	*ret = (struct memprof_qstr){ 1, 2, 3, 4 };
	return true;
}

static const struct memprof_port port = {
	.write = write_frame,
	.now_us = clock_of_board,
	.now_ms = clock_of_board,
	.area = nth_area,
	.block_bytes = 16,
	.abilities = WIRE_TAKES_REQUESTS | WIRE_CAN_READ,
};

static void feed(const uint8_t *bytes, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++) {
		bool was_open = requests.n_bytes > 0;
		bool taken = memprof_requests_feed(&requests, bytes[i]);

		MUST(taken == (was_open || bytes[i] == 0));
	}
}

/* mask 0: none. */
static void feed_body(uint8_t *body, size_t n_body, uint8_t mask)
{
	uint8_t frame[WIRE_FRAME_MAX_BYTES + 1];
	uint32_t crc = ~memprof_crc(~(uint32_t)0, body, n_body);
	size_t n = 1, code = 1;

	for (int i = 0; i < WIRE_CRC_BYTES; i++)
		body[n_body++] = (uint8_t)(crc >> 8 * i);
	frame[0] = 0;
	if (mask & WIRE_MASKED)
		frame[n++] = mask;
	else
		mask = 0;
	code = n++;
	for (size_t i = 0; i < n_body; i++) {
		if (body[i]) {
			frame[n++] = body[i];
			continue;
		}
		frame[code] = (uint8_t)(n - code);
		code = n++;
	}
	frame[code] = (uint8_t)(n - code);
	for (size_t i = mask ? 2 : n; i < n; i++)
		frame[i] ^= mask;
	frame[n++] = 0;
	feed(frame, n);
}

FUZZ(data, size)
{
	uint8_t body[WIRE_BODY_MAX_BYTES];

	memset(rows, 0, sizeof(rows));
	readable = (struct memprof_range){ (uintptr_t)memory, sizeof(memory) };
	requests = (struct memprof_requests){ .agent = &agent, .readable = &readable, .n_readable = 1, .qstr = qstr };
	memprof_start(&agent, &port, 7, rows, N_ROWS);
	while (size >= 2) {
		uint8_t what = data[0];
		size_t n = data[1], n_body = WIRE_HEAD_BYTES;

		data += 2;
		size -= 2;
		n = n < size ? n : size;
		if (what & 1) {
			feed(data, n);
		} else {
			n = n < sizeof(body) - 12 ? n : sizeof(body) - 12;
			body[0] = (uint8_t)(WIRE_TO_BOARD + (what >> 4 & 7));
			body[1] = body[2] = body[3] = 1;
			if (what & 4) { /* READ, of where there is something */
				uintptr_t address = (uintptr_t)memory + n;
				for (; address > 0x7f; address >>= 7)
					body[n_body++] = (uint8_t)(address | 0x80);
				body[n_body++] = (uint8_t)address;
			}
			size_t n_more = n < sizeof(body) - WIRE_CRC_BYTES - n_body ?
						n :
						sizeof(body) - WIRE_CRC_BYTES - n_body;
			memcpy(body + n_body, data, n_more);
			feed_body(body, n_body + n_more, what & 2 ? (uint8_t)(what | WIRE_MASKED) : 0);
		}
		if (what & 8)
			memprof_requests_silence(&requests);
		now += what;
		memprof_poll(&agent);
		data += n;
		size -= n;
	}
}
