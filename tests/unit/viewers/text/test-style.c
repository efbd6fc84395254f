#include "memprof/viewers/view.h"
#include "print/print.h"
#include "unit.h"

static const struct text_style plain = { .columns = 80 };

/* Never empty unless there is nothing, and never longer than the longest. */
UNIT_TEST(bars_are_parts)
{
	for (uint64_t part = 0; part <= 300; part++) {
		struct doc_span bar = doc_bar(part, 300);
		size_t n = strlen(print_number(&bar, &plain, false).text);
		assert_true(n <= 16 && (n > 0) == (part > 0));
	}
	assert_int_equal(strlen(print_number(&(struct doc_span){ .kind = DOC_BAR, .number = 500 }, &plain, false).text),
			 8);
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
