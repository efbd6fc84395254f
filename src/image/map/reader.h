/* What readers of maps have in common: where they are, the section that is open, and what they say when the map
 * is not as it should be. */
#ifndef MEMPROF_MAP_READER_H
#define MEMPROF_MAP_READER_H

#include "map/lines.h"
#include "memprof/image/image.h"

struct map_reader {
	struct map_lines in;
	struct image *image;
	struct diag *diag;
	bool want_symbols;
	bool section_open;
	struct image_slice last_file; /* of the line before: the next is often of the same object */
	uint32_t last_object;
};

void map_reader_init(struct map_reader *m, struct image *image, const char *bytes, size_t n_bytes, unsigned want,
		     struct diag *diag);

/* Answers for a reader to give: -ENOMEM, and -EINVAL for a map whose end is missing ("before its memory map"). */
int map_no_memory(struct map_reader *m);
int map_cut(struct map_reader *m, const char *where);

/* Closes the section that is open and opens one. It is refused if it does not fit into 64 bits. ret may be NULL. */
int map_begin_section(struct map_reader *m, struct image_slice name, uint64_t vma, uint64_t size_bytes,
		      struct image_section **ret);
int map_end_section(struct map_reader *m); /* nothing if none is open */
/* -EINVAL, with diag, if bytes from an address on do not fit into 64 bits. */
int map_check_range(struct map_reader *m, struct image_slice name, uint64_t address, uint64_t size_bytes);

/* Lines of the open section; without one they are left out. */
int map_add_line(struct map_reader *m, struct image_slice name, uint32_t object, uint64_t address, uint64_t size_bytes);
int map_add_file_line(struct map_reader *m, struct image_slice name, struct image_slice file, uint64_t address,
		      uint64_t size_bytes);
int map_add_symbol(struct map_reader *m, struct image_slice name, uint64_t address, uint64_t size_bytes);
int map_add_value(struct map_reader *m, struct image_slice name, uint64_t value);

#endif
