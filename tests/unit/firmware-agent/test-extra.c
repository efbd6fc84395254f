#include "memprof/extra.h"

#include "memprof/frame.h"

#include "agent_board.h"
#include "unit.h"

static struct memprof_agent agent;
static struct memprof_requests requests;
static uint16_t rows[64];
static char memory[256];
static struct memprof_range readable[2];
static uint16_t sequence;

static bool qstr(struct memprof_qstr *ret)
{
	*ret = (struct memprof_qstr){ 2, 300, 4000, 5000 };
	return true;
}

UNIT_BEFORE(set_up)
{
	board_reset();
	board_area(0, 0x20001000, 640);
	board_area(1, 0x20800000, 640);
	for (uint32_t i = 0; i < 640; i++) {
		board_set(0, i, WIRE_LIST);
		board_set(1, i, i % 3 ? WIRE_TAIL : WIRE_STR);
	}
	memprof_start(&agent, &board_port, 7, rows, 64);
	for (size_t i = 0; i < sizeof(memory); i++)
		memory[i] = (char)i;
	readable[0] = (struct memprof_range){ 0x100, 16 };
	readable[1] = (struct memprof_range){ (uintptr_t)memory, sizeof(memory) };
	memset(&requests, 0, sizeof(requests));
	requests =
		(struct memprof_requests){ .agent = &agent, .readable = &readable[1], .n_readable = 1, .qstr = qstr };
	wire_rx_clear(&board.rx);
}

UNIT_AFTER(tear_down) { board_tear_down(); }

/* Says a request. */
static void ask(uint8_t type, const void *payload, size_t n_payload)
{
	uint8_t frame[WIRE_FRAME_MAX_BYTES];
	size_t n = wire_make(type, 99, sequence++, payload, n_payload, frame);

	for (size_t i = 0; i < n; i++)
		assert_true(memprof_requests_feed(&requests, frame[i]));
}

UNIT_TEST(requests_are_answered)
{
	uint8_t payload[40] = { 0 };
	size_t at = 0;
	const struct wire_frame *frame;

	ask(WIRE_ASK_HELLO, NULL, 0);
	assert_non_null(wire_find(&board.rx, WIRE_HELLO, 0));
	assert_int_equal(board.n_descriptions, 2);
	payload[0] = 0;
	ask(WIRE_ASK_SNAPSHOT, payload, 1);
	board_check();
	assert_true(board.rx.tables[0].flags & WIRE_KEY); /* the first one is in any case */
	ask(WIRE_ASK_SNAPSHOT, payload, 1);
	assert_false(board.rx.tables[0].flags & WIRE_KEY);
	payload[0] = WIRE_KEY;
	ask(WIRE_ASK_SNAPSHOT, payload, 1);
	assert_true(board.rx.tables[0].flags & WIRE_KEY);
	board_check();
	ask(WIRE_SET_PERIOD, "\xe8\x07", 2);
	assert_int_equal(agent.period_ms, 1000);
	assert_true(memprof_poll(&agent));
	assert_false(memprof_poll(&agent));
	ask(WIRE_ASK_QSTR, NULL, 0);
	frame = wire_find(&board.rx, WIRE_QSTR, 0);
	assert_non_null(frame);
	at = 1;
	assert_u64_equal(wire_varint(frame, &at), 2);
	assert_u64_equal(wire_varint(frame, &at), 300);
	at = board.n_pool_sends;
	ask(WIRE_ASK_STATS, NULL, 0);
	assert_int_equal(board.n_pool_sends, at + 1);
	ask(0x7e, "whatever", 8); /* not known: nothing, and no harm */
	ask(WIRE_HELLO, NULL, 0);
}

UNIT_TEST(rows_that_are_asked_for_come)
{
	uint64_t by_itself;

	assert_true(memprof_snapshot(&agent, false));
	assert_true(memprof_snapshot(&agent, false));
	by_itself = board.rx.tables[0].n_blocks_sent; /* an eighth */
	assert_true(memprof_snapshot(&agent, false));
	assert_u64_equal(board.rx.tables[0].n_blocks_sent, by_itself);
	ask(WIRE_ASK_ROWS,
	    "\0"
	    "\x01\x06\x02"
	    "\x01\x09\x7f"
	    "\x00\x00\x01"
	    "\x01\x0a\x01"
	    "\x05\x00\x01",
	    16);
	assert_true(memprof_snapshot(&agent, false));
	assert_u64_equal(board.rx.tables[0].n_blocks_sent, by_itself + 4 * 64);
	ask(WIRE_ASK_ROWS, "\x02\x00\x00\x0a", 4); /* of another pool */
	ask(WIRE_ASK_ROWS, "\0\x00\x00", 3);       /* cut */
	assert_true(memprof_snapshot(&agent, false));
	assert_u64_equal(board.rx.tables[0].n_blocks_sent, by_itself);
	board_check();
}

