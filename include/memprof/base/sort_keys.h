/* Sorting by a number, for what comes by the ten thousand: in time linear in how many there are, where qsort spends
 * most of its time on comparisons that no processor can guess. */
#ifndef MEMPROF_SORT_KEYS_H
#define MEMPROF_SORT_KEYS_H

#include <stddef.h>
#include <stdint.h>

struct sort_key {
	uint64_t value;
	size_t i; /* of what is sorted */
};

/* The lowest first; those of one value stay in their order. At most 8 passes: one for each byte in which values differ,
 * none if they are in order. 0, or -ENOMEM, and then they are as they were. */
int sort_keys(struct sort_key *keys, size_t n_keys);

#endif
