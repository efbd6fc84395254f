/* GNU ld's "Cross Reference Table" (--cref): of each global symbol the file that defines it, and those that use it. */
#pragma once

#include "memprof/base/names.h"
#include "memprof/image/image.h"

struct map_cref {
	struct image *image;
	struct arena arena;   /* of names that only the reading needs */
	struct names defined; /* symbols that the map lists in a section: by a file, not by the script */
	struct names files;   /* in the image's arena */
	struct image_slice symbol;
	const char *definer; /* of the symbol; NULL: unknown */
};

/* Behind the heading, with the symbols of the map read. 0 or -ENOMEM; to be freed in both cases. */
int map_cref_begin(struct map_cref *c, struct image *image);
/* A line, not empty, into image->references. 0 or -ENOMEM. Memory is in proportion to the table: a use takes a line of
 * more than 50 bytes. */
int map_cref_line(struct map_cref *c, const char *p, const char *end);
void map_cref_deinit(struct map_cref *c); /* safe twice, and on all-zero */

/* A line, not empty, below "Archive member included": a member, or indented what needs it; both on one line if they are
 * short. 0 or -ENOMEM. */
int map_pull_line(struct image *image, const char *p, const char *end);
