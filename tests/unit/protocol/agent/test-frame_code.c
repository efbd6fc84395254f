#include "agent/frame_code.h"

#include "agent_tx.h"
#include "unit.h"

static void assert_cobs(const uint8_t *body, size_t n)
{
	uint8_t code[COBS_MAX_BYTES + 1], back[WIRE_BODY_MAX_BYTES + 1];
	struct strbuf other = STRBUF_INIT;

	size_t n_code = cobs_encode(body, n, code);
	tx_cobs(&other, body, n);
	assert_int_equal(n_code, n + 1);
	assert_int_equal(other.n_bytes, n_code);
	assert_memory_equal(code, other.text, n_code);
	assert_null(memchr(code, 0, n_code));
	strbuf_deinit(&other);
	assert_int_equal(cobs_decode(code, n_code, back), n);
	assert_memory_equal(back, body, n);
}

UNIT_TEST(cobs_comes_back)
{
	uint8_t body[WIRE_BODY_MAX_BYTES];
	uint32_t random = 1;

	for (size_t n = WIRE_BODY_MIN_BYTES; n <= sizeof(body); n++) {
		for (unsigned zeros = 0; zeros < 8; zeros++) {
			for (size_t i = 0; i < n; i++)
				body[i] = next_random(&random) % 7 < zeros ? 0 :
									     (uint8_t)(1 + next_random(&random) % 255);
			assert_cobs(body, n);
		}
	}
}

/* Of anything without a zero: it is refused, or it is the code of what comes out. */
UNIT_TEST(cobs_of_anything)
{
	uint8_t code[140], body[WIRE_BODY_MAX_BYTES], again[COBS_MAX_BYTES];
	uint32_t random = 2;
	unsigned n_good = 0;

	for (int round = 0; round < 20000; round++) {
		size_t n = next_random(&random) % sizeof(code);
		for (size_t i = 0; i < n; i++)
			code[i] = (uint8_t)(1 + next_random(&random) % (round % 2 ? 5 : 255));
		uint8_t *copy = exact_copy(code, n);
		size_t n_body = cobs_decode(copy, n, body);
		free(copy);
		if (n_body == 0)
			continue;
		n_good++;
		assert_true(n_body == n - 1 && n_body >= WIRE_BODY_MIN_BYTES && n_body <= sizeof(body));
		assert_int_equal(cobs_encode(body, n_body, again), n);
		assert_memory_equal(again, code, n);
	}
	assert_true(n_good > 1000);
}

static size_t decode(const char *text, uint8_t *ret) { return base64_decode((const uint8_t *)text, strlen(text), ret); }

/* RFC 4648, section 10, as far as the lengths are those of a frame. */
UNIT_TEST(base64_of_a_frame)
{
	static const struct {
		const char *text;
		size_t n;
	} rows[] = {
		{ "Zm9vYmFyZm9v", 9 }, { "Zm9vYmFyZm8=", 8 },     { "Zm9vYmFyZm9vYg==", 10 }, { "", 0 },
		{ "Zm9vYmFy", 0 },     { "Zm9vYmFyZm9", 0 },      { "Zm9vYmFyZm9v====", 0 },  { "Zm9vYmFy=m9v", 0 },
		{ "Zm9vYmF!Zm9v", 0 }, { "Zm9vYmFyZm9vY===", 0 },
	};
	uint8_t body[WIRE_BODY_MAX_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(decode(rows[i].text, body), rows[i].n);
		if (rows[i].n)
			assert_memory_equal(body, "foobarfoob", rows[i].n);
	}
	assert_int_equal(base64_is_digit('='), true);
	assert_int_equal(base64_is_digit('$'), false);
	char longest[BASE64_MAX_BYTES + 5];
	memset(longest, 'A', sizeof(longest));
	longest[BASE64_MAX_BYTES] = '\0';
	assert_int_equal(decode(longest, body), 0); /* 126 bytes */
	longest[BASE64_MAX_BYTES - 1] = '=';
	assert_int_equal(decode(longest, body), WIRE_BODY_MAX_BYTES);
}

UNIT_TEST(a_body_has_its_crc_and_a_type)
{
	uint8_t body[12] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct crc32 crc;

	crc32_init(&crc);
	for (unsigned type = 0; type < 256; type++) {
		body[0] = (uint8_t)type;
		uint32_t sum = tx_crc(body, 8);
		for (int i = 0; i < 4; i++)
			body[8 + i] = (uint8_t)(sum >> 8 * i);
		assert_int_equal(frame_body_is_valid(&crc, body, sizeof(body)), type > 0 && type < 0x80);
	}
	body[0] = 1;
	assert_false(frame_body_is_valid(&crc, body, sizeof(body)));
	assert_false(frame_body_is_valid(&crc, body, 7));
	assert_false(frame_body_is_valid(&crc, body, 0));
}
