/* Pools of OpenMV's umalloc, which its protocol, its prompt and its memory tell of. */
#pragma once

#include "memprof/model/heap.h"

/* Flags of a pool (openmv common/umalloc.h at cbbb877eda). They give the use of a pool, not always its memory: the AXI
 * SRAM of an H7 has DTCM too. */
enum uma_flag { UMA_FAST = 1, UMA_ITCM = 2, UMA_DTCM = 4, UMA_TRANSIENT = 64 };

/* plain: of the pool without flags, by the board; MEMORY_NOT_KNOWN. */
enum heap_memory uma_memory(unsigned flags, enum heap_memory plain);

/* "uma.0 persist": what of a pool survives a soft reset, in its memory. */
struct heap_pool uma_persistent(const struct heap_pool *of, uint64_t n_bytes);
/* Adds it to the heap of the pool, unless it is nothing. As heap_add_pool. */
int uma_add_persistent(struct heap *heap, size_t i_pool, uint64_t n_bytes);
