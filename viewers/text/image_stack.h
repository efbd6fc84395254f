/* The stack of functions, as tables. */
#ifndef MEMPROF_VIEWERS_TEXT_IMAGE_STACK_H
#define MEMPROF_VIEWERS_TEXT_IMAGE_STACK_H

#include "memprof/viewers/image_view.h"

/* Returns how many rows are wanted. */
size_t text_image_stack(struct strbuf *out, const struct image_view *v, const struct text_style *style);

#endif
