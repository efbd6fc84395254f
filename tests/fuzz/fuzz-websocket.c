/* Any bytes as what a WebREPL sends, as its answer to the handshake, and as the name of one. */
#include "fuzz.h"
#include "memprof/base/number.h"
#include "source/webrepl/address.h"
#include "source/webrepl/websocket.h"

enum { INPUT_MAX_BYTES = 70000 };

static size_t take_in_pieces(struct websocket *w, uint8_t *bytes, size_t n_bytes, size_t n_piece)
{
	size_t n_text = 0;

	for (size_t i = 0; i < n_bytes; i += n_piece) {
		size_t n = MIN(n_piece, n_bytes - i), n_got = websocket_take(w, bytes + i, n);
		MUST(n_got <= n);
		memmove(bytes + n_text, bytes + i, n_got);
		n_text += n_got;
	}
	return n_text;
}

/* However frames are cut into pieces, they mean the same. */
static void check_frames(const uint8_t *data, size_t size)
{
	static uint8_t whole[INPUT_MAX_BYTES], cut[INPUT_MAX_BYTES];
	size_t n_piece = size > 0 ? 1 + data[size - 1] % 7 : 1;
	struct websocket w = { 0 }, v = { 0 };

	size = MIN(size, sizeof(whole));
	memcpy(whole, data, size);
	memcpy(cut, data, size);
	size_t n_text = websocket_take(&w, whole, size);
	MUST(n_text <= size);
	MUST(take_in_pieces(&v, cut, size, n_piece) == n_text && memcmp(whole, cut, n_text) == 0);
	MUST(w.fault == v.fault && w.is_closed == v.is_closed && w.n_left == v.n_left && w.message == v.message);
	MUST(w.pong_due == v.pong_due && w.n_pong == v.n_pong && memcmp(w.pong, v.pong, w.n_pong) == 0);
	MUST(w.n_pong <= WEBSOCKET_CONTROL_MAX_BYTES && w.n_control <= WEBSOCKET_CONTROL_MAX_BYTES);
	if (w.fault || w.is_closed)
		MUST(websocket_take(&w, cut, size) == 0);
}

/* RFC 6455's own key, so that an answer can be right. */
static void check_response(const uint8_t *data, size_t size)
{
	static const char accept[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
	struct diag diag = { .text = "" };
	const char *text = (const char *)data;

	for (size_t n = 0; n <= MIN(size, (size_t)WEBSOCKET_RESPONSE_MAX_BYTES); n++) {
		if (n < size && !websocket_response_ends(text, n))
			continue;
		int r = websocket_check_response(text, n, "dGhlIHNhbXBsZSBub25jZQ==", (struct place){ 0 }, &diag);
		MUST(r == 0 || diag.text[0]);
		MUST(r < 0 || (n >= 12 && memcmp(text, "HTTP/1.1 101", 12) == 0 && strlen(accept) < n));
		return;
	}
}

/* What is read of a name names the same place. */
static void check_address(const uint8_t *data, size_t size)
{
	char uri[400] = "ws:", made[400] = "ws:";
	struct webrepl_address address, again;
	struct diag diag = { .text = "" };

	memcpy(uri + 3, data, MIN(size, sizeof(uri) - 4));
	if (webrepl_address_read(uri, &address, &diag) < 0) {
		MUST(diag.text[0]);
		MUST(!strchr(uri, '@') || !diag.at.file);
		return;
	}
	MUST(!strpbrk(address.authority, "\r\n @/"));
	memcpy(made + 3, address.authority, strlen(address.authority) + 1);
	MUST(webrepl_address_read(made, &again, &diag) == 0);
	MUST(strcmp(again.host, address.host) == 0 && strcmp(again.port, address.port) == 0);
}

/* A frame is its payload, once its mask is undone. */
static void check_sent(const uint8_t *data, size_t size)
{
	size_t n = MIN(size, (size_t)WEBSOCKET_SEND_MAX_BYTES);
	uint8_t out[WEBSOCKET_FRAME_MAX_BYTES];
	uint8_t mask[4] = { 0 };

	memcpy(mask, data, MIN(size, sizeof(mask)));
	MUST(websocket_frame(WEBSOCKET_TEXT, mask, data, n, out) == n + 6);
	MUST(out[1] == (0x80 | n));
	for (size_t i = 0; i < n; i++)
		MUST((out[6 + i] ^ out[2 + i % 4]) == data[i]);
}

FUZZ(data, size)
{
	check_frames(data, size);
	check_response(data, size);
	check_address(data, size);
	if (size > 0)
		check_sent(data, size);
}
