#ifndef MEMPROF_WINDOWS_MMAN_H
#define MEMPROF_WINDOWS_MMAN_H

#include <stddef.h>

/* Hints to the kernel, which this one does not take. */
#define MADV_HUGEPAGE 0
static inline int madvise(void *at, size_t n_bytes, int advice)
{
	(void)at;
	(void)n_bytes;
	(void)advice;
	return 0;
}

#endif
