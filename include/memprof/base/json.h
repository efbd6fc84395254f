/* Writes one JSON document to a strbuf, member by member; the caller may drain the strbuf at any time,
 * so a document may be larger than memory. (cJSON builds whole trees and prints integers above 2^53 as
 * 1e+15.) Two spaces of indent; keys and values are escaped; invalid UTF-8 becomes U+FFFD. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"

enum { JSON_DEPTH_MAX = 32 };

struct json {
	struct strbuf *out; /* borrowed */
	bool compact;       /* on one line, no indent */
	int depth;
	bool has_members[JSON_DEPTH_MAX];
	bool in_line[JSON_DEPTH_MAX]; /* this object is on one line */
};

/* key is NULL inside arrays and for the document itself. */
void json_object(struct json *j, const char *key);
void json_row(struct json *j, const char *key); /* an object on one line */
void json_object_end(struct json *j);
void json_array(struct json *j, const char *key);
void json_array_end(struct json *j);
/* An array of n objects: the members are written by the body of
 * for (size_t i = 0; json_rows(j, "pools", i, n); i++), each object on a line of its own, or by json_items on many.
 */
bool json_rows(struct json *j, const char *key, size_t i, size_t n);
bool json_items(struct json *j, const char *key, size_t i, size_t n);
/* The same of what may be missing: null then, and false. */
bool json_object_if(struct json *j, const char *key, bool is_there);
bool json_row_if(struct json *j, const char *key, bool is_there);
bool json_array_if(struct json *j, const char *key, bool is_there);

void json_null(struct json *j, const char *key);
void json_bool(struct json *j, const char *key, bool value);
void json_u64(struct json *j, const char *key, uint64_t value); /* NOT_KNOWN is null */
void json_i64(struct json *j, const char *key, int64_t value);
void json_double(struct json *j, const char *key, double value, int decimals);
void json_address(struct json *j, const char *key, uint64_t value); /* "0x20001230"; NOT_KNOWN is null */
void json_text(struct json *j, const char *key, const char *text);  /* NULL is null */
void json_name(struct json *j, const char *key, const char *text);  /* NULL and "" are null */
void json_bytes(struct json *j, const char *key, const void *bytes, size_t n_bytes);
void json_raw(struct json *j, const char *key, const char *document); /* JSON text, unchanged */
