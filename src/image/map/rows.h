/* Maps of LLD and mold: rows of numbers and one name, distinguished by indentation. */
#pragma once

#include "map/reader.h"

enum map_level { MAP_OUT, MAP_IN, MAP_SYMBOL };

/* What a row means depends on those before it. */
struct map_rows {
	bool thumb;      /* by the last mapping symbol */
	bool not_loaded; /* the last section is not loaded */
};

/* Reads the rows below the heading, a line with exactly these words, up to a cross reference table. *ret_began: whether
 * there was a heading. */
int map_rows_read(struct map_reader *m, const char *const *heading, size_t n_words,
		  int (*row)(void *ctx, const char *p, const char *end), void *ctx, bool *ret_began);
/* The probe of a format with that heading. */
int map_rows_probe(const char *head, size_t n_bytes, const char *const *heading, size_t n_words);

/* The last number is followed by one blank, and by 0, 8 or 16 more. */
enum map_level map_row_level(const char *p, const char *end, struct image_slice *ret_name);

/* Splits "path/lib.a(member.o):(.section)" at the last ":(", as names of folders may contain parentheses. False:
 * another form. */
bool map_row_input(struct image_slice name, struct image_slice *ret_file, struct image_slice *ret_section);

/* Opens a section; one without bytes only closes the last one. After the first section that is not loaded (.comment,
 * .symtab …, at address 0) all others at address 0 are not loaded either. *ret is set if a section was opened. */
int map_row_section(struct map_reader *m, struct map_rows *rows, struct image_slice name, uint64_t vma,
		    uint64_t size_bytes, struct image_section **ret);

/* Ignores labels of assemblers and ELF's mapping symbols ($t, $d, $x). These mark addresses as Thumb code, whose bit 0
 * is not part of the address (ARM IHI 0044, "Mapping symbols"). */
int map_row_symbol(struct map_reader *m, struct map_rows *rows, struct image_slice name, uint64_t address,
		   uint64_t size_bytes);
