/* The client's half of WebSocket (RFC 6455), without I/O: the opening handshake, frames to send, frames received. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"

enum {
	WEBSOCKET_NONCE_BYTES = 16,
	WEBSOCKET_KEY_CHARS = 24,
	WEBSOCKET_ACCEPT_CHARS = 28,
	WEBSOCKET_RESPONSE_MAX_BYTES = 4096, /* the server's header */
	/* Payload of a frame that is sent: its length is then one byte. MicroPython drops the connection at a length of
	 * eight bytes, and takes no fragments (extmod/modwebsocket.c, websocket_read, 1.25). */
	WEBSOCKET_SEND_MAX_BYTES = 125,
	WEBSOCKET_FRAME_MAX_BYTES = WEBSOCKET_SEND_MAX_BYTES + 6,
	/* Payload of a frame that is received: MicroPython sends none of 64 KiB or more (websocket_write). */
	WEBSOCKET_TAKE_MAX_BYTES = 65535,
	WEBSOCKET_CONTROL_MAX_BYTES = 125,
};

enum websocket_opcode {
	WEBSOCKET_MORE = 0, /* the next fragment of a message */
	WEBSOCKET_TEXT = 1,
	WEBSOCKET_BINARY = 2,
	WEBSOCKET_CLOSE = 8,
	WEBSOCKET_PING = 9,
	WEBSOCKET_PONG = 10,
};

/* ---- the handshake ---- */

void websocket_key(const uint8_t nonce[WEBSOCKET_NONCE_BYTES], char ret[WEBSOCKET_KEY_CHARS + 1]);
/* What the server answers to a key. */
void websocket_accept(const char *key, char ret[WEBSOCKET_ACCEPT_CHARS + 1]);
/* host as in a URL: "[::1]:8266". */
void websocket_request(struct strbuf *out, const char *host, const char *key);
/* Whether the header of a response is complete, if bytes end where one was received. */
bool websocket_response_ends(const char *text, size_t n_bytes);
/* A complete header. 0; -EPROTO, with diag: no such server. */
int websocket_check_response(const char *text, size_t n_bytes, const char *key, struct place at, struct diag *diag);

/* ---- frames ---- */

/* One whole masked frame of at most WEBSOCKET_SEND_MAX_BYTES; returns its size. */
size_t websocket_frame(enum websocket_opcode opcode, const uint8_t mask[4], const void *payload, size_t n_payload,
		       uint8_t ret[WEBSOCKET_FRAME_MAX_BYTES]);

/* Frames received. All-zero is the beginning. */
struct websocket {
	uint8_t header[4]; /* of a frame; 2 or 4 bytes */
	size_t n_header;
	bool in_payload;
	size_t n_left;   /* of the payload */
	uint8_t message; /* opcode of the message that is not at its end; 0: none */
	uint8_t control[WEBSOCKET_CONTROL_MAX_BYTES];
	size_t n_control;
	bool pong_due; /* for the caller to send, and to clear; of several pings the last one counts */
	uint8_t pong[WEBSOCKET_CONTROL_MAX_BYTES];
	size_t n_pong;
	bool is_closed;    /* the server said so; what follows is ignored */
	const char *fault; /* what broke the protocol; NULL: nothing. What follows is ignored */
};

/* Takes bytes of any chunk, and replaces them by the payload of text frames among them; returns its size. Binary
 * frames are answers to file transfers, which nobody requested: they are dropped. Text need not be UTF-8, as boards
 * print any bytes. */
size_t websocket_take(struct websocket *w, uint8_t *bytes, size_t n_bytes);
