#define _GNU_SOURCE /* memmem */
#include "memprof/base/text.h"

#include <string.h>

size_t text_utf8(const uint8_t *p, const uint8_t *end, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p >= end ? 0 : *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;
	uint32_t code;

	if (n == 0 || (size_t)(end - p) < n)
		return 0;
	code = n == 1 ? *p : *p & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	if (ret)
		*ret = code;
	return n;
}

size_t text_put_utf8(uint32_t code, char ret[4])
{
	static const uint8_t heads[] = { 0, 0xc0, 0xe0, 0xf0 };
	size_t n_more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;

	for (size_t i = n_more; i > 0; i--, code >>= 6)
		ret[i] = (char)(0x80 | (code & 0x3f));
	ret[0] = (char)(heads[n_more] | code);
	return n_more + 1;
}

bool text_unseen(uint32_t code)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {
		{ 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },       { 0x61c, 0x61c },
		{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },   { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
	};
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].from && code <= ranges[i].to)
			return true;
	return false;
}

/* Whether all of eight bytes are from 0x20 to 0x7e: none has its highest bit set as it is, plus 1, or minus 0x20. */
static bool is_plain_word(const uint8_t *p)
{
	static const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return !((word | (word + ones) | (word - ' ' * ones)) & 0x80 * ones);
}

/* Length of the prefix of printable ASCII, usually all. */
static size_t plain_bytes(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *at = p;

	while (end - at >= 8 && is_plain_word(at))
		at += 8;
	while (at < end && *at >= 0x20 && *at < 0x7f)
		at++;
	return (size_t)(at - p);
}

void text_visible(struct strbuf *s, const void *bytes, size_t n_bytes, bool keep_lines)
{
	const uint8_t *p = bytes, *end = n_bytes ? p + n_bytes : p;

	while (p < end) {
		uint32_t code;
		size_t n = plain_bytes(p, end);
		strbuf_add(s, p, n);
		p += n;
		if (p == end)
			break;
		n = text_utf8(p, end, &code);
		if (n == 0) {
			strbuf_printf(s, "\\x%02x", *p);
			n = 1;
		} else if (keep_lines && (code == '\n' || code == '\t')) {
			strbuf_putc(s, (char)code);
		} else if (text_unseen(code)) {
			strbuf_printf(s,
				      code < 0x80    ? "\\x%02x" :
				      code <= 0xffff ? "\\u%04x" :
						       "\\U%08x",
				      (unsigned)code);
		} else {
			strbuf_add(s, p, n);
		}
		p += n;
	}
}

void text_clean(struct strbuf *s, const char *text) { text_visible(s, text, strlen(text), false); }

bool text_is_visible(const void *bytes, size_t n_bytes)
{
	const uint8_t *p = bytes, *end = n_bytes ? p + n_bytes : p;

	while (p < end) {
		uint32_t code;
		size_t n = text_utf8(p, end, &code);
		if (n == 0 || text_unseen(code))
			return false;
		p += n;
	}
	return true;
}

const char *text_find(const char *bytes, size_t n_bytes, const char *needle)
{
	return n_bytes ? memmem(bytes, n_bytes, needle, strlen(needle)) : NULL;
}

void text_copy(char *ret, size_t n_ret, const char *bytes, size_t n_bytes)
{
	size_t n = n_bytes < n_ret ? n_bytes : n_ret - 1;

	if (n > 0)
		memcpy(ret, bytes, n);
	ret[n] = '\0';
}

void text_disarm(struct strbuf *s)
{
	struct strbuf safe CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool begun = false;

	if (!strstr(strbuf_text(s), "::") && !strstr(strbuf_text(s), "##["))
		return;
	for (const char *p = strbuf_text(s); *p; p++) {
		if ((!begun && strncmp(p, "::", 2) == 0) || strncmp(p, "##[", 3) == 0)
			strbuf_printf(&safe, "\\x%02x", (unsigned char)*p);
		else
			strbuf_putc(&safe, *p);
		begun = *p != '\n' && (begun || (*p > ' ' && *p < 0x7f));
	}
	s->n_bytes = 0;
	strbuf_add(s, strbuf_text(&safe), safe.n_bytes);
}
