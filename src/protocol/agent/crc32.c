#include "agent/crc32.h"

#include "memprof/wire.h"

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
		uint32_t a = little_endian_32(p) ^ crc, b = little_endian_32(p + 4);
		crc = c->tables[7][a & 0xff] ^ c->tables[6][a >> 8 & 0xff] ^ c->tables[5][a >> 16 & 0xff] ^
		      c->tables[4][a >> 24] ^ c->tables[3][b & 0xff] ^ c->tables[2][b >> 8 & 0xff] ^
		      c->tables[1][b >> 16 & 0xff] ^ c->tables[0][b >> 24];
	}
	for (; n_bytes > 0; n_bytes--)
		crc = crc >> 8 ^ c->tables[0][(crc ^ *p++) & 0xff];
	return ~crc;
}
