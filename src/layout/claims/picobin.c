/* Claims from the partition table of an RP2350. */
#include <inttypes.h>

#include "memprof/image/picobin.h"
#include "memprof/layout/layout.h"

/* One without a name is called by its number, as picotool calls it. */
static const char *name_of(struct layout *l, const struct picobin_partition *p, uint32_t number)
{
	return *p->name ? p->name : arena_printf(&l->arena, "%" PRIu32, number);
}

void layout_picobin(struct layout *l, const struct picobin_table *table, const char *from)
{
	for (uint32_t i = 0; i < table->n_partitions; i++) {
		const struct picobin_partition *p = &table->partitions[i];
		uint64_t n_sectors = p->last_sector - p->first_sector + 1;
		layout_claim(l, &(struct layout_claim){ .space = LAYOUT_FLASH,
							.start = (uint64_t)p->first_sector * PICOBIN_SECTOR_BYTES,
							.size_bytes = n_sectors * PICOBIN_SECTOR_BYTES,
							.name = name_of(l, p, i),
							.kind = SPAN_PARTITION,
							.used_bytes = NOT_KNOWN,
							.free_bytes = NOT_KNOWN,
							.from = from });
	}
	if (table->n_partitions == 0)
		layout_note(l, "%s: its partition table has no partitions", from);
}
