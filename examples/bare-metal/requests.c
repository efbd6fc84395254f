#include "requests.h"

void requests_count(struct request_figures *figures, size_t n_bytes, size_t n_taken, bool succeeded)
{
	uint32_t i = 0;

	while (i < N_SIZES - 1 && n_bytes > (size_t)8 << i)
		i++;
	figures->sizes[i]++;
	if (!succeeded) {
		figures->n_failures++;
		return;
	}
	figures->n_allocations++;
	figures->allocated += n_bytes;
	figures->used += n_taken;
	if (figures->used > figures->most_used)
		figures->most_used = figures->used;
}

void requests_count_free(struct request_figures *figures, size_t n_taken)
{
	figures->n_frees++;
	figures->freed += n_taken;
	figures->used -= n_taken;
	if (figures->used < figures->least_used)
		figures->least_used = figures->used;
}
