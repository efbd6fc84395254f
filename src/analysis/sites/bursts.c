#include "memprof/analysis/bursts.h"

#include "memprof/base/number.h"

enum { AROUND = 4 }; /* bursts on each side */

/* Those that were not observed were as large as the others. */
static double bytes_in_it(const struct burst *burst)
{
	double part = burst->n_in_it > burst->n_observed && burst->n_observed > 0 ?
			      (double)burst->n_in_it / burst->n_observed :
			      1;

	return (double)burst->n_bytes * part;
}

/* What is before a burst in which nothing was observed, those around it share. */
void bursts_weigh(struct burst *bursts, size_t n_bursts, uint64_t step_bytes)
{
	for (size_t i = 0; i < n_bursts; i++) {
		size_t from = i > AROUND ? i - AROUND : 0, to = MIN(i + AROUND + 1, n_bursts), n = 0;
		double sum = 0, step = (double)step_bytes;
		for (size_t k = from; k < to; k++) {
			sum += (double)bursts[k].n_bytes;
			n += bursts[k].n_bytes > 0;
		}
		double stands_for = (step + bytes_in_it(&bursts[i])) * (double)n + step * (double)(to - from - n);
		bursts[i].weight = bursts[i].n_bytes > 0 ? stands_for / sum : 0;
	}
}
