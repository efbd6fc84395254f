/* Checks the grammar of JSON (RFC 8259) and records the place of each value. Pure; json_read.h lists
 * what else is rejected. */
#pragma once

#include "memprof/base/json_read.h"

struct cJSON;

/* In the order of the text, so the contents of an array or object follow it directly. */
struct json_value {
	const struct json_document *document; /* this and item are set by json_read.c */
	const struct cJSON *item;
	uint64_t whole; /* of a number with only digits; else NOT_KNOWN */
	uint32_t line, col;
	uint32_t name_line, name_col; /* of a member's name; else 0 */
	uint32_t from_byte, to_byte;  /* in the text; to_byte is after the last one */
	uint32_t i_after;             /* index of the first value after this one and its contents */
	uint32_t n_items;
	enum json_kind kind;
	bool has_next; /* a sibling, at i_after */
};

struct json_values {
	struct json_value *values; /* to be freed by the caller */
	size_t n_values, cap_values;
};

/* Fills *ret, which must be all-zero; values must be freed also after a failure. 0, -EINVAL, -EFBIG (above
 * n_max bytes) or -ENOMEM. */
int json_scan(const char *text, size_t n_bytes, size_t n_max, const char *name, struct json_values *ret,
	      struct diag *diag);
