#ifndef MEMPROF_VIEWERS_IMAGE_ANSWER_H
#define MEMPROF_VIEWERS_IMAGE_ANSWER_H

#include "memprof/viewers/image_view.h"

/* What people look for first: how much room is left for firmware, and for heap and stack; of a link that overflowed,
 * by how much and whose it is. */
void text_image_answer(struct strbuf *out, const struct image_view *v, const struct text_style *style);

#endif
