/* The example's own count of what an allocator was asked, for its test (truth.c): the agent counts by itself. */
#ifndef REQUESTS_H
#define REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { N_SIZES = 16 };

struct request_figures {
	uint32_t n_allocations, n_frees, n_failures; /* since the start */
	size_t allocated, freed, used;
	size_t least_used, most_used; /* since the last line of truth */
	uint32_t sizes[N_SIZES];      /* since the start; of 8, 16, 32 ... bytes at most */
};

void requests_count(struct request_figures *figures, size_t n_bytes, size_t n_taken, bool succeeded);
void requests_count_free(struct request_figures *figures, size_t n_taken);

#endif
