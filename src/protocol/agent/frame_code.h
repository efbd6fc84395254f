/* Encoding of a frame's body in the stream (firmware-agent/PROTOCOL.md): COBS between zeros, or base64 in text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/wire.h"

enum {
	COBS_MIN_BYTES = WIRE_BODY_MIN_BYTES + 1,
	COBS_MAX_BYTES = WIRE_BODY_MAX_BYTES + 1,
	BASE64_MIN_BYTES = (WIRE_BODY_MIN_BYTES + 2) / 3 * 4,
	BASE64_MAX_BYTES = (WIRE_BODY_MAX_BYTES + 2) / 3 * 4,
};

/* CRC-32 as in Ethernet and zlib (reflected, polynomial 0x04C11DB7, start and final xor 0xFFFFFFFF), for the agent's
 * frames and tables. Eight bytes per step: some GB/s also on rows of 32 bytes, where zlib's is slow. */
struct crc32 {
	uint32_t tables[8][256];
};

void crc32_init(struct crc32 *c);

/* Continues crc (0 at the start) with these bytes. */
uint32_t crc32_add(const struct crc32 *c, uint32_t crc, const void *bytes, size_t n_bytes);

/* Write at most WIRE_BODY_MAX_BYTES and return their number; 0 if the input is invalid, or encodes too many or too few.
 * The input of cobs_decode must have no zero. */
size_t cobs_decode(const uint8_t *bytes, size_t n_bytes, uint8_t *ret);
size_t base64_decode(const uint8_t *bytes, size_t n_bytes, uint8_t *ret);

/* Writes at most COBS_MAX_BYTES. n_bytes is at most WIRE_BODY_MAX_BYTES. */
size_t cobs_encode(const uint8_t *bytes, size_t n_bytes, uint8_t *ret);

bool base64_is_digit(uint8_t c); /* including '=' */

/* Whether the last four bytes of a body are the CRC of those before them, and its type is in range. */
bool frame_body_is_valid(const struct crc32 *crc, const uint8_t *body, size_t n_bytes);
