/* The agent's configuration (MEMPROF_CONFIG_FILE) for its walkers on a host: words of a 32-bit firmware, in memory that
 * a reader has. The simulator has the same code under its own names. */
#pragma once

#include <stdint.h>

/* At least 8 bytes; all ones from where the memory of the walk at hand has none (memory.c). */
const void *allocators_at(uintptr_t address);

#define MEMPROF_WORD         uint32_t
#define MEMPROF_AT(address)  allocators_at(address)
#define MEMPROF_FIGURES_ONLY 1

#define memprof_stat           allocators_stat
#define memprof_count_block    allocators_count_block
#define memprof_count_stats    allocators_count_stats
#define memprof_tlsf_walk      allocators_tlsf_walk
#define memprof_tlsf_stats     allocators_tlsf_stats
#define memprof_freertos_walk  allocators_freertos_walk
#define memprof_freertos_stats allocators_freertos_stats
#define memprof_zephyr_walk    allocators_zephyr_walk
#define memprof_zephyr_stats   allocators_zephyr_stats
#define memprof_nano_walk      allocators_nano_walk
#define memprof_nano_stats     allocators_nano_stats
#define memprof_dlmalloc_walk  allocators_dlmalloc_walk
#define memprof_dlmalloc_stats allocators_dlmalloc_stats
