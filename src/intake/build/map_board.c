#include "memprof/intake/map_board.h"

#include <inttypes.h>

#include "memprof/input/board_lookup.h"

int map_board_read(struct map_board *ret, const char *name, struct diag *diag)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int error = board_file_find(name, &path, &ret->board, diag);

	if (error == 0)
		ret->name = ret->board->name;
	return error;
}

void map_board_find_room(struct map_board *b, const struct image *image, const struct image_rooms *rooms,
			 const struct notice_sink *notices)
{
	struct place at = { .file = image->name };

	if (rooms->load_region != IMAGE_NONE && image->regions[rooms->load_region].window) {
		notice_at(notices, at, "warning",
			  "how much room it has, its partition tells, not the board: --bin, --partitions");
		return;
	}
	layout_board(&b->layout, b->board, NOT_KNOWN);
	b->has_room = layout_find_room_after(&b->layout, rooms->load_start, rooms->load_end, &b->room);
	layout_image(&b->layout, image, NOT_KNOWN); /* which may know of more: a ROMFS, a second region */
	if (b->has_room)
		layout_find_room_after(&b->layout, rooms->load_start, rooms->load_end, &b->room);
	if (!b->has_room)
		notice_at(notices, at, "warning",
			  "board %s knows no memory where this firmware lies (0x%" PRIx64
			  "): is it another"
			  " board's?",
			  b->name, rooms->load_start);
	/* A firmware that has grown into the file system is such a conflict, and what is left tells it. */
	else if (b->room.bytes >= 0 && layout_resolve(&b->layout) == 0 && b->layout.n_conflicts) {
		notice_at(notices, at, "warning", "%s: memprof layout --board tells all", b->layout.conflicts[0].what);
		b->has_room = false;
	}
}

void map_board_deinit(struct map_board *b)
{
	layout_deinit(&b->layout);
	board_file_free(b->board);
	*b = (struct map_board){ 0 };
}
