#define _XOPEN_SOURCE 700 /* wcwidth */
#include "tui/grid.h"

#include <locale.h>
#include <math.h>
#include <wchar.h>

#include "memprof/base/text.h"
#include "tui/width.h"
#include "unit.h"

static void grid_free(struct grid *g) { grid_deinit(g); }

static void assert_lines(const struct grid *g, const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	grid_as_text(g, &s);
	assert_string_equal(strbuf_text(&s), expected);
}

/* What terminal.c relies on: every point may be drawn, has the columns that it takes, and halves come in
 * pairs. */
static void assert_sound(const struct grid *g)
{
	for (int y = 0; y < g->rows; y++)
		for (int x = 0; x < g->columns; x++) {
			const struct grid_cell *cell = &g->cells[y * g->columns + x];
			bool wide = x + 1 < g->columns && cell[1].point == 0;
			if (cell->point == 0) {
				assert_true(x > 0 && cell[-1].point != 0);
				continue;
			}
			assert_int_equal(width_of(cell->point), wide ? 2 : 1);
			assert_false(text_unseen(cell->point));
			if (!g->utf8)
				assert_in_range(cell->point, 0x20, 0x7e);
			assert_in_range(cell->role, 0, N_TUI_ROLES - 1);
		}
}

UNIT_TEST(begins_blank)
{
	CLEANUP(grid_free) struct grid g;

	assert_int_equal(grid_init(&g, 3, 2, true), 0);
	assert_lines(&g, "\n\n");
	assert_int_equal(g.cursor_x, -1);
	grid_put(&g, 1, 1, 'x', TUI_HEAD);
	assert_lines(&g, "\n x\n");
	assert_int_equal(g.cells[4].role, TUI_HEAD);
	assert_int_equal(grid_resize(&g, 5, 1), 0);
	assert_lines(&g, "\n");
	grid_deinit(&g);
	grid_deinit(&g);
}

UNIT_TEST(text_is_cut_where_its_room_ends)
{
	static const struct {
		const char *text;
		int n_columns;
		const char *utf8, *ascii;
	} rows[] = {
		{ "heap", 4, "heap", "heap" },
		{ "heap", 3, "he…", "he~" },
		{ "heap", 1, "…", "~" },
		{ "heap", 0, "", "" },
		{ "heap", -3, "", "" },
		{ "", 4, "", "" },
		{ "größe", 5, "größe", "gr??e" },
		{ "größe", 4, "grö…", "gr?~" },
		{ "メモリ", 6, "メモリ", "???" },
		{ "メモリ", 5, "メモ…", "???" },
		{ "メモリ", 4, "メ…", "???" },
		{ "メモリ", 2, "…", "?~" },
		{ "e\u0301a", 2, "ea", "ea" },
		{ "a→b ▓▒░█ … ─┤", 20, "a→b ▓▒░█ … ─┤", "a>b *+:# ~ -|" },
		{ "\x1b[2J", 20, "\\x1b[2J", "\\x1b[2J" },
		{ "a\tb\n", 20, "a\\x09b\\x0a", "a\\x09b\\x0a" },
		{ "\u202egnp.exe", 20, "\\u202egnp.exe", "\\u202egnp.exe" },
		{ "\xc2\x9b"
		  "31m",
		  20, "\\u009b31m", "\\u009b31m" },
		{ "\xff", 20, "\\xff", "\\xff" },
	};

	for (int utf8 = 0; utf8 < 2; utf8++)
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			CLEANUP(grid_free) struct grid g;
			CLEANUP(strbuf_deinit) struct strbuf line = STRBUF_INIT;
			const char *expected = utf8 ? rows[i].utf8 : rows[i].ascii;
			assert_int_equal(grid_init(&g, 40, 1, utf8), 0);
			int n = grid_text(&g, 2, 0, rows[i].n_columns, TUI_PLAIN, rows[i].text);
			strbuf_printf(&line, "%s%s\n", *expected ? "  " : "", expected);
			assert_lines(&g, strbuf_text(&line));
			assert_sound(&g);
			/* What comes right behind it touches nothing of it. */
			grid_put(&g, 2 + n, 0, '|', TUI_PLAIN);
			strbuf_reset(&line);
			strbuf_printf(&line, "  %s|\n", expected);
			assert_lines(&g, strbuf_text(&line));
		}
}

