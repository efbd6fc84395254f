#include "memprof/base/theme.h"

#include "unit.h"

static void names_are_the_choices(void **state)
{
	CLEANUP(strbuf_deinit) struct strbuf choices = STRBUF_INIT;
	enum theme theme;

	(void)state;
	strbuf_puts(&choices, "auto");
	for (int i = 0; i < N_THEMES; i++) {
		strbuf_printf(&choices, "|%s", theme_name((enum theme)i));
		assert_true(theme_named(theme_name((enum theme)i), &theme));
		assert_int_equal(theme, i);
	}
	assert_string_equal(strbuf_text(&choices), THEME_CHOICES);
	assert_false(theme_named("auto", &theme));
	assert_false(theme_named("", &theme));
}

static void the_background_decides(void **state)
{
	static const struct {
		const char *colorfgbg;
		enum theme theme;
	} rows[] = {
		{ NULL, THEME_DARK },           { "", THEME_DARK },
		{ "15;0", THEME_DARK },         { "0;15", THEME_LIGHT },
		{ "0;7", THEME_LIGHT },         { "7;8", THEME_DARK },
		{ "0;11", THEME_LIGHT },        { "0;default;15", THEME_LIGHT },
		{ "15;default;0", THEME_DARK }, { "0;default", THEME_DARK },
		{ "15", THEME_DARK },           { "0;16", THEME_DARK },
		{ "0;15x", THEME_DARK },        { "0;", THEME_DARK },
		{ "0;-1", THEME_DARK },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(theme_of_terminal(rows[i].colorfgbg), rows[i].theme);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_the_choices),
		cmocka_unit_test(the_background_decides),
	};

	return RUN(tests);
}
