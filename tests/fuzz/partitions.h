/* What is true of every table that was read, and of every one that was refused. */
#pragma once

#include "memprof/image/partitions.h"

/* Reads bytes as a table and asks all there is to ask of it. */
void partitions_must_hold(const uint8_t *bytes, size_t n_bytes, const struct partition_options *options);
