/* Rows of LLD and mold: numbers, then one name whose indentation tells what it is. */
#ifndef MEMPROF_MAP_ROWS_H
#define MEMPROF_MAP_ROWS_H

#include "map/reader.h"

enum map_level { MAP_OUT, MAP_IN, MAP_SYMBOL };

/* What stands behind the number of the last column: one blank, then 0, 8 or 16 more. */
enum map_level map_row_level(const char *p, const char *end, struct image_slice *ret_name);

/* "path/lib.a(member.o):(.section)" in two: the last ":(" decides, as folders may hold any of it. False: it is
 * something else. */
bool map_row_input(struct image_slice name, struct image_slice *ret_file, struct image_slice *ret_section);

/* What one row says of the next. */
struct map_rows {
	bool thumb;      /* the last mapping symbol says so */
	bool not_loaded; /* the last section is none of those that are loaded */
};

/* Opens a section. Where those begin that are not loaded (.comment, .symtab …, at address 0), all that follow at
 * address 0 are such. */
int map_row_section(struct map_reader *m, struct map_rows *rows, struct image_slice name, uint64_t vma,
		    uint64_t size_bytes, struct image_section **ret);

/* Labels of assemblers and ELF's mapping symbols ($t, $d, $x) are left out; they tell which addresses are Thumb's,
 * whose bit 0 is no address (ARM IHI 0044, "Mapping symbols"). */
int map_row_symbol(struct map_reader *m, struct map_rows *rows, struct image_slice name, uint64_t address,
		   uint64_t size_bytes);

/* Whether a line of the head holds just these words, blanks between; where it ends, or NULL. */
const char *map_rows_heading(const char *bytes, size_t n_bytes, const char *const *words, size_t n_words);

#endif
