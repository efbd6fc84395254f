/* Claims of an ESP32's firmware in its app partitions. */
#include <inttypes.h>
#include <string.h>

#include "memprof/image/image.h"
#include "memprof/image/partitions.h"
#include "memprof/layout/layout.h"
#include "resolve_parts.h"

/* The firmware is flashed into the first slot. It must fit into all of them, or an update fails. */
void layout_app(struct layout *l, const struct partition_table *table, uint64_t app_bytes, const char *from)
{
	struct partition_fit fit;

	partition_table_fit(table, app_bytes, PARTITION_FIT_APP, &fit);
	if (fit.verdict == PARTITION_NO_SLOTS)
		layout_note(l, "%s: no partition for an app: the firmware is not in the table", table->name);
	for (size_t i = 0; i < fit.n_slots; i++) {
		const struct partition_slot *slot = &fit.slots[i];
		const struct partition *row = slot->row;
		LAYOUT_ADD(l, slots,
			   ((struct layout_slot){ arena_text(&l->arena, row->name, strlen(row->name)), row->offset,
						  row->size_bytes, app_bytes }));
		if (slot->over_bytes > 0)
			layout_conflict(
				l,
				&(struct layout_range){ LAYOUT_FLASH, row->offset + row->size_bytes, slot->over_bytes },
				"firmware", row->name,
				"the firmware, %" PRIu64 " B, is %" PRIu64 " B larger than partition %s", app_bytes,
				slot->over_bytes, row->name);
		if (i > 0)
			continue;
		uint64_t used_bytes = MIN(app_bytes, row->size_bytes);
		layout_claim(l,
			     &(struct layout_claim){ LAYOUT_FLASH, row->offset, row->size_bytes, row->name,
						     SPAN_PARTITION, used_bytes, row->size_bytes - used_bytes, from });
		layout_claim_range(l, LAYOUT_FLASH, SPAN_FIRMWARE, "firmware", row->offset, used_bytes, from);
	}
}

/* Header, segments with their headers, checksum and hash. A lower bound: elf2image of esptool also pads mapped segments
 * to pages. */
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