UNIT_TEST(bytes_have_no_end_but_their_own)
{
	CLEANUP(grid_free) struct grid g;

	assert_int_equal(grid_init(&g, 12, 2, true), 0);
	assert_int_equal(grid_bytes(&g, 0, 0, 12, TUI_PLAIN, "a\0bcdef", 3), 6);
	assert_int_equal(grid_printf(&g, 0, 1, 8, TUI_PLAIN, "%d of %s", 3, "7 dumps"), 8);
	assert_lines(&g, "a\\x00b\n3 of 7 …\n");
}

UNIT_TEST(half_a_wide_character_is_none)
{
	CLEANUP(grid_free) struct grid g;

	assert_int_equal(grid_init(&g, 6, 1, true), 0);
	grid_text(&g, -1, 0, 9, TUI_PLAIN, "メモリーダ");
	assert_lines(&g, " モリ\n"); /* the first is cut by the left edge, the fourth by the right one */
	assert_sound(&g);
	grid_put(&g, 2, 0, 'a', TUI_PLAIN);
	assert_lines(&g, "  aリ\n");
	grid_put(&g, 3, 0, 'b', TUI_PLAIN);
	assert_lines(&g, "  ab\n");
	grid_put(&g, 1, 0, 0x30e1, TUI_PLAIN);
	grid_put(&g, 2, 0, 0x30e1, TUI_PLAIN);
	assert_lines(&g, "  メ\n");
	grid_put(&g, 1, 0, 0x30e1, TUI_PLAIN);
	assert_lines(&g, " メ\n");
	assert_sound(&g);
}

UNIT_TEST(what_must_not_be_drawn_is_a_question)
{
	static const uint32_t points[] = { 0,      7,      27,     0x7f,   0x80,     0x9b,      0x202e,
					   0x2066, 0x200b, 0xfeff, 0xd800, 0x110000, UINT32_MAX };
	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		CLEANUP(grid_free) struct grid g;
		assert_int_equal(grid_init(&g, 2, 1, true), 0);
		grid_put(&g, 0, 0, points[i], TUI_PLAIN);
		assert_lines(&g, "?\n");
	}
}

/* Anything, drawn anywhere: nothing outside is touched (the sanitizers look), and what is there can be shown. */
UNIT_TEST(nothing_is_drawn_outside)
{
	static const uint32_t points[] = { 'a', 0x30e1, 0x1f40d, 0x2588, 0x301, 0xe4, 0x1b, 0x2026 };
	uint32_t random = 0x67726964;

	for (int round = 0; round < 3000; round++) {
		CLEANUP(grid_free) struct grid g;
		int columns = (int)(next_random(&random) % 12), rows = (int)(next_random(&random) % 5);
		assert_int_equal(grid_init(&g, columns, rows, round % 2), 0);
		for (int i = 0; i < 20; i++) {
			struct rect r = {
				(int)(next_random(&random) % 24) - 8,
				(int)(next_random(&random) % 12) - 4,
				(int)(next_random(&random) % 20) - 3,
				(int)(next_random(&random) % 8) - 2,
			};
			enum tui_role role = (enum tui_role)(next_random(&random) % N_TUI_ROLES);
			uint32_t point = points[next_random(&random) % ARRAY_SIZE(points)];
			double part = (int)(next_random(&random) % 14) / 10.0 - 0.2;
			char bytes[24];
			for (size_t k = 0; k < sizeof(bytes); k++)
				bytes[k] = (char)(next_random(&random) >> 3);
			switch (next_random(&random) % 6) {
			case 0:
				grid_put(&g, r.x, r.y, point, role);
				break;
			case 1:
				grid_fill(&g, &r, point, role);
				break;
			case 2:
				grid_heading(&g, &r, role, "メモリ heap map");
				break;
			case 3:
				grid_bar(&g, r.x, r.y, r.columns, part, role, TUI_FREE);
				break;
			case 4:
				grid_text(&g, r.x, r.y, r.columns, role, "a\u0301 メ🐍 x");
				break;
			case 5: {
				int n = grid_bytes(&g, r.x, r.y, r.columns, role, bytes, sizeof(bytes));
				assert_in_range(n, 0, MAX(r.columns, 0));
			}
			}
			assert_sound(&g);
		}
	}
}

UNIT_TEST(fills_stay_within_their_rectangle)
{
	static const struct rect r = { 1, 1, 3, 2 }, all = { -5, -5, 90, 90 };
	CLEANUP(grid_free) struct grid g;

	assert_int_equal(grid_init(&g, 5, 4, true), 0);
	grid_fill(&g, &all, '.', TUI_FREE);
	grid_fill(&g, &r, 0x2588, TUI_USED);
	assert_lines(&g, ".....\n.███.\n.███.\n.....\n");
	grid_fill(&g, &r, 0x30e1, TUI_USED);
	assert_lines(&g, ".....\n.   .\n.   .\n.....\n");
	for (int i = 0; i < 20; i++)
		assert_int_equal(g.cells[i].role, rect_has(&r, i % 5, i / 5) ? TUI_USED : TUI_FREE);
}

