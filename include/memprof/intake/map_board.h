/* What the flash of a board leaves behind a firmware. */
#pragma once

#include "memprof/analysis/image_headroom.h"
#include "memprof/layout/board_file.h"
#include "memprof/layout/layout.h"
#include "memprof/objects/advice.h"

struct map_board {
	const char *name; /* NULL: none was named */
	struct board_file *board;
	struct layout layout;
	struct layout_room_after room;
	bool has_room;
};

/* name: of a board or a file. 0, or an error with diag. */
int map_board_read(struct map_board *ret, const char *name, struct diag *diag);
/* Where the board does not tell, a warning says so. */
void map_board_find_room(struct map_board *board, const struct image *image, const struct image_rooms *rooms,
			 const struct notice_sink *notices);
void map_board_deinit(struct map_board *board); /* safe twice, and on all-zero */

/* The flash that a firmware leaves free, by the linker's map, and by the board (NULL: none) if that has a file system
 * which the map does not know. region: room for its name. 0, or an error with diag. */
enum { FLASH_REGION_BYTES = 64 };
int flash_room_read(const char *map, const char *board, struct advice_flash *ret, char region[FLASH_REGION_BYTES],
		    const struct notice_sink *notices, struct diag *diag);
