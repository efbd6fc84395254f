#include "memprof/viewers/view.h"
#include "unit.h"

static const struct text_style plain = { .columns = 80 };

static size_t bar(uint64_t part, uint64_t all, unsigned columns)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	text_bar(&s, part, all, columns, &plain);
	assert_int_equal(strspn(strbuf_text(&s), "#"), s.n_bytes);
	return s.n_bytes;
}

UNIT_TEST(bars_are_parts)
{
	assert_int_equal(bar(0, 100, 24), 0);
	assert_int_equal(bar(50, 100, 24), 12);
	assert_int_equal(bar(100, 100, 24), 24);
	assert_int_equal(bar(0, 0, 24), 0);
}

UNIT_TEST(only_nothing_is_empty)
{
	assert_int_equal(bar(1, 1000000, 24), 1);
	for (uint64_t part = 0; part <= 300; part++)
		assert_true(bar(part, 300, 24) <= 24);
}

UNIT_TEST(bars_of_blocks)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct text_style style = { .columns = 80, .utf8 = true };

	text_bar(&s, 2, 4, 4, &style);
	assert_string_equal(strbuf_text(&s), "██");
}

UNIT_TEST(roles_are_colours_or_nothing)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct text_style style = { .columns = 80, .color = true };

	for (int role = 0; role < N_ROLES; role++) {
		strbuf_reset(&s);
		text_role(&s, &plain, (enum text_role)role);
		assert_int_equal(s.n_bytes, 0);
		text_role(&s, &style, (enum text_role)role);
		assert_memory_equal(strbuf_text(&s), "\x1b[", 2);
		assert_int_equal(s.text[s.n_bytes - 1], 'm');
	}
}

static bool has_color(const char *sequence) { return strstr(sequence, "[3") || strstr(sequence, ";3"); }

UNIT_TEST(themes_have_colours_of_their_own)
{
	CLEANUP(strbuf_deinit) struct strbuf dark = STRBUF_INIT, s = STRBUF_INIT;
	struct text_style style = { .columns = 80, .color = true };

	text_role(&dark, &style, ROLE_WARNING);
	assert_string_equal(strbuf_text(&dark), "\x1b[1;33m");
	for (int theme = THEME_LIGHT; theme < N_THEMES; theme++) {
		style.theme = (enum theme)theme;
		strbuf_reset(&s);
		text_role(&s, &style, ROLE_WARNING);
		assert_string_not_equal(strbuf_text(&s), strbuf_text(&dark));
		assert_int_equal(has_color(strbuf_text(&s)), theme == THEME_LIGHT);
	}
}
