#include "text/cut.h"

#include "unit.h"

static void assert_cut(const char *name, size_t columns, const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	assert_int_equal(text_cut_source(&s, name, columns, true), text_columns_of(expected));
	assert_string_equal(strbuf_text(&s), expected);
}

/* The name of a file outlives its directories. */
UNIT_TEST(directories_go_first)
{
	static const char path[] = "/home/anna/projects/logs/board.txt";
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	assert_cut(path, 80, path);
	assert_cut(path, 34, path);
	assert_cut(path, 33, "…/anna/projects/logs/board.txt");
	assert_cut(path, 25, "…/projects/logs/board.txt");
	assert_cut(path, 20, "…/logs/board.txt");
	assert_cut(path, 13, "…/board.txt");
	assert_cut(path, 10, "board.txt");
	assert_cut(path, 6, "...txt");
	assert_cut("logs/board.txt", 12, "…/board.txt");
	assert_cut("a-long-name-of-a-board.txt", 12, "..-board.txt");
	assert_cut("/a-long-directory/", 10, "..rectory/");
	assert_int_equal(text_cut_source(&s, path, 20, false), 17);
	assert_string_equal(strbuf_text(&s), "../logs/board.txt");
}

UNIT_TEST(commands_lose_their_end) { assert_cut("exec:/usr/bin/micropython /tmp/app.py", 20, "exec:/usr/bin/micr.."); }

UNIT_TEST(it_never_takes_more_than_there_is)
{
	static const char *const names[] = {
		"", "/", "//", "a", "a/", "/dev/ttyACM0", "\x1b[2J/\xff/\xe5\xae\xbd", "ab/cd/ef/gh/ij/k"
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (size_t columns = 2; columns < 20; columns++) {
			CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
			size_t n = text_cut_source(&s, names[i], columns, columns % 2);
			assert_in_range(n, 0, columns);
			assert_int_equal(text_columns_of(strbuf_text(&s)), n);
		}
}

UNIT_TEST(columns_end_at_their_right_edge)
{
	static const struct {
		size_t columns;
		const char *clean, *expected;
	} rows[] = {
		{ 8, "12\u2009345", "  12\u2009345" },
		{ 7, "12\u2009345", " 12\u2009345" },
		{ 6, "12\u2009345", " 12\u2009345" },
		{ 3, "-", "  -" },
		{ 0, "-", " -" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		text_right(&s, rows[i].columns, rows[i].clean);
		assert_string_equal(strbuf_text(&s), rows[i].expected);
	}
}

UNIT_TEST(legends_are_broken_between_their_parts)
{
	static const struct {
		size_t columns;
		const char *expected;
	} rows[] = {
		{ 80, "  . free  ⣿ used, in part  blank: largest free\n" },
		{ 25, "  . free  ⣿ used, in part\n  blank: largest free\n" },
		{ 24, "  . free\n  ⣿ used, in part\n  blank: largest free\n" },
		{ 1, "  . free\n  ⣿ used, in part\n  blank: largest free\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		text_legend(&s, ". free  ⣿ used, in part  blank: largest free", rows[i].columns);
		assert_string_equal(strbuf_text(&s), rows[i].expected);
	}
}
