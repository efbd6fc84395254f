/* Pools of OpenMV's umalloc, as umalloc.print_stats() prints them (openmv common/umalloc.c at cbbb877eda), each a line:
 *
 *     pool 0: base=0x60000000 size=8385420 used=1228800(2) free=7156604(1) persist=614400(1) peak=1843200 flags=FAST|
 *
 * free counts what blocks can hold, so that used and free are less than size. What persists is in used, but not in its
 * number of blocks; those of a pool with TRANSIENT are not counted at all: "(0)". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "console/plain_line.h"
#include "memprof/event.h"

struct umalloc {
	bool has_pool, has_persistent; /* to be told */
	struct heap_pool pool;
	uint64_t persist_bytes; /* of it */
	uint64_t persisted;     /* pools that had some, so that 0 is told, too; bits by number */
};

/* True if the line is a pool; then call umalloc_next until it returns false: the pool, and what of it survives a soft
 * reset, if anything does. */
bool umalloc_read(struct umalloc *s, const struct raw_line *raw, const struct plain_line *line);
bool umalloc_next(struct umalloc *s, struct heap_pool *ret);
