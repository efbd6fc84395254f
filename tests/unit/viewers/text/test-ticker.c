#include "memprof/base/text.h"
#include "memprof/viewers/ticker_view.h"
#include "unit.h"

static const struct text_style plain = { .columns = 80 };
static const struct text_style fine = { .columns = 80, .utf8 = true };

static struct pool_state now(uint64_t used_bytes, uint64_t free_bytes, uint64_t lfb_bytes)
{
	return (struct pool_state){ .total_bytes = used_bytes + free_bytes,
				    .used_bytes = used_bytes,
				    .free_bytes = free_bytes,
				    .lfb_bytes = lfb_bytes,
				    .fragmentation = 0.251 };
}

UNIT_TEST(a_line_a_snapshot)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct ticker ticker = { .n = 0 };
	struct pool_state first = now(20000, 80000, 60000), second = now(20480, 79520, 59520),
			  third = now(18000, 82000, 61500);

	text_ticker_head(&s, &ticker, &plain);
	text_ticker_line(&s, &ticker, &first, 0, &plain);
	text_ticker_line(&s, &ticker, &second, 1500000, &plain);
	text_ticker_line(&s, &ticker, &third, 61002999, &plain);
	assert_string_equal(strbuf_text(&s),
			    "      time       used       free    largest   frag     change  used\n"
			    "  0:00.000      20000      80000      60000 25.1 %             _\n"
			    "  0:01.500      20480      79520      59520 25.1 %       +480  _^\n"
			    "  1:01.002      18000      82000      61500 25.1 %      -2480  =^_\n");
}

/* An agent reports how long collections took, per second, since the line before. */
UNIT_TEST(the_collector_has_a_column)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct ticker ticker = { .reports_gc = true };
	struct pool_state first = now(20000, 80000, 60000);

	text_ticker_head(&s, &ticker, &plain);
	ticker.board_us = 70000000;
	text_ticker_line(&s, &ticker, &first, 0, &plain);
	ticker.gc_us = 30000;
	ticker.board_us += 1500000;
	text_ticker_line(&s, &ticker, &first, 9000000, &plain); /* came late, which says nothing about the load */
	assert_int_equal(ticker.gc_us, 0);
	ticker.board_us = NOT_KNOWN;
	for (uint64_t i = 2; i < 2 * TICKER_SAMPLES; i++)
		text_ticker_line(&s, &ticker, &first, i * 1500000, &plain);
	assert_null(strstr(strstr(strbuf_text(&s), "20.0 ") + 4, ".0 ")); /* a dash each */
	for (const char *line = strbuf_text(&s), *end; (end = strchr(line, '\n')); line = end + 1)
		assert_true(end - line <= 80);
	*strchr(strchr(strchr(s.text, '\n') + 1, '\n') + 1, '_') = '\0';
	assert_string_equal(strbuf_text(&s),
			    "      time       used       free    largest   frag gc ms/s     change  used\n"
			    "  0:00.000      20000      80000      60000 25.1 %       -             _\n"
			    "  0:09.000      20000      80000      60000 25.1 %    20.0          0  ");
}

UNIT_TEST(unknown_figures_are_dashes)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct ticker ticker = { .n = 0 };
	struct pool_state unknown = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, 0, -1 };

	text_ticker_line(&s, &ticker, &unknown, NOT_KNOWN, &plain);
	assert_string_equal(strbuf_text(&s), "  --:--:--          -          -          -      -\n");
}

/* The change is against the last known figure, and never against nothing. */
UNIT_TEST(unknown_before_known)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct ticker ticker = { .n = 0 };
	struct pool_state unknown = { NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, 0, -1 };
	struct pool_state known = now(20000, 80000, 60000);

	text_ticker_line(&s, &ticker, &unknown, 0, &plain);
	text_ticker_line(&s, &ticker, &known, 0, &plain);
	assert_null(strstr(strbuf_text(&s), "+20000"));
}

UNIT_TEST(only_so_many_are_remembered)
{
	struct ticker ticker = { .n = 0 };

	for (uint64_t i = 0; i < 3 * TICKER_SAMPLES; i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		struct pool_state summary = now(1000 * i, 100000, 50000);
		text_ticker_line(&s, &ticker, &summary, i * 1000000, &fine);
		assert_true(ticker.n <= TICKER_SAMPLES);
		size_t n_columns = 0;
		const uint8_t *p = (const uint8_t *)s.text, *end = p + s.n_bytes;
		for (; p < end; n_columns++)
			p += text_utf8(p, end, NULL);
		assert_true(n_columns <= 80);
	}
	assert_int_equal(ticker.n, TICKER_SAMPLES);
	assert_u64_equal(ticker.used[0], 1000 * 2 * TICKER_SAMPLES);
	assert_u64_equal(ticker.n_lines, 3 * TICKER_SAMPLES);
}

UNIT_TEST(the_largest_figures_there_are)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct ticker ticker = { .n = 0 };
	struct pool_state most = now(UINT64_C(1) << 55, NOT_KNOWN - 1, NOT_KNOWN - 1), none = now(0, 0, 0);

	text_ticker_line(&s, &ticker, &most, NOT_KNOWN - 1, &fine);
	text_ticker_line(&s, &ticker, &none, 0, &fine);
	text_ticker_line(&s, &ticker, &most, 0, &fine);
	assert_int_equal(ticker.n, 3);
}
