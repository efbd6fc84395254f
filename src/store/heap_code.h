/* A snapshot as bytes, for the blobs of a recording, and back. Pure. */
#ifndef MEMPROF_STORE_HEAP_CODE_H
#define MEMPROF_STORE_HEAP_CODE_H

#include "memprof/event.h"

/* Appends an EVENT_SNAPSHOT: its own members, then its heap with all its blocks. */
void heap_code_put(struct strbuf *out, const struct event *event);

/* The event of these bytes, and its heap in *heap, which is reset first and sealed. 0; -EBADMSG: no such bytes;
 * -ENOMEM. event->snapshot.heap is heap. */
int heap_code_get(const uint8_t *bytes, size_t n_bytes, struct heap *heap, struct event *ret);

#endif
