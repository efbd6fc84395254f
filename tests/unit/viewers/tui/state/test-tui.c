#include "screen.h"

#include <math.h>

#include "memprof/analysis/boots.h"
#include "memprof/base/text.h"
#include "memprof/protocol/decoder.h"
#include "pools.h"
#include "sample.h"
#include "tui/panels/panel.h"
#include "unit.h"

/* ---- a screen, a history, and somebody at the keys ---- */

enum { ESC = 27, ENTER = 13, TAB = 9 };

static struct history *history;
static struct console *console;
static struct tui *t;
static struct grid grid;
static struct heap heap;
static uint64_t now_us;

UNIT_BEFORE(set_up)
{
	history = history_new(HISTORY_BYTES);
	console = console_new();
	struct tui_options options = {
		.source = "/dev/ttyACM0",
		.live = true,
		.utf8 = true,
		.n_culprits = 5,
		.history = history,
		.ages = history,
		.console = console,
	};
	t = tui_new(&options);
	heap_init(&heap);
	now_us = 1000000;
	assert_int_equal(!history || !console || !t || grid_init(&grid, 80, 24, true) < 0, 0);
}

UNIT_AFTER(tear_down)
{
	tui_free(t);
	grid_deinit(&grid);
	heap_deinit(&heap);
	console_free(console);
	history_free(history);
}

static void draw(void)
{
	const char *fault;

	tui_draw(t, &grid, now_us);
	fault = screen_fault(t, &grid);
	if (fault)
		fail_msg("%s", fault);
}

static enum tui_request key(uint32_t k)
{
	enum tui_request request = screen_key(t, k, now_us);

	draw();
	return request;
}

static void type(const char *text)
{
	while (*text)
		screen_key(t, (uint8_t)*text++, now_us);
	draw();
}

static void resize(int columns, int rows)
{
	struct tui_input input = { .kind = TUI_INPUT_RESIZE };

	assert_int_equal(grid_resize(&grid, columns, rows), 0);
	tui_input(t, &input, now_us);
	draw();
}

static void mouse(unsigned button, int x, int y)
{
	screen_mouse(t, button, x, y, now_us);
	draw();
}

static bool screen_has(const char *text)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	grid_as_text(&grid, &s);
	return strstr(strbuf_text(&s), text);
}

#define assert_screen_has(text)                                       \
	do {                                                          \
		if (!screen_has(text))                                \
			fail_not_on_screen(text, __FILE__, __LINE__); \
	} while (0)

static void fail_not_on_screen(const char *text, const char *file, int line)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	grid_as_text(&grid, &s);
	print_error("%s:%d: no '%s' on\n%s\n", file, line, text, strbuf_text(&s));
	fail();
}

static void see(void)
{
	assert_int_equal(screen_add(history, &heap, now_us), 0);
	tui_grew(t);
}

/* One pool, "gc", of one area or two. */
static void see_pool(const char *runs, const char *more)
{
	pool_of(&heap, 16, runs, more, NULL);
	see();
}

static void see_board_event(enum board_event_kind what)
{
	struct board_event info = {
		.kind = what, .at_us = now_us, .bytes = 4096, .duration_us = 1000, .address = NOT_KNOWN
	};

	history_add_event(history, &info);
	tui_grew(t);
}

/* Another pool of the heap that the next see() shows. */
static void add_pool(const char *name, uint64_t base, uint32_t n_used, uint32_t n_free)
{
	struct heap_pool *pool;

	assert_int_equal(heap_add_pool(&heap, name, POOL_GC, &pool), 0);
	pool->block_bytes = 16;
	assert_int_equal(heap_add_area(pool, base), 0);
	assert_int_equal(heap_append(pool, BLOCK_HEAD, n_used), 0);
	assert_int_equal(heap_append(pool, BLOCK_FREE, n_free), 0);
	heap_seal(&heap);
}

/* The last block table of a dump of a real board. */
static void see_dump(const char *name)
{
	struct sample sample;
	const struct decoder *d = &decoder_mem_info;
	void *state = calloc(1, d->state_bytes);
	struct event event;
	struct diag diag = { 0 };
	int answer;

	assert_non_null(state);
	heap_reset(&heap);
	sample_read(name, &sample);
	d->feed(state, sample.bytes, sample.n_bytes, NOT_KNOWN);
	while ((answer = d->next_event(state, &event, &diag)) == DECODER_EVENT)
		if (event.kind == EVENT_SNAPSHOT && event.snapshot.heap->pools[0].n_blocks > 0)
			heap_swap(&heap, event.snapshot.heap);
	assert_int_equal(answer, DECODER_MORE);
	d->deinit(state);
	free(state);
	sample_free(&sample);
	assert_int_equal(heap.n_pools, 1);
	now_us += 1000000;
	see();
}

/* Five moments of real boards, with an event after the second and the third. */
static void see_boards(void)
{
	static const char *const names[] = { "dumps/rp2-1.25.0-fresh.txt", "dumps/rp2-1.25.0-imports.txt",
					     "dumps/rp2-1.25.0-fragmented.txt", "dumps/rp2-1.25.0-typed.txt",
					     "dumps/rp2-1.25.0-near-oom.txt" };
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		see_dump(names[i]);
		if (i == 1 || i == 2)
			see_board_event(i == 1 ? BOARD_EVENT_GC : BOARD_EVENT_FAILED);
	}
	draw();
}

/* ---- the table of keys ---- */

UNIT_TEST(no_key_stands_twice)
{
	const struct key_list list = tui_key_list(t);

	for (size_t i = 0; i < n_key_rows; i++) {
		const struct key_row *row = &key_rows[i];
		assert_int_not_equal(row->keys[0], 0);
		assert_true(strlen(row->summary) <= 44);
		for (size_t k = 0; k < KEYS_MAX && row->keys[k]; k++)
			assert_ptr_equal(keys_find(&list, row->keys[k]), row);
		for (size_t other = 0; other < i; other++)
			assert_true(key_rows[other].act.heap != row->act.heap || key_rows[other].arg != row->arg);
	}
	assert_null(keys_find(&list, 'Z'));
	assert_null(keys_find(&list, 0));
}

UNIT_TEST(each_key_has_a_name_of_its_own)
{
	static char names[200][KEYS_NAME_BYTES];
	size_t n = 0;

	for (size_t i = 0; i < n_key_rows; i++)
		for (size_t k = 0; k < KEYS_MAX && key_rows[i].keys[k]; k++, n++) {
			keys_name(key_rows[i].keys[k], names[n]);
			assert_true(names[n][0] && text_is_visible(names[n], strlen(names[n])));
			for (size_t other = 0; other < n; other++)
				assert_string_not_equal(names[other], names[n]);
		}
	keys_name(12, names[0]);
	assert_string_equal(names[0], "Ctrl-L");
	keys_name(TUI_KEY_F10, names[0]);
	assert_string_equal(names[0], "F10");
	keys_name(TUI_KEY_SHIFT_RIGHT, names[0]);
	assert_string_equal(names[0], "Shift-Right");
}

