#include "agent/fields.h"

#include <string.h>

#include "memprof/base/bytes.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"

const uint8_t *fields_bytes(struct agent_fields *f, size_t n)
{
	const uint8_t *at = f->p;

	f->truncated |= n > (size_t)(f->end - f->p);
	if (f->truncated)
		return NULL;
	f->p += n;
	return at;
}

uint8_t fields_u8(struct agent_fields *f)
{
	const uint8_t *at = fields_bytes(f, 1);

	return at ? *at : 0;
}

uint32_t fields_u32(struct agent_fields *f)
{
	const uint8_t *at = fields_bytes(f, 4);

	return at ? bytes_u32(at) : 0;
}

uint64_t fields_varint(struct agent_fields *f)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t c = fields_u8(f);
		uint64_t bits = c & 0x7f;
		if (bits << shift >> shift != bits)
			break;
		value |= bits << shift;
		if (!(c & 0x80))
			return value;
	}
	f->truncated = true;
	return 0;
}

uint32_t fields_below(struct agent_fields *f, uint32_t limit)
{
	uint64_t value = fields_varint(f);

	f->truncated |= value >= limit;
	return f->truncated ? 0 : (uint32_t)value;
}

void fields_text(struct agent_fields *f, char *ret, size_t n_ret)
{
	size_t n_bytes = (size_t)(f->end - f->p), n = 0;

	if (n_bytes > 0 && !f->truncated) {
		struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;
		text_visible(&clean, f->p, n_bytes, false);
		const uint8_t *text = (const uint8_t *)strbuf_text(&clean), *end = text + clean.n_bytes;
		size_t n_char;
		while (text + n < end && (n_char = text_utf8(text + n, end, NULL)) && n + n_char < n_ret)
			n += n_char;
		memcpy(ret, text, n);
		f->p = f->end;
	}
	ret[n] = '\0';
}
