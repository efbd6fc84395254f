/* The memory of one board, by all files that tell of it, and by the board itself. */
#pragma once

#include "memprof/input/firmware_file.h"
#include "memprof/input/layout_heaps.h"
#include "memprof/input/linker_scripts.h"
#include "memprof/layout/layout.h"
#include "memprof/live/session.h"

/* What is NULL, or NOT_KNOWN, was not given. Lists end with NULL. */
struct layout_spec {
	const char *const *maps, *const *elfs; /* the n-th of both are of one build */
	const struct image *image;             /* or a build that is read already; it must outlive the layout */
	struct linker_scripts scripts;
	const char *board; /* a name or a file */
	const char *partitions, *bin;
	const struct firmware_file *firmware; /* --bin, if that is read already, for no partitions */
	uint64_t table_offset, flash_bytes;
	const char *const *dumps;
	const char *live;                 /* a source, */
	const struct layout_heaps *heaps; /* its heaps, and */
	const struct board_info *info;    /* what it told of itself */
	struct notice_sink notices;
};

/* Claims what it all says, also where some of it cannot be read. 0, or -EINVAL after notices. */
int layout_read(struct layout *l, const struct layout_spec *spec);

/* The heaps of a live board, and what it tells of itself, into h, which is initialised. As intake_objects. */
int layout_ask_board(struct layout_heaps *h, const struct session_config *config, struct diag *diag);
