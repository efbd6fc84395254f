/* Heaps other than Python's, as ESP-IDF prints them:
 *
 *     Heap summary for capabilities 0x00000004:     components/heap/heap_caps.c,
 *       At 0x3ffae2a0 len 7520 free 4 allocated 7280 min_free 4          heap_caps_print_heap_info
 *         largest_free_block 4 alloc_blocks 50 free_blocks 1 total_blocks 51
 *       Totals: …                                   sums; ignored
 *
 *     >>> esp32.idf_heap_info(4)                    micropython ports/esp32/modesp32.c,
 *     [(240, 0, 0, 0), (16648, 4, 4, 4)]            idf_heap_info: total, free, largest, least free
 *     idf_heap_info [(240, 0, 0, 0)]                the same, as printed by survey.h
 *
 *     IDF heap (data): 6 regions, 233 total, …    micropython-lib, micropython/utop/utop.py (2025-06): sums
 *     Minimum free heap size: 299228 bytes        ESP-IDF, examples/get-started/hello_world
 *     min heap size: 212332                       ESP-IDF, examples/system/console/advanced, cmd_system_common.c;
 *                                                 before v5.2 behind "I (12345) cmd_system: "
 *
 * Other lists look the same, so a list counts only right after the name. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "console/plain_line.h"
#include "memprof/event.h"

struct heap_caps {
	uint32_t n_pools;    /* of the current summary or list so far */
	bool any_caps;       /* a summary came: */
	uint64_t first_caps; /* of what capabilities the first was, */
	char caps_name[12];  /* and what the current one adds to the name of its regions: "", of others "-800" */
	bool is_exec;        /* the list is of HEAP_EXEC */
	bool announced;      /* the previous line contains idf_heap_info */
	bool in_list;        /* the list continues on the next line */
	const char *p, *end; /* rest of a line of a list; borrowed */
	bool has_first_line; /* the first line of a region was read */
	bool has_sums;       /* a line with the sums over all regions was read */
	struct heap_pool pool;
};

/* Reads a line, including one typed at the prompt. True if it belongs to a summary or list; then call
 * heap_caps_next until it returns false. */
bool heap_caps_read(struct heap_caps *s, const struct raw_line *raw, const struct plain_line *line);
bool heap_caps_next(struct heap_caps *s, struct heap_pool *ret);
