#pragma once

#include "memprof/image/image.h"

/* A line, not empty, below "Archive member included": a member, or indented what needs it; both on one line if they are
 * short. 0 or -ENOMEM. */
int map_pull_line(struct image *image, const char *p, const char *end);
