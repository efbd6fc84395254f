/* What the readers of partition tables share. */
#ifndef PARTITIONS_PRIVATE_H
#define PARTITIONS_PRIVATE_H

#include "memprof/image/partitions.h"

/* A slice of a line. */
struct partition_field {
	const char *text;
	size_t n_bytes;
	uint32_t col; /* of its first byte, from 1 */
};

/* ---- partitions/number.c ---- */

/* A number as Python's int(text, 0) takes it, with any of kKmM behind it. 0; -EINVAL if it is none; -ERANGE
 * if it is beyond PARTITION_NUMBER_MAX. */
#define PARTITION_NUMBER_MAX ((int64_t)1 << 40)
int partition_number(const char *text, size_t n_bytes, int64_t *ret);
/* Of a text that is none: the first character that no such number has there, n_bytes if each could stand; and the base
 * that its beginning says. */
size_t partition_number_bad(const char *text, size_t n_bytes, unsigned *ret_base);

/* ---- partitions/types.c ---- */

/* The number of a word of any case. -1: there is no such word. */
int partition_type_of(const char *text, size_t n_bytes);
int partition_subtype_of(uint32_t type, const char *text, size_t n_bytes);
/* Types under which words may stand: all that are not reserved or custom. */
bool partition_type_has_words(uint32_t type);
/* Whether a name is, letter for letter, the word of another type or subtype than the row's own. */
bool partition_name_misleads(const struct partition *row);

/* ---- partitions/csv.c, partitions/binary.c ---- */

bool partition_is_text(const char *bytes, size_t n_bytes); /* UTF-8 without NULs */
bool partition_is_csv(const char *bytes, size_t n_bytes);
int partitions_read_csv(struct partition_table *table, const char *bytes, size_t n_bytes, struct diag *diag);

bool partition_is_table(const uint8_t *bytes, size_t n_bytes);
/* A table that begins at bytes; at says where that is in the input. */
int partitions_read_table(struct partition_table *table, const uint8_t *bytes, size_t n_bytes, uint64_t at,
			  struct diag *diag);

/* Part of a flash, from base on. */
struct partition_dump {
	const uint8_t *bytes;
	size_t n_bytes;
	uint64_t base;
};
/* Where in flash its table begins: at wanted alone, if that is known. NOT_KNOWN: nowhere. */
uint64_t partitions_find(const struct partition_dump *dump, uint64_t wanted);

/* ---- partitions/rules.c ---- */

/* Those of them that are about one row by itself. */
int partitions_check_row(struct partition_table *table, const struct partition *row, struct diag *diag);
/* All rules that are not about one line's text. */
int partitions_check(struct partition_table *table, uint64_t flash_bytes, struct diag *diag);

/* ---- partitions.c ---- */

static inline bool partition_is_primary(const struct partition *row)
{
	return (row->type == PARTITION_TYPE_BOOTLOADER || row->type == PARTITION_TYPE_TABLE) &&
	       row->subtype == PARTITION_PRIMARY;
}
void partition_note(struct partition_table *table, uint64_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Says what is wrong with a row, with its place and name. col 0: the row as a whole. Always -EINVAL. */
int partition_fault(const struct partition_table *table, const struct partition *row, uint32_t col, struct diag *diag,
		    const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
