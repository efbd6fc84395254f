#include "memprof/base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

/* ---- texts ---- */

/* Whether all of eight bytes are from 0x20 to 0x7e, and none is a quotation mark or a backslash: then no byte has its
 * highest bit set as it is, plus 1, minus 0x20, or xor either mark minus 1. */
static bool is_plain_word(const uint8_t *p)
{
	static const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return !((word | (word + ones) | (word - ' ' * ones) | ((word ^ '"' * ones) - ones) |
		  ((word ^ '\\' * ones) - ones)) &
		 0x80 * ones);
}

/* Length of the prefix that needs no escapes, usually all. */
static size_t plain_bytes(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *at = p;

	while (end - at >= 8 && is_plain_word(at))
		at += 8;
	while (at < end && *at >= 0x20 && *at < 0x7f && *at != '"' && *at != '\\')
		at++;
	return (size_t)(at - p);
}

static void add_quoted(struct strbuf *out, const void *bytes, size_t n_bytes)
{
	const uint8_t *p = bytes, *end = p + n_bytes;

	strbuf_putc(out, '"');
	while (p < end) {
		uint32_t code;
		size_t n = plain_bytes(p, end);
		strbuf_add(out, p, n);
		p += n;
		if (p == end)
			break;
		n = text_utf8(p, end, &code);
		if (n == 0) {
			strbuf_puts(out, "\\ufffd");
			n = 1;
		} else if (code == '"' || code == '\\') {
			strbuf_putc(out, '\\');
			strbuf_putc(out, (char)code);
		} else if (code <= 0xffff && text_unseen(code)) { /* overrides of direction, too */
			strbuf_printf(out, "\\u%04x", (unsigned)code);
		} else {
			strbuf_add(out, p, n);
		}
		p += n;
	}
	strbuf_putc(out, '"');
}

/* ---- structure ---- */

static void new_line(struct json *j)
{
	if (j->compact || (j->depth > 0 && j->in_line[j->depth]))
		return;
	strbuf_putc(j->out, '\n');
	strbuf_repeat(j->out, "  ", (size_t)j->depth);
}

/* The separator from the previous member, and the key. */
static void begin_value(struct json *j, const char *key)
{
	if (j->depth > 0) {
		if (j->has_members[j->depth])
			strbuf_puts(j->out, j->in_line[j->depth] && !j->compact ? ", " : ",");
		j->has_members[j->depth] = true;
		new_line(j);
	}
	if (key) {
		add_quoted(j->out, key, strlen(key));
		strbuf_puts(j->out, j->compact ? ":" : ": ");
	}
}

static void open(struct json *j, const char *key, char bracket, bool in_line)
{
	begin_value(j, key);
	strbuf_putc(j->out, bracket);
	in_line = in_line || (j->depth > 0 && j->in_line[j->depth]);
	j->depth++;
	assert(j->depth < JSON_DEPTH_MAX);
	j->has_members[j->depth] = false;
	j->in_line[j->depth] = in_line;
}

static void close_with(struct json *j, char bracket)
{
	bool members = j->has_members[j->depth], in_line = j->in_line[j->depth];

	j->depth--;
	if (members && !in_line)
		new_line(j);
	strbuf_putc(j->out, bracket);
	if (j->depth == 0)
		strbuf_putc(j->out, '\n');
}

void json_object(struct json *j, const char *key) { open(j, key, '{', false); }
void json_row(struct json *j, const char *key) { open(j, key, '{', true); }
void json_object_end(struct json *j) { close_with(j, '}'); }
void json_array(struct json *j, const char *key) { open(j, key, '[', false); }
void json_array_end(struct json *j) { close_with(j, ']'); }

static bool open_next(struct json *j, const char *key, size_t i, size_t n, bool in_line)
{
	if (i == 0)
		json_array(j, key);
	else
		json_object_end(j);
	if (i < n)
		open(j, NULL, '{', in_line);
	else
		json_array_end(j);
	return i < n;
}

bool json_rows(struct json *j, const char *key, size_t i, size_t n) { return open_next(j, key, i, n, true); }
bool json_items(struct json *j, const char *key, size_t i, size_t n) { return open_next(j, key, i, n, false); }

void json_raw(struct json *j, const char *key, const char *document)
{
	begin_value(j, key);
	strbuf_puts(j->out, document);
}

void json_null(struct json *j, const char *key) { json_raw(j, key, "null"); }

static bool open_if(struct json *j, const char *key, char bracket, bool in_line, bool is_there)
{
	if (is_there)
		open(j, key, bracket, in_line);
	else
		json_null(j, key);
	return is_there;
}

bool json_object_if(struct json *j, const char *key, bool is_there) { return open_if(j, key, '{', false, is_there); }
bool json_row_if(struct json *j, const char *key, bool is_there) { return open_if(j, key, '{', true, is_there); }
bool json_array_if(struct json *j, const char *key, bool is_there) { return open_if(j, key, '[', false, is_there); }

void json_bool(struct json *j, const char *key, bool value) { json_raw(j, key, value ? "true" : "false"); }

void json_u64(struct json *j, const char *key, uint64_t value)
{
	begin_value(j, key);
	if (value == NOT_KNOWN)
		strbuf_puts(j->out, "null");
	else
		strbuf_decimal(j->out, value);
}

void json_i64(struct json *j, const char *key, int64_t value)
{
	begin_value(j, key);
	strbuf_printf(j->out, "%" PRId64, value);
}

void json_double(struct json *j, const char *key, double value, int decimals)
{
	begin_value(j, key);
	if (isfinite(value))
		strbuf_printf(j->out, "%.*f", decimals, value);
	else
		strbuf_puts(j->out, "null");
}

void json_address(struct json *j, const char *key, uint64_t value)
{
	char text[] = "0x0123456789abcdef";

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	json_text(j, key, value == NOT_KNOWN ? NULL : text);
}

void json_text(struct json *j, const char *key, const char *text)
{
	if (text)
		json_bytes(j, key, text, strlen(text));
	else
		json_null(j, key);
}

void json_name(struct json *j, const char *key, const char *text) { json_text(j, key, text && text[0] ? text : NULL); }

void json_bytes(struct json *j, const char *key, const void *bytes, size_t n_bytes)
{
	begin_value(j, key);
	add_quoted(j->out, bytes, n_bytes);
}
