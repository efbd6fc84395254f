
#include "fuzz.h"
#include "memprof/base/text.h"
#include "screen.h"

/* What somebody does to the full-screen view while its history grows: keys, text, the mouse, sizes of the
 * screen, heaps whose pools and areas come and go, events, what the board prints. After each picture,
 * screen_fault must find nothing. */
#ifdef SHORT_SESSIONS /* of libFuzzer: many of them in a second */
enum { STEPS_MAX = 6, STEPS_PER_DRAW = 8, COLUMNS_MAX = 104, ROWS_MAX = 10, N_BLOCKS_MAX = 300 };
#else
enum { STEPS_MAX = 400, STEPS_PER_DRAW = 8, COLUMNS_MAX = 220, ROWS_MAX = 70, N_BLOCKS_MAX = 3000 };
#endif
enum { HISTORY_BYTES_MAX = 30000 };

static const uint8_t *at, *end;

static uint8_t take(void) { return at < end ? *at++ : 0; }

struct world {
	struct history *history;
	struct console *console;
	bool heard;
	struct tui *t;
	struct grid grid;
	struct heap heap;
	uint64_t now_us;
};

static void draw(struct world *w)
{
	const char *fault;

	tui_draw(w->t, &w->grid, w->now_us);
	fault = screen_fault(w->t, &w->grid);
	if (fault)
		fprintf(stderr, "%s\n", fault);
	MUST(!fault);
}

static void press_known_key(struct world *w)
{
	const struct key_row *row = &key_rows[take() % n_key_rows];

	screen_key(w->t, row->keys[0], w->now_us);
}

static void press_any_key(struct world *w)
{
	static const uint32_t firsts[] = { 0, 0x80, 0x400, 0xd7c0, 0x10ff80, TUI_KEY_UP };
	uint32_t first = firsts[take() % ARRAY_SIZE(firsts)];

	if (screen_key(w->t, first + take() % 0x80, w->now_us) == TUI_SEND)
		MUST(strlen(tui_line(w->t)) < 256);
}

static void use_mouse(struct world *w)
{
	unsigned button = take() % 5u;
	int x = take(), y = take() % 80;

	screen_mouse(w->t, button, x, y, w->now_us);
}

static void resize(struct world *w)
{
	struct tui_input input = { .kind = TUI_INPUT_RESIZE };
	int columns = 1 + take() % COLUMNS_MAX, rows = 1 + take() % ROWS_MAX;

	MUST(grid_resize(&w->grid, columns, rows) == 0);
	tui_input(w->t, &input, w->now_us);
	draw(w);
}

static void add_area(struct heap_pool *pool)
{
	static const uint64_t bases[] = { 0x20000000, 0x20004000,     0x20004010,
					  0x3ffb0000, 0x7f0012345000, UINT64_MAX - 0xfff };
	static const char letters[] = "..hTLDSAFBMm= Z";

	MUST(heap_add_area(pool, bases[take() % ARRAY_SIZE(bases)] + (uint64_t)pool->n_areas * 0x100000) == 0);
	for (int n_runs = take() % 12; n_runs > 0 && pool->n_blocks < N_BLOCKS_MAX; n_runs--) {
		uint8_t kind = (uint8_t)letters[take() % (sizeof(letters) - 1)];
		uint32_t n = 1u + take() * (take() % 4u);
		MUST(heap_append(pool, kind, block_is_head(kind) ? 1 : n) == 0);
		if (block_is_head(kind))
			MUST(heap_append(pool, BLOCK_TAIL, n - 1) == 0);
	}
}

static void see_heap(struct world *w)
{
	static const char *const names[] = { "gc.0", "gc.1", "gc.1", "uma", "pool\x1b[2J" };
	int n_pools = take() % 4;

	heap_reset(&w->heap);
	for (int i = 0; i < n_pools; i++) {
		struct heap_pool *pool;
		MUST(heap_add_pool(&w->heap, names[take() % ARRAY_SIZE(names)], POOL_GC, &pool) == 0);
		pool->block_bytes = 8u << take() % 4;
		for (int n_areas = take() % 4; n_areas > 0; n_areas--)
			add_area(pool);
	}
	heap_seal(&w->heap);
	MUST(screen_add(w->history, &w->heap, take() % 8 ? w->now_us : NOT_KNOWN) == 0);
	tui_grew(w->t);
}

static void see_board_event(struct world *w)
{
	struct board_event info = { .kind = take() % (BOARD_EVENT_REFUSED + 1),
				    .at_us = w->now_us,
				    .bytes = take(),
				    .duration_us = NOT_KNOWN,
				    .address = NOT_KNOWN,
				    .label = "a\x1b[31mb" };

	history_add_event(w->history, &info);
	tui_grew(w->t);
}

static void hear(struct world *w)
{
	uint8_t bytes[40];
	size_t n = take() % sizeof(bytes);

	for (size_t i = 0; i < n; i++)
		bytes[i] = take();
	console_add(w->console, (const char *)bytes, n);
	w->heard = w->heard || n > 0;
	tui_grew(w->t);
}

static void link_up(struct world *w) { tui_set_link(w->t, take() % (TUI_REPLAY + 1), "\x1b]0;title\a says"); }

static void step(struct world *w)
{
	static void (*const steps[])(struct world * w) = {
		press_known_key,
		press_known_key,
		press_known_key,
		press_any_key,
		use_mouse,
		resize,
		see_heap,
		see_board_event,
		hear,
		link_up,
		draw,
	};

	w->now_us += take() * 10000u;
	steps[take() % ARRAY_SIZE(steps)](w);
}

static const struct board_info board = { .known = true, .machine = "Pico \x1b[2J" };

FUZZ(data, size)
{
	static struct console *console; /* 4.7 MB; the last one, if it heard nothing */
	struct world w = { .history = history_new(HISTORY_BYTES_MAX), .console = console ? console : console_new() };

	at = data;
	end = data + size;
	heap_init(&w.heap);
	uint8_t how = take();
	struct tui_options options = {
		.source = "/dev/tty\x1b[5mACM0",
		.live = how & 1,
		.utf8 = how & 2,
		.n_culprits = how & 4 ? 5 : 0,
		.history = w.history,
		.ages = w.history,
		.console = how & 8 ? NULL : w.console,
		.board = &board,
	};
	w.t = tui_new(&options);
	MUST(w.history && w.console && w.t && grid_init(&w.grid, 80, ROWS_MAX < 24 ? ROWS_MAX : 24, options.utf8) == 0);
	for (int i = 0; i < STEPS_MAX && at < end; i++) {
		step(&w);
		if (i % STEPS_PER_DRAW == STEPS_PER_DRAW - 1)
			draw(&w);
	}
	draw(&w);
	tui_free(w.t);
	grid_deinit(&w.grid);
	heap_deinit(&w.heap);
	console = w.heard ? NULL : w.console;
	if (w.heard)
		console_free(w.console);
	history_free(w.history);
}
