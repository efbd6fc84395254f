/* What layout reads: each input says something about the memory of one board. */
#ifndef MEMPROF_LAYOUT_INPUTS_H
#define MEMPROF_LAYOUT_INPUTS_H

#include "memprof/cli/options.h"
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

/* Reads all that the options name, and claims it. The exit code: of several the worst; what could be read is claimed
 * all the same. */
int layout_inputs_read(const struct options *options, const struct layout_known *known, struct layout *l);

#endif
