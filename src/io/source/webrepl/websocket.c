#define _DEFAULT_SOURCE
#include "source/webrepl/websocket.h"

#include <assert.h>
#include <errno.h>
#include <sha1.h>
#include <string.h>
#include <strings.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

/* ---- the handshake ---- */

static void encode_base64(const uint8_t *bytes, size_t n_bytes, char *ret)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n_bytes; i += 3) {
		size_t n = MIN(n_bytes - i, (size_t)3);
		uint32_t three = (uint32_t)bytes[i] << 16 | (n > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
				 (n > 2 ? bytes[i + 2] : 0);
		for (size_t k = 0; k < 4; k++)
			*ret++ = k <= n ? digits[three >> (18 - 6 * k) & 63] : '=';
	}
	*ret = '\0';
}

void websocket_key(const uint8_t nonce[WEBSOCKET_NONCE_BYTES], char ret[WEBSOCKET_KEY_CHARS + 1])
{
	encode_base64(nonce, WEBSOCKET_NONCE_BYTES, ret);
}

void websocket_accept(const char *key, char ret[WEBSOCKET_ACCEPT_CHARS + 1])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455, 1.3 */
	uint8_t digest[SHA1_DIGEST_LENGTH];
	SHA1_CTX sha1;

	SHA1Init(&sha1);
	SHA1Update(&sha1, (const uint8_t *)key, strlen(key));
	SHA1Update(&sha1, (const uint8_t *)guid, sizeof(guid) - 1);
	SHA1Final(digest, &sha1);
	encode_base64(digest, sizeof(digest), ret);
}

/* MicroPython's server knows names and values in this case only (micropython-lib, webrepl.py, server_handshake). */
void websocket_request(struct strbuf *out, const char *host, const char *key)
{
	strbuf_printf(out,
		      "GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		      "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n",
		      host, key);
}

bool websocket_response_ends(const char *text, size_t n_bytes)
{
	return (n_bytes >= 2 && memcmp(text + n_bytes - 2, "\n\n", 2) == 0) ||
	       (n_bytes >= 3 && memcmp(text + n_bytes - 3, "\n\r\n", 3) == 0);
}

struct span {
	const char *text;
	size_t n;
};

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static struct span trimmed(const char *text, const char *end)
{
	while (text < end && is_blank(*text))
		text++;
	while (text < end && is_blank(end[-1]))
		end--;
	return (struct span){ text, (size_t)(end - text) };
}

static bool span_is(struct span s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.text, word, s.n) == 0;
}

/* Of "keep-alive, Upgrade" */
static bool span_lists(struct span s, const char *word)
{
	const char *at = s.text, *end = s.text + s.n;

	for (;;) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		if (span_is(trimmed(at, comma ? comma : end), word))
			return true;
		if (!comma)
			return false;
		at = comma + 1;
	}
}

/* "HTTP/1.1 101 Switching Protocols" */
static bool is_switching(struct span line)
{
	static const char start[] = "HTTP/1.1 101";
	size_t n = sizeof(start) - 1;

	return line.n >= n && memcmp(line.text, start, n) == 0 && (line.n == n || line.text[n] == ' ');
}

struct response {
	bool upgrades, connects, is_accepted, has_extras;
};

static void take_field(struct response *r, struct span name, struct span value, const char *accept)
{
	if (span_is(name, "Upgrade"))
		r->upgrades |= span_is(value, "websocket");
	else if (span_is(name, "Connection"))
		r->connects |= span_lists(value, "Upgrade");
	else if (span_is(name, "Sec-WebSocket-Accept"))
		r->is_accepted = value.n == strlen(accept) && memcmp(value.text, accept, value.n) == 0;
	else if (span_is(name, "Sec-WebSocket-Extensions") || span_is(name, "Sec-WebSocket-Protocol"))
		r->has_extras |= value.n > 0; /* none was offered */
}

static void take_fields(struct response *r, const char *at, const char *end, const char *accept)
{
	const char *newline, *colon;

	for (; at < end && (newline = memchr(at, '\n', (size_t)(end - at))); at = newline + 1) {
		colon = memchr(at, ':', (size_t)(newline - at));
		if (colon)
			take_field(r, trimmed(at, colon), trimmed(colon + 1, newline), accept);
	}
}

int websocket_check_response(const char *text, size_t n_bytes, const char *key, struct place at, struct diag *diag)
{
	CLEANUP(strbuf_deinit) struct strbuf shown = STRBUF_INIT;
	const char *end = text + n_bytes, *newline = n_bytes > 0 ? memchr(text, '\n', n_bytes) : NULL;
	struct span status = trimmed(text, newline ? newline : end);
	char accept[WEBSOCKET_ACCEPT_CHARS + 1];
	struct response r = { 0 };

	if (!newline || status.text != text || !is_switching(status)) {
		text_visible(&shown, status.text, MIN(status.n, (size_t)60), false);
		return diag_at(diag, at, -EPROTO, "expected a WebREPL, which answers with HTTP status 101, found '%s'",
			       strbuf_text(&shown));
	}
	websocket_accept(key, accept);
	take_fields(&r, newline + 1, end, accept);
	if (!r.upgrades || !r.connects || r.has_extras)
		return diag_at(diag, at, -EPROTO,
			       "expected a WebREPL, found a server that switches to another protocol");
	if (!r.is_accepted)
		return diag_at(diag, at, -EPROTO, "expected a WebREPL, found a wrong Sec-WebSocket-Accept");
	return 0;
}

