/* What the files of this room share. */
#pragma once

#include <errno.h>

#include "memprof/layout/layout.h"

#define SPAN_BIT(kind) (1u << (kind))

/* Appends a value to a list of the layout; without memory the layout has an error. */
#define LAYOUT_ADD(l, list, value)                               \
	do {                                                     \
		__typeof__((l)->list) added_ = vec_add(l, list); \
		if (added_)                                      \
			*added_ = (value);                       \
		else                                             \
			(l)->error = -ENOMEM;                    \
	} while (0)

static inline bool layout_overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a < b ? b - a < a_bytes : a - b < b_bytes;
}

/* Regions of an ESP8266: the firmware that runs in flash, and the ROM file system behind it, if there is one
 * (MicroPython's ports/esp8266/boards). */
#define LAYOUT_ESP8266_REGION "irom0_0_seg"
#define LAYOUT_ESP8266_ROMFS  "FLASH_ROMFS"
struct layout_esp8266 {
	uint64_t start, size_bytes; /* of the region */
	uint64_t romfs_bytes;
	uint64_t flash_bytes; /* NOT_KNOWN: only a note */
	const char *from;
};
/* Nothing for a region at other addresses, which other chips have. */
void layout_esp8266(struct layout *l, const struct layout_esp8266 *e);
/* Where the file system begins, by the end of the firmware, and its size; of size 0 there is none. */
uint64_t layout_esp8266_storage(uint64_t user_start, uint64_t flash_bytes, uint64_t *ret_bytes);

/* Adds the spans that mappings show at other addresses. The spans must be sorted, and again afterwards. */
void layout_add_mirrors(struct layout *l);

/* Whether a conflict at the original address of a mirrored span covers this part of it. */
bool layout_is_reported_at_origin(const struct layout *l, const struct layout_span *mirror, uint64_t first,
				  uint64_t last);

/* Whether one is a mirror and the other a region: their overlap is no conflict. */
bool layout_is_mirror_in_region(const struct layout_span *a, const struct layout_span *b);

/* The free bytes of regions. The spans are a tree. */
void layout_region_figures(struct layout *l);

/* A note for each region in which the linker may place code where a file system or a partition is. */
void layout_note_regions(struct layout *l);

/* Conflicts of inputs with the board: addresses that it does not have, and other chips. */
void layout_find_board_mismatches(struct layout *l);
