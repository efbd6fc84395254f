/* The moments of a feed, as a check takes them; without limits only the last of each heap is kept, which the first
 * budget is made of. */
#pragma once

#include "memprof/analysis/check.h"
#include "memprof/capture/sink.h"
#include "memprof/input/layout_heaps.h"

struct checker {
	struct check *check; /* whose budget is NULL as long as there are no limits */
	enum check_side side;
	struct layout_heaps last;       /* without limits */
	enum heap_problem last_problem; /* of the last snapshot */
	uint64_t n_moments;
	int error; /* 0 or -ENOMEM */
};

void checker_init(struct checker *k, struct check *check, enum check_side side);
void checker_deinit(struct checker *k); /* safe twice, and on all-zero */
struct sink checker_sink(struct checker *k);
/* The heaps that were kept, now that there are limits. 0 or -ENOMEM. */
int checker_give(struct checker *k);