/* ---- frames ---- */

enum { FINAL = 0x80, RESERVED = 0x70, OPCODE = 0x0f, MASKED = 0x80, LENGTH = 0x7f, LENGTH_16 = 126, LENGTH_64 = 127 };

size_t websocket_frame(enum websocket_opcode opcode, const uint8_t mask[4], const void *payload, size_t n_payload,
		       uint8_t ret[WEBSOCKET_FRAME_MAX_BYTES])
{
	const uint8_t *from = payload;

	assert(n_payload <= WEBSOCKET_SEND_MAX_BYTES);
	ret[0] = (uint8_t)(FINAL | opcode);
	ret[1] = (uint8_t)(MASKED | n_payload);
	memcpy(ret + 2, mask, 4);
	for (size_t i = 0; i < n_payload; i++)
		ret[6 + i] = from[i] ^ mask[i & 3];
	return 6 + n_payload;
}

static bool is_control(uint8_t opcode) { return opcode >= WEBSOCKET_CLOSE; }
static uint8_t opcode_of(const struct websocket *w) { return w->header[0] & OPCODE; }

static bool has_header(const struct websocket *w)
{
	return w->n_header == ((w->header[1] & LENGTH) == LENGTH_16 ? 4 : 2);
}

static size_t payload_bytes(const struct websocket *w)
{
	size_t n = w->header[1] & LENGTH;

	return n == LENGTH_16 ? (size_t)w->header[2] << 8 | w->header[3] : n;
}

/* NULL, or what is wrong with the first two bytes. */
static const char *check_header(const struct websocket *w)
{
	uint8_t opcode = opcode_of(w), n = w->header[1] & LENGTH;

	if (w->header[0] & RESERVED)
		return "a frame has reserved bits";
	if (opcode > WEBSOCKET_PONG || (opcode > WEBSOCKET_BINARY && opcode < WEBSOCKET_CLOSE))
		return "a frame is of an unknown kind";
	if (w->header[1] & MASKED)
		return "a frame is masked";
	if (n == LENGTH_64)
		return "a frame has more than 65535 bytes";
	if (is_control(opcode) && (n > WEBSOCKET_CONTROL_MAX_BYTES || !(w->header[0] & FINAL)))
		return "a control frame is too long, or in fragments";
	if (opcode == WEBSOCKET_MORE && !w->message)
		return "a fragment has no beginning";
	if (!is_control(opcode) && opcode != WEBSOCKET_MORE && w->message)
		return "a message begins within another";
	return NULL;
}

static void take_header(struct websocket *w, uint8_t byte)
{
	w->header[w->n_header++] = byte;
	if (w->n_header < 2)
		return;
	if (w->n_header == 2 && (w->fault = check_header(w)))
		return;
	if (!has_header(w))
		return;
	w->in_payload = true;
	w->n_left = payload_bytes(w);
	w->n_control = 0;
	if (opcode_of(w) == WEBSOCKET_TEXT || opcode_of(w) == WEBSOCKET_BINARY)
		w->message = opcode_of(w);
}

/* Returns how many of them are text; ret may be the same bytes. */
static size_t take_payload(struct websocket *w, const uint8_t *bytes, size_t n, uint8_t *ret)
{
	w->n_left -= n;
	if (is_control(opcode_of(w))) {
		memcpy(w->control + w->n_control, bytes, n);
		w->n_control += n;
		return 0;
	}
	if (w->message != WEBSOCKET_TEXT)
		return 0;
	memmove(ret, bytes, n);
	return n;
}

static void end_frame(struct websocket *w)
{
	uint8_t opcode = opcode_of(w);

	if (opcode == WEBSOCKET_PING) {
		memcpy(w->pong, w->control, w->n_control);
		w->n_pong = w->n_control;
		w->pong_due = true;
	}
	w->is_closed = opcode == WEBSOCKET_CLOSE;
	if (!is_control(opcode) && (w->header[0] & FINAL))
		w->message = 0;
	w->in_payload = false;
	w->n_header = 0;
}

size_t websocket_take(struct websocket *w, uint8_t *bytes, size_t n_bytes)
{
	size_t i = 0, n_text = 0;

	while (i < n_bytes && !w->fault && !w->is_closed) {
		if (!w->in_payload) {
			take_header(w, bytes[i++]);
		} else {
			size_t n = MIN(n_bytes - i, w->n_left);
			n_text += take_payload(w, bytes + i, n, bytes + n_text);
			i += n;
		}
		if (w->in_payload && w->n_left == 0)
			end_frame(w);
	}
	return n_text;
}
