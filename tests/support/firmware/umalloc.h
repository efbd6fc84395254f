/* Of OpenMV's umalloc what boards/ reads. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define UMA_TRANSIENT (1 << 6)

typedef struct {
	void *tlsf;
	size_t peak;
	uintptr_t base, end;
	uint32_t flags;
} uma_pool_t;
uma_pool_t *uma_pool_get(int index);
