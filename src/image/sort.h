#pragma once

#include <stddef.h>
#include <stdint.h>

/* Sorts items of at most 128 bytes by a key: stable, in linear time, without allocating if they are in order already.
 * 0, or -ENOMEM; the order is then unchanged. */
int image_sort(void *items, size_t n_items, size_t item_bytes, uint64_t (*key_of)(const void *item));
