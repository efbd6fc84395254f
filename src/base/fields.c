#define _DEFAULT_SOURCE /* strdup, strnlen */
#include "memprof/base/fields.h"

#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

enum { PARTS_OF_ONE = 1000000 };
#define NO_RATIO UINT32_MAX

/* ---- bytes ---- */

static size_t encoded_bytes(const struct field *field)
{
	bool is_long = field->type == FIELD_U64 || field->type == FIELD_I64;

	return is_long ? 8 : field->type == FIELD_UNSIGNED || field->type == FIELD_RATIO ? 4 : field->size_bytes;
}

size_t fields_n_bytes(const struct field *fields, size_t n)
{
	size_t n_bytes = 0;

	for (size_t i = 0; i < n; i++)
		n_bytes += encoded_bytes(&fields[i]);
	return n_bytes;
}

static void put_number(struct strbuf *out, uint64_t value, size_t n_bytes)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < n_bytes; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	strbuf_add(out, bytes, n_bytes);
}

static uint64_t number(const uint8_t *bytes, size_t n_bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n_bytes; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

void field_put_u64(struct strbuf *out, uint64_t value) { put_number(out, value, 8); }

static uint32_t in_parts(double ratio)
{
	return ratio < 0 ? NO_RATIO : (uint32_t)(MIN(ratio, 1.0) * PARTS_OF_ONE + 0.5);
}

void fields_put(struct strbuf *out, const struct field *fields, size_t n, const void *owner)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = (const char *)owner + fields[i].offset;
		uint64_t wide;
		unsigned value;
		char text[256] = "";

		if (fields[i].type == FIELD_U64 || fields[i].type == FIELD_I64) {
			memcpy(&wide, at, sizeof(wide));
			put_number(out, wide, 8);
		} else if (fields[i].type == FIELD_RATIO) {
			put_number(out, in_parts(*(const double *)(const void *)at), 4);
		} else if (fields[i].type == FIELD_UNSIGNED) {
			memcpy(&value, at, sizeof(value));
			put_number(out, value, 4);
		} else if (fields[i].type == FIELD_BOOL) {
			strbuf_putc(out, *(const bool *)(const void *)at ? 1 : 0);
		} else { /* what stands behind the NUL is of no account */
			memcpy(text, at, strnlen(at, fields[i].size_bytes));
			strbuf_add(out, text, fields[i].size_bytes);
		}
	}
}

const uint8_t *field_bytes_take(struct field_bytes *in, size_t n_bytes)
{
	const uint8_t *bytes = in->bytes;

	if (n_bytes > in->n_bytes)
		return NULL;
	in->bytes += n_bytes;
	in->n_bytes -= n_bytes;
	return bytes;
}

bool field_bytes_u64(struct field_bytes *in, uint64_t *ret)
{
	const uint8_t *bytes = field_bytes_take(in, 8);

	if (bytes)
		*ret = number(bytes, 8);
	return bytes != NULL;
}

static bool get_one(const struct field *field, const uint8_t *bytes, char *at)
{
	uint64_t wide = field->type < FIELD_TEXT ? number(bytes, encoded_bytes(field)) : 0;
	unsigned value = (unsigned)wide;

	switch (field->type) {
	case FIELD_U64:
	case FIELD_I64:
		memcpy(at, &wide, sizeof(wide));
		return true;
	case FIELD_RATIO:
		*(double *)(void *)at = value == NO_RATIO ? -1 : (double)value / PARTS_OF_ONE;
		return value <= PARTS_OF_ONE || value == NO_RATIO;
	case FIELD_UNSIGNED:
		memcpy(at, &value, sizeof(value));
		return wide <= field->limit;
	case FIELD_BOOL:
		*(bool *)(void *)at = wide == 1;
		return wide <= 1;
	default:
		memcpy(at, bytes, field->size_bytes);
		return memchr(bytes, '\0', field->size_bytes) &&
		       (field->type == FIELD_TEXT || text_is_visible(bytes, strlen((const char *)bytes)));
	}
}

bool fields_get(struct field_bytes *in, const struct field *fields, size_t n, void *owner)
{
	for (size_t i = 0; i < n; i++) {
		const uint8_t *bytes = field_bytes_take(in, encoded_bytes(&fields[i]));
		if (!bytes || !get_one(&fields[i], bytes, (char *)owner + fields[i].offset))
			return false;
	}
	return true;
}

/* ---- JSON ---- */

static void put_json(struct json *j, const struct field *field, const void *at)
{
	if (field->type == FIELD_U64)
		json_u64(j, field->name, *(const uint64_t *)at);
	else if (field->type == FIELD_I64)
		json_i64(j, field->name, *(const int64_t *)at);
	else if (field->type == FIELD_BOOL)
		json_bool(j, field->name, *(const bool *)at);
}

static int read_json(const struct json_value *object, const struct field *field, void *at, struct diag *diag)
{
	if (field->type == FIELD_U64)
		return json_member_u64(object, field->name, at, diag);
	if (field->type == FIELD_I64)
		return json_member_i64(object, field->name, at, diag);
	return field->type == FIELD_BOOL ? json_member_bool(object, field->name, at, diag) : 0;
}

void json_fields(struct json *j, const struct field *fields, size_t n, const void *owner)
{
	for (size_t i = 0; i < n; i++)
		put_json(j, &fields[i], (const char *)owner + fields[i].offset);
}

int json_fields_read(const struct json_value *object, const struct field *fields, size_t n, void *owner,
		     struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = read_json(object, &fields[i], (char *)owner + fields[i].offset, diag);
	return r;
}