/* In the middle of everything, so that each key has something to do: what it changed, or what it wants. */
static bool does_something(uint32_t k)
{
	static struct tui before;
	enum tui_request request;

	set_up();
	see_boards();
	add_pool("uma", 0x30000000, 5, 60); /* to the heap of nothing: a pool alone */
	pool_of(&heap, 16, "40T 900. 1h 900. 9D 800. 60L", NULL);
	add_pool("uma", 0x30000000, 5, 60);
	see();
	see_board_event(BOARD_EVENT_MARK);
	see();
	draw();
	key('[');
	type("/T\r");
	type("++");
	type("g0x20003000\r");
	t->note_until_us = 0;
	draw();
	before = *t;
	request = screen_key(t, k, now_us);
	before.now_us = t->now_us;
	before.stale = t->stale;
	bool did = request != TUI_NOTHING || memcmp(&before, t, sizeof(before)) != 0;
	draw();
	tear_down();
	return did;
}

UNIT_TEST(every_key_does_something)
{
	tear_down();
	for (size_t i = 0; i < n_key_rows; i++)
		for (size_t k = 0; k < KEYS_MAX && key_rows[i].keys[k]; k++)
			if (!does_something(key_rows[i].keys[k]))
				fail_msg("key %zu of '%s' does nothing", k, key_rows[i].summary);
	assert_false(does_something('Z'));
	set_up();
}

UNIT_TEST(requests_are_for_the_command)
{
	static const struct {
		uint32_t key;
		enum tui_request request;
	} rows[] = {
		{ 'q', TUI_QUIT },   { TUI_KEY_F10, TUI_QUIT }, { 3, TUI_QUIT },
		{ 26, TUI_SUSPEND }, { 12, TUI_REDRAW },        { 's', TUI_SAVE_SCREEN },
		{ '<', TUI_SLOWER }, { '>', TUI_FASTER },       { 'j', TUI_NOTHING },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(key(rows[i].key), rows[i].request);
}

UNIT_TEST(a_board_is_only_disturbed_after_a_yes)
{
	assert_int_equal(key('I'), TUI_NOTHING);
	assert_screen_has("Interrupt");
	assert_int_equal(key('n'), TUI_NOTHING);
	assert_int_equal(key('y'), TUI_NOTHING);
	key('I');
	assert_int_equal(key('y'), TUI_INTERRUPT);
	key('R');
	assert_int_equal(key(ENTER), TUI_NOTHING);
	key('R');
	assert_int_equal(key('Y'), TUI_RESET_BOARD);
	assert_int_equal(key('y'), TUI_NOTHING);
}

UNIT_TEST(what_was_saved_has_no_board)
{
	t->o.live = false;
	for (size_t i = 0; i < n_key_rows; i++)
		if (key_rows[i].live) {
			assert_int_equal(key(key_rows[i].keys[0]), TUI_NOTHING);
			assert_int_equal(t->typing, TYPING_NOTHING);
			assert_int_equal(t->asking, ASKING_NOTHING);
			assert_screen_has("no board");
		}
}

/* ---- time ---- */

UNIT_TEST(follows_the_newest_until_paused)
{
	draw();
	assert_null(tui_moment(t));
	see_pool("4T 60.", NULL);
	draw();
	see_pool("4T 2L 58.", NULL);
	assert_true(tui_is_stale(t));
	draw();
	assert_u64_equal(t->picture.n_moment, 2);
	assert_int_equal(tui_pool(t)->areas[0].kinds[4], 'L');
	assert_screen_has("LIVE");

	key('p');
	see_pool("4T 4D 56.", NULL);
	draw();
	assert_u64_equal(t->picture.n_moment, 2);
	assert_int_equal(tui_pool(t)->areas[0].kinds[4], 'L');
	assert_screen_has("PAUSED");
	assert_screen_has("2 of 3");
	key('p');
	assert_u64_equal(t->picture.n_moment, 3);
	assert_int_equal(tui_pool(t)->areas[0].kinds[4], 'D');
}

UNIT_TEST(steps_through_what_was_seen)
{
	static const struct {
		const char *keys;
		uint64_t n;
	} rows[] = {
		{ "[", 4 },       { "[[", 2 },       { "]", 3 },       { "(", 1 },
		{ "[", 1 },       { "]]]]]]", 5 },   { "]", 5 },       { "([[", 1 },
		{ "g@4\r", 4 },   { "g2\r", 2 },     { "g+2\r", 4 },   { "g-10\r", 1 },
		{ "g@99\r", 5 },  { "g@0\r", 1 },    { "g0:03\r", 2 }, { "g0:00:04.5\r", 3 },
		{ "g0:01\r", 1 }, { "g59:00\r", 5 }, { "{", 3 },       { "{", 3 },
		{ "}", 3 },       { "(}", 3 },
	};
	see_boards();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		type(rows[i].keys);
		if (t->picture.n_moment != rows[i].n)
			fail_msg("'%s' led to %" PRIu64, rows[i].keys, t->picture.n_moment);
		assert_false(t->follows);
	}
	type("G");
	assert_true(t->follows);
	assert_u64_equal(t->picture.n_moment, 5);
}

UNIT_TEST(says_where_one_cannot_go)
{
	static const struct {
		const char *keys, *summary;
	} rows[] = {
		{ "([", "oldest" },
		{ "G]", "newest" },
		{ "G}", "no event after" },
		{ "({", "no event before" },
		{ "gx\r", "0x2000a010" },
		{ "g1:\r", "0x2000a010" },
		{ "g1:2:3:4\r", "0x2000a010" },
		{ "g:1\r", "0x2000a010" },
		{ "g1:1.5x\r", "0x2000a010" },
		{ "g@\r", "0x2000a010" },
		{ "g0x10\r", "no pool has 0x10" },
		{ "n", "searched" },
		{ "/>1G\r", "no such block" },
		{ "/T L\r", "not understood" },
	};
	see_boards();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		type(rows[i].keys);
		assert_screen_has(rows[i].summary);
		t->typing = TYPING_NOTHING;
	}
}

UNIT_TEST(nothing_was_seen_yet)
{
	for (size_t i = 0; i < n_key_rows; i++)
		for (size_t k = 0; k < KEYS_MAX && key_rows[i].keys[k]; k++) {
			key(key_rows[i].keys[k]);
			key(ESC);
			t->help = false;
		}
	assert_true(t->follows);
}

