/* A struct described once: a table names its members, with their places and types; what writes and reads it, as bytes
 * or JSON, goes through the table. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/json.h"
#include "memprof/base/json_read.h"
#include "memprof/base/strbuf.h"

enum field_type {
	FIELD_U64, /* NOT_KNOWN is null in JSON */
	FIELD_I64,
	FIELD_UNSIGNED, /* unsigned, uint32_t, or an enum without negative values */
	FIELD_BOOL,
	FIELD_RATIO, /* double, 0 to 1; < 0: not known. In bytes, millionths */
	FIELD_TEXT,  /* char[], NUL-terminated */
	FIELD_NAME,  /* the same, and clean (text_is_visible) */
};

struct field {
	const char *name; /* its key in JSON */
	uint16_t offset, size_bytes;
	enum field_type type;
	uint64_t limit; /* FIELD_UNSIGNED: the largest valid value */
};

#define FIELD(owner, name, type, limit) FIELD_AS(owner, name, #name, type, limit)
#define FIELD_AS(owner, member, key, type, limit)                                          \
	{                                                                                  \
		key, offsetof(owner, member), sizeof(((owner *)NULL)->member), type, limit \
	}

/* ---- bytes: numbers are little-endian and of fixed size, so that equal values stand at equal places in two encodings,
 * and their difference is short ---- */

void fields_put(struct strbuf *out, const struct field *fields, size_t n, const void *owner);

size_t fields_n_bytes(const struct field *fields, size_t n); /* of one encoding */

/* Bytes that are read from the front; n_bytes of them are left. */
struct field_bytes {
	const uint8_t *bytes;
	size_t n_bytes;
};

/* False: too few bytes, or a value that the field cannot have. */
bool fields_get(struct field_bytes *in, const struct field *fields, size_t n, void *owner);
bool field_bytes_u64(struct field_bytes *in, uint64_t *ret);
void field_put_u64(struct strbuf *out, uint64_t value);
/* Of n_bytes; NULL: so many are not there. */
const uint8_t *field_bytes_take(struct field_bytes *in, size_t n_bytes);

/* ---- JSON: of a table of FIELD_U64, FIELD_I64 and FIELD_BOOL ---- */

/* Into an object that is open, in the order of the table. */
void json_fields(struct json *j, const struct field *fields, size_t n, const void *owner);
/* 0, or -EINVAL with diag: one is missing, or is of another kind. */
int json_fields_read(const struct json_value *object, const struct field *fields, size_t n, void *owner,
		     struct diag *diag);
