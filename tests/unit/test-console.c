#include "console.h"

#include "unit.h"

#define HOUR_US (UINT64_C(3600) * 1000000)

/* Takes a line apart from memory that ends where the line does (ASan finds reads beyond it). */
static char scratch[LINE_MAX_BYTES];
static char *copy;

static struct console_line taken_apart(const char *text, size_t n_bytes)
{
	struct console_line ret;

	free(copy);
	copy = malloc(n_bytes + !n_bytes);
	assert_non_null(copy);
	memcpy(copy, text, n_bytes);
	console_line(&(struct line){ .text = copy, .n_bytes = n_bytes, .number = 1, .ended = true },
		     scratch, &ret);
	return ret;
}

static int forget(void **state)
{
	(void)state;
	free(copy);
	copy = NULL;
	return 0;
}

static void assert_says(const char *text, const char *expected)
{
	struct console_line line = taken_apart(text, strlen(text));

	if (line.n_bytes != strlen(expected) || memcmp(line.text, expected, line.n_bytes) != 0)
		fail_msg("'%s' says '%.*s', not '%s'", text, (int)line.n_bytes, line.text, expected);
}

static void assert_typed(const char *text, const char *expected)
{
	assert_says(text, expected);
	assert_true(taken_apart(text, strlen(text)).prompt);
}

static void assert_not_typed(const char *text, const char *expected)
{
	assert_says(text, expected);
	assert_false(taken_apart(text, strlen(text)).prompt);
}

/* ---- what is not the board's ---- */

static void plain_lines_stay(void **state)
{
	(void)state;
	assert_says("", "");
	assert_says("GC: total: 64512, used: 576, free: 63936", "GC: total: 64512, used: 576, free: 63936");
	assert_says("00000000: h=hh & more", "00000000: h=hh & more");
}

static void blanks_around(void **state)
{
	(void)state;
	assert_says("       (29 lines all free)", "(29 lines all free)");
	assert_says("\t\t stack: 1 \t ", "stack: 1");
	assert_says(" \t ", "");
}

static void escape_sequences(void **state)
{
	(void)state;
	assert_says("\x1b[32mGC:\x1b[0m total", "GC: total");
	assert_says("\x1b[1;38;5;208mx\x1b[K", "x");
	assert_says("\x1b]0;a title\ax", "x");                  /* OSC, ended by BEL ... */
	assert_says("\x1b]0;a title\x1b\\x", "x");              /* ... or by ST */
	assert_says("\x1b=\x1b>x", "x");
	assert_says("x\x1b", "x");
	assert_says("x\x1b[", "x");
	assert_says("x\x1b[12;", "x");
	assert_says("x\x1b]0;never ended", "x");
}

static void backspaces(void **state)
{
	(void)state;
	assert_says("gc.mem_fre\b\bree()", "gc.mem_free()");
	assert_says("mem_nifo\b\x1b[K\b\x1b[K\b\x1b[K\b\x1b[Kinfo(1)", "mem_info(1)");
	assert_says("\b\bx", "x");
	assert_says("ab\b\b\b\bc", "c");
}

static void html_entities(void **state)
{
	(void)state;
	assert_typed("&gt;&gt;&gt; gc.mem_free()", "gc.mem_free()");
	assert_says("&lt;a&amp;b&quot;", "<a&b\"");
	assert_says("&gt", "&gt");
	assert_says("a && b", "a && b");
}

static void quotes(void **state)
{
	(void)state;
	assert_says("> GC: total: 1", "GC: total: 1");
	assert_says("> > GC: total: 1", "GC: total: 1");
	assert_says(">> GC: total: 1", "GC: total: 1");
	assert_says(">\tGC: total: 1", "GC: total: 1");
	assert_typed("> >>> gc.mem_free()", "gc.mem_free()");
	assert_says(">x", ">x");
}

static void prompts(void **state)
{
	(void)state;
	assert_typed(">>> gc.mem_free()", "gc.mem_free()");
	assert_typed(">>> ", "");
	assert_typed(">>>", "");
	assert_typed("...     x = 1", "    x = 1");
	assert_typed("=== a = []", "a = []");
	assert_typed("    >>> indented", "indented");
	assert_not_typed("...and so on", "...and so on");
	assert_not_typed("=======", "=======");
	assert_not_typed("GC: >>> inside", "GC: >>> inside");
}

/* ---- stamps ---- */

static void assert_stamp(const char *text, uint64_t at_us, bool dated, const char *says)
{
	struct console_line line = taken_apart(text, strlen(text));

	assert_true(line.stamp.set);
	assert_int_equal(line.stamp.dated, dated);
	assert_u64_equal(line.stamp.at_us, at_us);
	assert_int_equal(line.stamp.n_bytes, strlen(says));
	assert_memory_equal(line.stamp.text, says, strlen(says));
}

