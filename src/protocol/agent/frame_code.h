/* How a frame's body stands in a stream (firmware-agent/PROTOCOL.md): COBS between zeros, or base64 in a text. */
#ifndef MEMPROF_FRAME_CODE_H
#define MEMPROF_FRAME_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/crc32.h"
#include "memprof/wire.h"

enum {
	COBS_MIN_BYTES = WIRE_BODY_MIN_BYTES + 1,
	COBS_MAX_BYTES = WIRE_BODY_MAX_BYTES + 1,
	BASE64_MIN_BYTES = (WIRE_BODY_MIN_BYTES + 2) / 3 * 4,
	BASE64_MAX_BYTES = (WIRE_BODY_MAX_BYTES + 2) / 3 * 4,
};

/* Both write at most WIRE_BODY_MAX_BYTES and return how many; 0 if the bytes are no such code, or of too much or too
 * little. The bytes of cobs_decode have no zero among them. */
size_t cobs_decode(const uint8_t *bytes, size_t n_bytes, uint8_t *ret);
size_t base64_decode(const uint8_t *bytes, size_t n_bytes, uint8_t *ret);

/* Writes at most COBS_MAX_BYTES. n_bytes: of a body, at most WIRE_BODY_MAX_BYTES. */
size_t cobs_encode(const uint8_t *bytes, size_t n_bytes, uint8_t *ret);

bool base64_is_digit(uint8_t c); /* or the '=' of its end */

/* Whether the last four bytes of a body are the CRC of those before them, and its type is one that there may be. */
bool frame_body_is_right(const struct crc32 *crc, const uint8_t *body, size_t n_bytes);

#endif
