#include "memprof/base/theme.h"

#include "unit.h"

UNIT_TEST(names_are_the_choices)
{
	char choices[] = THEME_CHOICES;
	enum theme theme;
	int n = 0;

	assert_false(theme_named(strtok(choices, "|"), &theme));
	for (const char *name; (name = strtok(NULL, "|")); n++) {
		assert_true(theme_named(name, &theme));
		assert_int_equal(theme, n);
	}
	assert_int_equal(n, N_THEMES);
	assert_false(theme_named("", &theme));
}

UNIT_TEST(the_background_decides)
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

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(theme_of_terminal(rows[i].colorfgbg), rows[i].theme);
}
