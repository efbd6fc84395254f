#include "stage.h"

#include "memprof/protocol/decoder.h"
#include "sample.h"
#include "screen.h"
#include "unit.h"

void stage_open(struct stage *s, int columns, int rows, bool utf8, bool live)
{
	*s = (struct stage){ .history = history_new(HISTORY_BYTES), .console = console_new() };
	assert_non_null(s->history);
	assert_non_null(s->console);
	board_init(&s->board);
	const struct tui_options options = {
		.source = live ? "/dev/ttyACM0" : "crash.log",
		.live = live,
		.utf8 = utf8,
		.n_culprits = 16,
		.history = s->history,
		.ages = s->history,
		.console = s->console,
		.board = &s->board,
	};
	s->tui = tui_new(&options);
	assert_non_null(s->tui);
	assert_int_equal(grid_init(&s->grid, columns, rows, utf8), 0);
}

void stage_close(struct stage *s)
{
	grid_deinit(&s->grid);
	tui_free(s->tui);
	console_free(s->console);
	history_free(s->history);
}

void stage_add(struct stage *s, const struct heap *heap, uint64_t at_us)
{
	struct history_figures figures[HEAP_POOLS_MAX];
	struct history_moment m = { .at_us = at_us,
				    .n_boot = s->n_boot + 1,
				    .n_console_lines = console_n_all(s->console),
				    .reported = SNAPSHOT_REPORTED_NOTHING,
				    .problem = heap->problem,
				    .n_pools = heap->n_pools,
				    .pools = figures };

	for (uint32_t i = 0; i < heap->n_pools; i++)
		screen_figures(&heap->pools[i], &figures[i]);
	assert_int_equal(history_add(s->history, heap, &m), 0);
	tui_grew(s->tui);
}

static void take(struct stage *s, const struct event *event)
{
	struct board_event h;

	if (event->kind == EVENT_SNAPSHOT)
		stage_add(s, event->snapshot.heap, event->at_us);
	if (event->kind == EVENT_BANNER)
		board_from_banner(&event->text, &s->board);
	if (event->kind == EVENT_HELLO)
		board_from_hello(&event->hello, &s->board);
	s->n_boot += event->kind == EVENT_RESET;
	if (board_event_of(event, &h))
		history_add_event(s->history, &h);
}

void stage_read(struct stage *s, const char *name)
{
	struct sample sample;
	struct diag diag = { 0 };
	struct event event;

	sample_read(name, &sample);
	const struct decoder *decoder = decoder_for(sample.bytes, MIN(sample.n_bytes, (size_t)DECODER_PROBE_BYTES));
	assert_non_null(decoder);
	void *state = calloc(1, decoder->state_bytes);
	assert_non_null(state);
	decoder->feed(state, sample.bytes, sample.n_bytes, NOT_KNOWN);
	while (decoder->next_event(state, &event, &diag) == DECODER_EVENT)
		take(s, &event);
	decoder->finish(state);
	while (decoder->next_event(state, &event, &diag) == DECODER_EVENT)
		take(s, &event);
	decoder->deinit(state);
	free(state);
	sample_free(&sample);
}

void stage_key(struct stage *s, uint32_t key) { screen_key(s->tui, key, 0); }

/* ---- a program ---- */

enum { PLAY_BLOCKS = 8192, PLAY_BLOCK_BYTES = 16, PLAY_STEP_US = 250000 };

static void play_free(uint8_t *kinds, uint32_t i)
{
	do
		kinds[i++] = BLOCK_FREE;
	while (i < PLAY_BLOCKS && kinds[i] == BLOCK_TAIL);
}

/* First fit, as MicroPython does. */
static void play_alloc(uint8_t *kinds, uint8_t kind, uint32_t n_blocks)
{
	for (uint32_t i = 0, n = 0; i < PLAY_BLOCKS; i++) {
		n = kinds[i] == BLOCK_FREE ? n + 1 : 0;
		if (n < n_blocks)
			continue;
		memset(kinds + i + 1 - n, BLOCK_TAIL, n);
		kinds[i + 1 - n] = kind;
		return;
	}
}

