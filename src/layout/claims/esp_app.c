/* An ESP32's firmware, into the partitions that are to hold it. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/image/image.h"
#include "memprof/image/partitions.h"
#include "memprof/layout/layout.h"

static void claim(struct layout *l, const struct partition *row, enum span_kind kind, const char *name,
		  uint64_t size_bytes, uint64_t used_bytes, const char *from)
{
	layout_claim(
		l, &(struct layout_claim){ .space = LAYOUT_FLASH,
					   .start = row->offset,
					   .size_bytes = size_bytes,
					   .name = name,
					   .kind = kind,
					   .used_bytes = used_bytes,
					   .free_bytes = used_bytes == NOT_KNOWN ? NOT_KNOWN : size_bytes - used_bytes,
					   .from = from });
}

static void say_too_small(struct layout *l, const struct partition_slot *slot, uint64_t app_bytes)
{
	layout_conflict(
		l, &(struct layout_conflict){ .space = LAYOUT_FLASH,
					      .start = slot->row->offset + slot->row->size_bytes,
					      .size_bytes = slot->over_bytes,
					      .between = { "firmware", slot->row->name },
					      .what = arena_printf(&l->arena,
								   "the firmware, %" PRIu64 " B, is %" PRIu64
								   " B larger than partition %s",
								   app_bytes, slot->over_bytes, slot->row->name) });
}

static void add_slot(struct layout *l, const struct partition *row, uint64_t app_bytes)
{
	struct layout_slot *slot = vec_add(l, slots);

	if (slot)
		*slot = (struct layout_slot){ arena_text(&l->arena, row->name, strlen(row->name)), row->offset,
					      row->size_bytes, app_bytes };
	else
		l->error = -ENOMEM;
}

/* It is shown in the first slot, where it is flashed; all must hold it, or an update fails. */
void layout_app(struct layout *l, const struct partition_table *table, uint64_t app_bytes, const char *from)
{
	struct partition_fit fit;

	partition_table_fit(table, app_bytes, PARTITION_FIT_APP, &fit);
	if (fit.verdict == PARTITION_NO_SLOTS)
		layout_note(l, "%s: no partition is for an app: the firmware is not in the table", table->name);
	for (size_t i = 0; i < fit.n_slots; i++) {
		const struct partition_slot *slot = &fit.slots[i];
		add_slot(l, slot->row, app_bytes);
		if (slot->over_bytes > 0)
			say_too_small(l, slot, app_bytes);
		if (i > 0)
			continue;
		uint64_t shown_bytes = MIN(app_bytes, slot->row->size_bytes);
		claim(l, slot->row, SPAN_PARTITION, slot->row->name, slot->row->size_bytes, shown_bytes, from);
		claim(l, slot->row, SPAN_FIRMWARE, "firmware", shown_bytes, NOT_KNOWN, from);
	}
}

/* Header, a header for each segment, its bytes, checksum and hash; not the padding that brings what is read in place to
 * its pages (esptool, elf2image). */
uint64_t layout_app_bytes_at_least(const struct image *image)
{
	enum { HEADER_BYTES = 24, SEGMENT_BYTES = 8, CHECKSUM_BYTES = 16, HASH_BYTES = 32 };
	uint64_t sum_bytes = 0, n = 0;

	for (size_t i = 0; i < image->n_sections; i++) {
		uint64_t load_bytes = image_section_load_bytes(&image->sections[i]);
		sum_bytes += load_bytes;
		n += load_bytes > 0;
	}
	return n ? HEADER_BYTES + MIN(n, UINT64_C(6)) * SEGMENT_BYTES + sum_bytes + CHECKSUM_BYTES + HASH_BYTES : 0;
}
