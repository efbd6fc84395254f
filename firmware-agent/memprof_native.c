/* What works on every byte of a snapshot, for ARM: scripts/build-mpy compiles it and puts it into memprof.py as the
 * data of assembler functions, as mpy-cross makes three times as much code of the same in Python. It runs on every
 * Cortex-M. There must be nothing in it that needs a relocation: no calls, no data.
 *
 * The enumerators are the constants of memprof.py. */
#include <stdint.h>

uint32_t close(uint32_t *p, uint8_t *w);
uint32_t cobs(uint32_t *p, uint8_t *w);
uint32_t base64(uint32_t *p, uint8_t *w);
uint32_t used(const uint8_t *table, uint32_t n_bytes, uint32_t *p);
uint32_t scan(const uint8_t *table, uint32_t *p, uint8_t *w, uint16_t *hashes);

enum {
	DIGEST,
	FROM = 2,
	TO,
	BASE,
	ROW,
	BYTES,
	FIRST,
	KIND,
	HASHED,
	N,
	INDEX,
	NUMBER,
	AREA,
	SESSION,
	SEQUENCE,
	TABLE,
	HEAD = 47,
	EMPTY = 53,
};
enum { FREE, TAILS, MIXED };

static inline __attribute__((always_inline)) uint8_t *put_u32(uint8_t *w, uint32_t value)
{
	for (int i = 0; i < 4; i++, value >>= 8)
		*w++ = (uint8_t)value;
	return w;
}

uint32_t close(uint32_t *p, uint8_t *w)
{
	uint8_t *end = w + p[N];
	uint32_t crc = UINT32_MAX;

	w[3] = (uint8_t)p[SESSION];
	w[4] = (uint8_t)p[SEQUENCE];
	w[5] = (uint8_t)(p[SEQUENCE] >> 8);
	p[SEQUENCE] = (uint16_t)(p[SEQUENCE] + 1);
	p[INDEX]++;
	if (w[2] == 9)
		put_u32(w + 11, ~p[DIGEST]);
	for (w += 2; w < end; w++) {
		crc ^= *w;
		for (int i = 0; i < 2; i++)
			crc = crc >> 4 ^ p[TABLE + (crc & 15)];
	}
	put_u32(end, ~crc);
	p[N] += 4;
	return 0;
}

uint32_t cobs(uint32_t *p, uint8_t *w)
{
	uint8_t *end = w + p[N], *code = w + 1;

	*w++ = 0;
	*end = 0;
	while (w++ < end)
		if (*w == 0) {
			*code = (uint8_t)(w - code);
			code = w;
		}
	p[N]++;
	return 0;
}

/* From the end on, as there is no other place for it. */
uint32_t base64(uint32_t *p, uint8_t *w)
{
	uint32_t n = p[N], end = 2, j = 3, line = w[2] > 8;

	for (; end < n; end += 3)
		j += 4;
	for (uint32_t i = n; i < end; i++)
		w[i] = 0;
	uint32_t at = j - (end - n); /* of the padding */
	p[N] = j + 1 + line;
	w[j] = '$';
	w[j + 1] = '\n';
	for (uint32_t i = end; i > 2;) {
		i -= 3;
		uint32_t v = (uint32_t)w[i] << 16 | (uint32_t)w[i + 1] << 8 | w[i + 2];
		for (int s = 0; s < 4; s++, v >>= 6) {
			uint32_t c = v & 63;
			j--;
			if (j >= at)
				c = '=';
			else if (c < 26)
				c += 'A';
			else if (c < 52)
				c += 'a' - 26;
			else if (c < 62)
				c -= 4;
			else
				c = c == 62 ? '+' : '/';
			w[j] = (uint8_t)c;
		}
	}
	w[0] = 'm';
	w[1] = 'p';
	w[2] = '$';
	return 0;
}

