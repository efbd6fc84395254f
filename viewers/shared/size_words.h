/* How often what was requested of a heap: "120 to 16, 5 above 131072". */
#ifndef VIEWERS_SHARED_SIZE_WORDS_H
#define VIEWERS_SHARED_SIZE_WORDS_H

#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"
#include "memprof/model/heap.h"

/* By size class, as in struct heap_window. Nothing where nothing was requested. style: as in number_words.h. */
void size_words(struct strbuf *out, const uint64_t n_by_size[HEAP_SIZE_CLASSES], const struct text_style *style);

#endif
