#include "html/packed.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "memprof/base/number.h"

static void add_base64(struct strbuf *out, const uint8_t *bytes, size_t n_bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n_bytes; i += 3) {
		size_t n = MIN(n_bytes - i, (size_t)3);
		uint32_t word = (uint32_t)bytes[i] << 16 | (n > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
				(n > 2 ? bytes[i + 2] : 0);
		char text[4] = { digits[word >> 18], digits[word >> 12 & 63], n > 1 ? digits[word >> 6 & 63] : '=',
				 n > 2 ? digits[word & 63] : '=' };
		strbuf_add(out, text, sizeof(text));
	}
}

int html_pack(struct strbuf *out, const void *bytes, size_t n_bytes)
{
	uLongf n_packed = compressBound(n_bytes);
	uint8_t *packed = malloc(n_packed);
	int r = -ENOMEM;

	if (packed && compress2(packed, &n_packed, bytes, n_bytes, Z_DEFAULT_COMPRESSION) == Z_OK) {
		add_base64(out, packed, n_packed);
		r = strbuf_error(out);
	}
	free(packed);
	return r;
}
