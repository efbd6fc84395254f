/* map --board: what the board leaves behind the firmware. */
#ifndef MEMPROF_MAP_BOARD_H
#define MEMPROF_MAP_BOARD_H

#include "memprof/analysis/image_headroom.h"
#include "memprof/layout/board_file.h"
#include "memprof/layout/layout.h"

struct map_board {
	const char *name; /* NULL: none was named */
	struct board_file *board;
	struct layout layout;
	struct layout_room_after room;
	bool has_room;
};

/* name: of a board or a file. 0; -EINVAL after a message. */
int map_board_read(struct map_board *ret, const char *name);
/* Where the board does not tell, a warning says so. */
void map_board_find_room(struct map_board *board, const struct image *image, const struct image_rooms *rooms);
void map_board_deinit(struct map_board *board); /* safe twice, and on all-zero */

#endif
