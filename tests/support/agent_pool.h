/* A pool that lies where a test says, and its figures. */
#pragma once

#include "memprof/pools.h"

/* For the where of a pool. */
extern uintptr_t pool_address, pool_bytes;
extern bool pool_is_there;
bool pool_where(const struct memprof_pool *pool, uintptr_t *ret_address, uintptr_t *ret_n_bytes);

/* UINT64_MAX: it does not report that one. */
uint64_t pool_stat(const struct memprof_pool *pool, enum wire_stat which);
