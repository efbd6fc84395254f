/* Where an image leaves room: for firmware where it is stored, and for heap and stack where it runs. Pure. */
#pragma once

#include <stdbool.h>

#include "memprof/image/image.h"

struct image_rooms {
	uint32_t load_region; /* where most of the firmware lies, if possible in what is no RAM; or IMAGE_NONE */
	uint32_t run_region;  /* where most of what it needs at run time does; may be the same one */
	uint64_t load_start,
		load_end; /* what the firmware takes there, or, where no region is told, at all; equal: nothing */
	uint32_t heap_region, stack_region; /* where symbols or reservations of the link put them, or IMAGE_NONE */
	bool storage_unknown; /* a file system will lie in what load_region has free, and the link does not know it */
};

/* The image is settled. */
void image_rooms(const struct image *image, struct image_rooms *ret);
/* Of a region that does not overflow: what nothing takes, and what is kept for heap and stack. NOT_KNOWN. */
uint64_t image_room_for_heap(const struct image_region *region);