uint32_t used(const uint8_t *table, uint32_t n_bytes, uint32_t *p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < n_bytes; i++)
		for (uint32_t v = (table[i] | table[i] >> 1) & 0x55; v; v >>= 2)
			n += v & 1;
	p[BASE] = n;
	return 0;
}

/* Reads rows until a frame of those that have to be sent is complete; 0: the area has no more. */
uint32_t scan(const uint8_t *table, uint32_t *p, uint8_t *w, uint16_t *hashes)
{
	uint32_t row = p[ROW], first = p[FIRST], kind = p[KIND], n_bytes = p[BYTES], end = row;

	p[FIRST] = 0;
	while (row << 4 < n_bytes) {
		uint32_t at = row << 4, digest = p[DIGEST], crc = UINT32_MAX, n = 16, is = MIXED, v;

		if (n > n_bytes - at)
			n = n_bytes - at;
		v = table[at];
		for (uint32_t i = 1; v == table[at + i - 1];)
			if (i++ == n) {
				if (v == 0)
					is = FREE;
				else if (v == 0xaa && n == 16)
					is = TAILS;
				break;
			}
		/* Half words: six of the head of an area, eight of the row, its CRC. */
		int i = 0;
		if (row == 0) {
			i = -6;
			if (p[AREA] == 0)
				digest = UINT32_MAX;
		}
		for (; i < 18; i++) {
			uint32_t *into = &crc;
			if (i < 0 || i > 15) {
				into = &digest;
				if (i < 0)
					digest ^= p[EMPTY + i];
				else if (i == 16)
					digest ^= ~crc;
			} else if (is != MIXED) {
				crc = p[EMPTY + is];
				i = 15;
				continue;
			} else if ((uint32_t)i < n) {
				v = table[at + (uint32_t)i];
				v = (v >> 1 & 0x55) | (v & 0x55) << 1;
				crc ^= (v & 3) | (v & 12) << 2 | (v & 48) << 4 | v >> 6 << 12;
			}
			v = *into;
			for (int j = 0; j < 4; j++)
				v = v >> 4 ^ p[TABLE + (v & 15)];
			*into = v;
		}
		p[DIGEST] = digest;
		uint32_t i_row = p[BASE] + row;
		uint32_t send = i_row - p[FROM] < p[TO] - p[FROM];
		if (p[HASHED] && hashes[i_row] != (uint16_t)~crc) {
			hashes[i_row] = (uint16_t)~crc;
			send = 1;
		}
		end = row++;
		if (!first) {
			if (send) {
				first = row;
				kind = is;
			}
		} else if (!send || is != kind || (is == MIXED && row - first >= 6)) {
			if (send) {
				p[FIRST] = row;
				p[KIND] = is;
			}
			break;
		}
		end = row;
	}
	p[ROW] = row;
	if (!first)
		return 0;
	uint32_t at = (first - 1) << 4;
	end <<= 4;
	if (end > n_bytes)
		end = n_bytes;
	w[2] = kind == MIXED ? 8 : 7;
	w[6] = 0;
	w[7] = (uint8_t)p[NUMBER];
	w[8] = (uint8_t)(p[INDEX] | 128);
	w[9] = (uint8_t)(p[INDEX] >> 7 | 128);
	w[10] = (uint8_t)(p[INDEX] >> 14);
	w[11] = (uint8_t)p[AREA];
	w[12] = (uint8_t)(at << 2 | 128);
	w[13] = (uint8_t)(at >> 5 | 128);
	w[14] = (uint8_t)(at >> 12 | 128);
	w[15] = (uint8_t)(at >> 19);
	uint8_t *out = w + 16;
	if (kind == MIXED) {
		while (at < end)
			*out++ = table[at++];
	} else {
		uint32_t v = ((end - at) * 4 - 1) << 3 | kind;
		for (; out < w + 21; v >>= 6)
			*out++ = (uint8_t)((v & 7) | (v << 1 & 112) | 136);
		w[16] ^= 8;
		w[20] ^= 128;
	}
	p[N] = (uint32_t)(out - w);
	return first;
}
