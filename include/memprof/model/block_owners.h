/* Names of what holds the blocks of a heap, where its objects are known (objects_heap). The names belong to somebody
 * else: a heap only borrows them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"

struct block_namer {
	/* Appends the name of the largest object of those that begin in these bytes and have one: "log[17]", clean;
	 * nothing if none has. start: of an object. */
	void (*name)(const void *ctx, uint64_t start, uint64_t n_bytes, struct strbuf *out);
	/* The object of that name; false: there is none. */
	bool (*find)(const void *ctx, const char *name, uint64_t *ret_start, uint64_t *ret_n_bytes);
};
struct block_owners {
	const struct block_namer *by; /* NULL: nobody knows */
	const void *ctx;
};
