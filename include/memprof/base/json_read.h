/* A strict reader of JSON texts (RFC 8259). No I/O.
 *
 * cJSON alone accepts invalid text (trailing text, leading zeros, raw line breaks in strings, invalid
 * UTF-8), and does not record the place of a value. So a scanner checks the text first, and cJSON
 * parses only valid text. Beyond the RFC these are errors: a duplicate name in an object, a byte order
 * mark, a NUL in a string, half of a surrogate pair.
 *
 * Every error is a diag with file, line and column. Columns count characters, from 1. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"

enum {
	JSON_READ_MAX_BYTES = 1 << 20, /* of a document; its tree takes at most 100 times as much */
	JSON_NESTING_MAX = 32,         /* objects and arrays in each other */
	JSON_NUMBER_MAX_BYTES = 63,    /* digits, sign, point and exponent; the limit of cJSON */
};

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };
const char *json_kind_says(enum json_kind kind); /* "a number", "an object", "null" … */

struct json_document;
struct json_value; /* belongs to its document, as everything obtained from it */

/* 0; -EINVAL if the text is not JSON; -EFBIG; -ENOMEM. name is for messages; it is borrowed, and must
 * outlive the document and all its places and diags. */
int json_document_read(const char *text, size_t n_bytes, const char *name, struct json_document **ret,
		       struct diag *diag);
/* The same with another limit, n_max bytes, which is a number of MiB. */
int json_document_read_large(const char *text, size_t n_bytes, size_t n_max, const char *name,
			     struct json_document **ret, struct diag *diag);
void json_document_free(struct json_document *document); /* NULL is fine */
const struct json_value *json_document_root(const struct json_document *document);

enum json_kind json_value_kind(const struct json_value *value);
struct place json_value_place(const struct json_value *value);
/* Name of a member and its place. For other values, NULL and the place of the value. */
const char *json_value_name(const struct json_value *value);
struct place json_value_name_place(const struct json_value *value);
/* The literal in the text, with quotes or brackets: from the first byte to the one after the last. */
void json_value_bytes(const struct json_value *value, size_t *ret_from, size_t *ret_to);

/* Items of an array or members of an object, in the order of the text. NULL at the end, and for other
 * values. O(1). */
const struct json_value *json_value_first(const struct json_value *value);
const struct json_value *json_value_next(const struct json_value *value);
size_t json_value_count(const struct json_value *value);
/* By exact name. NULL if there is none, or if this is not an object. O(members). */
const struct json_value *json_value_member(const struct json_value *object, const char *name);

/* Requirements. 0, or -EINVAL with what was expected and what was found in diag; *ret is untouched
 * then. */
int json_value_expect(const struct json_value *value, enum json_kind kind, struct diag *diag);
/* allowed: names of members, up to NULL; any other is an error. */
int json_value_expect_members(const struct json_value *object, const char *const allowed[], struct diag *diag);
int json_value_require(const struct json_value *object, const char *name, const struct json_value **ret,
		       struct diag *diag);

int json_value_bool(const struct json_value *value, bool *ret, struct diag *diag);
int json_value_text(const struct json_value *value, const char **ret, struct diag *diag);
/* Exact: from the digits of the text, not through a double. Rejects a sign, point or exponent, and
 * values from NOT_KNOWN on. */
int json_value_u64(const struct json_value *value, uint64_t *ret, struct diag *diag);
int json_value_double(const struct json_value *value, double *ret, struct diag *diag); /* finite */

/* Members that an object must have. As above; of a u64 null is NOT_KNOWN, and an i64 is between -10^15 and 10^15. */
int json_member_bool(const struct json_value *object, const char *name, bool *ret, struct diag *diag);
int json_member_text(const struct json_value *object, const char *name, const char **ret, struct diag *diag);
int json_member_u64(const struct json_value *object, const char *name, uint64_t *ret, struct diag *diag);
int json_member_i64(const struct json_value *object, const char *name, int64_t *ret, struct diag *diag);

/* "cJSON 1.7.15", for --version. */
const char *json_library(char ret[32]);
