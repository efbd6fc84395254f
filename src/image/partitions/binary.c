/* The binary table: little-endian entries of 32 bytes, up to one of FF. */
#include <errno.h>
#include <inttypes.h>
#include <md5.h>
#include <string.h>

#include "memprof/base/bytes.h"
#include "partitions/private.h"

enum {
	ENTRY_BYTES = 32,
	N_ENTRIES = PARTITION_TABLE_BYTES / ENTRY_BYTES,
	ENTRY_MAGIC = 0x50aa,
	SUM_MAGIC = 0xebeb,
	SEARCH_STEP = 0x1000,
	SEARCH_END = 0x20000, /* projects that move the table put it below */
};

static bool is_end(const uint8_t *entry)
{
	for (size_t i = 0; i < ENTRY_BYTES; i++)
		if (entry[i] != 0xff)
			return false;
	return true;
}

bool partition_is_table(const uint8_t *bytes, size_t n_bytes)
{
	return n_bytes >= 2 && bytes_u16(bytes) == ENTRY_MAGIC;
}

/* Entries, an optional checksum, and the end mark: unlikely to be anything else. */
static bool is_chain(const uint8_t *bytes, size_t n_bytes)
{
	size_t n_rows = 0;

	for (size_t i = 0; i < N_ENTRIES && (i + 1) * ENTRY_BYTES <= n_bytes; i++) {
		const uint8_t *entry = bytes + i * ENTRY_BYTES;
		if (is_end(entry))
			return n_rows > 0;
		if (bytes_u16(entry) == ENTRY_MAGIC)
			n_rows++;
		else if (bytes_u16(entry) != SUM_MAGIC)
			return false;
	}
	return false;
}

static bool is_table_at(const struct partition_dump *dump, uint64_t at)
{
	return at >= dump->base && at - dump->base < dump->n_bytes &&
	       is_chain(dump->bytes + (at - dump->base), dump->n_bytes - (at - dump->base));
}

uint64_t partitions_find(const struct partition_dump *dump, uint64_t wanted)
{
	uint64_t first = wanted == NOT_KNOWN ? PARTITION_TABLE_OFFSET : wanted;

	if (is_table_at(dump, first))
		return first;
	for (uint64_t at = SEARCH_STEP; wanted == NOT_KNOWN && at <= SEARCH_END; at += SEARCH_STEP)
		if (is_table_at(dump, at))
			return at;
	return NOT_KNOWN;
}

static int check_sum(struct partition_table *table, const uint8_t *bytes, size_t n_before, uint64_t at,
		     struct diag *diag)
{
	uint8_t sum[MD5_DIGEST_LENGTH];
	MD5_CTX md5;

	MD5Init(&md5);
	MD5Update(&md5, bytes, n_before);
	MD5Final(sum, &md5);
	if (memcmp(sum, bytes + n_before + 16, sizeof(sum)) != 0)
		return diag_at(diag, (struct place){ .file = table->name }, -EINVAL,
			       "the table's checksum (MD5, at 0x%" PRIx64
			       ") does not match its %zu entries: it is damaged",
			       at + n_before, n_before / ENTRY_BYTES);
	table->md5 = true;
	return 0;
}

static int read_entry(struct partition_table *table, const uint8_t *entry)
{
	struct partition *row = vec_add(table, rows);

	if (!row)
		return -ENOMEM;
	*row = (struct partition){
		.type = entry[2],
		.subtype = entry[3],
		.offset = bytes_u32(entry + 4),
		.size_bytes = bytes_u32(entry + 8),
		.flags = bytes_u32(entry + 28),
		.line = table->n_rows,
		.used_bytes = NOT_KNOWN,
	};
	memcpy(row->name, entry + 12, PARTITION_NAME_BYTES);
	uint32_t strange = row->flags & ~(uint32_t)(PARTITION_ENCRYPTED | PARTITION_READONLY);
	if (strange)
		partition_note(table, row->line, "\"%s\" has unknown flags 0x%" PRIx32, row->name, strange);
	return 0;
}

int partitions_read_table(struct partition_table *table, const uint8_t *bytes, size_t n_bytes, uint64_t at,
			  struct diag *diag)
{
	struct place place = { .file = table->name };
	size_t room = MIN(n_bytes, (size_t)PARTITION_TABLE_BYTES);

	for (size_t i = 0; i < room; i += ENTRY_BYTES) {
		const uint8_t *entry = bytes + i;
		if (room - i < ENTRY_BYTES)
			return diag_at(diag, place, -EINVAL,
				       "truncated in the entry at 0x%" PRIx64
				       " of the partition table: %zu of %d bytes",
				       at + i, room - i, ENTRY_BYTES);
		if (is_end(entry))
			return 0;
		int r;
		if (table->md5)
			return diag_at(
				diag, place, -EINVAL,
				"an entry at 0x%" PRIx64
				", behind the checksum of the partition table: expected the end mark, 32 bytes ff",
				at + i);
		if (bytes_u16(entry) == SUM_MAGIC)
			r = check_sum(table, bytes, i, at, diag);
		else if (bytes_u16(entry) == ENTRY_MAGIC)
			r = read_entry(table, entry);
		else
			return diag_at(diag, place, -EINVAL,
				       "the entry at 0x%" PRIx64
				       " of the partition table begins with %02x %02x: expected aa 50",
				       at + i, entry[0], entry[1]);
		if (r < 0)
			return r;
	}
	return diag_at(diag, place, -EINVAL,
		       "the partition table has no end mark (32 bytes ff) within its 0x%x bytes%s",
		       PARTITION_TABLE_BYTES, n_bytes < PARTITION_TABLE_BYTES ? ": the file is truncated" : "");
}
