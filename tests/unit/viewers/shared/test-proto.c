/* The wire format of Protocol Buffers, byte by byte: the examples of protobuf.dev, "Encoding". */
#include "shared/proto.h"

#include "unit.h"

static void assert_bytes(struct strbuf *out, const char *bytes, size_t n_bytes)
{
	assert_int_equal(strbuf_error(out), 0);
	assert_int_equal(out->n_bytes, n_bytes);
	assert_memory_equal(strbuf_text(out), bytes, n_bytes);
	strbuf_reset(out);
}
#define ASSERT_BYTES(out, bytes) assert_bytes(out, bytes, sizeof(bytes) - 1)

UNIT_TEST(numbers)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;

	proto_number(&out, 1, 150);
	ASSERT_BYTES(&out, "\x08\x96\x01");
	proto_number(&out, 1, 0);
	ASSERT_BYTES(&out, "\x08\x00");
	proto_number(&out, 15, 127);
	ASSERT_BYTES(&out, "\x78\x7f");
	proto_number(&out, 16, 128); /* a tag of two bytes */
	ASSERT_BYTES(&out, "\x80\x01\x80\x01");
	proto_number(&out, 60, UINT64_MAX);
	ASSERT_BYTES(&out, "\xe0\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
	proto_double(&out, 5, 1.0);
	ASSERT_BYTES(&out, "\x29\x00\x00\x00\x00\x00\x00\xf0\x3f");
}

UNIT_TEST(texts)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;

	proto_text(&out, 2, "testing");
	ASSERT_BYTES(&out, "\x12\x07testing");
	proto_text(&out, 2, "");
	ASSERT_BYTES(&out, "\x12\x00");
	proto_text(&out, 2, "\xc3\xa9\xff\x1b\xe2\x80\xae\n"); /* valid, invalid, and what acts on a terminal */
	ASSERT_BYTES(&out, "\x12\x14\xc3\xa9\\xff\\x1b\\u202e\\x0a");
}

UNIT_TEST(messages)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf inner = STRBUF_INIT;

	proto_number(&inner, 1, 150);
	proto_message(&out, 3, &inner);
	ASSERT_BYTES(&out, "\x1a\x03\x08\x96\x01");
	strbuf_reset(&inner);
	proto_message(&out, 3, &inner);
	ASSERT_BYTES(&out, "\x1a\x00");
	strbuf_repeat(&inner, "x", 300);
	proto_message(&out, 1, &inner);
	assert_int_equal(out.n_bytes, 303);
	assert_memory_equal(strbuf_text(&out), "\x0a\xac\x02xxx", 6);
}

/* Without memory the whole is not written either. */
UNIT_TEST(failures)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
	struct strbuf inner = { .error = -12 };

	proto_message(&out, 3, &inner);
	assert_int_equal(strbuf_error(&out), -12);
}
