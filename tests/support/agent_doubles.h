/* What caps.c and newlib.c of firmware-agent/pools call on a board, as far as they use it (esp_heap_caps.h and
 * multi_heap.h of ESP-IDF, malloc.h of newlib). The test defines the functions. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct multi_heap_info {
	size_t total_free_bytes, total_allocated_bytes, largest_free_block, minimum_free_bytes;
	size_t allocated_blocks, free_blocks, total_blocks;
};
typedef struct multi_heap_info multi_heap_info_t;
size_t heap_caps_get_total_size(uint32_t caps);
void heap_caps_get_info(multi_heap_info_t *info, uint32_t caps);

struct mallinfo {
	size_t arena, ordblks, uordblks, fordblks, keepcost;
};
struct mallinfo mallinfo(void);