static size_t put_varint(uint8_t *to, uint64_t value)
{
	size_t n = 0;

	for (; value > 0x7f; value >>= 7)
		to[n++] = (uint8_t)(value | 0x80);
	to[n++] = (uint8_t)value;
	return n;
}

/* Reads n_bytes from offset on; returns how many came. */
static size_t read_memory(ptrdiff_t offset, uint64_t n_bytes)
{
	uint64_t address = (uint64_t)((intptr_t)memory + offset);
	uint8_t payload[40];
	size_t n = put_varint(payload, address), at = 0;
	const struct wire_frame *frame;

	n += put_varint(payload + n, n_bytes);
	wire_rx_clear(&board.rx);
	ask(WIRE_READ, payload, n);
	frame = wire_find(&board.rx, WIRE_MEMORY, 0);
	assert_non_null(frame);
	assert_u64_equal(wire_varint(frame, &at), address);
	if (frame->n_payload > at)
		assert_memory_equal(frame->payload + at, memory + offset, frame->n_payload - at);
	return frame->n_payload - at;
}

UNIT_TEST(memory_is_read_inside_its_range_only)
{
	uint8_t long_varint[11];

	assert_int_equal(read_memory(0, 16), 16);
	assert_int_equal(read_memory(3, 0), 0);
	assert_int_equal(read_memory(0, 5000), 96);
	assert_int_equal(read_memory(250, 96), 6);
	assert_int_equal(read_memory(255, 2), 1);
	assert_int_equal(read_memory(256, 1), 0);
	assert_int_equal(read_memory(-1, 2), 0);
	assert_int_equal(read_memory(0, UINT64_MAX), 96);
	assert_int_equal(read_memory(255, UINT64_MAX), 1);
	memset(long_varint, 0xff, sizeof(long_varint));
	wire_rx_clear(&board.rx);
	ask(WIRE_READ, long_varint, sizeof(long_varint));
	ask(WIRE_READ, long_varint, 3);
	ask(WIRE_READ, NULL, 0);
	assert_int_equal(board.rx.n_frames, 0);
	requests.n_readable = 0;
	assert_int_equal(read_memory(0, 16), 0);
}

/* While the program is held, more of it, in several frames. */
UNIT_TEST(a_held_program_is_read_in_long_parts)
{
	static const struct memprof_held held = { 1, 2, 3, 6, 0x7fff, 4096, 0x20001000 };
	uint8_t payload[40];
	size_t n, at = 1;

	ask(WIRE_HOLD, "\xf4\x03", 2);
	assert_false(requests.hold_asked); /* the port cannot */
	requests.can_hold = true;
	ask(WIRE_HOLD, "\xff\x7f", 2);
	assert_true(requests.hold_asked);
	assert_int_equal(requests.hold_ms, WIRE_HOLD_MAX_MS);
	ask(WIRE_HOLD, "\x05", 1);
	assert_int_equal(requests.hold_ms, 5);
	wire_rx_clear(&board.rx);
	memprof_send_held(&requests, 9, &held);
	assert_false(requests.hold_asked);
	const struct wire_frame *frame = wire_find(&board.rx, WIRE_HELD, 0);
	assert_non_null(frame);
	assert_int_equal(frame->payload[0], 9);
	for (size_t i = 0; i < 6; i++)
		assert_u64_equal(wire_varint(frame, &at), ((const uintptr_t *)&held)[i]);
	requests.is_held = true;
	n = put_varint(payload, (uint64_t)(uintptr_t)memory);
	n += put_varint(payload + n, 5000);
	wire_rx_clear(&board.rx);
	ask(WIRE_READ, payload, n);
	assert_int_equal(board.rx.n_frames, 3); /* of 256 bytes */
	for (size_t i = 0; i < 3; i++) {
		frame = wire_find(&board.rx, WIRE_MEMORY, i);
		at = 0;
		assert_u64_equal(wire_varint(frame, &at), (uint64_t)(uintptr_t)memory + 96 * i);
		assert_int_equal(frame->n_payload - at, i < 2 ? 96 : 64);
	}
}

