/* Claims of partition tables. */
#include <inttypes.h>

#include "memprof/image/partitions.h"
#include "memprof/image/picobin.h"
#include "memprof/layout/layout.h"

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

static void claim_bootloader(struct layout *l, const struct partition_table *table, uint64_t start)
{
	uint64_t room_bytes = table->table_offset - start, used_bytes = table->bootloader_bytes;

	if (used_bytes != NOT_KNOWN && used_bytes > room_bytes) {
		uint64_t over_bytes = used_bytes - room_bytes;
		layout_conflict(l, &(struct layout_range){ LAYOUT_FLASH, table->table_offset, over_bytes },
				"bootloader", "partition table",
				"the bootloader extends %" PRIu64 " B into the partition table", over_bytes);
		used_bytes = room_bytes;
	}
	layout_claim(l, &(struct layout_claim){
				LAYOUT_FLASH, start, room_bytes, "bootloader", SPAN_BOOTLOADER, used_bytes,
				used_bytes == NOT_KNOWN ? NOT_KNOWN : room_bytes - used_bytes, table->name });
}

/* The bootloader and the table itself: most tables have no rows for them. */
static void claim_fixed(struct layout *l, const struct partition_table *table)
{
	uint64_t start = table->bootloader_offset == NOT_KNOWN ? 0 : table->bootloader_offset;

	if (!has_primary(table, PARTITION_TYPE_BOOTLOADER)) {
		claim_bootloader(l, table, start);
		if (table->bootloader_offset == NOT_KNOWN)
			layout_note(
				l,
				"%s does not name its chip: the offset of the bootloader is not known and assumed to be"
				" 0x0; give --board, --map or --elf",
				table->name);
	}
	if (!has_primary(table, PARTITION_TYPE_TABLE))
		layout_claim_range(l, LAYOUT_FLASH, SPAN_TABLE, "partition table", table->table_offset,
				   PARTITION_SECTOR_BYTES, table->name);
}

/* Called if the flash is too small, or its size unknown. */
static void note_no_vfs(struct layout *l, const struct partition_table *table, uint64_t flash_bytes)
{
	struct partition_vfs vfs;
	char human[NUMBER_HUMAN_BYTES];

	if (!partition_table_vfs(table, UINT64_MAX - 1, &vfs))
		return; /* the table has a row for it */
	if (flash_bytes == NOT_KNOWN)
		layout_note(l,
			    "the size of the flash is not known, nor the room for MicroPython's file system behind the"
			    " last partition; --flash-size sets it");
	else
		layout_note(l, "a flash of %s has no room for MicroPython's file system behind the last partition",
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
	layout_claim_range(l, LAYOUT_FLASH, SPAN_FILESYSTEM, "vfs", vfs.offset, vfs.size_bytes, "made at boot");
	layout_note(l,
		    "MicroPython creates vfs at boot in the flash behind the last partition; other firmware leaves"
		    " it free");
	if (vfs.flash_assumed)
		layout_note(l,
			    "the size of the flash is not known: assumed to be %s, the next power of two;"
			    " --flash-size sets it",
			    number_human(vfs.flash_bytes, human));
}

static void add_notes(struct layout *l, const struct partition_table *table)
{
	for (size_t i = 0; i < table->n_notes; i++) {
		const struct partition_note *n = &table->notes[i];
		if (n->line)
			layout_note(l, "%s:%" PRIu64 ": %s", table->name, n->line, n->text);
		else
			layout_note(l, "%s: %s", table->name, n->text);
	}
}

void layout_partitions(struct layout *l, const struct partition_table *table, uint64_t flash_bytes, bool micropython)
{
	if (table->flash_bytes != NOT_KNOWN)
		layout_flash(l, table->flash_bytes, table->name);
	claim_fixed(l, table);
	for (size_t i = 0; i < table->n_rows; i++)
		claim_row(l, table, &table->rows[i]);
	if (micropython)
		claim_vfs(l, table, flash_bytes == NOT_KNOWN ? table->flash_bytes : flash_bytes);
	add_notes(l, table);
}

/* ---- RP2350 ---- */

void layout_picobin(struct layout *l, const struct picobin_table *table, const char *from)
{
	for (uint32_t i = 0; i < table->n_partitions; i++) {
		const struct picobin_partition *p = &table->partitions[i];
		uint64_t n_sectors = p->last_sector - p->first_sector + 1;
		/* As picotool does, use the number where there is no name. */
		const char *name = *p->name ? p->name : arena_printf(&l->arena, "%" PRIu32, i);
		layout_claim_range(l, LAYOUT_FLASH, SPAN_PARTITION, name,
				   (uint64_t)p->first_sector * PICOBIN_SECTOR_BYTES, n_sectors * PICOBIN_SECTOR_BYTES,
				   from);
	}
	if (table->n_partitions == 0)
		layout_note(l, "%s: its partition table has no partitions", from);
}
