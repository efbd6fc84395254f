/* Room in flash for what could be frozen: by the linker's map of the firmware, and by the board if that has a file
 * system which the map does not know. */
#include <errno.h>
#include <string.h>

#include "memprof/base/text.h"
#include "memprof/input/build_inputs.h"
#include "memprof/intake/map_board.h"

/* The region that the firmware is stored in, and what is free there; NULL with diag. */
static const struct image_region *find_room(const struct image *image, struct map_board *board, int64_t *ret_free,
					    const struct notice_sink *notices, struct diag *diag)
{
	struct image_rooms rooms;

	image_rooms(image, &rooms);
	const struct image_region *region = rooms.load_region == IMAGE_NONE ? NULL : &image->regions[rooms.load_region];
	if (!region || region->window || region->length_bytes == NOT_KNOWN) {
		diag_set(diag, -EINVAL, "%s has no region of a known size with code in it; give the linker's map",
			 image->name);
		return NULL;
	}
	if (board->name)
		map_board_find_room(board, image, &rooms, notices);
	*ret_free = board->has_room ? board->room.bytes : image_region_room(region);
	if (!rooms.storage_unknown || board->has_room)
		return region;
	diag_set(diag, -EINVAL,
		 "MicroPython's file system lies at the end of %s, and %s does not know it; --board BOARD tells"
		 " how much is left before it",
		 region->name, image->name);
	return NULL;
}

int flash_room_read(const char *map, const char *board_name, struct advice_flash *ret, char name[FLASH_REGION_BYTES],
		    const struct notice_sink *notices, struct diag *diag)
{
	const struct image_region *region = NULL;
	struct input_image input = { 0 };
	struct map_board board = { 0 };
	int error = input_image_read(&input, map, 0, diag);

	if (error == 0 && board_name)
		error = map_board_read(&board, board_name, diag);
	if (error == 0)
		region = find_room(&input.image, &board, &ret->free_bytes, notices, diag);
	if (region) {
		text_copy(name, FLASH_REGION_BYTES, region->name, strlen(region->name));
		ret->region = name;
	}
	map_board_deinit(&board);
	input_image_deinit(&input);
	return region || error < 0 ? error : -EINVAL;
}
