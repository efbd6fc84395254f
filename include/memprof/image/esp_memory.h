/* Address windows through which Espressif's chips see their flash. Their lengths are no capacity. A chip is found by
 * the regions of a link in its internal RAM, so that regions may have any names (ESP-IDF, Zephyr, NuttX, Arduino).
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct esp_memory;

/* The chips that have internal RAM for code there; NULL: none. */
const struct esp_memory *esp_memory_of_ram(uint64_t origin, uint64_t length_bytes);

/* Whether a region is a window onto flash. memory may be NULL: it is none. writable: by its attributes. */
bool esp_memory_is_window(const struct esp_memory *memory, uint64_t origin, uint64_t length_bytes, bool writable);
