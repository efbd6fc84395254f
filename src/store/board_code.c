#define _DEFAULT_SOURCE /* strdup, strnlen */
#include "board_code.h"

#include <string.h>

#include "members.h"
#include "memprof/base/number.h"

#define OF_BOARD(name, type) MEMBER(struct board_info, name, type, 0)
static const struct member board_members[] = {
	OF_BOARD(firmware, MEMBER_TEXT),
	OF_BOARD(version, MEMBER_TEXT),
	OF_BOARD(machine, MEMBER_TEXT),
	OF_BOARD(platform, MEMBER_TEXT),
	OF_BOARD(build, MEMBER_TEXT),
	OF_BOARD(unique_id, MEMBER_TEXT),
	OF_BOARD(freq_hz, MEMBER_U64),
	MEMBER(struct board_info, gc, MEMBER_UNSIGNED, BOARD_GC_ON),
	OF_BOARD(gc_threshold_bytes, MEMBER_U64),
	OF_BOARD(pystack_used_bytes, MEMBER_U64),
	OF_BOARD(flash_bytes, MEMBER_U64),
	OF_BOARD(flash_user_start, MEMBER_U64),
	OF_BOARD(n_device_blocks, MEMBER_U64),
	OF_BOARD(device_block_bytes, MEMBER_U64),
	OF_BOARD(filesystems_known, MEMBER_BOOL),
};

static const struct member filesystem_members[] = {
	MEMBER(struct board_filesystem, path, MEMBER_TEXT, 0),
	MEMBER(struct board_filesystem, kind, MEMBER_TEXT, 0),
	MEMBER(struct board_filesystem, total_bytes, MEMBER_U64, 0),
	MEMBER(struct board_filesystem, free_bytes, MEMBER_U64, 0),
};

static const struct member partition_members[] = {
	MEMBER(struct board_partition, label, MEMBER_TEXT, 0),
	MEMBER(struct board_partition, type, MEMBER_U64, 0),
	MEMBER(struct board_partition, subtype, MEMBER_U64, 0),
	MEMBER(struct board_partition, offset_bytes, MEMBER_U64, 0),
	MEMBER(struct board_partition, size_bytes, MEMBER_U64, 0),
	MEMBER(struct board_partition, encrypted, MEMBER_BOOL, 0),
};

void board_code_put(struct strbuf *out, const struct board_info *board)
{
	size_t n_modules = strnlen(board->modules, sizeof(board->modules));

	members_put(out, board_members, ARRAY_SIZE(board_members), board);
	member_put_u64(out, board->n_filesystems);
	for (size_t i = 0; i < board->n_filesystems; i++)
		members_put(out, filesystem_members, ARRAY_SIZE(filesystem_members), &board->filesystems[i]);
	member_put_u64(out, board->n_partitions);
	for (size_t i = 0; i < board->n_partitions; i++)
		members_put(out, partition_members, ARRAY_SIZE(partition_members), &board->partitions[i]);
	member_put_u64(out, board->n_modules);
	member_put_u64(out, n_modules);
	strbuf_add(out, board->modules, n_modules);
}

static bool get_modules(struct member_bytes *in, struct board_info *ret)
{
	uint64_t n_modules, n_bytes;

	if (!member_bytes_u64(in, &n_modules) || !member_bytes_u64(in, &n_bytes) || n_bytes >= sizeof(ret->modules) ||
	    n_modules > n_bytes)
		return false;
	const uint8_t *bytes = member_bytes_take(in, (size_t)n_bytes);
	if (!bytes || memchr(bytes, '\0', (size_t)n_bytes))
		return false;
	memcpy(ret->modules, bytes, (size_t)n_bytes);
	ret->n_modules = (size_t)n_modules;
	return in->n_bytes == 0;
}

bool board_code_get(const uint8_t *bytes, size_t n_bytes, struct board_info *ret)
{
	struct member_bytes in = { bytes, n_bytes };
	uint64_t n;

	memset(ret, 0, sizeof(*ret));
	if (!members_get(&in, board_members, ARRAY_SIZE(board_members), ret) || !member_bytes_u64(&in, &n) ||
	    n > BOARD_FILESYSTEMS_MAX)
		return false;
	ret->n_filesystems = (size_t)n;
	for (size_t i = 0; i < n; i++)
		if (!members_get(&in, filesystem_members, ARRAY_SIZE(filesystem_members), &ret->filesystems[i]))
			return false;
	if (!member_bytes_u64(&in, &n) || n > BOARD_PARTITIONS_MAX)
		return false;
	ret->n_partitions = (size_t)n;
	for (size_t i = 0; i < n; i++)
		if (!members_get(&in, partition_members, ARRAY_SIZE(partition_members), &ret->partitions[i]))
			return false;
	ret->known = get_modules(&in, ret);
	return ret->known;
}
