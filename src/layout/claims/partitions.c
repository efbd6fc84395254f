/* Claims from a partition table. */
#include <inttypes.h>

#include "memprof/image/partitions.h"
#include "memprof/layout/layout.h"

static void claim(struct layout *l, enum span_kind kind, const char *name, uint64_t start, uint64_t size_bytes,
		  const char *from)
{
	layout_claim(l,
		     &(struct layout_claim){ LAYOUT_FLASH, start, size_bytes, name, kind, NOT_KNOWN, NOT_KNOWN, from });
}

static enum span_kind kind_of(const struct partition *row)
{
	return row->type == PARTITION_TYPE_BOOTLOADER ? SPAN_BOOTLOADER :
	       row->type == PARTITION_TYPE_TABLE      ? SPAN_TABLE :
							SPAN_PARTITION;
}

static void claim_row(struct layout *l, const struct partition_table *table, const struct partition *row)
{
	layout_claim(l, &(struct layout_claim){
				LAYOUT_FLASH, row->offset, row->size_bytes, row->name, kind_of(row), row->used_bytes,
				row->used_bytes == NOT_KNOWN ? NOT_KNOWN : row->size_bytes - row->used_bytes,
				arena_printf(&l->arena, "%s:%" PRIu64, table->name, row->line) });
}

static bool has_primary(const struct partition_table *table, uint32_t type)
{
	for (size_t i = 0; i < table->n_rows; i++)
		if (table->rows[i].type == type && table->rows[i].subtype == PARTITION_PRIMARY)
			return true;
	return false;
}

static void claim_boot_loader(struct layout *l, const struct partition_table *table, uint64_t start)
{
	uint64_t room_bytes = table->table_offset - start, used_bytes = table->bootloader_bytes;

	if (used_bytes != NOT_KNOWN && used_bytes > room_bytes) {
		layout_conflict(
			l, &(struct layout_conflict){ .space = LAYOUT_FLASH,
						      .start = table->table_offset,
						      .size_bytes = used_bytes - room_bytes,
						      .between = { "bootloader", "partition table" },
						      .what = arena_printf(&l->arena,
									   "the boot loader is %" PRIu64
									   " B too long: it runs into the partition"
									   " table",
									   used_bytes - room_bytes) });
		used_bytes = room_bytes;
	}
	layout_claim(l, &(struct layout_claim){
				LAYOUT_FLASH, start, room_bytes, "bootloader", SPAN_BOOTLOADER, used_bytes,
				used_bytes == NOT_KNOWN ? NOT_KNOWN : room_bytes - used_bytes, table->name });
}

/* What most tables have no rows for, though it is always there. */
static void claim_fixed(struct layout *l, const struct partition_table *table)
{
	uint64_t start = table->bootloader_offset == NOT_KNOWN ? 0 : table->bootloader_offset;

	if (!has_primary(table, PARTITION_TYPE_BOOTLOADER)) {
		claim_boot_loader(l, table, start);
		if (table->bootloader_offset == NOT_KNOWN)
			layout_note(
				l,
				"%s does not say for which chip it is: where the boot loader begins is not known, 0x0 is"
				" taken for it; --board, --map or --elf tells",
				table->name);
	}
	if (!has_primary(table, PARTITION_TYPE_TABLE))
		claim(l, SPAN_TABLE, "partition table", table->table_offset, PARTITION_SECTOR_BYTES, table->name);
}

/* That there is one, if only the flash is large enough, must not be kept from whoever looks for it. */
static void note_no_vfs(struct layout *l, const struct partition_table *table, uint64_t flash_bytes)
{
	struct partition_vfs vfs;
	char human[NUMBER_HUMAN_BYTES];

	if (!partition_table_vfs(table, UINT64_MAX - 1, &vfs))
		return; /* one of the table's own */
	if (flash_bytes == NOT_KNOWN)
		layout_note(
			l,
			"the size of the flash is not known, so not either how much is left behind the last partition"
			" for MicroPython's file system; --flash-size tells");
	else
		layout_note(l, "a flash of %s has no room behind the last partition for MicroPython's file system",
			    number_human(flash_bytes, human));
}

static void claim_vfs(struct layout *l, const struct partition_table *table, uint64_t flash_bytes)
{
	struct partition_vfs vfs;
	char human[NUMBER_HUMAN_BYTES];

	if (!partition_table_vfs(table, flash_bytes, &vfs)) {
		note_no_vfs(l, table, flash_bytes);
		return;
	}
	claim(l, SPAN_FILESYSTEM, "vfs", vfs.offset, vfs.size_bytes, "made at boot");
	layout_note(l,
		    "vfs is what MicroPython makes at boot of the flash behind the last partition; other"
		    " firmware leaves it free");
	if (vfs.flash_assumed)
		layout_note(l,
			    "the size of the flash is not known: taken for %s, the next power of two;"
			    " --flash-size says it",
			    number_human(vfs.flash_bytes, human));
}

static void say_notes(struct layout *l, const struct partition_table *table)
{
	for (size_t i = 0; i < table->n_notes; i++) {
		const struct partition_note *n = &table->notes[i];
		if (n->line)
			layout_note(l, "%s:%" PRIu64 ": %s", table->name, n->line, n->text);
		else
			layout_note(l, "%s: %s", table->name, n->text);
	}
}

void layout_partitions(struct layout *l, const struct partition_table *table, uint64_t flash_bytes)
{
	if (table->flash_bytes != NOT_KNOWN)
		layout_flash(l, table->flash_bytes, table->name);
	claim_fixed(l, table);
	for (size_t i = 0; i < table->n_rows; i++)
		claim_row(l, table, &table->rows[i]);
	claim_vfs(l, table, flash_bytes == NOT_KNOWN ? table->flash_bytes : flash_bytes);
	say_notes(l, table);
}
