#include "memprof/image/picobin.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "memprof/base/bytes.h"
#include "memprof/base/number.h"

static const uint32_t block_start = 0xffffded3, block_end = 0xab123579;
enum {
	ITEM_PARTITION_TABLE = 0x0a,
	ITEM_LAST = 0xff,
	ITEM_TWO_BYTE_SIZE = 0x80, /* a bit of the type */
	BLOCK_MAX_WORDS = PICOBIN_BLOCK_MAX_BYTES / 4,
	/* Words of a partition's flags. */
	HAS_ID = 1 << 0,
	HAS_NAME = 1 << 12,
	PERMISSIONS_SHIFT = 26,
};

/* The remaining words of an item. */
struct words {
	const uint8_t *bytes;
	uint32_t n;
};

static bool next_word(struct words *w, uint32_t *ret)
{
	if (!w->n)
		return false;
	*ret = bytes_u32(w->bytes);
	w->bytes += 4;
	w->n--;
	return true;
}

static uint32_t bits(uint32_t word, unsigned from, unsigned n_bits)
{
	return word >> from & ((UINT32_C(1) << n_bits) - 1);
}

/* ---- blocks ---- */

/* Words of an item, including the head; 0: damaged. */
static uint32_t item_words(uint32_t head) { return bits(head, 8, head & ITEM_TWO_BYTE_SIZE ? 16 : 8); }

/* The partition table of a block that begins at bytes; NULL: not a complete block, or without a table. */
static const uint8_t *table_of(const uint8_t *bytes, size_t n_bytes)
{
	uint32_t n_words = (uint32_t)MIN(n_bytes / 4, (size_t)BLOCK_MAX_WORDS), at = 1;
	const uint8_t *table = NULL;

	while (at + 2 < n_words) {
		uint32_t head = bytes_u32(bytes + 4 * at), n_item = item_words(head);

		if ((head & 0xff) == ITEM_LAST) /* its size is the number of words of all items; a link follows */
			return n_item == at - 1 && bytes_u32(bytes + 4 * (at + 2)) == block_end ? table : NULL;
		if (!n_item || n_item > n_words - at)
			return NULL;
		if ((head & 0x7f) == ITEM_PARTITION_TABLE && !table)
			table = bytes + 4 * at;
		at += n_item;
	}
	return NULL;
}

/* ---- the table ---- */

static bool next_name(struct words *w, char name[PICOBIN_NAME_BYTES + 1])
{
	if (!w->n)
		return false;
	uint32_t n_bytes = *w->bytes & 0x7f, n_words = n_bytes / 4 + 1;
	if (n_words > w->n)
		return false;
	memcpy(name, w->bytes + 1, n_bytes);
	w->bytes += 4 * n_words;
	w->n -= n_words;
	return true;
}

static const char *read_partition(struct words *w, struct picobin_partition *p)
{
	static const char ends[] = "ends within an entry";
	uint32_t location, flags;

	if (!next_word(w, &location) || !next_word(w, &flags))
		return ends;
	*p = (struct picobin_partition){
		.first_sector = bits(location, 0, 13),
		.last_sector = bits(location, 13, 13),
	};
	if (bits(location, PERMISSIONS_SHIFT, 6) != bits(flags, PERMISSIONS_SHIFT, 6))
		return "gives two different permissions for one partition";
	if (p->last_sector < p->first_sector)
		return "has a partition that ends before it begins";
	uint32_t n_more = bits(flags, 7, 2) + (flags & HAS_ID ? 2 : 0); /* families and an ID */
	if (n_more > w->n)
		return ends;
	w->bytes += 4 * n_more;
	w->n -= n_more;
	return flags & HAS_NAME && !next_name(w, p->name) ? ends : NULL;
}

static const char *read_table(const uint8_t *item, struct picobin_table *ret)
{
	uint32_t head = bytes_u32(item), unpartitioned;
	struct words w = { item + 4, item_words(head) - 1 };

	if (!next_word(&w, &unpartitioned))
		return "has no word for the unpartitioned space";
	while (w.n) {
		if (ret->n_partitions == PICOBIN_PARTITIONS_MAX)
			return "has more than 16 partitions";
		const char *fault = read_partition(&w, &ret->partitions[ret->n_partitions]);
		if (fault)
			return fault;
		ret->n_partitions++;
	}
	return ret->n_partitions != bits(head, 24, 5) ? "has another number of partitions than its header" : NULL;
}

int picobin_find(struct picobin_table *ret, const char *name, const uint8_t *bytes, size_t n_bytes, struct diag *diag)
{
	for (size_t at = 0; n_bytes - at >= 4; at += 4) {
		const uint8_t *item = NULL;

		if (bytes_u32(bytes + at) == block_start)
			item = table_of(bytes + at, n_bytes - at);
		if (!item)
			continue;
		struct picobin_table table = { .found_at = at };
		const char *fault = read_table(item, &table);
		if (fault)
			return diag_at(diag, (struct place){ .file = name }, -EINVAL,
				       "the RP2350 partition table at 0x%" PRIx64 " %s", (uint64_t)at, fault);
		*ret = table;
		return 0;
	}
	return PICOBIN_NONE;
}