/* A history of 40 kB, in which what is long ago is thinned out. */
UNIT_TEST(a_moment_that_is_gone_is_the_one_before_it)
{
	uint32_t random = 4711;
	uint64_t n_shown = 0;
	bool moved = false;

	history_free(history);
	history = history_new(40000);
	assert_non_null(history);
	t->o.history = t->o.ages = history;
	for (int i = 0; i < 400; i++) {
		pool_random(&heap, 16, "hTL..", 1, 800, &random);
		see();
		if (i == 9)
			key('p');
		draw();
		if (i < 9)
			continue;
		assert_true(t->picture.n_moment <= 10);
		assert_true(n_shown == 0 || t->picture.n_moment <= n_shown);
		moved = moved || (n_shown && t->picture.n_moment < n_shown);
		n_shown = t->picture.n_moment;
	}
	assert_true(moved);
	assert_true(history_n(history) < 400);
	assert_u64_equal(history_moment(history, history_find(history, 10))->n, n_shown);
}

UNIT_TEST(an_event_leads_to_its_moment)
{
	see_boards();
	key('4');
	assert_int_equal(t->focus, PANEL_EVENTS);
	key(ENTER);
	assert_u64_equal(t->picture.n_moment, 3);
	assert_screen_has("snapshot 3: the last before the failed event");
	key(TUI_KEY_UP);
	key(ENTER);
	assert_u64_equal(t->picture.n_moment, 3);
	assert_screen_has("snapshot 3: the first after the gc event");
	key(TUI_KEY_UP); /* there are no more */
	key(ENTER);
	assert_u64_equal(t->picture.n_moment, 3);
	see_board_event(BOARD_EVENT_MARK);
	see_board_event(BOARD_EVENT_GC);
	draw();
	key(ENTER); /* the chosen one stays chosen */
	assert_u64_equal(t->picture.n_moment, 3);
	key('}');
	assert_u64_equal(t->picture.n_moment, 5);
	assert_screen_has("the last before the mark event");
	key(TUI_KEY_DOWN);
	key(ENTER); /* nothing came after it yet */
	assert_u64_equal(t->picture.n_moment, 5);
	assert_screen_has("the last before the gc event");
	key('{');
	assert_u64_equal(t->picture.n_moment, 3);
	key(TUI_KEY_END);
	key(ENTER);
	assert_u64_equal(t->picture.n_moment, 5);
}

/* ---- compared ---- */

UNIT_TEST(compares_with_the_moment_before_or_a_chosen_one)
{
	see_pool("4T 60.", NULL);
	see_pool("4T 2L 58.", NULL);
	see_pool("4T 2L 3D 55.", NULL);
	draw();
	assert_null(t->picture.before_pool);
	type("vvv");
	assert_int_equal(t->colors, COLORS_CHANGE);
	assert_u64_equal(t->picture.n_before, 2);
	assert_int_equal(t->picture.before_pool->areas[0].kinds[5], 'L');
	assert_int_equal(t->picture.before_pool->areas[0].kinds[6], '.');

	see_pool("4T 2L 3D 1S 54.", NULL); /* what was shown becomes what it is compared with */
	draw();
	assert_u64_equal(t->picture.n_before, 3);
	assert_int_equal(t->picture.before_pool->areas[0].kinds[6], 'D');
	assert_int_equal(t->picture.before_pool->areas[0].kinds[9], '.');
	assert_int_equal(tui_pool(t)->areas[0].kinds[9], 'S');

	type("(d");
	assert_u64_equal(t->n_compared, 1);
	type("G");
	assert_u64_equal(t->picture.n_moment, 4);
	assert_u64_equal(t->picture.n_before, 1);
	assert_int_equal(t->picture.before_pool->areas[0].kinds[4], '.');
	assert_screen_has(" used +96 B  free -96 B  LFB -96 B  D +3 (+48 B)  L +2 (+32 B)  S +1 (+16 B)");
	type("z");
	assert_screen_has(" used +96 B  free -96 B  LFB -96 B");
	type("z(");
	assert_screen_has(" used +0 B  free +0 B  LFB +0 B\n");
	type("Gd");
	assert_u64_equal(t->n_compared, 0);
	assert_int_equal(t->colors, COLORS_CHANGE); /* as before */
	type("vv");
	assert_null(t->picture.before_pool);
	type("vvvvdd");
	assert_int_equal(t->colors, COLORS_CULPRITS);
}

/* A moment without a table between two that have one is no ground to compare with. */
UNIT_TEST(compares_with_the_last_table)
{
	struct history_figures figures = { .name = "gc",
					   .state.total_bytes = 1024,
					   .state.used_bytes = 64,
					   .state.free_bytes = 960,
					   .state.lfb_bytes = NOT_KNOWN,
					   .peak_bytes = NOT_KNOWN,
					   .state.fragmentation = -1 };
	struct history_moment sample = {
		.at_us = 1, .reported = SNAPSHOT_REPORTED_NOTHING, .n_pools = 1, .pools = &figures
	};

	see_pool("4T 60.", NULL);
	assert_int_equal(history_add(history, NULL, &sample), 0);
	tui_grew(t);
	draw();
	assert_null(tui_pool(t));
	assert_string_equal(tui_figures(t)->name, "gc");
	assert_int_equal(t->i_cursor, 0);
	see_pool("4T 2L 58.", NULL);
	type("vvv");
	assert_u64_equal(t->picture.n_before, 1);
	assert_non_null(t->picture.before_pool);
}

UNIT_TEST(ages_are_worked_out_where_they_are_shown)
{
	t->inspector = false;
	see_pool("4T 60.", NULL);
	see_pool("4T 2L 58.", NULL);
	draw();
	assert_null(t->picture.first_seen);
	key('i');
	assert_non_null(t->picture.first_seen);
	assert_int_equal(t->picture.first_seen[0], 1);
	assert_int_equal(t->picture.first_seen[5], 2);
	assert_int_equal(t->picture.first_seen[6], 0);
	key('i');
	key('[');
	assert_null(t->picture.first_seen);
	type("vv");
	assert_int_equal(t->colors, COLORS_AGE);
	assert_int_equal(t->picture.first_seen[5], 0);
}

UNIT_TEST(ages_that_take_long_come_later)
{
	unsigned n_draws = 0;

	for (int i = 0; i < 120; i++)
		see_pool(i % 2 ? "60001h" : "60000h", NULL);
	draw();
	while (!t->picture.first_seen) {
		assert_u64_equal(tui_deadline_us(t), now_us);
		assert_false(screen_has("there since"));
		draw();
		n_draws++;
	}
	assert_true(n_draws > 1);
	assert_screen_has("there since the first snapshot");
	assert_u64_equal(tui_deadline_us(t), NOT_KNOWN);
	type("[[vv");
	assert_null(t->picture.first_seen);
	assert_screen_has("their ages are being worked out");
	type("ivvv"); /* nobody wants to know any more */
	assert_false(t->picture.owes_ages);
}

/* ---- the map ---- */

