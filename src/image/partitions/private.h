/* What the readers of partition tables share. */
#pragma once

#include "memprof/image/partitions.h"

/* ---- partitions/number.c ---- */

/* A number as Python's int(text, 0) reads it, with any of kKmM behind it. 0; -EINVAL: not a number; -ERANGE: beyond
 * PARTITION_NUMBER_MAX. */
#define PARTITION_NUMBER_MAX ((int64_t)1 << 40)
int partition_number(const char *text, size_t n_bytes, int64_t *ret);

/* ---- partitions/types.c ---- */

/* The number of a word, in any case. -1: unknown. */
int partition_type_of(const char *text, size_t n_bytes);
int partition_subtype_of(uint32_t type, const char *text, size_t n_bytes);
/* Whether its subtypes have names: all types but reserved and custom ones. */
bool partition_type_has_subtype_names(uint32_t type);
/* Whether the name of a partition is the name of another type or subtype than its own. */
bool partition_name_misleads(const struct partition *row);

/* ---- partitions/csv.c, partitions/binary.c ---- */

bool partition_is_text(const char *bytes, size_t n_bytes); /* UTF-8 without NULs */
bool partition_is_csv(const char *bytes, size_t n_bytes);
int partitions_read_csv(struct partition_table *table, const char *bytes, size_t n_bytes, struct diag *diag);

bool partition_is_table(const uint8_t *bytes, size_t n_bytes);
/* A table that begins at bytes, which is offset at of the input. */
int partitions_read_table(struct partition_table *table, const uint8_t *bytes, size_t n_bytes, uint64_t at,
			  struct diag *diag);

/* Part of a flash, from base on. */
struct partition_dump {
	const uint8_t *bytes;
	size_t n_bytes;
	uint64_t base;
};
/* The offset of its table in flash: only wanted is tried if it is known. NOT_KNOWN: none. */
uint64_t partitions_find(const struct partition_dump *dump, uint64_t wanted);

/* ---- partitions/rules.c ---- */

/* The rules for one row by itself. */
int partitions_check_row(struct partition_table *table, const struct partition *row, struct diag *diag);
/* All rules that are not about the text of a line. */
int partitions_check(struct partition_table *table, uint64_t flash_bytes, struct diag *diag);

static inline bool partition_is_primary(const struct partition *row)
{
	return (row->type == PARTITION_TYPE_BOOTLOADER || row->type == PARTITION_TYPE_TABLE) &&
	       row->subtype == PARTITION_PRIMARY;
}
void partition_note(struct partition_table *table, uint64_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Reports a fault of a row with its place and name. col 0: the whole row. Returns -EINVAL. */
int partition_fault(const struct partition_table *table, const struct partition *row, uint32_t col, struct diag *diag,
		    const char *format, ...) __attribute__((format(printf, 5, 6)));
