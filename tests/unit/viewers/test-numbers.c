#include "memprof/base/number.h"
#include "shared/number_words.h"
#include "unit.h"

#define THIN  "\xe2\x80\x89"
#define MINUS "\xe2\x88\x92"

static const struct text_style ascii = { .columns = 80 }, utf8 = { .columns = 80, .utf8 = true };
static const struct text_style exact = { .columns = 80, .utf8 = true, .sizes = SIZES_EXACT };
static const struct text_style human = { .columns = 80, .utf8 = true, .sizes = SIZES_HUMAN };
static const struct text_style human_ascii = { .columns = 80, .sizes = SIZES_HUMAN };

UNIT_TEST(counts_are_grouped_from_five_digits_on)
{
	static const struct {
		uint64_t n;
		const char *plain, *grouped;
	} rows[] = {
		{ 0, "0", "0" },
		{ 999, "999", "999" },
		{ 9999, "9999", "9999" },
		{ 10000, "10000", "10" THIN "000" },
		{ 246144, "246144", "246" THIN "144" },
		{ 1000000, "1000000", "1" THIN "000" THIN "000" },
		{ 16777216, "16777216", "16" THIN "777" THIN "216" },
		{ UINT64_MAX, "18446744073709551615",
		  "18" THIN "446" THIN "744" THIN "073" THIN "709" THIN "551" THIN "615" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_string_equal(count_words(rows[i].n, NULL).text, rows[i].plain);
		assert_string_equal(count_words(rows[i].n, &ascii).text, rows[i].plain);
		assert_string_equal(count_words(rows[i].n, &exact).text, rows[i].plain);
		assert_string_equal(count_words(rows[i].n, &human_ascii).text, rows[i].plain);
		assert_string_equal(count_words(rows[i].n, &utf8).text, rows[i].grouped);
		assert_string_equal(count_words(rows[i].n, &human).text, rows[i].grouped);
	}
}

UNIT_TEST(sizes_are_as_the_options_ask)
{
	assert_string_equal(figure_words(246144, NULL).text, "246144");
	assert_string_equal(figure_words(246144, &ascii).text, "246144");
	assert_string_equal(figure_words(246144, &utf8).text, "246" THIN "144");
	assert_string_equal(figure_words(246144, &exact).text, "246144");
	assert_string_equal(figure_words(246144, &human).text, "240.4 KiB");
	assert_string_equal(figure_words(246144, &human_ascii).text, "240.4 KiB");
	assert_string_equal(figure_words(1023, &human).text, "1023 B");

	assert_string_equal(exact_words(246144, NULL).text, "246144 B");
	assert_string_equal(exact_words(246144, &utf8).text, "246" THIN "144 B");
	assert_string_equal(exact_words(246144, &exact).text, "246144 B");
	assert_string_equal(exact_words(246144, &human).text, "240.4 KiB");

	assert_string_equal(human_words(246144, NULL).text, "240.4 KiB");
	assert_string_equal(human_words(246144, &utf8).text, "240.4 KiB");
	assert_string_equal(human_words(246144, &human).text, "240.4 KiB");
	assert_string_equal(human_words(246144, &exact).text, "246144 B");
}

UNIT_TEST(signs)
{
	assert_string_equal(change_words(0, &utf8).text, "0");
	assert_string_equal(change_words(12345, &utf8).text, "+12" THIN "345");
	assert_string_equal(change_words(-12345, &utf8).text, MINUS "12" THIN "345");
	assert_string_equal(change_words(-12345, &ascii).text, "-12345");
	assert_string_equal(change_words(-12345, &human).text, MINUS "12.1 KiB");
	assert_string_equal(change_words(INT64_MIN, &ascii).text, "-9223372036854775808");
	assert_string_equal(count_change_words(-12345, &human).text, MINUS "12" THIN "345");
	assert_string_equal(exact_change_words(12345, &utf8).text, "+12" THIN "345 B");
	assert_string_equal(human_change_words(-12345, &utf8).text, MINUS "12.1 KiB");
	assert_string_equal(human_change_words(-12345, &exact).text, "-12345 B");
	assert_string_equal(balance_words(-12345, &utf8).text, MINUS "12" THIN "345");
	assert_string_equal(balance_words(12345, &exact).text, "12345");
}

UNIT_TEST(rates)
{
	assert_string_equal(rate_bytes(-12.44, &utf8).text, "12.4 B");
	assert_string_equal(rate_bytes(1229, &utf8).text, "1.2 KiB");
	assert_string_equal(rate_bytes(1229, &exact).text, "1229 B");
	assert_string_equal(rate_bytes(1e20, &exact).text, "1.0e+20 B");
}

/* As page.js writes them beside these sentences. */
UNIT_TEST(no_line_of_a_page_breaks_in_a_number)
{
	static const struct text_style page = { .columns = 80, .utf8 = true, .is_page = true };

	assert_string_equal(exact_words(246144, &page).text,
			    "246\xe2\x80\xaf"
			    "144 B");
}

/* The longest of each. */
UNIT_TEST(all_have_room)
{
	assert_string_equal(exact_words(UINT64_MAX, &utf8).text,
			    "18" THIN "446" THIN "744" THIN "073" THIN "709" THIN "551" THIN "615 B");
	assert_string_equal(exact_change_words(INT64_MIN, &utf8).text,
			    MINUS "9" THIN "223" THIN "372" THIN "036" THIN "854" THIN "775" THIN "808 B");
	assert_string_equal(human_change_words(INT64_MIN, &utf8).text, MINUS "8589934592.0 GiB");
}
