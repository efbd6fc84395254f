#include "agent/hello.h"

#include <errno.h>

#include "memprof/base/number.h"
#include "memprof/wire.h"

static void hexadecimal(struct agent_fields *f, char *ret, size_t n_ret)
{
	size_t n = 0;

	for (; f->p < f->end && n + 2 < n_ret; f->p++) {
		ret[n++] = "0123456789abcdef"[*f->p >> 4];
		ret[n++] = "0123456789abcdef"[*f->p & 15];
	}
	ret[n] = '\0';
}

static void read_field(uint8_t tag, struct agent_fields *f, struct event_hello *ret)
{
	if (tag == WIRE_TAG_FIRMWARE)
		fields_text(f, ret->firmware, sizeof(ret->firmware));
	else if (tag == WIRE_TAG_BUILD_ID)
		hexadecimal(f, ret->build_id, sizeof(ret->build_id));
	else if (tag == WIRE_TAG_MACHINE)
		fields_text(f, ret->machine, sizeof(ret->machine));
}

int agent_hello_read(struct agent_fields *f, struct event_hello *ret)
{
	struct event_hello hello = { 0 };

	hello.wire_major = fields_u8(f);
	hello.wire_minor = fields_u8(f);
	hello.refused = hello.wire_major != WIRE_MAJOR;
	if (!hello.refused) {
		hello.agent_major = fields_u8(f);
		hello.agent_minor = fields_u8(f);
		hello.agent_patch = fields_u8(f);
		hello.pointer_bytes = fields_u8(f);
		hello.block_bytes = fields_below(f, UINT32_MAX);
		hello.abilities = fields_varint(f);
		hello.period_ms = fields_varint(f);
	}
	if (f->truncated)
		return -EBADMSG;
	while (!hello.refused && f->end - f->p >= 2) {
		uint8_t tag = fields_u8(f), n_bytes = fields_u8(f);
		const uint8_t *bytes = fields_bytes(f, n_bytes);
		if (!bytes)
			return -EBADMSG;
		struct agent_fields field = { .p = bytes, .end = bytes + n_bytes };
		read_field(tag, &field, &hello);
	}
	*ret = hello;
	return 0;
}
