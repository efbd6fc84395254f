/* What files that make groups share. */
#pragma once

#include "memprof/analysis/image_groups.h"

void image_groups_sort(struct image_groups *g); /* the largest first */