UNIT_TEST(headings_fit)
{
	static const struct {
		int columns;
		const char *utf8, *ascii;
	} rows[] = {
		{ 16, "─ gc.1 ─ 64 B ──\n", "- gc.1 - 64 B --\n" },
		{ 15, "─ gc.1 ─ 64 B ─\n", "- gc.1 - 64 B -\n" },
		{ 12, "─ gc.1 ─ … ─\n", "- gc.1 - ~ -\n" },
		{ 5, "─ … ─\n", "- ~ -\n" },
		{ 4, "────\n", "----\n" },
		{ 0, "\n", "\n" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int utf8 = 0; utf8 < 2; utf8++) {
			const struct rect r = { 0, 0, rows[i].columns, 1 };
			CLEANUP(grid_free) struct grid g;
			assert_int_equal(grid_init(&g, 30, 1, utf8), 0);
			grid_heading(&g, &r, TUI_HEAD, "gc.1 ─ 64 B");
			assert_lines(&g, utf8 ? rows[i].utf8 : rows[i].ascii);
		}
}

UNIT_TEST(bars_never_hide_a_rest)
{
	static const struct {
		double part;
		const char *utf8, *ascii;
	} rows[] = {
		{ 0, "....\n", "....\n" },       { -1, "....\n", "....\n" },  { 0.0001, "▏...\n", "#...\n" },
		{ 0.25, "█...\n", "#...\n" },    { 0.5, "██..\n", "##..\n" }, { 0.66, "██▋.\n", "###.\n" },
		{ 0.99999, "███▉\n", "###.\n" }, { 1, "████\n", "####\n" },   { 7, "████\n", "####\n" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int utf8 = 0; utf8 < 2; utf8++) {
			CLEANUP(grid_free) struct grid g;
			assert_int_equal(grid_init(&g, 4, 1, utf8), 0);
			grid_bar(&g, 0, 0, 4, rows[i].part, TUI_USED, TUI_FREE);
			assert_lines(&g, utf8 ? rows[i].utf8 : rows[i].ascii);
			for (int x = 0; x < 4; x++)
				assert_int_equal(g.cells[x].role, g.cells[x].point == '.' ? TUI_FREE : TUI_USED);
		}
}

UNIT_TEST(shades_grow_with_the_part)
{
	static const struct {
		double part;
		uint32_t utf8, ascii;
	} rows[] = {
		{ 0, '.', '.' },       { (double)NAN, '.', '.' }, { 1e-9, 0x2591, ':' },
		{ 0.25, 0x2591, ':' }, { 0.5, 0x2592, '+' },      { 0.75, 0x2593, '*' },
		{ 0.9, 0x2588, '#' },  { 1, 0x2588, '#' },        { 2, 0x2588, '#' },
	};
	const struct grid utf8 = { .utf8 = true }, ascii = { .utf8 = false };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(grid_shade(&utf8, rows[i].part), rows[i].utf8);
		assert_int_equal(grid_shade(&ascii, rows[i].part), rows[i].ascii);
	}
}

/* The C library's own table, where the machine has a locale for it. */
UNIT_TEST(widths_are_those_of_the_c_library)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {
		{ 0x20, 0x7e },       { 0xa0, 0xac },       { 0xae, 0x482 },      { 0x400, 0x52f },
		{ 0x2010, 0x2027 },   { 0x20a0, 0x20c0 },   { 0x2100, 0x23ff },   { 0x2500, 0x27ff },
		{ 0x2800, 0x28ff },   { 0x3041, 0x3096 },   { 0x30a1, 0x30fa },   { 0x4e00, 0x9fff },
		{ 0xac00, 0xd7a3 },   { 0xff01, 0xff5e },   { 0x1f300, 0x1f320 }, { 0x1f400, 0x1f43e },
		{ 0x1f600, 0x1f64f }, { 0x20000, 0x2a6d0 },
	};
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		for (uint32_t point = ranges[i].from; point <= ranges[i].to; point++)
			if (wcwidth((wchar_t)point) != width_of(point) && wcwidth((wchar_t)point) >= 0)
				fail_msg("U+%04x has %d columns, not %d", point, wcwidth((wchar_t)point),
					 width_of(point));
	setlocale(LC_CTYPE, "C");
}
