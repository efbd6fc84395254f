#include "shared/proto.h"

#include <string.h>

#include "memprof/base/text.h"

enum wire_type { WIRE_VARINT = 0, WIRE_64_BITS = 1, WIRE_BYTES = 2 };

/* Seven bits a byte, the lowest first; the highest bit of all but the last is set. */
static void varint(struct strbuf *out, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		strbuf_putc(out, (char)(unsigned char)(value | 0x80));
	strbuf_putc(out, (char)value);
}

static void tag(struct strbuf *out, unsigned field, enum wire_type type)
{
	varint(out, (uint64_t)field << 3 | (unsigned)type);
}

static void bytes(struct strbuf *out, unsigned field, const struct strbuf *value)
{
	tag(out, field, WIRE_BYTES);
	varint(out, value->n_bytes);
	strbuf_add(out, strbuf_text(value), value->n_bytes);
	if (strbuf_error(value))
		out->error = strbuf_error(value);
}

void proto_number(struct strbuf *out, unsigned field, uint64_t value)
{
	tag(out, field, WIRE_VARINT);
	varint(out, value);
}

void proto_double(struct strbuf *out, unsigned field, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	tag(out, field, WIRE_64_BITS);
	for (int i = 0; i < 8; i++)
		strbuf_putc(out, (char)(unsigned char)(bits >> 8 * i));
}

void proto_text(struct strbuf *out, unsigned field, const char *text)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_clean(&clean, text);
	bytes(out, field, &clean);
}

void proto_message(struct strbuf *out, unsigned field, const struct strbuf *message) { bytes(out, field, message); }
