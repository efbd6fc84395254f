/* What files that make groups share. */
#ifndef MEMPROF_ANALYSIS_GROUPS_H
#define MEMPROF_ANALYSIS_GROUPS_H

#include "memprof/analysis/image_groups.h"

void image_groups_sort(struct image_groups *g); /* the largest first */

#endif
