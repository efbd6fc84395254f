/* What the files of this folder share. */
#ifndef ANALYSIS_SITES_PRIVATE_H
#define ANALYSIS_SITES_PRIVATE_H

#include "memprof/analysis/sites.h"

void sites_sum_add(struct sites_sum *to, const struct sites_sum *more);

/* By file, function and line, as qsort has it. NULL, the chain that is not known, comes last. */
int sites_compare_frames(const struct sites_frame *a, const struct sites_frame *b);
const struct sites_frame *sites_frame_of(const struct sites *s, uint32_t frame); /* NULL for SITES_NONE */

#endif
