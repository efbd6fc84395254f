/* Heaps written by hand: "62h 2=" is a run of 62 heads and one of 2 tails; "?" is a block whose row
 * is missing. */
#pragma once

#include <stdint.h>

#include "memprof/base/strbuf.h"
#include "memprof/model/heap.h"

/* Appends "62h 2=" written out; missing blocks stay '?'. */
void runs_expand(const char *runs, struct strbuf *ret);

/* Where the i-th area of pool_of lies. */
#define POOL_AREA(i) (0x20000000u + 0x1000000u * (i))

/* A sealed heap of one gc pool, whose areas are the texts up to NULL. heap must be initialised. */
struct heap_pool *pool_of(struct heap *heap, uint32_t block_bytes, ...) __attribute__((sentinel));

/* The same from the words of a case, of which it takes all but flags that it does not know: runs, "|" before the next
 * area, "block=32", and what the board reports: "total=", "used=", "free=", "one=", "two=", "max=", "max-free="
 * (blocks), "largest=", "split=", "missing=". Without runs it has no table. */
struct heap_pool *pool_of_words(struct heap *heap, char *words[]);

/* The same with areas of random runs, each beginning with one of the letters of begins. */
struct heap_pool *pool_random(struct heap *heap, uint32_t block_bytes, const char *begins, uint32_t n_areas,
			      uint32_t n_blocks_max, uint32_t *random);
