/* Reads JSON strictly: what RFC 8259 calls a JSON text, and nothing else. No I/O.
 *
 * cJSON alone takes much that is none (duplicate names, trailing text, leading zeros, raw line breaks
 * in strings, broken UTF-8), and forgets where a value stood. So a scanner of ours reads the text
 * first, and cJSON gets only what is right. Beyond the RFC these are faults too: a name that an
 * object has twice, a byte order mark, a NUL in a string, half of a surrogate pair.
 *
 * Every fault is a diag with file, line and column. Columns count characters, from 1. */
#ifndef MEMPROF_JSON_READ_H
#define MEMPROF_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"

enum {
	JSON_READ_MAX_BYTES = 1 << 20, /* of a document; what is built of it is at most 100 times that */
	JSON_NESTING_MAX = 32,         /* objects and arrays in each other */
	JSON_NUMBER_MAX_BYTES = 63,    /* digits, sign, point and exponent; cJSON keeps no more */
};

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };
const char *json_kind_says(enum json_kind kind); /* "a number", "an object", "null" … */

struct json_document;
struct json_value; /* belongs to its document, as all that is got from it */

/* 0; -EINVAL where the text is no JSON; -EFBIG; -ENOMEM. name is for messages; it is borrowed, and must
 * outlive the document and every place and diag that comes from it. */
int json_document_read(const char *text, size_t n_bytes, const char *name, struct json_document **ret,
		       struct diag *diag);
void json_document_free(struct json_document *document); /* NULL is fine */
const struct json_value *json_document_root(const struct json_document *document);

enum json_kind json_value_kind(const struct json_value *value);
struct place json_value_place(const struct json_value *value);
/* Of a member: its name, and where that stands. NULL and the value's place for all other values. */
const char *json_value_name(const struct json_value *value);
struct place json_value_name_place(const struct json_value *value);
/* Where its literal stands in the text, with its quotes or brackets: from the first byte to the one behind the last. */
void json_value_bytes(const struct json_value *value, size_t *ret_from, size_t *ret_to);

/* Items of an array, members of an object, in the order of the text. NULL at the end, and for values
 * that hold none. Each is one step. */
const struct json_value *json_value_first(const struct json_value *value);
const struct json_value *json_value_next(const struct json_value *value);
size_t json_value_count(const struct json_value *value);
/* By name, letter for letter. NULL if it is not there, or if this is no object. O(members). */
const struct json_value *json_value_member(const struct json_value *object, const char *name);

/* What must be so. Each answers 0, or -EINVAL with a diag that says what was expected and what is
 * there; *ret is untouched then. */
int json_value_expect(const struct json_value *value, enum json_kind kind, struct diag *diag);
/* The names that an object may have, up to NULL; any other is a fault. */
int json_value_expect_members(const struct json_value *object, const char *const allowed[], struct diag *diag);
int json_value_require(const struct json_value *object, const char *name, const struct json_value **ret,
		       struct diag *diag);

int json_value_bool(const struct json_value *value, bool *ret, struct diag *diag);
int json_value_text(const struct json_value *value, const char **ret, struct diag *diag);
/* Exact: from the digits of the text, never through a double. Takes no sign, point or exponent, and
 * nothing from NOT_KNOWN on. */
int json_value_u64(const struct json_value *value, uint64_t *ret, struct diag *diag);
int json_value_double(const struct json_value *value, double *ret, struct diag *diag); /* finite */

/* "cJSON 1.7.15", for --version. */
const char *json_library(char ret[32]);

#endif
