#ifndef MEMPROF_TEXT_IMAGE_ANSWER_H
#define MEMPROF_TEXT_IMAGE_ANSWER_H

#include "memprof/image_view.h"

void text_image_answer(struct strbuf *out, const struct image_view *view, const struct text_style *style);

/* A name in so many columns, of a longer one the end: folders come first. pad: filled up with blanks. */
void text_image_name(struct strbuf *out, const char *text, size_t n_bytes, size_t columns, bool pad);

#endif
