/* The text carrier: for channels and logs that are not clean for all bytes. */
#include "memprof/extra.h"

enum {
	BASE64_MAX_BYTES = (WIRE_BODY_MAX_BYTES + 2) / 3 * 4,
	LINE_MAX_BYTES = sizeof(WIRE_TEXT_BEGIN) - 1 + BASE64_MAX_BYTES + sizeof(WIRE_TEXT_END) - 1 + 2,
};

static char digit_of(uint32_t value)
{
	value &= 63;
	if (value < 26)
		return (char)('A' + value);
	if (value < 52)
		return (char)('a' + value - 26);
	if (value < 62)
		return (char)('0' + value - 52);
	return value == 62 ? '+' : '/';
}

/* The bytes of a frame without COBS, one after the other. */
struct body {
	const uint8_t *at, *end; /* to the delimiter */
	uint8_t left;            /* before the next code */
};

static bool body_next(struct body *body, uint32_t *ret)
{
	if (body->at == body->end)
		return false;
	if (--body->left) {
		*ret = *body->at++;
	} else {
		*ret = 0;
		body->left = *body->at++;
	}
	return true;
}

bool memprof_write_text(const uint8_t *frame, size_t n_bytes, bool (*write)(const char *text, size_t n_bytes))
{
	struct body body = { frame + 2, frame + n_bytes - 1, frame[1] };
	char line[LINE_MAX_BYTES] = WIRE_TEXT_BEGIN;
	size_t n = sizeof(WIRE_TEXT_BEGIN) - 1;
	uint32_t bytes[3];

	while (body_next(&body, &bytes[0])) {
		bool second = body_next(&body, &bytes[1]), third = second && body_next(&body, &bytes[2]);
		uint32_t group = bytes[0] << 16 | (second ? bytes[1] << 8 : 0) | (third ? bytes[2] : 0);

		line[n++] = digit_of(group >> 18);
		line[n++] = digit_of(group >> 12);
		line[n++] = second ? digit_of(group >> 6) : '=';
		line[n++] = third ? digit_of(group) : '=';
	}
	line[n++] = WIRE_TEXT_END[0];
	line[n++] = '\r';
	line[n++] = '\n';
	return write(line, n);
}
