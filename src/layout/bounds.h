/* Symbols by which MicroPython's ports tell where heap, stack and file system lie: their values, not what is there.
 * From the ports' linker scripts and their main.c. */
#ifndef LAYOUT_BOUNDS_H
#define LAYOUT_BOUNDS_H

#include "memprof/layout/layout.h"

enum bounds_of { BOUNDS_OF_ALL, BOUNDS_OF_ESP_IDF, BOUNDS_OF_OTHERS };

/* Of several rows of a group the first that is there counts. */
enum bounds_group { BOUNDS_GROUP_NONE, BOUNDS_GROUP_HEAP, BOUNDS_GROUP_STACK, BOUNDS_GROUP_STORAGE, N_BOUNDS_GROUPS };

struct layout_bounds {
	enum bounds_of of;
	const char *start;
	const char *end; /* NULL: start is an object, and has a size */
	bool end_is_size;
	enum span_kind kind;
	const char *name;
	enum bounds_group group;
};

enum { N_LAYOUT_BOUNDS = 23 };
extern const struct layout_bounds layout_bounds[N_LAYOUT_BOUNDS];

#endif
