/* Other heaps of a board than Python's, in the words of ESP-IDF:
 *
 *     Heap summary for capabilities 0x00000004:     components/heap/heap_caps.c,
 *       At 0x3ffae2a0 len 7520 free 4 allocated 7280 min_free 4          heap_caps_print_heap_info
 *         largest_free_block 4 alloc_blocks 50 free_blocks 1 total_blocks 51
 *       Totals: …                                   sums, which are not read
 *
 *     >>> esp32.idf_heap_info(4)                    micropython ports/esp32/modesp32.c,
 *     [(240, 0, 0, 0), (16648, 4, 4, 4)]            idf_heap_info: total, free, largest, least free
 *     idf_heap_info [(240, 0, 0, 0)]                the same, as our survey prints it
 *
 * Many lists look like that: one counts only right behind the name. */
#ifndef MEMPROF_REGIONS_H
#define MEMPROF_REGIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "console/plain_line.h"
#include "memprof/event.h"

struct regions {
	uint32_t n_told;     /* of the summary or list at hand */
	bool asked;          /* the line before had the name of idf_heap_info in it */
	bool in_list;        /* it goes on in the next line */
	const char *p, *end; /* what is left of a line of a list; borrowed */
	bool half;           /* the first line of a region was there */
	struct event_pool region;
};

/* Takes a line, also one that was typed. True if it was one of a summary or list; then regions_next until it says
 * false. */
bool regions_read(struct regions *s, const struct line *raw, const struct console_line *line);
bool regions_next(struct regions *s, struct event_pool *ret);

#endif
