/* Values of a board file. The first error stops the reader: it is recorded with its place, later ones are dropped, and
 * functions return 0, "" or NULL from then on. Texts belong to the document. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/base/json_read.h"
#include "memprof/layout/board_file.h"

struct board_reader {
	struct board_file *board;
	struct diag *diag;
	int error;
	/* of the spans that are read: */
	uint32_t i_memory;
	bool of_partitions;
};

#define board_refuse(in, at, ...)                                                      \
	do {                                                                           \
		if (!(in)->error)                                                      \
			(in)->error = diag_at((in)->diag, (at), -EINVAL, __VA_ARGS__); \
	} while (0)

/* Appends a value to a list of the board, unless there was an error. */
#define board_add(in, list, value)                                                                      \
	do {                                                                                            \
		__typeof__((in)->board->list) added_ = (in)->error ? NULL : vec_add((in)->board, list); \
		if (added_)                                                                             \
			*added_ = (value);                                                              \
		else if (!(in)->error)                                                                  \
			(in)->error = diag_set((in)->diag, -ENOMEM, "out of memory");                   \
	} while (0)

void board_expect_members(struct board_reader *in, const struct json_value *object, const char *const allowed[]);
const struct json_value *board_require(struct board_reader *in, const struct json_value *object, const char *name);

/* A printable text of 1 to n_max_chars characters. */
const char *board_text(struct board_reader *in, const struct json_value *object, const char *name, size_t n_max_chars);
/* The same, of at most BOARD_FILE_TEXT_MAX_CHARS; NULL: no such member. */
const char *board_optional_text(struct board_reader *in, const struct json_value *object, const char *name);
/* "name": lower-case words of letters and digits, joined by '-': a file name that needs no quotes in a shell. */
const char *board_name(struct board_reader *in, const struct json_value *root);
/* The index of a word in a list. */
size_t board_word(struct board_reader *in, const struct json_value *object, const char *name, const char *const words[],
		  size_t n_words);

/* "0x20000000"; a JSON number would be decimal. */
uint64_t board_address(struct board_reader *in, const struct json_value *value);
/* 4096, "0x1000", "192K", "1.5M". */
uint64_t board_size(struct board_reader *in, const struct json_value *value);
/* "size", not 0. */
uint64_t board_extent(struct board_reader *in, const struct json_value *object);
/* "start" and "size", with an end below that of 64 bits. */
void board_range(struct board_reader *in, const struct json_value *object, uint64_t *ret_start,
		 uint64_t *ret_size_bytes);
/* Reads each item of an array with 1 to n_max items. */
void board_list(struct board_reader *in, const struct json_value *object, const char *name, size_t n_max,
		void (*read_item)(struct board_reader *in, const struct json_value *item));