static void play_heap(struct stage *s, const uint8_t *kinds, unsigned i_moment)
{
	struct heap heap;
	struct heap_pool *pool;

	heap_init(&heap);
	assert_int_equal(heap_add_pool(&heap, "gc", POOL_GC, &pool), 0);
	pool->memory = MEMORY_SRAM;
	pool->block_bytes = PLAY_BLOCK_BYTES;
	assert_int_equal(heap_add_area(pool, 0x20004000), 0);
	memcpy(heap_extend(pool, PLAY_BLOCKS), kinds, PLAY_BLOCKS);
	assert_int_equal(heap_add_pool(&heap, "picovector", POOL_TLSF, &pool), 0);
	pool->memory = MEMORY_PSRAM;
	pool->reported.total_bytes = 4194304;
	pool->reported.used_bytes = 1000000 + 1000 * i_moment;
	pool->reported.free_bytes = 4194304 - pool->reported.used_bytes;
	pool->reported.largest_free_bytes = 2097152;
	pool->reported.peak_bytes = 3500000;
	assert_int_equal(heap_add_pool(&heap, "c", POOL_NEWLIB, &pool), 0);
	pool->memory = MEMORY_SRAM;
	pool->reported.total_bytes = 8192;
	pool->reported.free_bytes = 100;
	pool->reported.used_bytes = 8092;
	heap_seal(&heap);
	stage_add(s, &heap, (uint64_t)i_moment * PLAY_STEP_US);
	heap_deinit(&heap);
}

static void play_board_event(struct stage *s, enum board_event_kind what, unsigned i_moment, uint64_t bytes)
{
	struct board_event h = { .kind = what,
				 .at_us = (uint64_t)i_moment * PLAY_STEP_US,
				 .bytes = bytes,
				 .duration_us = what == BOARD_EVENT_GC ? 12300 + i_moment : NOT_KNOWN,
				 .address = NOT_KNOWN,
				 .n_frames = what == BOARD_EVENT_LOST ? 2 : 0 };

	if (what == BOARD_EVENT_MARK)
		snprintf(h.label, sizeof(h.label), "frame %u", i_moment);
	history_add_event(s->history, &h);
}

void stage_play(struct stage *s, unsigned n_moments)
{
	static const char letters[] = "hTLDSSAFBh";
	uint8_t kinds[PLAY_BLOCKS];
	uint32_t state = 1;

	memset(kinds, BLOCK_FREE, sizeof(kinds));
	for (unsigned i = 0; i < n_moments; i++) {
		for (int k = 0; k < 40; k++) {
			uint32_t n_blocks = 1 +
					    next_random(&state) % (k % 8 ? 4 : 40); /* in any order a compiler likes */
			play_alloc(kinds, (uint8_t)letters[next_random(&state) % (sizeof(letters) - 1)], n_blocks);
		}
		if (i % 12 == 11) {
			for (uint32_t b = 0; b < PLAY_BLOCKS; b++)
				if (block_is_head(kinds[b]) && next_random(&state) % 3)
					play_free(kinds, b);
			play_board_event(s, BOARD_EVENT_GC, i, NOT_KNOWN);
		}
		if (i % 50 == 30)
			play_board_event(s, BOARD_EVENT_MARK, i, NOT_KNOWN);
		if (i % 70 == 60)
			play_board_event(s, i % 140 == 60 ? BOARD_EVENT_FAILED : BOARD_EVENT_LOST, i, 32768);
		if (i == 100) {
			memset(kinds, BLOCK_FREE, sizeof(kinds));
			s->n_boot++;
			play_board_event(s, BOARD_EVENT_RESET, i, NOT_KNOWN);
		}
		play_heap(s, kinds, i);
	}
}