UNIT_TEST(finds_around_the_end)
{
	static const struct {
		const char *keys;
		uint32_t i_block;
		bool wrapped;
		const char *summary;
	} rows[] = {
		{ "/T\r", 10, false, "2 of 3: T tuple, 32 B" },
		{ "n", 30, false, "3 of 3: T tuple, 48 B" },
		{ "n", 0, true, "1 of 3: T tuple, 16 B" },
		{ "n", 10, false, "2 of 3" },
		{ "N", 0, false, "1 of 3" },
		{ "N", 30, true, "3 of 3" },
		{ "/. >2K\r", 33, false, "1 of 1: . free" },
		{ "/. >2K\r", 33, false, "1 of 1: . free, 14400 B" },
		{ "/list\r", 12, false, "1 of 1: L list, 16 B" },
		{ "/\r", 12, true, "1 of 1" },
		{ "f", 33, false, "largest free" },
	};
	see_pool("1T 9. 1T 1= 1L 17. 1T 2= 900.", NULL);
	draw();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		t->note_until_us = 0;
		type(rows[i].keys);
		if (t->i_cursor != rows[i].i_block)
			fail_msg("row %zu, '%s' led to block %" PRIu32, i, rows[i].keys, t->i_cursor);
		assert_int_equal(screen_has("went on"), rows[i].wrapped);
		assert_screen_has(rows[i].summary);
	}
}

UNIT_TEST(goes_to_what_is_in_the_way)
{
	see_pool("8h 20. 1S 20. 3A 40. 200h", NULL);
	draw();
	key('c');
	assert_int_equal(t->i_cursor, 49);
	assert_screen_has("1 of 2: LFB +368 B without this run of 3 objects, 48 B; it is 1008 B");
	key('c');
	assert_int_equal(t->i_cursor, 28);
	key('c');
	assert_int_equal(t->i_cursor, 49);
	see_pool("8h 20.", NULL);
	draw();
	key('c');
	assert_screen_has("nothing is in the way");
}

UNIT_TEST(says_where_the_board_counts_otherwise)
{
	struct history_figures figures = { 0 };
	struct history_moment m = {
		.at_us = now_us, .reported = SNAPSHOT_REPORTED_NOTHING, .n_pools = 1, .pools = &figures
	};

	see_pool("8h 20. 1S 30.", NULL);
	draw();
	key('f');
	assert_screen_has("largest free: 480 B at 0x20000");
	screen_figures(&heap.pools[0], &figures);
	figures.state.lfb_bytes = 504;
	assert_int_equal(history_add(history, &heap, &m), 0);
	tui_grew(t);
	draw();
	key('f');
	assert_screen_has("largest free: 480 B on the map; the board says 504 B");
}

/* A collection cycle: n_kept blocks stay, n_new of them since the last one, and 100 blocks of garbage go. */
static void cycle(struct boots *boots, uint32_t n_kept, uint32_t n_new)
{
	char runs[64];

	snprintf(runs, sizeof(runs), "%uS %uh %u.", (unsigned)(n_kept - n_new), (unsigned)(n_new + 100),
		 (unsigned)(4000 - n_kept - 100));
	pool_of(&heap, 16, runs, NULL);
	const struct pool_state before = pool_state_reported(&heap.pools[0]);
	boots_add_heap(boots, &heap, &before, now_us, false);
	snprintf(runs, sizeof(runs), "%uS %u.", (unsigned)n_kept, (unsigned)(4000 - n_kept));
	pool_of(&heap, 16, runs, NULL);
	const struct pool_state after = pool_state_reported(&heap.pools[0]);
	boots_add_heap(boots, &heap, &after, now_us, true);
	now_us += 1000000;
	see();
	draw();
}

UNIT_TEST(a_withdrawn_verdict_has_its_reason)
{
	char why[TUI_WITHDRAWAL_BYTES];
	struct boots boots = { .live = true };
	uint32_t n_kept = 100;

	t->o.boots = &boots;
	for (int i = 0; i < 20; i++, n_kept += 10)
		cycle(&boots, n_kept, 10);
	assert_true(screen_has("LEAKING ") || screen_has("GROWING "));
	assert_false(tui_take_withdrawal(t, why));
	for (int i = 0; i < 20 && !tui_take_withdrawal(t, why); i++)
		cycle(&boots, 100, 0);
	assert_false(screen_has("LEAKING ") || screen_has("GROWING "));
	assert_string_equal(why, "no leak after all: memory in use in gc stopped growing");
	assert_false(tui_take_withdrawal(t, why));
	t->o.boots = NULL;
	boots_deinit(&boots);
}

/* Ten samples for each collection, a second apart; what stays rises by 2 blocks, what comes and goes is 600. */
UNIT_TEST(a_slope_is_that_of_floors)
{
	enum { CYCLES = 30, SAMPLES = 10, STAYS = 2, COMES = 60 };
	uint64_t span_us;

	resize(120, 40);
	for (unsigned i = 0; i < CYCLES * SAMPLES; i++) {
		unsigned n_used = 1000 + i / SAMPLES * STAYS + i % SAMPLES * COMES;
		char runs[64];
		snprintf(runs, sizeof(runs), "%uS %u.", n_used, 4000 - n_used);
		see_pool(runs, NULL);
		draw();
		now_us += 1000000;
		if (i == 5 * SAMPLES) /* few floors tell nothing, whatever the curve does */
			assert_true(isnan(tui_slope_per_hour(t, TREND_USED, &span_us)));
	}
	double per_hour = tui_slope_per_hour(t, TREND_USED, &span_us);
	assert_float_equal(per_hour, STAYS * 16 * 3600.0 / SAMPLES, 200);
	assert_float_equal(tui_slope_per_hour(t, TREND_FREE, &span_us), -per_hour, 200);
}

static void opens_at(uint64_t n_moment, const char *note)
{
	tui_show_worst(t, now_us);
	draw();
	assert_u64_equal(tui_moment(t)->n, n_moment);
	if (note)
		assert_screen_has(note);
	else
		assert_false(screen_has("worst moment"));
	key('G');
	assert_false(screen_has("worst moment")); /* a note on the moment */
	assert_true(t->follows);
}

UNIT_TEST(shows_the_worst_moment)
{
	tui_show_worst(t, now_us); /* there is none yet */
	see_pool("10h 20.", NULL);
	opens_at(1, NULL);
	see_pool("25h 5.", NULL);
	opens_at(2, NULL);
	see_pool("10h 20.", NULL);
	see_pool("25h 5.", NULL);
	opens_at(2, "worst moment: snapshot 2 of 4, the fullest; G goes to the last");
	see_board_event(BOARD_EVENT_GC);
	opens_at(2, "the fullest");
	see_pool("12h 18.", NULL);
	see_board_event(BOARD_EVENT_FAILED);
	opens_at(5, NULL);
	see_pool("28h 2.", NULL);
	opens_at(5, "worst moment: snapshot 5 of 6, a failed allocation; G goes to the last");
}

