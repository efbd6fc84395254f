/* Reads the values of a JSON text (RFC 8259), and the place of each. Pure; json_read.h lists what else is rejected. */
#pragma once

#include "memprof/base/json_read.h"
#include "memprof/base/vec.h"

/* In the order of the text, so the contents of an array or object follow it directly. */
struct json_value {
	const struct json_document *document;
	const char *name; /* of a member; NULL */
	union {           /* by kind */
		const char *text;
		double number;
		bool is_true;
	};
	uint64_t whole; /* of a number with only digits; else NOT_KNOWN */
	uint32_t line, col;
	uint32_t name_line, name_col; /* of a member's name; else 0 */
	uint32_t from_byte, to_byte;  /* in the text; to_byte is after the last one */
	uint32_t i_after;             /* index of the first value after this one and its contents */
	uint32_t n_items;
	enum json_kind kind;
	bool has_next; /* a sibling, at i_after */
};

struct json_document {
	const char *name;
	VEC(struct json_value, values);
	char *texts; /* of all values and names */
};

/* Fills *ret, which has a name and is all-zero otherwise, and must stay where it is; to be freed also after a failure.
 * 0, -EINVAL, -EFBIG (above n_max bytes) or -ENOMEM. */
int json_scan(const char *text, size_t n_bytes, size_t n_max, struct json_document *ret, struct diag *diag);
void json_scan_free(struct json_document *document);
