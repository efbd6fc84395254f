#include "tui/palette.h"

#include "memprof/model/heap.h"
#include "unit.h"

static const int depths[] = { 0, 8, 16, 256, 1 << 24 };

static bool same(struct palette_entry a, struct palette_entry b)
{
	return a.color == b.color && a.ground == b.ground && a.bold == b.bold && a.dim == b.dim &&
	       a.reverse == b.reverse && a.underline == b.underline;
}

static void assert_role_is_shown(enum tui_role role, enum theme theme, int n_colors)
{
	struct palette_entry e = palette_of(role, theme, n_colors);

	assert_in_range(e.color + 1, 0, MIN(n_colors, 256));
	assert_in_range(e.ground + 1, 0, MIN(n_colors, 256));
	assert_int_equal(e.ground, palette_of(TUI_PLAIN, theme, n_colors).ground);
	/* A role without any sign of its own is the plain one, or told by its letter. */
	if (role != TUI_PLAIN && role != TUI_KIND_HEAD && n_colors > 0 && theme != THEME_MONO)
		assert_false(same(e, palette_of(TUI_PLAIN, theme, n_colors)));
}

UNIT_TEST(every_role_has_a_color_that_the_terminal_has)
{
	for (int theme = 0; theme < N_THEMES; theme++)
		for (size_t d = 0; d < ARRAY_SIZE(depths); d++)
			for (int role = 0; role < N_TUI_ROLES; role++)
				assert_role_is_shown((enum tui_role)role, (enum theme)theme, depths[d]);
}

/* Roles that stand side by side, ended by TUI_PLAIN. */
static const enum tui_role groups[][12] = {
	{ TUI_FREE, TUI_USED, TUI_UNKNOWN, TUI_LARGEST, TUI_CULPRIT, TUI_FOUND, TUI_CURSOR },
	{ TUI_FREE, TUI_USED, TUI_OVERHEAD, TUI_UNKNOWN, TUI_LARGEST, TUI_PEAK },
	{ TUI_FREE, TUI_USED, TUI_ADDED, TUI_REMOVED, TUI_CHANGED, TUI_CURSOR },
	{ TUI_AGE_NEW, TUI_AGE_YOUNG, TUI_AGE_MIDDLE, TUI_AGE_OLD, TUI_AGE_OLDEST, TUI_CURSOR },
	{ TUI_PLAIN + 1, TUI_HEAD, TUI_CHOSEN, TUI_CURSOR, TUI_WARNING },
};

static void assert_differ(const enum tui_role *group, size_t n, enum theme theme, int n_colors)
{
	for (size_t i = 0; i < n && group[i]; i++)
		for (size_t j = 0; j < i; j++)
			if (same(palette_of(group[i], theme, n_colors), palette_of(group[j], theme, n_colors)))
				fail_msg("theme %d: roles %d and %d are alike with %d colors", theme, group[i],
					 group[j], n_colors);
}

/* Also without a colour: then by attributes. */
UNIT_TEST(what_stands_side_by_side_differs)
{
	for (int theme = 0; theme < N_THEMES; theme++)
		for (size_t d = 0; d < ARRAY_SIZE(depths); d++)
			for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
				assert_differ(groups[i], ARRAY_SIZE(groups[i]), (enum theme)theme, depths[d]);
}

static const char letters[] = " .hmTLDSAFBM";

/* In mono their letters do. */
UNIT_TEST(kinds_differ_in_color)
{
	enum tui_role kinds[ARRAY_SIZE(letters)] = { 0 };

	for (size_t i = 0; letters[i]; i++)
		kinds[i] = palette_kind((uint8_t)letters[i]);
	for (int theme = 0; theme < THEME_MONO; theme++)
		for (size_t d = 1; d < ARRAY_SIZE(depths); d++)
			assert_differ(kinds, ARRAY_SIZE(kinds), (enum theme)theme, depths[d]);
}

UNIT_TEST(every_letter_has_a_role)
{
	for (unsigned c = 0; c < 256; c++) {
		enum tui_role role = palette_kind((uint8_t)c);
		assert_in_range(role, TUI_PLAIN + 1, N_TUI_ROLES - 1);
		if (block_is_head((uint8_t)c))
			assert_in_range(role, TUI_KIND_HEAD, TUI_KIND_MARKED);
	}
	assert_int_equal(palette_kind(BLOCK_FREE), TUI_FREE);
	assert_int_equal(palette_kind(BLOCK_UNKNOWN), TUI_UNKNOWN);
	assert_int_equal(palette_kind(BLOCK_TAIL), TUI_USED);
	assert_int_equal(palette_kind('X'), TUI_KIND_HEAD); /* a letter of a firmware to come */
}
