#include "console/lines.h"

#include <time.h>

#include "memprof/base/text.h"
#include "unit.h"

static void take_lines(struct lines *l, struct strbuf *ret)
{
	struct raw_line line;

	while (lines_next(l, &line)) {
		strbuf_printf(ret, "%" PRIu64 ":", line.number);
		text_visible(ret, line.text, line.n_bytes, false);
		strbuf_puts(ret, line.ended ? "\n" : "(not ended)\n");
	}
}

/* Writes "NUMBER:TEXT\n" for every line. The input is cut after first bytes, and then after every
 * step bytes; 0 is never. What was fed is gone once there are no more lines. */
static void read_lines(const char *bytes, size_t n_bytes, size_t first, size_t step, struct strbuf *ret)
{
	struct lines *l = calloc(1, sizeof(*l));
	size_t n;

	assert_non_null(l);
	for (size_t at = 0; at < n_bytes; at += n) {
		n = at == 0 && first ? first : step ? step : n_bytes;
		n = MIN(n, n_bytes - at);
		char *copy = exact_copy(bytes + at, n);
		lines_feed(l, copy, n);
		take_lines(l, ret);
		free(copy);
	}
	lines_feed(l, "", 0);
	lines_finish(l);
	take_lines(l, ret);
	take_lines(l, ret); /* the end stays the end */
	free(l);
}

static void assert_lines(const char *bytes, size_t n_bytes, const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf whole = STRBUF_INIT;

	read_lines(bytes, n_bytes, 0, 0, &whole);
	assert_string_equal(strbuf_text(&whole), expected);
	for (size_t first = 0; first <= n_bytes; first++) {
		for (size_t step = 0; step < 4; step++) {
			CLEANUP(strbuf_deinit) struct strbuf cut = STRBUF_INIT;
			read_lines(bytes, n_bytes, first, step, &cut);
			assert_string_equal(strbuf_text(&cut), expected);
		}
	}
}
#define ASSERT_LINES(bytes, expected) assert_lines(bytes, sizeof(bytes) - 1, expected)

UNIT_TEST(nothing_has_no_lines) { ASSERT_LINES("", ""); }

UNIT_TEST(lf)
{
	ASSERT_LINES("a\nbc\n\nd\n", "1:a\n2:bc\n3:\n4:d\n");
	ASSERT_LINES("\n\n", "1:\n2:\n");
}

UNIT_TEST(crlf) { ASSERT_LINES("a\r\nbc\r\n\r\nd\r\n", "1:a\n2:bc\n3:\n4:d\n"); }

/* A pty that translates what a board has translated already. */
UNIT_TEST(crcrlf)
{
	ASSERT_LINES("a\r\r\nbc\r\r\n\r\r\nd\r\r\n", "1:a\n2:bc\n3:\n4:d\n");
	ASSERT_LINES("a\r\r\r\nb\n", "1:a\n2:b\n");
}

/* Several lines of one number: an editor that counts LFs shows one line. */
UNIT_TEST(a_lone_cr_ends_a_line)
{
	ASSERT_LINES("a\rb\rc\nd\r", "1:a\n1:b\n1:c\n2:d\n");
	ASSERT_LINES("10 %\r20 %\r\ndone", "1:10 %\n1:20 %\n2:done(not ended)\n");
}

UNIT_TEST(the_last_line_may_have_no_end)
{
	ASSERT_LINES("a\nbc", "1:a\n2:bc(not ended)\n");
	ASSERT_LINES("a", "1:a(not ended)\n");
	ASSERT_LINES("a\r", "1:a\n");
}

UNIT_TEST(other_bytes_are_part_of_a_line) { ASSERT_LINES("a\0b\n\v\f\x85\n", "1:a\\x00b\n2:\\x0b\\x0c\\x85\n"); }

/* Only its beginning is kept; the lines after it are as they are. */
UNIT_TEST(a_line_that_is_too_long)
{
	enum { N = 3 * LINE_MAX_BYTES };
	static const size_t steps[] = { 0, 1, 61, LINE_MAX_BYTES - 1, LINE_MAX_BYTES, 5000 };
	static char bytes[N + 5];

	memset(bytes, 'x', N);
	memcpy(bytes + N, "\r\nab", 4);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		read_lines(bytes, N + 4, 0, steps[i], &s);
		assert_int_equal(s.n_bytes, 2 + LINE_MAX_BYTES + 1 + strlen("2:ab(not ended)\n"));
		assert_memory_equal(s.text, "1:xxx", 5);
		assert_string_equal(s.text + 2 + LINE_MAX_BYTES, "\n2:ab(not ended)\n");
	}
}

UNIT_TEST(a_line_of_just_the_limit)
{
	static char bytes[LINE_MAX_BYTES + 2];

	for (size_t n = LINE_MAX_BYTES - 1; n <= LINE_MAX_BYTES; n++) {
		for (size_t step = 0; step < 2; step++) {
			CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
			memset(bytes, 'y', n);
			memcpy(bytes + n, "\nz", 2);
			read_lines(bytes, n + 2, 0, step, &s);
			assert_int_equal(s.n_bytes, 2 + n + strlen("\n2:z(not ended)\n"));
		}
	}
}

UNIT_TEST(a_line_of_4_megabytes)
{
	enum { N = 4 << 20 };
	char *bytes = malloc(N);

	assert_non_null(bytes);
	for (size_t step = 0; step <= 4096; step += 4096) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		memset(bytes, '=', N);
		memcpy(bytes + N - 3, "\nok", 3);
		read_lines(bytes, N, 0, step, &s);
		assert_int_equal(s.n_bytes, 2 + LINE_MAX_BYTES + strlen("\n2:ok(not ended)\n"));
	}
	free(bytes);
}

/* Lines of one letter in one feed, each ended by a lone CR: four times as many must not cost
 * sixteen times as much. (The unit of time is the shortest of three; the bound is generous.) */
static clock_t time_of_crs(const char *bytes, size_t n_bytes)
{
	static struct lines l;
	struct raw_line line;
	clock_t best = 0;

	for (int i = 0; i < 3; i++) {
		memset(&l, 0, sizeof(l));
		clock_t start = clock();
		lines_feed(&l, bytes, n_bytes);
		for (size_t n = 0; n < n_bytes / 2; n++)
			assert_true(lines_next(&l, &line));
		clock_t took = clock() - start;
		best = i == 0 ? took : MIN(best, took);
	}
	return best;
}

UNIT_TEST(lone_crs_cost_no_more_than_their_bytes)
{
	enum { N = 1 << 18 };
	char *bytes = malloc(N);

	assert_non_null(bytes);
	for (size_t i = 0; i < N; i++)
		bytes[i] = i % 2 ? '\r' : 'a';
	clock_t quarter = time_of_crs(bytes, N / 4), all = time_of_crs(bytes, N);
	if (all > 8 * quarter + CLOCKS_PER_SEC / 100)
		fail_msg("%d bytes take %ld us, four times as many %ld us", N / 4,
			 (long)(quarter * 1000000 / CLOCKS_PER_SEC), (long)(all * 1000000 / CLOCKS_PER_SEC));
	free(bytes);
}
