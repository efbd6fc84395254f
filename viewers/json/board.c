#include "memprof/viewers/view.h"

#include <string.h>

static void gc(struct json *j, const struct board_info *board)
{
	if (!json_row_if(j, "gc", board->gc != BOARD_GC_NOT_KNOWN || board->gc_threshold_bytes != NOT_KNOWN))
		return;
	if (board->gc == BOARD_GC_NOT_KNOWN)
		json_null(j, "enabled");
	else
		json_bool(j, "enabled", board->gc == BOARD_GC_ON);
	if (board->gc_threshold_bytes == BOARD_NO_THRESHOLD)
		json_i64(j, "threshold", -1);
	else
		json_u64(j, "threshold", board->gc_threshold_bytes);
	json_object_end(j);
}

static void filesystems(struct json *j, const struct board_info *board)
{
	if (!json_array_if(j, "filesystems", board->filesystems_known))
		return;
	for (size_t i = 0; i < board->n_filesystems; i++) {
		const struct board_filesystem *fs = &board->filesystems[i];
		json_row(j, NULL);
		json_text(j, "path", fs->path);
		json_name(j, "kind", fs->kind);
		json_u64(j, "total", fs->total_bytes);
		json_u64(j, "free", fs->free_bytes);
		json_object_end(j);
	}
	json_array_end(j);
}

static void partitions(struct json *j, const struct board_info *board)
{
	if (!json_array_if(j, "partitions", board->n_partitions > 0))
		return;
	for (size_t i = 0; i < board->n_partitions; i++) {
		const struct board_partition *p = &board->partitions[i];
		json_row(j, NULL);
		json_text(j, "label", p->label);
		json_u64(j, "type", p->type);
		json_u64(j, "subtype", p->subtype);
		json_address(j, "offset", p->offset_bytes);
		json_u64(j, "size", p->size_bytes);
		json_bool(j, "encrypted", p->encrypted);
		json_object_end(j);
	}
	json_array_end(j);
}

static void block_device(struct json *j, const struct board_info *board)
{
	if (!json_row_if(j, "block_device", board->device_block_bytes != NOT_KNOWN))
		return;
	json_u64(j, "blocks", board->n_device_blocks);
	json_u64(j, "block_bytes", board->device_block_bytes);
	json_object_end(j);
}

static void modules(struct json *j, const struct board_info *board)
{
	if (!json_array_if(j, "modules", board->n_modules > 0))
		return;
	for (const char *p = board->modules, *end; (end = strchr(p, '\n')); p = end + 1)
		json_bytes(j, NULL, p, (size_t)(end - p));
	json_array_end(j);
}

void json_board(struct json *j, const char *key, const struct board_info *board)
{
	if (!json_object_if(j, key, board->known))
		return;
	json_name(j, "machine", board->machine);
	json_name(j, "firmware", board->firmware);
	json_name(j, "version", board->version);
	json_name(j, "platform", board->platform);
	json_name(j, "build", board->build);
	json_name(j, "unique_id", board->unique_id);
	json_u64(j, "freq_hz", board->freq_hz);
	gc(j, board);
	json_u64(j, "pystack_used", board->pystack_used_bytes);
	json_u64(j, "flash_bytes", board->flash_bytes);
	json_address(j, "flash_user_start", board->flash_user_start);
	block_device(j, board);
	filesystems(j, board);
	partitions(j, board);
	modules(j, board);
	json_object_end(j);
}
