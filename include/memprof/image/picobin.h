/* Partition tables of the RP2350: an item of a block that its ROM searches for in flash (pico-sdk, boot/picobin.h;
 * RP2350 datasheet, 5.9). Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"

enum {
	PICOBIN_PARTITIONS_MAX = 16,
	PICOBIN_BLOCK_MAX_BYTES = 0x280,
	PICOBIN_SECTOR_BYTES = 4096,
	PICOBIN_NAME_BYTES = 127,
};

struct picobin_partition {
	char name[PICOBIN_NAME_BYTES + 1];  /* "" without one; untrusted */
	uint32_t first_sector, last_sector; /* of 4 KiB, inclusive */
};

struct picobin_table {
	uint64_t found_at; /* of the block, in the input */
	uint32_t n_partitions;
	struct picobin_partition partitions[PICOBIN_PARTITIONS_MAX];
};

enum { PICOBIN_NONE = 1 };
/* The first partition table in a flash image. 0; PICOBIN_NONE; -EINVAL with a diag: a complete block with a damaged
 * table. *ret is set only on 0. O(n_bytes). */
int picobin_find(struct picobin_table *ret, const char *name, const uint8_t *bytes, size_t n_bytes, struct diag *diag);
