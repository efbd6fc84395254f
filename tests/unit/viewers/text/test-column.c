#include "text/column.h"

#include "text/cut.h"
#include "unit.h"

static const struct text_style ascii = { .columns = 80 }, utf8 = { .columns = 80, .utf8 = true };
static const struct text_style human = { .columns = 80, .utf8 = true, .sizes = SIZES_HUMAN };

UNIT_TEST(columns_end_at_their_right_edge)
{
	static const uint64_t values[] = { 0, 9999, 10000, 99999999, 999999999, NOT_KNOWN };
	static const struct text_style *const styles[] = { &ascii, &utf8, &human };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		for (size_t k = 0; k < ARRAY_SIZE(styles); k++) {
			CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
			text_size(&s, 12, values[i], styles[k]);
			assert_int_equal(text_columns_of(strbuf_text(&s)), 12);
			text_change(&s, 14, -(int64_t)(values[i] / 2), styles[k]);
			if (values[i] != NOT_KNOWN)
				assert_int_equal(text_columns_of(strbuf_text(&s)), 26);
		}
}

static void assert_size(size_t columns, uint64_t n_bytes, const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	text_size(&s, columns, n_bytes, &utf8);
	assert_string_equal(strbuf_text(&s), expected);
}

/* Whatever is before. */
UNIT_TEST(a_blank_is_there_always)
{
	assert_size(6, 12345,
		    " 12\xe2\x80\x89"
		    "345");
	assert_size(7, 12345,
		    " 12\xe2\x80\x89"
		    "345");
	assert_size(8, 12345,
		    "  12\xe2\x80\x89"
		    "345");
	assert_size(3, NOT_KNOWN, "  -");
	assert_size(0, NOT_KNOWN, " -");
}
