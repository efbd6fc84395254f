/* The client's half of WebSocket: RFC 6455's own examples, every rule of frames, and any cut of them. */
#include "source/webrepl/websocket.h"

#include "unit.h"

/* ---- the handshake ---- */

static const char key[] = "dGhlIHNhbXBsZSBub25jZQ=="; /* RFC 6455, 1.3 */

UNIT_TEST(keys_are_those_of_the_standard)
{
	char made[WEBSOCKET_KEY_CHARS + 1], accept[WEBSOCKET_ACCEPT_CHARS + 1];

	websocket_key((const uint8_t *)"the sample nonce", made);
	assert_string_equal(made, key);
	websocket_accept(key, accept);
	assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

UNIT_TEST(a_request)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;

	websocket_request(&out, "[::1]:8266", key);
	assert_string_equal(strbuf_text(&out),
			    "GET / HTTP/1.1\r\nHost: [::1]:8266\r\nUpgrade: websocket\r\n"
			    "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
			    "Sec-WebSocket-Version: 13\r\n\r\n");
}

#define START  "HTTP/1.1 101 Switching Protocols\r\n"
#define FIELDS "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

UNIT_TEST(a_response_ends_at_its_empty_line)
{
	static const char text[] = START FIELDS ACCEPT "\r\n";

	for (size_t n = 0; n < sizeof(text) - 1; n++)
		assert_false(websocket_response_ends(text, n));
	assert_true(websocket_response_ends(text, sizeof(text) - 1));
	assert_true(websocket_response_ends("HTTP/1.1 101\n\n", 14));
}