static uint32_t asked_step, asked_keep_ms;

static void take_sites(struct memprof_agent *of, uint32_t step, uint32_t keep_ms)
{
	assert_ptr_equal(of, &agent);
	asked_step = step;
	asked_keep_ms = keep_ms;
}

static const void *name_of(uintptr_t number, size_t *ret_n_bytes)
{
	*ret_n_bytes = number == 300 ? 4 : 200;
	return number == 300 ? "work" : number == 7 ? memory : (*ret_n_bytes = 0, NULL);
}

UNIT_TEST(samples_and_names_are_asked_for)
{
	const struct wire_frame *frame;
	size_t at = 0;

	ask(WIRE_SET_SITES, "\x80\x08\x88\x27", 4);
	ask(WIRE_ASK_NAME, "\xac\x02", 2);
	assert_int_equal(board.rx.n_frames + asked_step, 0); /* the port has none */
	requests.sites = take_sites;
	requests.name = name_of;
	ask(WIRE_SET_SITES, "\x80\x08", 2);
	assert_int_equal(asked_step, 0);
	ask(WIRE_SET_SITES, "\x80\x08\x88\x27", 4);
	assert_int_equal(asked_step, 1024);
	assert_int_equal(asked_keep_ms, 5000);
	ask(WIRE_ASK_NAME, NULL, 0);
	assert_int_equal(board.rx.n_frames, 0);
	ask(WIRE_ASK_NAME, "\xac\x02", 2);
	frame = wire_find(&board.rx, WIRE_NAME, 0);
	assert_u64_equal(wire_varint(frame, &at), 300);
	assert_int_equal(frame->n_payload - at, 4);
	assert_memory_equal(frame->payload + at, "work", 4);
	ask(WIRE_ASK_NAME, "\7", 1);
	frame = wire_find(&board.rx, WIRE_NAME, 1);
	assert_int_equal(frame->n_payload, 1 + WIRE_NAME_MAX_BYTES);
	ask(WIRE_ASK_NAME, "\x08", 1);
	assert_int_equal(wire_find(&board.rx, WIRE_NAME, 2)->n_payload, 1); /* there is none */
}

/* The same frame, each byte xor mask. */
static size_t make_masked(uint8_t mask, uint8_t *frame, size_t n)
{
	memmove(frame + 2, frame + 1, n - 1);
	frame[1] = mask;
	for (size_t i = 2; i < n; i++)
		frame[i] ^= mask;
	return n + 1;
}

UNIT_TEST(masked_requests_are_answered)
{
	uint8_t frame[WIRE_FRAME_MAX_BYTES + 1];
	size_t n_answered = 0;

	for (unsigned mask = 0x80; mask < 0x100; mask++) {
		uint32_t period_ms = 1000 + mask;
		const uint8_t payload[] = { (uint8_t)(0x80 | (period_ms & 0x7f)), (uint8_t)(period_ms >> 7) };
		size_t n = make_masked((uint8_t)mask, frame,
				       wire_make(WIRE_SET_PERIOD, 99, sequence++, payload, 2, frame));
		bool is_possible = !memchr(frame + 1, 0, n - 2);
		for (size_t i = 0; i < n; i++)
			assert_true(memprof_requests_feed(&requests, frame[i]));
		assert_int_equal(agent.period_ms == period_ms, is_possible);
		n_answered += is_possible;
		memprof_requests_silence(&requests);
	}
	assert_true(n_answered > 100);
}

