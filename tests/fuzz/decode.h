/* What the fuzzers of decoders have in common: the first byte says how the rest is cut into feeds;
 * every event is looked at, and every heap is reported and drawn. */
#pragma once

#include "memprof/protocol/decoder.h"

void decode(const struct decoder *decoder, const uint8_t *data, size_t size);
