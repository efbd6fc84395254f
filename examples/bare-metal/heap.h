/* The C heap, and what its callers asked of it. */
#ifndef HEAP_H
#define HEAP_H

#include "requests.h"

size_t heap_largest_free(void);

extern struct request_figures heap_requests;

#endif
