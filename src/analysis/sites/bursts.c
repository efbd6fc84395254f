#include "memprof/analysis/bursts.h"

#include "memprof/base/number.h"

enum { AROUND = 4 }; /* bursts on each side */

void bursts_weigh(struct burst *bursts, size_t n_bursts, uint64_t step_bytes)
{
	for (size_t i = 0; i < n_bursts; i++) {
		size_t from = i > AROUND ? i - AROUND : 0, to = MIN(i + AROUND + 1, n_bursts), n = 0;
		double sum = 0;
		for (size_t k = from; k < to; k++) {
			sum += (double)bursts[k].n_bytes;
			n += bursts[k].n_bytes > 0;
		}
		double stands_for = (double)step_bytes + (double)bursts[i].n_bytes;
		bursts[i].weight = bursts[i].n_bytes > 0 ? stands_for * (double)n / sum : 0;
	}
}