/* A note takes the place of names, never of the verdict. */
UNIT_TEST(the_verdict_is_seen_beside_a_note)
{
	see_pool("4h 20. 1h 20. 1h 20.", NULL);
	for (int columns = 60; columns < 200; columns += 10) {
		resize(columns, 24);
		type("v");
		assert_screen_has(" FRAGMENTED gc ");
		assert_screen_has("colors: ");
	}
}

/* As the first sentence of a report; of several pools the worst one. */
UNIT_TEST(the_title_names_the_worst_pool)
{
	struct heap_pool *pool;

	resize(120, 30);
	see_pool("8h 20.", NULL);
	draw();
	assert_screen_has(" OK  largest free 320 B ");
	see_pool("4h 20. 1h 20. 1h 20.", NULL);
	draw();
	assert_screen_has(" FRAGMENTED gc  largest free 320 B of 960 B ");
	add_pool("psram", 0x30000000, 95, 5);
	see();
	draw();
	assert_screen_has(" NEARLY FULL psram  80 B of 1.6 KiB free ");
	add_pool("picovector", 0x40000000, 1000, 10);
	assert_int_equal(heap_add_pool(&heap, "stack", POOL_FIXED, &pool), 0); /* it has one owner */
	pool->reported.total_bytes = pool->reported.used_bytes = 8192;
	pool->reported.free_bytes = 0;
	heap_seal(&heap);
	see();
	draw();
	assert_screen_has(" FULL picovector  160 B of 15.8 KiB free ");
	type("[[");
	draw();
	assert_screen_has(" FRAGMENTED gc "); /* of the moment that is shown */
}

UNIT_TEST(says_where_freeing_gains_little)
{
	see_pool("30h 1. 2S 60. 2h 20. 2h 20. 2h 20. 2h 20. 2h 20. 2h 20. 2h 20. 1h 1.", NULL);
	t->o.n_culprits = 9;
	draw();
	for (int i = 0; i < 9 && !screen_has("gains"); i++)
		key('c');
	assert_screen_has(": gains 48 B only: free space is in 10 pieces, the largest 960 B");
}

UNIT_TEST(the_cursor_keeps_its_address)
{
	see_pool("60h 900.", "40T 900.");
	draw();
	type("g0x21000100\r");
	assert_int_equal(t->i_cursor, 960 + 16);
	for (int rows = 1; rows < 60; rows += 7)
		for (int columns = 1; columns < 200; columns += 13) {
			resize(columns, rows);
			assert_int_equal(t->i_cursor, 976);
		}
	resize(80, 24);
	see_pool("2000.", "40T 900."); /* the area before it grows */
	draw();
	assert_int_equal(t->i_cursor, 2016);
	assert_u64_equal(t->cursor_address, 0x21000100);
	see_pool("900.", NULL); /* its area goes: the nearest block is the last */
	draw();
	assert_int_equal(t->i_cursor, 899);
	assert_u64_equal(t->cursor_address, 0x21000100);
	see_pool("9.", "400."); /* and comes back */
	draw();
	assert_int_equal(t->i_cursor, 25);
	type("++++-+0");
	assert_int_equal(t->i_cursor, 25);
}

UNIT_TEST(zooms_and_moves)
{
	see_pool("9000h 9000.", NULL);
	draw();
	uint32_t fit = t->view.blocks_per_cell;
	assert_true(fit > 4);
	assert_int_equal(t->blocks_per_cell, MAP_ZOOM_FIT);
	key('-');
	assert_int_equal(t->view.blocks_per_cell, fit);
	key(TUI_KEY_RIGHT);
	assert_int_equal(t->i_cursor, fit);
	key('j');
	assert_int_equal(t->i_cursor, fit + fit * (uint32_t)t->view.columns);
	type("hk");
	assert_int_equal(t->i_cursor, 0);
	key('+');
	assert_int_equal(t->view.blocks_per_cell, fit / 2);
	type("++++++++++++");
	assert_int_equal(t->view.blocks_per_cell, 1);
	key(TUI_KEY_PAGE_DOWN);
	assert_int_equal(t->i_cursor, t->view.rows * t->view.columns);
	key(TUI_KEY_END);
	assert_int_equal(t->i_cursor, 17999);
	uint32_t top = t->view.i_top_row;
	assert_true(top > 0);
	key(TUI_KEY_PAGE_UP);
	key(TUI_KEY_HOME);
	assert_int_equal(t->i_cursor, 0);
	assert_int_equal(t->view.i_top_row, 0);
	key('-');
	assert_int_equal(t->view.blocks_per_cell, 2);
	key('=');
	assert_int_equal(t->view.blocks_per_cell, fit);
	assert_int_equal(t->blocks_per_cell, MAP_ZOOM_FIT);
}

/* ---- pools ---- */

static void begin_pools(void)
{
	heap_reset(&heap);
	add_pool("tcm", 0x10000000, 3, 10);
	add_pool("gc.0", 0x20000000, 30, 70);
	add_pool("gc.1", 0x30000000, 300, 70);
	add_pool("gc.2", 0x40000000, 300, 7);
	see();
	draw();
}

UNIT_TEST(up_and_down_keep_the_column)
{
	uint32_t row;
	int x;

	see_pool("5h", "100h"); /* a short row above a long one */
	draw();
	type("lll");
	for (int i = 0; i < 20; i++)
		key('l');
	heap_map_find(tui_pool(t), &t->view, t->i_cursor, &row, &x);
	assert_int_equal(row, 1);
	uint32_t i_block = t->i_cursor;
	assert_true(x > 5);
	key('k');
	assert_int_equal(t->i_cursor, 4);
	key('k');
	key('j');
	assert_int_equal(t->i_cursor, i_block);
	type("khlj"); /* who goes aside has left it */
	heap_map_find(tui_pool(t), &t->view, t->i_cursor, &row, &x);
	assert_int_equal(row, 1);
	assert_int_equal(x, 4);
}

UNIT_TEST(the_largest_pool_is_shown_until_one_is_chosen)
{
	begin_pools();
	assert_string_equal(tui_pool(t)->name, "gc.1");
	key(TAB);
	assert_string_equal(tui_pool(t)->name, "gc.2");
	key(TAB);
	assert_string_equal(tui_pool(t)->name, "tcm");
	key(TUI_KEY_BACK_TAB);
	assert_string_equal(tui_pool(t)->name, "gc.2");
	assert_u64_equal(t->cursor_address, 0x40000000);
	type("g0x20000400\r");
	assert_string_equal(tui_pool(t)->name, "gc.0");
	assert_u64_equal(t->cursor_address, 0x20000400);
	assert_int_equal(t->i_cursor, 64);
	key('1');
	key(TUI_KEY_DOWN);
	assert_string_equal(tui_pool(t)->name, "gc.1");
	key(TUI_KEY_HOME);
	key(TUI_KEY_UP);
	assert_string_equal(tui_pool(t)->name, "tcm");
	key(TUI_KEY_END);
	key(TUI_KEY_DOWN);
	assert_string_equal(tui_pool(t)->name, "gc.2");
}

