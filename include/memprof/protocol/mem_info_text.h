/* A heap as the text of micropython.mem_info(1), for recordings: what decoder_mem_info reads again. */
#pragma once

#include "memprof/base/strbuf.h"
#include "memprof/model/heap.h"

/* A line that announces a dump right after a collection. */
extern const char mem_info_collected[];
/* A line that recordings have at the end of a program: EVENT_PROGRAM_ENDED. */
extern const char mem_info_ended[];

/* Appends the first pool, which has whole block tables. A table after mem_info_collected whose heads are all h is read
 * as one with guessed kinds. */
void mem_info_text(struct strbuf *out, const struct heap *heap);
