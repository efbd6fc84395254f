#define _DEFAULT_SOURCE /* strdup, strnlen */
#include "codes.h"

#include <string.h>

#include "memprof/base/fields.h"
#include "memprof/base/number.h"

#define OF_BOARD(name, type) FIELD(struct board_info, name, type, 0)
static const struct field board_members[] = {
	OF_BOARD(firmware, FIELD_TEXT),
	OF_BOARD(version, FIELD_TEXT),
	OF_BOARD(machine, FIELD_TEXT),
	OF_BOARD(platform, FIELD_TEXT),
	OF_BOARD(build, FIELD_TEXT),
	OF_BOARD(unique_id, FIELD_TEXT),
	OF_BOARD(freq_hz, FIELD_U64),
	FIELD(struct board_info, gc, FIELD_UNSIGNED, BOARD_GC_ON),
	OF_BOARD(gc_threshold_bytes, FIELD_U64),
	OF_BOARD(pystack_used_bytes, FIELD_U64),
	OF_BOARD(flash_bytes, FIELD_U64),
	OF_BOARD(flash_user_start, FIELD_U64),
	OF_BOARD(n_device_blocks, FIELD_U64),
	OF_BOARD(device_block_bytes, FIELD_U64),
	OF_BOARD(filesystems_known, FIELD_BOOL),
};

static const struct field filesystem_members[] = {
	FIELD(struct board_filesystem, path, FIELD_TEXT, 0),
	FIELD(struct board_filesystem, kind, FIELD_TEXT, 0),
	FIELD(struct board_filesystem, total_bytes, FIELD_U64, 0),
	FIELD(struct board_filesystem, free_bytes, FIELD_U64, 0),
};

static const struct field partition_members[] = {
	FIELD(struct board_partition, label, FIELD_TEXT, 0),
	FIELD(struct board_partition, type, FIELD_U64, 0),
	FIELD(struct board_partition, subtype, FIELD_U64, 0),
	FIELD(struct board_partition, offset_bytes, FIELD_U64, 0),
	FIELD(struct board_partition, size_bytes, FIELD_U64, 0),
	FIELD(struct board_partition, encrypted, FIELD_BOOL, 0),
};

void board_code_put(struct strbuf *out, const struct board_info *board)
{
	size_t n_modules = strnlen(board->modules, sizeof(board->modules));

	fields_put(out, board_members, ARRAY_SIZE(board_members), board);
	field_put_u64(out, board->n_filesystems);
	for (size_t i = 0; i < board->n_filesystems; i++)
		fields_put(out, filesystem_members, ARRAY_SIZE(filesystem_members), &board->filesystems[i]);
	field_put_u64(out, board->n_partitions);
	for (size_t i = 0; i < board->n_partitions; i++)
		fields_put(out, partition_members, ARRAY_SIZE(partition_members), &board->partitions[i]);
	field_put_u64(out, board->n_modules);
	field_put_u64(out, n_modules);
	strbuf_add(out, board->modules, n_modules);
}

static bool get_modules(struct field_bytes *in, struct board_info *ret)
{
	uint64_t n_modules, n_bytes;

	if (!field_bytes_u64(in, &n_modules) || !field_bytes_u64(in, &n_bytes) || n_bytes >= sizeof(ret->modules) ||
	    n_modules > n_bytes)
		return false;
	const uint8_t *bytes = field_bytes_take(in, (size_t)n_bytes);
	if (!bytes || memchr(bytes, '\0', (size_t)n_bytes))
		return false;
	memcpy(ret->modules, bytes, (size_t)n_bytes);
	ret->n_modules = (size_t)n_modules;
	return in->n_bytes == 0;
}

bool board_code_get(const uint8_t *bytes, size_t n_bytes, struct board_info *ret)
{
	struct field_bytes in = { bytes, n_bytes };
	uint64_t n;

	memset(ret, 0, sizeof(*ret));
	if (!fields_get(&in, board_members, ARRAY_SIZE(board_members), ret) || !field_bytes_u64(&in, &n) ||
	    n > BOARD_FILESYSTEMS_MAX)
		return false;
	ret->n_filesystems = (size_t)n;
	for (size_t i = 0; i < n; i++)
		if (!fields_get(&in, filesystem_members, ARRAY_SIZE(filesystem_members), &ret->filesystems[i]))
			return false;
	if (!field_bytes_u64(&in, &n) || n > BOARD_PARTITIONS_MAX)
		return false;
	ret->n_partitions = (size_t)n;
	for (size_t i = 0; i < n; i++)
		if (!fields_get(&in, partition_members, ARRAY_SIZE(partition_members), &ret->partitions[i]))
			return false;
	ret->known = get_modules(&in, ret);
	return ret->known;
}
