/* Symbols that bound heap, stack and file system, from the linker scripts and main.c of MicroPython's ports. */
#pragma once

#include "memprof/layout/layout.h"

enum bounds_firmware { BOUNDS_OF_ALL, BOUNDS_OF_ESP_IDF, BOUNDS_OF_OTHERS };

/* In each group only the first row whose symbols are known applies. */
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
