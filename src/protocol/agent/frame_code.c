#include "agent/frame_code.h"

#include <string.h>

#include "memprof/base/bytes.h"

/* ---- CRC ---- */

void crc32_init(struct crc32 *c)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? WIRE_CRC_POLYNOMIAL : 0);
		c->tables[0][i] = crc;
	}
	for (size_t k = 1; k < 8; k++)
		for (size_t i = 0; i < 256; i++)
			c->tables[k][i] = c->tables[k - 1][i] >> 8 ^ c->tables[0][c->tables[k - 1][i] & 0xff];
}

uint32_t crc32_add(const struct crc32 *c, uint32_t crc, const void *bytes, size_t n_bytes)
{
	const uint8_t *p = bytes;

	crc = ~crc;
	for (; n_bytes >= 8; p += 8, n_bytes -= 8) {
		uint32_t a = bytes_u32(p) ^ crc, b = bytes_u32(p + 4);
		crc = c->tables[7][a & 0xff] ^ c->tables[6][a >> 8 & 0xff] ^ c->tables[5][a >> 16 & 0xff] ^
		      c->tables[4][a >> 24] ^ c->tables[3][b & 0xff] ^ c->tables[2][b >> 8 & 0xff] ^
		      c->tables[1][b >> 16 & 0xff] ^ c->tables[0][b >> 24];
	}
	for (; n_bytes > 0; n_bytes--)
		crc = crc >> 8 ^ c->tables[0][(crc ^ *p++) & 0xff];
	return ~crc;
}

/* ---- COBS and base64 ---- */

size_t cobs_decode(const uint8_t *bytes, size_t n_bytes, uint8_t *ret)
{
	if (n_bytes < COBS_MIN_BYTES || n_bytes > COBS_MAX_BYTES)
		return 0;
	/* No group reaches 255 bytes, so each code but the first replaces a zero. */
	memcpy(ret, bytes + 1, n_bytes - 1);
	size_t at = bytes[0];
	for (; at < n_bytes; at += bytes[at])
		ret[at - 1] = 0;
	return at == n_bytes ? n_bytes - 1 : 0;
}

size_t cobs_encode(const uint8_t *bytes, size_t n_bytes, uint8_t *ret)
{
	size_t at_code = 0, n = 1;

	for (size_t i = 0; i < n_bytes; i++) {
		if (bytes[i]) {
			ret[n++] = bytes[i];
			continue;
		}
		ret[at_code] = (uint8_t)(n - at_code);
		at_code = n++;
	}
	ret[at_code] = (uint8_t)(n - at_code);
	return n;
}

/* 0..63, or -1. */
static int digit(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' :
	       c >= 'a' && c <= 'z' ? c - 'a' + 26 :
	       c >= '0' && c <= '9' ? c - '0' + 52 :
	       c == '+'             ? 62 :
	       c == '/'             ? 63 :
				      -1;
}

bool base64_is_digit(uint8_t c) { return digit(c) >= 0 || c == '='; }

size_t base64_decode(const uint8_t *bytes, size_t n_bytes, uint8_t *ret)
{
	size_t n = 0, n_pad = 0;

	if (n_bytes < BASE64_MIN_BYTES || n_bytes > BASE64_MAX_BYTES || n_bytes % 4)
		return 0;
	while (n_pad < 2 && bytes[n_bytes - 1 - n_pad] == '=')
		n_pad++;
	if (n_bytes / 4 * 3 - n_pad > WIRE_BODY_MAX_BYTES)
		return 0;
	for (size_t at = 0; at < n_bytes; at += 4) {
		uint32_t group = 0;
		for (size_t i = 0; i < 4; i++) {
			bool is_pad = at + i >= n_bytes - n_pad;
			int value = is_pad ? 0 : digit(bytes[at + i]);
			if (value < 0)
				return 0;
			group = group << 6 | (uint32_t)value;
		}
		size_t n_here = at + 4 < n_bytes ? 3 : 3 - n_pad;
		for (size_t i = 0; i < n_here; i++)
			ret[n++] = (uint8_t)(group >> (16 - 8 * i));
	}
	return n;
}

bool frame_body_is_valid(const struct crc32 *crc, const uint8_t *body, size_t n_bytes)
{
	if (n_bytes < WIRE_BODY_MIN_BYTES || body[0] == 0 || body[0] >= WIRE_TYPE_END)
		return false;
	const uint8_t *received = body + n_bytes - WIRE_CRC_BYTES;
	uint32_t expected = crc32_add(crc, 0, body, n_bytes - WIRE_CRC_BYTES);

	return bytes_u32(received) == expected;
}
