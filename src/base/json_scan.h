/* The grammar of JSON (RFC 8259), and where each value stands. Pure; see json_read.h for what is
 * refused beyond the RFC. */
#ifndef MEMPROF_JSON_SCAN_H
#define MEMPROF_JSON_SCAN_H

#include "memprof/base/json_read.h"

struct cJSON;

/* Values stand in the order of the text, so what an array or object holds follows it directly. */
struct json_value {
	const struct json_document *document; /* this and item are for json_read.c to fill in */
	const struct cJSON *item;
	uint64_t whole; /* of a number of digits alone; else NOT_KNOWN */
	uint32_t line, col;
	uint32_t name_line, name_col; /* of a member's name; else 0 */
	uint32_t from_byte, to_byte;  /* in the text; to_byte is the first one behind it */
	uint32_t i_after;             /* of the first value that is neither this one nor in it */
	uint32_t n_items;
	enum json_kind kind;
	bool has_next; /* a sibling, at i_after */
};

struct json_values {
	struct json_value *values; /* free() it */
	size_t n_values, cap_values;
};

/* Fills *ret, which must be all-zero; on failure too there may be something to free in it. 0, -EINVAL,
 * -EFBIG or -ENOMEM. */
int json_scan(const char *text, size_t n_bytes, const char *name, struct json_values *ret, struct diag *diag);

#endif
