#include "memprof/base/utf16.h"

#include "memprof/base/number.h"
#include "memprof/base/text.h"

enum { LOOKED_BYTES = 512, REPLACEMENT = 0xfffd };

bool utf16_detect(const uint8_t *head, size_t n_bytes, struct utf16 *ret)
{
	size_t n_nul[2] = { 0, 0 }, n = MIN(n_bytes, (size_t)LOOKED_BYTES) & ~(size_t)1;

	*ret = (struct utf16){ .is_big = false };
	if (n >= 2 && (head[0] ^ head[1]) == (0xfe ^ 0xff) && (head[0] | 1) == 0xff) {
		ret->is_big = head[0] == 0xfe;
		return true;
	}
	for (size_t i = 0; i < n; i++)
		n_nul[i & 1] += head[i] == 0;
	ret->is_big = n_nul[0] > n_nul[1];
	return n >= 8 && MAX(n_nul[0], n_nul[1]) > n / 2 * 9 / 10 && MIN(n_nul[0], n_nul[1]) == 0;
}

size_t utf16_to_utf8(struct utf16 *u, const uint8_t *bytes, size_t n_bytes, char *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < n_bytes; i++) {
		if (!u->has_byte) {
			u->byte = bytes[i];
			u->has_byte = true;
			continue;
		}
		u->has_byte = false;
		uint32_t unit = u->is_big ? (uint32_t)u->byte << 8 | bytes[i] : (uint32_t)bytes[i] << 8 | u->byte;
		bool is_low = unit >= 0xdc00 && unit < 0xe000;
		if (u->high && !is_low)
			n += text_put_utf8(REPLACEMENT, ret + n);
		uint32_t code = u->high && is_low ? 0x10000 + ((u->high - 0xd800u) << 10) + (unit - 0xdc00) : unit;
		bool is_half = is_low && !u->high;
		u->high = unit >= 0xd800 && unit < 0xdc00 ? (uint16_t)unit : 0;
		if (!u->high && code != 0xfeff) /* the mark at the beginning */
			n += text_put_utf8(is_half ? REPLACEMENT : code, ret + n);
	}
	return n;
}
