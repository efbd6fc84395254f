/* The heaps of a firmware in C, and the stacks of its tasks, by nothing but its ELF and its memory: found by symbols
 * and types, walked by the agent's own walkers (firmware-agent/pools), which know the allocators. 32-bit,
 * little-endian.
 *
 * All data of the memory are checked: what cannot be is a pool that is damaged, never a read beyond it. No I/O of its
 * own. */
#pragma once

#include "memprof/base/diag.h"
#include "memprof/image/image.h"
#include "memprof/image/types.h"
#include "memprof/model/heap.h"
#include "memprof/model/memory_reader.h"

/* Borrowed, all of one ELF, with its symbols; types: NULL where there is no debug information. */
struct c_program {
	const struct image *image;
	const struct image_types *types;
	uint64_t moved_by; /* where it lies, to where the ELF has it */
};

/* Whether the ELF has an allocator that is known: cheap, no memory is read. */
bool c_heaps_any(const struct c_program *program);

/* Adds a pool for each heap, and the tasks. Memory that the reader refuses is a damaged pool. 0; -ENOMEM; errors of the
 * reader. */
int c_heaps_read(const struct c_program *program, struct memory_reader *r, struct heap *heap);
