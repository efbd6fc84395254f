/* Symbols of MicroPython's ports that bound heap, stack and file system, from their linker scripts and their main.c. */
#ifndef LAYOUT_BOUNDS_H
#define LAYOUT_BOUNDS_H

#include "memprof/layout/layout.h"

enum bounds_firmware { BOUNDS_OF_ALL, BOUNDS_OF_ESP_IDF, BOUNDS_OF_OTHERS };

/* Of the rows of a group the first one with known symbols counts. */
enum bounds_group { BOUNDS_GROUP_NONE, BOUNDS_GROUP_HEAP, BOUNDS_GROUP_STACK, BOUNDS_GROUP_STORAGE, N_BOUNDS_GROUPS };

struct layout_bounds {
	enum bounds_firmware firmware;
	const char *start;
	const char *end; /* NULL: start is an object with a size */
	bool end_is_size;
	enum span_kind kind;
	const char *name;
	enum bounds_group group;
};

enum { N_LAYOUT_BOUNDS = 23 };
extern const struct layout_bounds layout_bounds[N_LAYOUT_BOUNDS];

#endif
