/* Claims of an RP2350's partition table. */
#include <inttypes.h>

#include "memprof/image/picobin.h"
#include "memprof/layout/layout.h"

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
