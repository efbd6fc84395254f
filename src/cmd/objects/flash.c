/* Room in flash for what could be frozen: by the linker's map of the firmware, and by the board if that has a file
 * system which the map does not know. */
#include <errno.h>
#include <string.h>

#include "map_board.h"
#include "memprof/base/text.h"
#include "memprof/cli/message.h"
#include "memprof/input/build_inputs.h"
#include "objects/private.h"

/* The region that the firmware is stored in, and what is free there; NULL after a message. */
static const struct image_region *find_room(const struct image *image, struct map_board *board, int64_t *ret_free)
{
	struct image_rooms rooms;

	image_rooms(image, &rooms);
	const struct image_region *region = rooms.load_region == IMAGE_NONE ? NULL : &image->regions[rooms.load_region];
	if (!region || region->window || region->length_bytes == NOT_KNOWN) {
		message_error(
			"%s has no memory region of a known size with code in it; give the linker's map of the"
			" firmware",
			image->name);
		return NULL;
	}
	if (board->name)
		map_board_find_room(board, image, &rooms);
	*ret_free = board->has_room ? board->room.bytes : image_region_free(region);
	if (!rooms.storage_unknown || board->has_room)
		return region;
	message_error(
		"MicroPython's file system lies at the end of %s, and %s does not know it; --board BOARD tells"
		" how much is left before it",
		region->name, image->name);
	return NULL;
}

int objects_flash_read(const struct objects_args *args, char *name, size_t n_name, struct advice_flash *ret)
{
	const struct image_region *region = NULL;
	struct input_image input = { 0 };
	struct map_board board = { 0 };
	struct diag diag = { 0 };

	if (input_image_read(&input, args->map, 0, &diag) < 0)
		message_diag(&diag);
	else if (!args->of_board || map_board_read(&board, args->of_board) == 0)
		region = find_room(&input.image, &board, &ret->free_bytes);
	if (region) {
		text_copy(name, n_name, region->name, strlen(region->name));
		ret->region = name;
	}
	map_board_deinit(&board);
	input_image_deinit(&input);
	return region ? 0 : -EINVAL;
}
