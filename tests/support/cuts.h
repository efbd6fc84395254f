/* What is true of every decoder: however an input is cut into feeds, the events are the same; and
 * an input that ends anywhere gives heaps that hold their invariant. Call these for every sample.
 *
 * Small samples are cut at every byte, large ones at CUTS_LARGE places a prime apart. */
#pragma once

#include "memprof/protocol/decoder.h"

enum { CUTS_SMALL_BYTES = 3000, CUTS_LARGE = 61 };

/* From one place to the next in an input of n bytes. */
size_t cuts_stride(size_t n_bytes);

/* Holds the events of a log to the expected text, and does both. */
void cuts_assert_events(const struct decoder *decoder, const char *log, const char *expected);

void cuts_split(const struct decoder *decoder, const char *name, const uint8_t *bytes, size_t n_bytes);
void cuts_end(const struct decoder *decoder, const uint8_t *bytes, size_t n_bytes);