UNIT_TEST(responses)
{
	static const struct {
		const char *text, *expected;
	} all[] = {
		{ START FIELDS ACCEPT "\r\n", NULL },
		{ "HTTP/1.1 101\n"
		  "upgrade:WebSocket\nCONNECTION: keep-alive, upgrade\n" ACCEPT "\n",
		  NULL },
		{ START FIELDS ACCEPT "no field\r\nSec-WebSocket-Protocol:\r\n\r\n", NULL },
		{ "HTTP/1.0 200 OK\r\n\r\n", "found 'HTTP/1.0 200 OK'" },
		{ "HTTP/1.1 1011 x\r\n" FIELDS ACCEPT "\r\n", "found 'HTTP/1.1 1011 x'" },
		{ "HTTP/1.0 101 x\r\n" FIELDS ACCEPT "\r\n", "found 'HTTP/1.0 101 x'" },
		{ "SSH-2.0-\x1b[31mdropbear\n\n", "found 'SSH-2.0-\\x1b[31mdropbear'" },
		{ "", "found ''" },
		{ " " START FIELDS ACCEPT "\r\n", "found 'HTTP/1.1 101 Switching" },
		{ START ACCEPT "\r\n", "switches to another protocol" },
		{ START "Upgrade: h2c\r\nConnection: Upgrade\r\n" ACCEPT "\r\n", "another protocol" },
		{ START "Upgrade: websocket\r\nConnection: close\r\n" ACCEPT "\r\n", "another protocol" },
		{ START FIELDS ACCEPT "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", "another protocol" },
		{ START FIELDS "\r\n", "wrong Sec-WebSocket-Accept" },
		{ START FIELDS "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", "wrong" },
		{ START FIELDS "Sec-WebSocket-Accept:\r\n\r\n", "wrong" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct diag diag = { .text = "" };
		int r = websocket_check_response(all[i].text, strlen(all[i].text), key, (struct place){ 0 }, &diag);
		assert_int_equal(r, all[i].expected ? -EPROTO : 0);
		if (all[i].expected && !strstr(diag.text, all[i].expected))
			fail_msg("%s: %s", all[i].text, diag.text);
	}
}

/* ---- frames that are sent ---- */

UNIT_TEST(frames_are_masked)
{
	static const uint8_t mask[4] = { 0x37, 0xfa, 0x21, 0x3d };
	static const uint8_t expected[] = { 0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58 };
	uint8_t out[WEBSOCKET_FRAME_MAX_BYTES], long_text[WEBSOCKET_SEND_MAX_BYTES] = { 0 };

	assert_int_equal(websocket_frame(WEBSOCKET_TEXT, mask, "Hello", 5, out), sizeof(expected));
	assert_memory_equal(out, expected, sizeof(expected)); /* RFC 6455, 5.7 */
	assert_int_equal(websocket_frame(WEBSOCKET_CLOSE, mask, "", 0, out), 6);
	assert_int_equal(out[0], 0x88);
	assert_int_equal(out[1], 0x80);
	assert_int_equal(websocket_frame(WEBSOCKET_TEXT, mask, long_text, sizeof(long_text), out), sizeof(out));
	assert_int_equal(out[1], 0x80 | 125); /* one byte of length */
}

/* ---- frames that are received ---- */

struct sample {
	const char *bytes;
	size_t n_bytes;
	const char *text, *fault, *pong;
	bool is_closed;
};
#define BYTES(text) text, sizeof(text) - 1

static const struct sample samples[] = {
	{ BYTES("\x81\5Hello"), "Hello", NULL, NULL, false },
	{ BYTES("\x01\3Hel\x80\2lo"), "Hello", NULL, NULL, false },
	{ BYTES("\x01\3Hel\x89\2hi\0\0\x80\2lo\x81\1!"), "Hello!", NULL, "hi", false },
	{ BYTES("\x81\0\x81\1x"), "x", NULL, NULL, false },
	{ BYTES("\x81\x7e\0\3abc\x81\1d"), "abcd", NULL, NULL, false },
	{ BYTES("\x82\4WB\0\0\x81\1x"), "x", NULL, NULL, false }, /* an answer to a file transfer */
	{ BYTES("\x02\2WB\x80\2\0\0\x81\1x"), "x", NULL, NULL, false },
	{ BYTES("\x89\0\x8a\3abc\x81\1x"), "x", NULL, "", false },
	{ BYTES("\x89\1a\x89\1b"), "", NULL, "b", false },
	{ BYTES("\x81\1x\x88\2\3\xe8\x81\1y"), "x", NULL, NULL, true },
	{ BYTES("\x88\0"), "", NULL, NULL, true },
	{ BYTES("\x81\3\xff\xfe\x80"), "\xff\xfe\x80", NULL, NULL, false },
	{ BYTES("\x81\1x\xc1\1y"), "x", "a frame has reserved bits", NULL, false },
	{ BYTES("\x83\1y"), "", "a frame is of an unknown kind", NULL, false },
	{ BYTES("\x8b\0"), "", "a frame is of an unknown kind", NULL, false },
	{ BYTES("\x81\x81zzzzy"), "", "a frame is masked", NULL, false },
	{ BYTES("\x81\x7f\0\0\0\0\0\1\0\0"), "", "a frame has more than 65535 bytes", NULL, false },
	{ BYTES("\x09\0"), "", "a control frame is too long, or in fragments", NULL, false },
	{ BYTES("\x89\x7e\0\x80"), "", "a control frame is too long, or in fragments", NULL, false },
	{ BYTES("\x80\1x"), "", "a fragment has no beginning", NULL, false },
	{ BYTES("\x81\1x\x80\1y"), "x", "a fragment has no beginning", NULL, false },
	{ BYTES("\x01\1x\x81\1y"), "x", "a message begins within another", NULL, false },
	{ BYTES("HTTP/1.1 400 Bad Request"), "", "a frame has reserved bits", NULL, false },
};

static void check_end(const struct sample *s, const struct websocket *w, const char *text, size_t n_text)
{
	assert_int_equal(n_text, strlen(s->text));
	assert_memory_equal(text, s->text, n_text);
	if (s->fault)
		assert_string_equal(w->fault, s->fault);
	else
		assert_null(w->fault);
	assert_int_equal(w->is_closed, s->is_closed);
	assert_int_equal(w->pong_due, s->pong != NULL);
	assert_int_equal(w->n_pong, s->pong ? strlen(s->pong) : 0);
	if (s->pong)
		assert_memory_equal(w->pong, s->pong, w->n_pong);
}

/* n_first bytes, and then pieces of n_piece. */
static void take_sample(const struct sample *s, size_t n_first, size_t n_piece)
{
	struct websocket w = { 0 };
	char text[64];
	size_t n_text = 0;

	for (size_t i = 0; i < s->n_bytes;) {
		size_t n = MIN(i == 0 && n_first ? n_first : n_piece, s->n_bytes - i);
		uint8_t piece[64];
		memcpy(piece, s->bytes + i, n);
		size_t n_got = websocket_take(&w, piece, n);
		assert_true(n_got <= n);
		memcpy(text + n_text, piece, n_got);
		n_text += n_got;
		i += n;
	}
	check_end(s, &w, text, n_text);
}

UNIT_TEST(frames_in_any_pieces)
{
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		take_sample(&samples[i], 0, 64);
		take_sample(&samples[i], 0, 1);
		for (size_t n = 1; n < samples[i].n_bytes; n++)
			take_sample(&samples[i], n, 64);
	}
}

UNIT_TEST(a_frame_of_the_largest_size)
{
	static uint8_t bytes[4 + WEBSOCKET_TAKE_MAX_BYTES + 3] = { 0x81, 126, 0xff, 0xff };
	struct websocket w = { 0 };

	memset(bytes + 4, 'x', WEBSOCKET_TAKE_MAX_BYTES);
	memcpy(bytes + 4 + WEBSOCKET_TAKE_MAX_BYTES, "\x81\1y", 3);
	assert_int_equal(websocket_take(&w, bytes, sizeof(bytes)), WEBSOCKET_TAKE_MAX_BYTES + 1);
	assert_int_equal(bytes[0], 'x');
	assert_int_equal(bytes[WEBSOCKET_TAKE_MAX_BYTES], 'y');
	assert_null(w.fault);
}

UNIT_TEST(the_longest_ping)
{
	uint8_t bytes[2 + WEBSOCKET_CONTROL_MAX_BYTES] = { 0x89, WEBSOCKET_CONTROL_MAX_BYTES };
	struct websocket w = { 0 };

	memset(bytes + 2, 'p', WEBSOCKET_CONTROL_MAX_BYTES);
	assert_int_equal(websocket_take(&w, bytes, sizeof(bytes)), 0);
	assert_true(w.pong_due);
	assert_int_equal(w.n_pong, WEBSOCKET_CONTROL_MAX_BYTES);
	assert_int_equal(w.pong[WEBSOCKET_CONTROL_MAX_BYTES - 1], 'p');
}
