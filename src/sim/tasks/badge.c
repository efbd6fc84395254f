/* A badge with a display: 30 frames a second, drawn with vectors and with images whose pixels are in a
 * pool of their own. An image is a small object on the GC heap with a finaliser, which frees the pixels:
 * the pool fills with pixels of unreachable images until an allocation in it fails and a collection runs
 * their finalisers. */
#include "board.h"
#include "memprof/base/number.h"

enum {
	FRAME_US = 33333,
	APPS_AT_START = 3,
	APP_MIN_FRAMES = 25,
	APP_MAX_FRAMES = 80,
	SCREEN_BYTES = 320 * 240 * 4,
	GLYPHS = 48,
	PATHS_MAX = 8,
	FILE_BLOCK_BYTES = 512,
	FILE_BLOCKS_LEFT = 12,
};

/* Appends an image of n_bytes to the list; false for a MemoryError. */
static bool load_image(struct sim_board *board, uint32_t n_bytes, uint32_t list)
{
	struct sim_heap *heap = &board->heap;
	uint32_t buffer = sim_pool_alloc(board, sim_pool_named(board, "picovector"), n_bytes, false), image;

	if (!buffer)
		return false;
	image = sim_image(heap, buffer, n_bytes);
	if (!image) {
		sim_tlsf_free(&sim_pool_named(board, "picovector")->tlsf, buffer);
		return false;
	}
	return sim_list_append(heap, list, image);
}

/* The next app: its code, its images and its state. Those of the previous one become garbage. */
static bool open_app(struct sim_board *board)
{
	static const uint32_t sizes[] = { 24 * 24 * 4, 64 * 64 * 4, 96 * 80 * 4, 160 * 120 * 4, SCREEN_BYTES };
	struct sim_heap *heap = &board->heap;
	uint32_t n_images = sim_between(board, 6, 16), app, images;

	heap->roots[ROOT_APP] = heap->roots[ROOT_IMAGES] = 0;
	app = heap->roots[ROOT_APP] = sim_module(heap, sim_between(board, 10, 30), 1000);
	images = heap->roots[ROOT_IMAGES] = app ? sim_list(heap, 4) : 0;
	if (!images)
		return false;
	for (uint32_t i = 0; i < n_images; i++) /* more small ones than large ones */
		if (!load_image(board, sizes[sim_below(board, sim_between(board, 1, ARRAY_SIZE(sizes)))], images))
			return false;
	return load_image(board, SCREEN_BYTES, images);
}

/* Deletes all files but those that the badge came with. */
static void clear_files(struct sim_board *board)
{
	struct sim_pool *files = sim_pool_named(board, "ramfs");

	files->n_used_bytes = FILE_BLOCKS_LEFT * FILE_BLOCK_BYTES;
	files->n_peak_bytes = MAX(files->n_peak_bytes, files->n_used_bytes);
}

/* Saves an app's state to the RAM filesystem, after deleting older files if it is a quarter full. */
static void save_state(struct sim_board *board)
{
	struct sim_pool *files = sim_pool_named(board, "ramfs");
	uint32_t n_bytes = sim_between(board, 1, 40) * FILE_BLOCK_BYTES;

	if (files->n_used_bytes + n_bytes > files->plan->n_bytes / 4)
		clear_files(board);
	files->n_used_bytes += n_bytes;
	files->n_peak_bytes = MAX(files->n_peak_bytes, files->n_used_bytes);
}

static bool badge_start(struct sim_board *board)
{
	struct sim_pool *vectors = sim_pool_named(board, "picovector");

	/* Fonts stay for ever. */
	for (uint32_t i = 0; i < GLYPHS; i++)
		if (!sim_pool_alloc(board, vectors, sim_between(board, 60, 900), false))
			return false;
	clear_files(board);
	for (uint32_t i = 0; i < APPS_AT_START; i++) /* the splash screen, the menu, the one used last */
		if (!open_app(board))
			return false;
	return true;
}

/* Paths live for one frame, and a rendered glyph sometimes for some more. */
static bool draw(struct sim_board *board)
{
	struct sim_heap *heap = &board->heap;
	struct sim_pool *vectors = sim_pool_named(board, "picovector");
	uint32_t paths[PATHS_MAX] = { 0 }, n = sim_between(board, 3, PATHS_MAX);
	bool ok = true;

	for (uint32_t i = 0; ok && i < n; i++) {
		uint32_t values[2] = { sim_float(heap, sim_random(board)), 0 };
		ok = values[0] != 0;
		paths[i] = ok ? sim_pool_alloc(board, vectors, sim_between(board, 200, 3000), false) : 0;
		ok = paths[i] && sim_tuple(heap, values, 2) && sim_some_text(board, SIM_STR, 8, 40) &&
		     sim_some_text(board, SIM_BYTEARRAY, 64, 512);
	}
	for (uint32_t i = 0; i < n; i++)
		if (paths[i])
			sim_tlsf_free(&vectors->tlsf, paths[i]);
	return ok;
}

static uint32_t badge_step(struct sim_board *board)
{
	if (board->badge_frames_left == 0) {
		if (!open_app(board))
			return 0;
		save_state(board);
		board->badge_frames_left = sim_between(board, APP_MIN_FRAMES, APP_MAX_FRAMES);
		sim_print(board, "app %u\r\n", (unsigned)sim_between(board, 1, 9));
	}
	board->badge_frames_left--;
	sim_pass_us(board, 6000);
	return draw(board) ? FRAME_US : 0;
}

const struct sim_task sim_task_badge = { .start = badge_start, .step = badge_step };
