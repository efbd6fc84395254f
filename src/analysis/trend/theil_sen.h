/* The slope of a line through points by Theil and Sen: the median of the slopes of all pairs. Up to
 * 29 % of the points may be anything without moving it far. */
#ifndef MEMPROF_THEIL_SEN_H
#define MEMPROF_THEIL_SEN_H

#include <stddef.h>

enum { THEIL_SEN_MAX = 500 }; /* points: 124750 pairs, 1 MB while it works */

struct point {
	double x, y;
};
struct slope {
	double median;    /* NAN: no two points with different x */
	double low, high; /* 95 %: Sen's, wider where values hang together; NAN: none */
	double off;       /* standard deviation of the values from the line */
};

/* Points in the order of x; n at most THEIL_SEN_MAX. Pairs with the same x are left out. 0 or
 * -ENOMEM. Cost: n^2 / 2 divisions and three selections among them, about 4 ms for 500. */
int theil_sen(const struct point *points, size_t n, struct slope *ret);

/* The median alone. */
int theil_sen_median(const struct point *points, size_t n, double *ret);

#endif
