/* The values that a board file is made of. All answer 0, or -EINVAL with the place of what is wrong; *ret is
 * untouched then. Texts are the document's. */
#ifndef MEMPROF_BOARD_VALUES_H
#define MEMPROF_BOARD_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/base/json_read.h"

/* Printable, of 1 to n_max_chars characters. */
int board_text(const struct json_value *object, const char *name, size_t n_max_chars, const char **ret,
	       struct diag *diag);
/* The same, of BOARD_FILE_TEXT_MAX_CHARS; *ret stays as it is where there is no such member. */
int board_text_if_there(const struct json_value *object, const char *name, const char **ret, struct diag *diag);
/* "name": what a file can be called, and a shell takes as it is. */
int board_name(const struct json_value *root, const char **ret, struct diag *diag);
/* The number of one of a list of words. */
int board_word(const struct json_value *object, const char *name, const char *const words[], size_t n_words,
	       size_t *ret, struct diag *diag);

/* "0x20000000": never a number, which would be decimal. */
int board_address(const struct json_value *value, uint64_t *ret, struct diag *diag);
/* 4096, "0x1000", "192K", "1.5M". */
int board_size(const struct json_value *value, uint64_t *ret, struct diag *diag);
/* "size", not 0. */
int board_extent(const struct json_value *object, uint64_t *ret, struct diag *diag);
/* "start" and "size", which together stay below the end of 64 bits. */
int board_range(const struct json_value *object, uint64_t *ret_start, uint64_t *ret_size_bytes, struct diag *diag);
/* An array of n_min to n_max items. */
int board_array(const struct json_value *object, const char *name, size_t n_min, size_t n_max,
		const struct json_value **ret, struct diag *diag);

int board_no_memory(struct diag *diag); /* -ENOMEM */

#endif
