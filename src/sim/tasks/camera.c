/* A camera: 20 frames a second into buffers of one pool, scratch memory for each frame in others, results
 * on the GC heap, and the picture for the host in a stream buffer. Some frames are copied to the heap; a
 * copy that is too large for the area in SRAM goes to the one in SDRAM. */
#include "board.h"
#include "memprof/base/number.h"

enum {
	FRAME_US = 50000,
	FRAME_BYTES = 640 * 480 * 2,
	COPIES_MAX = 4,
	COPIES_EVERY = 9,
	INFERS_EVERY = 5,
	PRINTS_EVERY = 120,
};

static bool camera_start(struct sim_board *board)
{
	struct sim_pool *frames = sim_pool_named(board, "uma.0"), *tables = sim_pool_named(board, "uma.2");

	for (uint32_t i = 0; i < ARRAY_SIZE(board->frames); i++) {
		board->frames[i] = sim_pool_alloc(board, frames, FRAME_BYTES, true);
		if (!board->frames[i])
			return false;
	}
	if (!sim_pool_alloc(board, tables, 16 * 1024, true) || !sim_pool_alloc(board, tables, 2600, true))
		return false;
	board->heap.roots[ROOT_COPIES] = sim_list(&board->heap, 4);
	return board->heap.roots[ROOT_COPIES] != 0;
}

/* [(x, y, w, h, pixels, cx, cy, rotation), …] */
static bool find_blobs(struct sim_board *board)
{
	struct sim_heap *heap = &board->heap;
	struct sim_pool *fast = sim_pool_named(board, "uma.1");
	uint32_t map = sim_pool_alloc(board, fast, FRAME_BYTES / 16, false);
	uint32_t stack = map ? sim_pool_alloc(board, fast, sim_between(board, 2000, 60000), false) : 0;
	uint32_t blobs = stack ? sim_list(heap, 4) : 0, n = sim_between(board, 2, 30);
	bool ok = blobs != 0;

	heap->roots[ROOT_BLOBS] = blobs;
	while (ok && n-- > 0) {
		uint32_t values[8];
		for (uint32_t i = 0; i < ARRAY_SIZE(values); i++)
			values[i] = sim_int(sim_below(board, 640));
		values[5] = sim_float(heap, sim_random(board));
		uint32_t blob = values[5] ? sim_tuple(heap, values, 8) : 0;
		ok = blob && sim_list_append(heap, blobs, blob);
	}
	sim_tlsf_free(&fast->tlsf, stack);
	sim_tlsf_free(&fast->tlsf, map);
	return ok;
}

/* The neural network's scratch memory, all freed after the run. */
static bool infer(struct sim_board *board)
{
	struct sim_pool *scratch = sim_pool_named(board, "uma.3");
	bool ok = true;

	for (uint32_t i = 0; ok && i < 6; i++)
		ok = sim_pool_alloc(board, scratch, sim_between(board, 40, 220) * 1024, false) != 0;
	sim_pass_us(board, 11000);
	sim_tlsf_free_all(&scratch->tlsf);
	return ok;
}

static bool keep_copy(struct sim_board *board)
{
	uint32_t copy = sim_some_text(board, SIM_BYTEARRAY, 8 * 1024, 150 * 1024);

	return copy && sim_keep(board, ROOT_COPIES, COPIES_MAX, copy);
}

static uint32_t camera_step(struct sim_board *board)
{
	struct sim_pool *stream = sim_pool_named(board, "stream");
	uint32_t n = sim_step_number(board);

	stream->n_used_bytes = sim_between(board, 14000, 60000); /* a JPEG */
	stream->n_peak_bytes = MAX(stream->n_peak_bytes, stream->n_used_bytes);
	sim_pass_us(board, 8000);
	if (!find_blobs(board) || (n % INFERS_EVERY == 0 && !infer(board)))
		return 0;
	if (n % COPIES_EVERY == 0 && !keep_copy(board))
		return 0;
	if (n % PRINTS_EVERY == PRINTS_EVERY / 2)
		sim_print(board, "19.%u fps\r\n", (unsigned)sim_below(board, 10));
	return FRAME_US;
}

const struct sim_task sim_task_camera = { .start = camera_start, .step = camera_step };