/* Those in the same memory stand together, and that is the way from one to the next. */
UNIT_TEST(pools_come_as_they_stand)
{
	static const char *const names[] = { "gc.0", "gc.1", "tcm" }; /* the second of them in other memory */
	static const char *const as_they_stand[] = { "gc.0", "tcm", "gc.1" };

	heap_reset(&heap);
	for (uint32_t i = 0; i < ARRAY_SIZE(names); i++)
		add_pool(names[i], 0x10000000 * (i + 1), 3, 10);
	for (uint32_t i = 0; i < ARRAY_SIZE(names); i++)
		heap.pools[i].memory = i == 1 ? MEMORY_PSRAM : MEMORY_SRAM;
	see();
	type("1");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++, key('j'))
		assert_string_equal(tui_pool(t)->name, as_they_stand[i]);
	for (size_t i = 0; i < 5; i++) {
		key(TAB);
		assert_string_equal(tui_pool(t)->name, as_they_stand[i % ARRAY_SIZE(names)]);
	}
	key(TUI_KEY_BACK_TAB);
	assert_string_equal(tui_pool(t)->name, "gc.0");
	key(TUI_KEY_END);
	assert_string_equal(tui_pool(t)->name, "gc.1");
}

UNIT_TEST(a_pool_that_goes_leaves_the_nearest)
{
	begin_pools();
	key(TAB);
	type("g0x40000100\r");
	heap_reset(&heap);
	add_pool("tcm", 0x10000000, 3, 10);
	add_pool("gc.0", 0x20000000, 30, 70);
	see();
	draw();
	assert_string_equal(tui_pool(t)->name, "gc.0");
	assert_screen_has("no pool gc.2 at this moment: gc.0 is shown");
	t->note_until_us = 0;
	see();
	draw();
	assert_false(screen_has("no pool gc.2")); /* reported once */
	begin_pools();
	assert_string_equal(tui_pool(t)->name, "gc.2");
	assert_u64_equal(t->cursor_address, 0x40000100);
	assert_int_equal(t->i_cursor, 16);
}

UNIT_TEST(two_pools_of_one_name)
{
	heap_reset(&heap);
	add_pool("gc", 0x20000000, 3, 10);
	add_pool("gc", 0x30000000, 3, 10);
	add_pool("uma", 0x40000000, 3, 4);
	see();
	draw();
	for (uint32_t i = 0; i < 6; i++, key(TAB)) {
		assert_int_equal(t->picture.i_pool, i % 3);
		assert_ptr_equal(tui_pool(t), &t->picture.heap.pools[i % 3]);
		assert_u64_equal(t->picture.summary.total_bytes, tui_pool(t)->n_blocks * 16);
	}
}

/* ---- panels ---- */

UNIT_TEST(panels_open_and_close)
{
	begin_pools();
	for (int i = 0; i < N_PANELS; i++) {
		key('1' + (uint32_t)i);
		assert_int_equal(t->focus, i);
		assert_true(t->open[i]);
	}
	for (int i = 0; i < N_PANELS; i++)
		for (int k = 0; k < 2 && t->open[i]; k++)
			key('1' + (uint32_t)i);
	int n_open = 0;
	for (int i = 0; i < N_PANELS; i++)
		n_open += t->open[i];
	assert_int_equal(n_open, 1); /* the last one stays */
	assert_true(t->open[t->focus]);
	for (int i = 0; i < N_PANELS; i++)
		if (!t->open[i])
			key('1' + (uint32_t)i);
	key('2');
	for (int i = 0; i < N_PANELS; i++) {
		assert_int_equal(t->focus, (PANEL_MAP + i) % N_PANELS);
		key('w');
	}
}

UNIT_TEST(the_block_is_shown_before_it_is_hidden)
{
	begin_pools();
	key('3');
	key('z');
	assert_int_equal(t->plan.inspector.rows, 0);
	key('i');
	assert_true(t->plan.inspector.rows > 0);
	key('i');
	assert_int_equal(t->plan.inspector.rows, 0);
	key('i');
	assert_true(t->plan.inspector.rows > 0);
}

UNIT_TEST(one_thing_after_the_other_goes_back)
{
	begin_pools();
	type("/h\r");
	key('z');
	assert_int_equal(t->plan.panels[PANEL_POOLS].rows, 0);
	key('?');
	assert_screen_has("heap map and lists");
	key(ESC);
	assert_false(t->help);
	key(ESC);
	assert_false(t->big);
	assert_true(t->plan.panels[PANEL_POOLS].rows > 0);
	key(ESC);
	assert_false(t->inspector);
	key(TUI_KEY_BACKSPACE);
	assert_false(t->searched);
	assert_int_equal(key(ESC), TUI_NOTHING);
}

UNIT_TEST(help_scrolls_and_closes)
{
	resize(60, 12);
	key(TUI_KEY_F1);
	assert_screen_has("this help");
	key(TUI_KEY_END);
	assert_screen_has("reset it; asks");
	key(TUI_KEY_UP);
	assert_false(screen_has("reset it; asks"));
	key(TUI_KEY_HOME);
	assert_screen_has("this help");
	assert_int_equal(key('q'), TUI_NOTHING);
	assert_false(t->help);
	key('?');
	assert_int_equal(key(12), TUI_REDRAW);
	assert_true(t->help);
	key('p'); /* another key does what it does */
	assert_false(t->help);
}

UNIT_TEST(scrolled_lists_stay_where_they_are)
{
	for (int i = 0; i < 50; i++) {
		char line[20];
		snprintf(line, sizeof(line), "line %d.\n", i);
		console_add(console, line, strlen(line));
	}
	type("5z");
	assert_screen_has("line 49.");
	key(TUI_KEY_PAGE_UP);
	key(TUI_KEY_PAGE_UP);
	assert_false(screen_has("line 49."));
	assert_screen_has("line 9.");
	size_t up = t->console_up;
	console_add(console, "more\nand more\n", 14);
	draw();
	assert_screen_has("line 9.");
	assert_int_equal(t->console_up, up + 2);
	console_add(console, "half", 4); /* a line is there from its first letter on */
	draw();
	assert_int_equal(t->console_up, up + 3);
	console_add(console, "\n", 1);
	draw();
	assert_int_equal(t->console_up, up + 3);
	assert_screen_has("line 9.");
	key(TUI_KEY_HOME);
	assert_screen_has("line 0.");
	key(TUI_KEY_END);
	assert_screen_has("and more");
}

