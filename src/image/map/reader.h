/* What readers of maps share: the position, the open section, and the errors of damaged maps. */
#pragma once

#include "map/lines.h"
#include "map/words.h"
#include "memprof/image/image.h"

struct map_reader {
	struct map_lines in;
	struct image *image;
	struct diag *diag;
	bool want_symbols;
	struct image_slice last_file; /* the next line is often of the same object */
	uint32_t last_object;
};

void map_reader_init(struct map_reader *m, struct image *image, const char *bytes, size_t n_bytes, unsigned want,
		     struct diag *diag);

/* -EINVAL for a map without its end. where: "before its memory map" */
int map_truncated(struct map_reader *m, const char *where);

/* A region without attributes; NULL without memory. */
struct image_region *map_add_region(struct map_reader *m, struct image_slice name, uint64_t origin,
				    uint64_t length_bytes);
bool map_has_region(const struct map_reader *m, uint64_t origin, uint64_t length_bytes);

/* Closes the open section and opens another one. -EINVAL if it does not fit into 64 bits. ret may be NULL. */
int map_begin_section(struct map_reader *m, struct image_slice name, uint64_t vma, uint64_t size_bytes,
		      struct image_section **ret);
int map_end_section(struct map_reader *m); /* nothing if none is open */
/* -EINVAL, with diag, if bytes from an address on do not fit into 64 bits. */
int map_check_range(struct map_reader *m, struct image_slice name, uint64_t address, uint64_t size_bytes);

/* Lines of the open section; ignored without one. */
int map_add_line(struct map_reader *m, struct image_slice name, uint32_t object, uint64_t address, uint64_t size_bytes);
int map_add_file_line(struct map_reader *m, struct image_slice name, struct image_slice file, uint64_t address,
		      uint64_t size_bytes);
int map_add_symbol(struct map_reader *m, struct image_slice name, uint64_t address, uint64_t size_bytes);
/* Whether a line holds data of the linker script: "BYTE 0x5a". */
bool map_is_script_data(struct image_slice line);
