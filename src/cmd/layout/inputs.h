/* What layout reads: each input says something about the memory of one board. */
#pragma once

#include "live.h"
#include "load.h"
#include "memprof/image/image.h"
#include "memprof/input/firmware_file.h"
#include "memprof/layout/layout.h"
#include "memprof/model/board.h"

/* What has been read already: then --map, --elf, --ld, --dump and --live are not read again, nor --bin taken. */
struct layout_known {
	const struct image *image;       /* NULL: none; must outlive the layout */
	const struct firmware_file *bin; /* read for no partitions; NULL: none */
	const struct board_info *live;   /* NULL: none was asked */
};

/* What the options of layout and check name: the member `inputs` of a command's struct args. */
struct layout_inputs_args {
	struct option_list maps, elfs, dumps;
	const char *bin, *partitions, *of_board, *live;
	uint64_t flash_bytes;
	struct option_address table_offset;
};
enum { LAYOUT_FLASH_MIN_BYTES = 64 << 10 };
#define OPTIONS_FLASH(args)                                                                \
	{ 0,                                                                               \
	  "flash-size",                                                                    \
	  "SIZE",                                                                          \
	  "size of the flash chip, as 4M",                                                 \
	  AS_SIZE(args, inputs.flash_bytes),                                               \
	  .least = LAYOUT_FLASH_MIN_BYTES },                                               \
	{                                                                                  \
		0, "table-offset", "N", "offset of the partition table (default: 0x8000)", \
			AS_ADDRESS(args, inputs.table_offset), .needs = "partitions"       \
	}

/* Reads all that the options name, and claims it. The exit code: of several the worst; what could be read is claimed
 * all the same. */
int layout_inputs_read(const struct layout_inputs_args *args, const struct script_args *scripts,
		       const struct board_args *board, const struct layout_known *known, struct layout *l);
