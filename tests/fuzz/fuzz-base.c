/* Numbers, text and JSON strings. */
#include "fuzz.h"
#include "memprof/base/json.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/base/utf16.h"

static void numbers(const char *text, size_t n)
{
	uint64_t value = 7, again = 7;
	char buffer[NUMBER_HUMAN_BYTES], digits[32];
	const char *end = number_scan(text, text + n, &value);

	MUST(end ? value != NOT_KNOWN && end > text && end <= text + n : value == 7);
	value = 7;
	end = number_scan_hex(text, text + n, &value);
	MUST(end ? value != NOT_KNOWN && end > text && end <= text + n : value == 7);
	value = 7;
	if (number_parse(text, &value) == 0) {
		snprintf(digits, sizeof(digits), "0x%" PRIx64, value);
		MUST(number_parse(digits, &again) == 0 && again == value);
		MUST(number_parse_size(text, &again) < 0 || again == value);
	} else {
		MUST(value == 7);
	}
	value = 7;
	if (number_parse_size(text, &value) == 0) {
		MUST(strspn(text, "0123456789abcdefABCDEFxXkKmMgGtTiIbB.") == strlen(text));
		MUST(strlen(number_human(value, buffer)) < sizeof(buffer));
	} else {
		MUST(value == 7);
	}
}

/* The text that a JSON string stands for, byte by byte where it was valid. */
static void json_string(const char *text, size_t n)
{
	struct strbuf s = STRBUF_INIT;
	struct json j = { .out = &s, .compact = true };

	json_bytes(&j, NULL, text, n);
	MUST(s.n_bytes >= 2 && s.text[0] == '"' && s.text[s.n_bytes - 1] == '"');
	const uint8_t *in = (const uint8_t *)text, *in_end = in + n;
	const char *p = s.text + 1, *end = s.text + s.n_bytes - 1;
	while (in < in_end) {
		uint32_t code, said;
		size_t n_code = text_utf8(in, in_end, &code);
		MUST(p < end);
		if (n_code == 0) {
			code = 0xfffd;
			n_code = 1;
		}
		in += n_code;
		if (*p != '\\') {
			size_t n_said = text_utf8((const uint8_t *)p, (const uint8_t *)end, &said);
			MUST(n_said > 0 && said >= 0x20 && said != '"');
			p += n_said;
		} else if (p[1] == 'u') {
			char hex[5] = { p[2], p[3], p[4], p[5], '\0' };
			said = (uint32_t)strtoul(hex, NULL, 16);
			p += 6;
		} else {
			said = (uint8_t)p[1];
			p += 2;
		}
		MUST(said == code);
	}
	MUST(p == end);
	strbuf_deinit(&s);
}

static void visible(const char *text, size_t n, bool keep_lines)
{
	struct strbuf s = STRBUF_INIT;

	text_visible(&s, text, n, keep_lines);
	const uint8_t *p = (const uint8_t *)strbuf_text(&s), *end = p + s.n_bytes;
	while (p < end) {
		uint32_t code = 0;
		size_t n_code = text_utf8(p, end, &code);
		MUST(n_code > 0);
		MUST((code >= 0x20 && (code < 0x7f || code >= 0xa0)) || (keep_lines && (code == '\n' || code == '\t')));
		p += n_code;
	}
	strbuf_deinit(&s);
}

/* In two parts, it is valid UTF-8 of at most one and a half times the length. */
static void utf16(const uint8_t *bytes, size_t n)
{
	char *out = malloc(2 * n + 16);
	struct utf16 u;
	size_t n_out;

	utf16_detect(bytes, n, &u);
	n_out = utf16_to_utf8(&u, bytes, n / 3, out);
	n_out += utf16_to_utf8(&u, bytes + n / 3, n - n / 3, out + n_out);
	MUST(n_out <= n + n / 2 + 6);
	for (size_t i = 0; i < n_out;) {
		size_t k = text_utf8((const uint8_t *)out + i, (const uint8_t *)out + n_out, NULL);
		MUST(k > 0);
		i += k;
	}
	free(out);
}

FUZZ(data, size)
{
	char *text = malloc(size + 1);

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	numbers(text, size);
	json_string(text, size);
	visible(text, size, size % 2);
	text_find(text, size, "total");
	utf16(data, size);
	free(text);
}
