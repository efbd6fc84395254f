/* The Mann-Kendall test: do later values tend to be larger than earlier ones? It looks at the order
 * alone, so neither the size of the noise nor one wild value decides. It takes the values for
 * independent of one another; trend.c says what is done where they are not. */
#ifndef MEMPROF_RANK_TEST_H
#define MEMPROF_RANK_TEST_H

#include <stddef.h>

enum { RANK_VALUES_MAX = 512, RANK_EXACT_MAX = 40 };

struct rank_test {
	double s;         /* pairs that rise less pairs that fall */
	double p_rising;  /* one-sided: how often chance alone gives at least this s */
	double p_falling; /* at most this s */
};

/* Up to RANK_EXACT_MAX values the probabilities are exact, also with ties: every order of the given
 * values is taken for equally likely. With more it is the normal distribution, with the variance
 * for ties and a continuity correction. n is at most RANK_VALUES_MAX; values are finite. */
void rank_test(const double *values, size_t n, struct rank_test *ret);

/* The least s with p_rising of at most p for these values; negative if no order reaches it. */
double rank_critical(const double *values, size_t n, double p);

#endif
