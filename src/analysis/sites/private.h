/* What the files of this folder share. */
#ifndef ANALYSIS_SITES_PRIVATE_H
#define ANALYSIS_SITES_PRIVATE_H

#include "memprof/analysis/sites.h"

void sites_add_up(uint64_t *to, uint64_t more, uint64_t max);
void sites_sum_add(struct sites_sum *to, const struct sites_sum *more);

/* By file, function and line, as qsort has it. NULL, the chain that is not known, comes last. */
int sites_compare_frames(const struct sites_frame *a, const struct sites_frame *b);
const struct sites_frame *sites_frame_of(const struct sites *s, uint32_t frame); /* NULL for SITES_NONE */

int sites_kept_end(struct sites *s); /* 0 or -ENOMEM */

#endif
