/* Which rows of an image are shown: --filter and --min. */
#ifndef MEMPROF_IMAGE_WANTED_H
#define MEMPROF_IMAGE_WANTED_H

#include "memprof/viewers/image_view.h"

bool image_wanted(const struct image_view *view, const char *name, uint64_t size_bytes);
/* By its name, its member's, or path(member). */
bool image_wanted_group(const struct image_view *view, const struct image_group *group);
/* By its name, its object's as above, or its source file's. */
bool image_wanted_symbol(const struct image_view *view, const struct image_symbol *symbol);

#endif