/* The last line that was printed before the moment is the last one in sight, until somebody scrolls. */
UNIT_TEST(the_console_goes_along_in_time)
{
	struct history_moment moment = { .at_us = NOT_KNOWN };
	char line[20];

	for (int i = 0; i < 50; i++) {
		snprintf(line, sizeof(line), "line %d.\n", i);
		console_add(console, line, strlen(line));
		moment.n_console_lines = console_n_all(console);
		assert_int_equal(history_add(history, NULL, &moment), 0);
	}
	tui_grew(t);
	type("5z(");
	assert_screen_has("line 0.");
	type("G");
	assert_screen_has("line 49.");
	for (int i = 0; i < 10; i++)
		key('[');
	assert_screen_has("line 39.");
	assert_false(screen_has("line 40."));
	console_add(console, "more\n", 5);
	draw();
	assert_screen_has("line 39.");
	assert_false(screen_has("line 40."));
	key(TUI_KEY_DOWN);
	assert_screen_has("line 40.");
	type("G");
	assert_screen_has("more");
}

UNIT_TEST(long_lines_wrap)
{
	/* 38 columns and a wide character of which one column would have room. */
	static const char text[] = "first\n[01234567890123456789012345678901234567\xe5\xae\xbd]\n";

	type("5z");
	resize(40, 12);
	for (int i = 0; i < 12; i++)
		console_add(console, text, sizeof(text) - 1);
	draw();
	assert_screen_has(" first\n [0123456789012345678901234567890123456\xe2\x80\xa6\n");
	type("W");
	assert_screen_has("console, wrapped");
	assert_screen_has(" first\n [01234567890123456789012345678901234567\n \xe5\xae\xbd]\n");
	key(TUI_KEY_HOME); /* the oldest lines fill what they leave */
	assert_screen_has("console, wrapped");
	assert_screen_has(" \xe5\xae\xbd]\n first\n");
	type("W");
	assert_false(screen_has("]"));
}

static void see_mark(int i)
{
	struct board_event info = { .kind = BOARD_EVENT_MARK,
				    .at_us = NOT_KNOWN,
				    .bytes = NOT_KNOWN,
				    .duration_us = NOT_KNOWN,
				    .address = NOT_KNOWN };

	snprintf(info.label, sizeof(info.label), "m%d.", i);
	history_add_event(history, &info);
	tui_grew(t);
}

/* More than are kept: then as many go as come. */
UNIT_TEST(events_stay_where_they_are_too)
{
	see_pool("9h", NULL);
	for (int i = 0; i < HISTORY_EVENTS_MAX + 7; i++)
		see_mark(i);
	type("4z");
	for (int i = 0; i < 10; i++)
		key(TUI_KEY_PAGE_UP);
	size_t event_up = t->event_up;
	char chosen[20];
	snprintf(chosen, sizeof(chosen), "m%zu.", HISTORY_EVENTS_MAX + 6 - event_up);
	assert_screen_has(chosen);
	for (int i = 0; i < 100; i++)
		see_mark(10000 + i);
	draw();
	assert_int_equal(t->event_up, event_up + 100);
	assert_screen_has(chosen);
	key(TUI_KEY_HOME);
	assert_screen_has("m107.");
	for (int i = 0; i < 2 * HISTORY_EVENTS_MAX; i++)
		see_mark(20000 + i);
	draw();
	assert_int_equal(t->event_up, HISTORY_EVENTS_MAX - 1);
	key(TUI_KEY_END);
	assert_int_equal(t->event_up, 0);
}

/* ---- the mouse ---- */

UNIT_TEST(a_click_chooses)
{
	begin_pools();
	see_board_event(BOARD_EVENT_MARK);
	begin_pools();
	begin_pools();
	resize(120, 40);
	const struct plan *p = &t->plan;
	mouse(TUI_PRESS, p->map_cells.x + 2, p->map_cells.y);
	assert_int_equal(t->i_cursor, 2 * t->view.blocks_per_cell);
	size_t i_pool;
	for (int y = p->panels[PANEL_POOLS].y; y < p->panels[PANEL_POOLS].y + p->panels[PANEL_POOLS].rows; y++)
		if (panel_pools_at(t, 5, y, &i_pool)) {
			mouse(TUI_PRESS, 5, y);
			assert_int_equal(t->focus, PANEL_POOLS);
			assert_int_equal(t->picture.i_pool, i_pool);
		}
	const struct rect *r = &p->panels[PANEL_EVENTS];
	mouse(TUI_PRESS, r->x + 3, r->y + 1);
	assert_int_equal(t->focus, PANEL_EVENTS);
	assert_u64_equal(t->picture.n_moment, 1);
	r = &p->panels[PANEL_TREND];
	mouse(TUI_PRESS, r->x + r->columns - 2, r->y + 2);
	assert_int_equal(t->focus, PANEL_TREND);
	assert_u64_equal(t->picture.n_moment, 3);
	int n_acts = 0;
	for (int x = 0; x < 120; x++)
		n_acts += panel_keys_at(t, x, p->keys.y) == &key_rows[0];
	assert_int_equal(n_acts, 7); /* "F1 Help" */
	for (int x = 0; !t->help && x < 120; x++)
		mouse(TUI_PRESS, x, p->keys.y);
	assert_true(t->help);
	mouse(TUI_PRESS, 4, 4);
	assert_false(t->help);
	mouse(TUI_PRESS, -1, 5000); /* nothing is there */
}

UNIT_TEST(a_click_on_a_panel_that_just_closed)
{
	begin_pools();
	key('1');
	screen_key(t, '1', now_us); /* closed, but not drawn yet */
	mouse(TUI_PRESS, t->plan.panels[PANEL_POOLS].x, t->plan.panels[PANEL_POOLS].y + 1);
	assert_false(t->open[PANEL_POOLS]);
	assert_int_not_equal(t->focus, PANEL_POOLS);
}

UNIT_TEST(the_wheel_zooms_where_it_points)
{
	see_pool("9000h 9000.", NULL);
	resize(100, 30);
	const struct rect *cells = &t->plan.map_cells;
	int y = cells->y + cells->rows / 2, x = cells->x + 10;
	mouse(TUI_WHEEL_UP, x, y);
	uint32_t i_block = t->i_cursor, row, fit = t->view.blocks_per_cell * 2;
	assert_int_equal(i_block, fit * (uint32_t)(10 + cells->columns * (cells->rows / 2)));
	for (int i = 0; i < 3; i++) {
		int at_x;
		heap_map_find(tui_pool(t), &t->view, i_block, &row, &at_x);
		assert_int_equal(row - t->view.i_top_row, cells->rows / 2); /* it stays in its row */
		mouse(TUI_WHEEL_UP, cells->x + at_x, y);
		assert_int_equal(t->i_cursor, i_block);
	}
	for (int i = 0; i < 9; i++)
		mouse(TUI_WHEEL_DOWN, x, y);
	assert_int_equal(t->view.blocks_per_cell, fit);
	see_boards();
	const struct rect *r = &t->plan.panels[PANEL_TREND];
	uint64_t n = t->picture.n_moment;
	mouse(TUI_WHEEL_UP, r->x + 1, r->y + 1);
	assert_u64_equal(t->picture.n_moment, n - 1);
	mouse(TUI_WHEEL_DOWN, r->x + 1, r->y + 1);
	assert_u64_equal(t->picture.n_moment, n);
}