static void stamps_of_a_day(void **state)
{
	(void)state;
	assert_stamp("[07:09:41.325] x", 7 * HOUR_US + 581325000, false, "07:09:41.325");
	assert_stamp("[07:09:41] x", 7 * HOUR_US + 581000000, false, "07:09:41");
	assert_stamp("[00:00:00.000001]", 1, false, "00:00:00.000001");
	assert_stamp("[00:00:00.0000019]", 1, false, "00:00:00.0000019");
	assert_stamp("[23:59:60]", 24 * HOUR_US, false, "23:59:60");
	assert_says("[07:09:41.325] >x", ">x");
	assert_says("[07:09:41.325]x", "x");
	assert_typed("[07:09:41.325] >>> gc.mem_free()", "gc.mem_free()");
	assert_says("[07:09:41.325]        (29 lines all free)", "(29 lines all free)");
	assert_says("> [07:09:41.325] x", "x");
	assert_says("\x1b[2m[07:09:41.325]\x1b[0m x", "x");
}

static void stamps_with_a_date(void **state)
{
	const uint64_t at_us = UINT64_C(1795158581) * 1000000;  /* date -ud "2026-11-20 07:09:41" +%s */

	(void)state;
	assert_stamp("[2026-11-20T07:09:41.325Z] x", at_us + 325000, true, "2026-11-20T07:09:41.325Z");
	assert_stamp("[2026-11-20 07:09:41] x", at_us, true, "2026-11-20 07:09:41");
	assert_stamp("[1970-01-01T00:00:00Z] x", 0, true, "1970-01-01T00:00:00Z");
	assert_stamp("[2000-02-29T12:00:00] x", UINT64_C(951825600) * 1000000, true,
		     "2000-02-29T12:00:00");
}

static void what_looks_like_a_stamp(void **state)
{
	static const char *const texts[] = {
		"[", "[]", "[07:09:41", "[24:00:00] x", "[07:60:00] x", "[07:09:61] x", "[7:09:41] xx",
		"[07.09.41] x", "[07:09:41x] x", "[07:09:4a] x", "[1969-12-31T23:59:59] x",
		"[2026-13-01T07:09:41] x", "[2026-00-01T07:09:41] x", "[2026-11-32T07:09:41] x",
		"[2026-11-20T07:09] xxxxxxx", "[20x6-11-20T07:09:41] x", "(07:09:41) x",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_says(texts[i], texts[i]);
		assert_false(taken_apart(texts[i], strlen(texts[i])).stamp.set);
	}
}

/* The first is the terminal program's; what looks like another is the board's. */
static void only_one_stamp_is_taken(void **state)
{
	(void)state;
	assert_says("[07:09:41] [07:09:42] x", "[07:09:42] x");
	assert_stamp("[07:09:41] [07:09:42] x", 7 * HOUR_US + 581000000, false, "07:09:41");
}

/* ---- anything ---- */

/* Cut at every byte: no read past the end, and nothing longer than what came in. */
static void cut_anywhere(void **state)
{
	static const char *const texts[] = {
		"> [2026-11-20T07:09:41.325Z] &gt;&gt;&gt; gc\b\b\x1b[32mx\x1b]0;t\x1b\\&quot; ",
		"[07:09:41.325] ... \t", "=== \b\b", "\x1b]", "&amp;&lt",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		for (size_t n = 0; n <= strlen(texts[i]); n++)
			assert_true(taken_apart(texts[i], n).n_bytes <= n);
}

static void any_bytes(void **state)
{
	static const char alphabet[] = "[]0123456789:-.TZ >=\b\x1b&gtamp;lquo\t\a\\x";
	uint32_t random = 795;
	char bytes[80];

	(void)state;
	for (int round = 0; round < 50000; round++) {
		size_t n = next_random(&random) % sizeof(bytes);
		for (size_t i = 0; i < n; i++)
			bytes[i] = alphabet[next_random(&random) % (sizeof(alphabet) - 1)];
		struct console_line line = taken_apart(bytes, n);
		assert_true(line.n_bytes <= n);
		assert_null(memchr(line.text, '\b', line.n_bytes));
		if (line.n_bytes > 0)
			assert_true(line.text[line.n_bytes - 1] != ' ');
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(plain_lines_stay, forget),
		cmocka_unit_test_teardown(blanks_around, forget),
		cmocka_unit_test_teardown(escape_sequences, forget),
		cmocka_unit_test_teardown(backspaces, forget),
		cmocka_unit_test_teardown(html_entities, forget),
		cmocka_unit_test_teardown(quotes, forget),
		cmocka_unit_test_teardown(prompts, forget),
		cmocka_unit_test_teardown(stamps_of_a_day, forget),
		cmocka_unit_test_teardown(stamps_with_a_date, forget),
		cmocka_unit_test_teardown(what_looks_like_a_stamp, forget),
		cmocka_unit_test_teardown(only_one_stamp_is_taken, forget),
		cmocka_unit_test_teardown(cut_anywhere, forget),
		cmocka_unit_test_teardown(any_bytes, forget),
	};

	return RUN(tests);
}
