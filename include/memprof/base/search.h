/* Binary search. */
#pragma once

#include <stddef.h>

/* The index of the first of n items for which the condition fails; n if it holds for all. The items must be ordered
 * such that it fails for all that follow. The condition is an expression of i:
 *
 *     size_t first = search_while(n, i, items[i].address < address); */
#define search_while(n, i, condition)                         \
	__extension__({                                       \
		size_t low_ = 0, high_ = (n);                 \
		while (low_ < high_) {                        \
			size_t i = low_ + (high_ - low_) / 2; \
			if (condition)                        \
				low_ = i + 1;                 \
			else                                  \
				high_ = i;                    \
		}                                             \
		low_;                                         \
	})
