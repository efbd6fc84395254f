/* Claims of a live board's flash. */
#include <inttypes.h>
#include <string.h>

#include "memprof/layout/layout.h"
#include "memprof/model/board.h"
#include "resolve_parts.h"

/* The flash is mounted at "/" on most ports, at "/flash" on stm32 and OpenMV. Other mount points are cards. */
static bool is_in_flash(const struct board_filesystem *fs)
{
	return strcmp(fs->path, "/") == 0 || strcmp(fs->path, "/flash") == 0;
}

/* The span of a file system; otherwise the partition in which ports look for one (esp32 modesp32.c, CircuitPython's
 * supervisor). */
static struct layout_span *find_storage(struct layout *l, uint64_t total_bytes)
{
	static const char *const partitions[] = { "vfs", "ffat", "user_fs" };
	struct layout_span *found = NULL;

	for (size_t i = 0; i < l->n_spans; i++) {
		struct layout_span *span = &l->spans[i];
		if (total_bytes > span->size_bytes)
			continue;
		if (span->kind == SPAN_FILESYSTEM && strncmp(span->name, "ROMFS", 5) != 0)
			return span;
		for (size_t k = 0; k < ARRAY_SIZE(partitions) && span->kind == SPAN_PARTITION; k++)
			if (strcmp(span->name, partitions[k]) == 0)
				found = span;
	}
	return found;
}

/* The figures apply to the partition and to the file system in it. */
static void claim_use(struct layout *l, const struct layout_span *storage, const struct board_filesystem *fs,
		      const char *from)
{
	struct layout_claim claim = { storage->space,      storage->start,
				      storage->size_bytes, NULL,
				      storage->kind,       fs->total_bytes - fs->free_bytes,
				      fs->free_bytes,      from };

	layout_claim(l, &claim);
	if (claim.kind == SPAN_FILESYSTEM)
		return;
	claim.kind = SPAN_FILESYSTEM;
	claim.name = fs->path;
	layout_claim(l, &claim);
}

static void claim_filesystem(struct layout *l, const struct board_info *board, const struct board_filesystem *fs,
			     const char *from)
{
	bool known = fs->total_bytes != NOT_KNOWN && fs->free_bytes != NOT_KNOWN && fs->free_bytes <= fs->total_bytes;

	if (!known || strcmp(board->platform, "linux") == 0)
		return;
	const struct layout_span *storage = is_in_flash(fs) ? find_storage(l, fs->total_bytes) : NULL;
	if (storage)
		claim_use(l, storage, fs, from);
	else
		layout_note(l, "%s: the address of file system %s, %" PRIu64 " of %" PRIu64 " B used, is not known",
			    from, fs->path, fs->total_bytes - fs->free_bytes, fs->total_bytes);
}

/* Ports without a partition table: the file system is at the end of the flash (rp2), or behind the firmware (esp8266).
 */
static void claim_storage(struct layout *l, const struct board_info *board, const char *from)
{
	bool sized = board->n_device_blocks != NOT_KNOWN && board->device_block_bytes != NOT_KNOWN &&
		     board->device_block_bytes > 0 && board->n_device_blocks < UINT32_MAX &&
		     board->device_block_bytes < UINT32_MAX;
	uint64_t size_bytes = sized ? board->n_device_blocks * board->device_block_bytes : NOT_KNOWN, start = NOT_KNOWN;

	if (board->n_partitions > 0)
		return;
	if (strcmp(board->platform, "rp2") == 0 && sized && board->flash_bytes != NOT_KNOWN &&
	    size_bytes <= board->flash_bytes)
		start = board->flash_bytes - size_bytes;
	else if (strcmp(board->platform, "esp8266") == 0 && board->flash_user_start != NOT_KNOWN &&
		 board->flash_bytes != NOT_KNOWN)
		start = layout_esp8266_storage(board->flash_user_start, board->flash_bytes, &size_bytes);
	if (start != NOT_KNOWN)
		layout_claim_range(l, LAYOUT_FLASH, SPAN_FILESYSTEM, NULL, start, size_bytes, from);
}

void layout_flash(struct layout *l, uint64_t size_bytes, const char *from)
{
	const char *name = "flash";

	for (size_t i = 0; i < l->n_spans; i++)
		if (l->spans[i].kind == SPAN_MEMORY && l->spans[i].start == 0 && l->spans[i].size_bytes == size_bytes &&
		    strcmp(l->spans[i].space, LAYOUT_FLASH) == 0)
			name = NULL; /* already named */
	layout_claim_range(l, LAYOUT_FLASH, SPAN_MEMORY, name, 0, size_bytes, from);
}

/* "RP2040" in "Raspberry Pi Pico with RP2040" (MICROPY_HW_MCU_NAME). */
static const char *chip_of(const struct board_info *board)
{
	const char *chip = NULL;

	for (const char *p = board->machine; (p = strstr(p, " with ")); p += strlen(" with "))
		chip = p + strlen(" with ");
	return chip;
}

void layout_live(struct layout *l, const struct board_info *board, const char *from)
{
	if (!board->known)
		return;
	const char *chip = chip_of(board);
	if (chip)
		layout_chip(l, chip, from);
	if (board->flash_bytes != NOT_KNOWN)
		layout_flash(l, board->flash_bytes, from);
	for (size_t i = 0; i < board->n_partitions; i++) {
		const struct board_partition *p = &board->partitions[i];
		layout_claim_range(l, LAYOUT_FLASH, SPAN_PARTITION, p->label, p->offset_bytes, p->size_bytes, from);
	}
	claim_storage(l, board, from);
	for (size_t i = 0; i < board->n_filesystems; i++)
		claim_filesystem(l, board, &board->filesystems[i], from);
}