UNIT_TEST(what_is_no_frame_is_not_obeyed)
{
	uint8_t frame[WIRE_FRAME_MAX_BYTES], payload[WIRE_PAYLOAD_MAX_BYTES] = { WIRE_KEY };
	size_t n = wire_make(WIRE_ASK_SNAPSHOT, 1, 1, payload, 1, frame), n_frames;
	uint32_t random = 1;

	for (const char *text = "print(1)\r\n\x03\x04"; *text; text++)
		assert_false(memprof_requests_feed(&requests, (uint8_t)*text));
	for (size_t bit = 8; bit < 8 * (n - 1); bit++) {
		frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
		for (size_t i = 0; i < n; i++)
			memprof_requests_feed(&requests, frame[i]);
		frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
		memprof_requests_silence(&requests);
	}
	for (size_t cut = 1; cut < n; cut++) { /* cut, and then a whole one after silence */
		for (size_t i = 0; i < cut; i++)
			memprof_requests_feed(&requests, frame[i]);
		memprof_requests_silence(&requests);
		assert_false(memprof_requests_feed(&requests, 'x'));
	}
	for (size_t cut = 1; cut < n - 1;
	     cut++) { /* cut, and then a whole one at once: none of it is for the console */
		n_frames = board.rx.n_frames;
		for (size_t i = 0; i < cut; i++)
			assert_true(memprof_requests_feed(&requests, frame[i]));
		for (size_t i = 0; i < n; i++)
			assert_true(memprof_requests_feed(&requests, frame[i]));
		assert_true(board.rx.n_frames > n_frames);
		memprof_requests_silence(&requests);
	}
	wire_rx_clear(&board.rx);
	for (unsigned i = 0; i < 4; i++) { /* a zero in place of a code, once unmasked */
		const uint8_t bytes[] = {
			0, 0x80, 0x81, 0x80 + (uint8_t)i, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0
		};
		for (size_t k = 0; k < sizeof(bytes); k++)
			assert_true(memprof_requests_feed(&requests, bytes[k]));
	}
	for (int i = 0; i < 200000; i++)
		memprof_requests_feed(&requests, next_random(&random) % 8 ? (uint8_t)next_random(&random) : 0);
	memprof_requests_silence(&requests);
	assert_int_equal(board.rx.n_frames, 0);
	for (int i = 0; i < 200; i++) { /* too long */
		memprof_requests_feed(&requests, i ? 'a' : 0);
		assert_true(requests.n_bytes < WIRE_FRAME_MAX_BYTES);
	}
	n_frames = board.rx.n_frames;
	for (size_t i = 0; i < n; i++)
		memprof_requests_feed(&requests, frame[i]);
	assert_true(board.rx.n_frames > n_frames);
	n = wire_make(WIRE_ASK_HELLO, 1, 1, payload, sizeof(payload),
		      frame); /* as long as can be, and known only in part */
	n_frames = board.rx.n_frames;
	for (size_t i = 0; i < n; i++)
		assert_true(memprof_requests_feed(&requests, frame[i]));
	assert_int_equal(board.rx.n_frames, n_frames + 1);
}

static struct strbuf lines;

static bool take_text(const char *text, size_t n_bytes)
{
	strbuf_add(&lines, text, n_bytes);
	return true;
}

static int value_of(char digit)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = digit ? strchr(digits, digit) : NULL;

	assert_non_null(at);
	return (int)(at - digits);
}

/* Frames of any length and content, through text and back. */
UNIT_TEST(a_line_holds_the_same_frame)
{
	uint32_t random = 4;

	for (size_t n_payload = 0; n_payload <= WIRE_PAYLOAD_MAX_BYTES; n_payload++) {
		uint8_t payload[WIRE_PAYLOAD_MAX_BYTES], frame[WIRE_FRAME_MAX_BYTES], body[WIRE_BODY_MAX_BYTES + 3];
		uint8_t again[WIRE_FRAME_MAX_BYTES];
		size_t n_frame, n_body = 0, n_again;
		const char *at;

		for (size_t i = 0; i < n_payload; i++)
			payload[i] = next_random(&random) % 3 ? (uint8_t)next_random(&random) : 0;
		n_frame = wire_make(WIRE_EVENT, 7, 300, payload, n_payload, frame);
		lines = (struct strbuf)STRBUF_INIT;
		assert_true(memprof_write_text(frame, n_frame, take_text));
		at = strbuf_text(&lines);
		assert_memory_equal(at, "mp$", 3);
		for (at += 3; *at != '$'; at += 4) {
			uint32_t group = (uint32_t)value_of(at[0]) << 18 | (uint32_t)value_of(at[1]) << 12;

			group |= at[2] == '=' ? 0 : (uint32_t)value_of(at[2]) << 6;
			group |= at[3] == '=' ? 0 : (uint32_t)value_of(at[3]);
			body[n_body++] = (uint8_t)(group >> 16);
			if (at[2] != '=')
				body[n_body++] = (uint8_t)(group >> 8);
			if (at[3] != '=')
				body[n_body++] = (uint8_t)group;
		}
		assert_string_equal(at, "$\r\n");
		assert_int_equal(n_body, n_payload + WIRE_BODY_MIN_BYTES);
		n_again = wire_make(body[0], body[1], (uint16_t)(body[2] | body[3] << 8), body + 4, n_payload, again);
		assert_int_equal(n_again, n_frame);
		assert_memory_equal(again, frame, n_frame);
		strbuf_deinit(&lines);
	}
}