UNIT_TEST(panels_are_those_that_are_wanted)
{
	static const struct {
		const char *list, *open; /* digits of the keys */
		enum tui_panel focus;
	} rows[] = {
		{ NULL, "1234", PANEL_MAP },          { "", "1234", PANEL_MAP },
		{ "auto", "1234", PANEL_MAP },        { "map", "2", PANEL_MAP },
		{ "trend,pools", "13", PANEL_POOLS }, { "trend", "3", PANEL_TREND },
		{ "console", "2", PANEL_MAP },        { "owners,map", "26", PANEL_MAP },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct history *h = history_new(1 << 20);
		struct tui *tui = tui_new(&(struct tui_options){ .source = "x", .history = h, .panels = rows[i].list });
		for (int k = 0; k < N_PANELS; k++)
			assert_int_equal(tui->open[k], strchr(rows[i].open, '1' + k) != NULL);
		assert_int_equal(tui->focus, rows[i].focus);
		tui_free(tui);
		history_free(h);
	}
}

UNIT_TEST(a_drag_over_a_curve_goes_through_time)
{
	see_boards();
	const struct rect *r = &t->plan.panels[PANEL_TREND];
	int y = r->y + 1, left = r->x + 8;
	mouse(TUI_PRESS, left, y);
	uint64_t first = t->picture.n_moment;
	mouse(TUI_DRAG, left + 20, y);
	assert_true(t->picture.n_moment > first);
	mouse(TUI_DRAG, left + 20, r->y + r->rows + 1); /* outside */
	mouse(TUI_DRAG, left, y);
	assert_u64_equal(t->picture.n_moment, first);
	mouse(TUI_RELEASE, left, y);
	mouse(TUI_DRAG, left + 20, y);
	assert_u64_equal(t->picture.n_moment, first);
}

UNIT_TEST(a_drag_measures)
{
	see_pool("20h 30.", "10T");
	draw();
	assert_int_equal(t->view.blocks_per_cell, 1);
	const struct rect *cells = &t->plan.map_cells;
	mouse(TUI_DRAG, cells->x + 5, cells->y); /* without a press */
	assert_false(screen_has(" free, "));
	mouse(TUI_PRESS, cells->x + 15, cells->y);
	mouse(TUI_DRAG, cells->x + 29, cells->y);
	assert_screen_has("240 B: 160 free, 80 used; 0x200000f0-0x200001df");
	mouse(TUI_DRAG, cells->x + 14, cells->y);
	assert_screen_has("32 B: 0 free, 32 used; 0x200000e0-0x200000ff");
	mouse(TUI_DRAG, -5, 4000); /* beyond the map: its edge */
	mouse(TUI_RELEASE, 0, 0);
	t->note_until_us = 0;
	mouse(TUI_DRAG, cells->x + 5, cells->y);
	assert_false(screen_has(" free, "));
}

/* ---- whatever is done ---- */

UNIT_TEST(notes_end_by_themselves)
{
	draw();
	assert_false(tui_is_stale(t));
	assert_u64_equal(tui_deadline_us(t), NOT_KNOWN);
	tui_message(t, "wrote \x1b[2Jscreen.txt", now_us);
	assert_true(tui_is_stale(t));
	draw();
	assert_screen_has("screen.txt");
	assert_false(screen_has("\x1b"));
	uint64_t until_us = tui_deadline_us(t);
	assert_true(until_us > now_us && until_us < now_us + 60000000);
	now_us = until_us;
	draw();
	assert_false(screen_has("screen.txt"));
	assert_u64_equal(tui_deadline_us(t), NOT_KNOWN);
}

UNIT_TEST(a_note_has_room_somewhere)
{
	static const char note[] = "a note of a few words";

	see_boards();
	for (int columns = 40; columns < 100; columns += 4) {
		resize(columns, 10);
		tui_message(t, note, now_us);
		draw();
		assert_screen_has(note);
		assert_int_equal(screen_has("Help"), !t->note_below); /* else it is there */
		assert_screen_has("LIVE");
	}
	assert_false(t->note_below);
	resize(40, 10);
	tui_message(t, note, now_us);
	draw();
	assert_true(t->note_below);
	mouse(TUI_PRESS, 2, 9); /* where the help's button was */
	assert_false(t->help);
	type("/"); /* and over what helps to type */
	assert_screen_has(note);
	now_us = tui_deadline_us(t);
	draw();
	assert_false(t->note_below);
	assert_screen_has("Find");
	type("tupel\r");
	assert_screen_has("not understood");
	key(TUI_KEY_BACKSPACE);
	assert_screen_has("Find");
}

UNIT_TEST(notes_end_with_their_moment)
{
	see_boards();
	type("p");
	type("f");
	assert_screen_has("largest free");
	type("[");
	assert_false(screen_has("largest free:"));
	type("(");
	type("["); /* a note of this very key */
	assert_screen_has("oldest");
	type("f");
	type("G");
	assert_false(screen_has("largest free:"));
	type("f");
	see_dump("dumps/rp2-1.25.0-fresh.txt");
	draw(); /* nobody went there: time goes on */
	assert_screen_has("largest free:");
	tui_message(t, "it is gone", now_us);
	type("("); /* not of a moment */
	assert_screen_has("it is gone");
}

UNIT_TEST(says_how_large_it_must_be)
{
	see_boards();
	resize(39, 9);
	assert_screen_has("needs 40x10");
	resize(40, 10);
	assert_false(screen_has("needs"));
	t->link = TUI_AWAY;
	draw();
	assert_screen_has("GONE");
}

UNIT_TEST(any_size_takes_any_key)
{
	uint32_t random = 6;
	struct tui_input input = { .kind = TUI_INPUT_MOUSE };

	see_boards();
	begin_pools();
	for (int i = 0; i < 3000; i++) {
		if (i % 10 == 0)
			resize(1 + (int)(next_random(&random) % 200), 1 + (int)(next_random(&random) % 60));
		const struct key_row *row = &key_rows[next_random(&random) % n_key_rows];
		screen_key(t, row->keys[next_random(&random) % KEYS_MAX], now_us);
		input.button = next_random(&random) % 5;
		input.x = (int)(next_random(&random) % 210) - 5;
		input.y = (int)(next_random(&random) % 70) - 5;
		tui_input(t, &input, now_us);
		if (i % 97 == 0)
			begin_pools();
		draw();
	}
	for (int rows = 1; rows <= 60; rows++)
		for (int columns = 1; columns <= 200; columns += 1 + columns / 12)
			resize(columns, rows);
	resize(400, 120);
	type("vvvvz?");
	type("?z");
	resize(1000, 500);
}
