/* Functions that frames refer to, and what of their bytecode gives names and lines: read once, and compared with the
 * first words of the function and its bytecode each time, as memory is used again. */
#pragma once

#include "memprof/objects/call_stack.h"

enum { CALL_CODE_BYTES_MAX = 1 << 20 };

struct call_function {
	uint64_t address;
	/* Instructions, of which one is in it if a frame is its own: its bytecode is readable up to there. */
	uint64_t ip_low, ip_high;
	/* Found; bytecode is 0 if it is no function in bytecode. */
	uint64_t bytecode;
	uint32_t file, name;
	struct call_code code; /* its lines are the cache's until the next call */
	bool is_old;           /* of 1.18 or older */
};

struct call_cache;
struct call_cache *call_cache_new(void);
void call_cache_free(struct call_cache *cache);

/* Allows the areas and their tables. 0, or an error of the reader. Call it before the next one. */
int call_areas_allow(struct call_stacks *c, struct memory_reader *r);

/* All of them, ordered by address, none twice; each address is an object's in an area. 0; errors of the reader;
 * -ENOMEM.
 */
int call_functions_read(struct call_stacks *c, struct memory_reader *r, struct call_function *functions,
			size_t n_functions);
