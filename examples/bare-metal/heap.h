/* The C heap, and what its callers asked of it. */
#ifndef HEAP_H
#define HEAP_H

#include "requests.h"

/* newlib's small malloc keeps its free blocks in a list by address (nano-mallocr.c, free_list); what sbrk has not given
 * yet follows the last one. */
struct free_block {
	long n_bytes; /* with its head */
	struct free_block *next;
};
extern void *__malloc_free_list;

size_t heap_largest_free(void);

extern struct request_figures heap_requests;

#endif
