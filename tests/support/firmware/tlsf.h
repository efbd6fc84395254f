/* Of espressif's TLSF what boards/ calls, for a test that makes its blocks. */
#pragma once

#include <stddef.h>

typedef void *tlsf_t;
typedef void *pool_t;
tlsf_t tlsf_create_with_pool(void *memory, size_t pool_bytes, size_t max_bytes);
pool_t tlsf_get_pool(tlsf_t tlsf);
void *tlsf_malloc(tlsf_t tlsf, size_t n_bytes);
