#include "console/plain_line.h"

#include "memprof/base/number.h"
#include "unit.h"

/* Takes a line apart from memory that ends where the line does (ASan finds reads beyond it). */
static char scratch[LINE_MAX_BYTES];
static char *copy;

static struct plain_line taken_apart(const char *text, size_t n_bytes)
{
	struct plain_line ret;

	free(copy);
	copy = exact_copy(text, n_bytes);
	plain_line_strip(&(struct raw_line){ .text = copy, .n_bytes = n_bytes, .number = 1, .ended = true }, scratch,
			 &ret);
	return ret;
}

UNIT_AFTER(forget)
{
	free(copy);
	copy = NULL;
}

static void assert_says(const char *text, const char *expected)
{
	struct plain_line line = taken_apart(text, strlen(text));

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

UNIT_TEST(plain_lines_stay)
{
	assert_says("", "");
	assert_says("GC: total: 64512, used: 576, free: 63936", "GC: total: 64512, used: 576, free: 63936");
	assert_says("00000000: h=hh & more", "00000000: h=hh & more");
}

UNIT_TEST(blanks_around)
{
	assert_says("       (29 lines all free)", "(29 lines all free)");
	assert_says("\t\t stack: 1 \t ", "stack: 1");
	assert_says(" \t ", "");
}

UNIT_TEST(escape_sequences)
{
	assert_says("\x1b[32mGC:\x1b[0m total", "GC: total");
	assert_says("\x1b[1;38;5;208mx\x1b[K", "x");
	assert_says("\x1b]0;a title\ax", "x");     /* OSC, ended by BEL ... */
	assert_says("\x1b]0;a title\x1b\\x", "x"); /* ... or by ST */
	assert_says("\x1b=\x1b>x", "x");
	assert_says("x\x1b", "x");
	assert_says("x\x1b[", "x");
	assert_says("x\x1b[12;", "x");
	assert_says("x\x1b]0;never ended", "x");
}

UNIT_TEST(backspaces)
{
	assert_says("gc.mem_fre\b\bree()", "gc.mem_free()");
	assert_says("mem_nifo\b\x1b[K\b\x1b[K\b\x1b[K\b\x1b[Kinfo(1)", "mem_info(1)");
	assert_says("\b\bx", "x");
	assert_says("ab\b\b\b\bc", "c");
}

UNIT_TEST(html_entities)
{
	assert_typed("&gt;&gt;&gt; gc.mem_free()", "gc.mem_free()");
	assert_says("&lt;a&amp;b&quot;", "<a&b\"");
	assert_says("&gt", "&gt");
	assert_says("a && b", "a && b");
}

UNIT_TEST(quotes)
{
	assert_says("> GC: total: 1", "GC: total: 1");
	assert_says("> > GC: total: 1", "GC: total: 1");
	assert_says(">> GC: total: 1", "GC: total: 1");
	assert_says(">\tGC: total: 1", "GC: total: 1");
	assert_typed("> >>> gc.mem_free()", "gc.mem_free()");
	assert_says(">x", ">x");
}

UNIT_TEST(prompts)
{
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

UNIT_TEST(literals)
{
	assert_says("      \"GC: total: 1\\n\",", "GC: total: 1"); /* a cell of a notebook */
	assert_says("      \" No. of 1-blocks: 1\\n\"", "No. of 1-blocks: 1");
	assert_says("\"GC: total: 1\\r\\n\",", "GC: total: 1");
	assert_says("'GC: total: 1',", "GC: total: 1"); /* a list of Python */
	assert_says("['GC: total: 1',", "GC: total: 1");
	assert_says(" 'GC: total: 1']", "GC: total: 1");
	assert_says("\"\\u001b[32mGC:\\u001b[0m total\\n\",", "GC: total");
	assert_says("\"a \\\"b\\\" c\\\\d\\n\",", "a \"b\" c\\d");
	assert_typed("\">>> gc.mem_free()\\n\",", "gc.mem_free()");
	assert_says("\"\\n\",", "");
	assert_says("\"", "\"");
	assert_says("\"GC: total: 1', ", "\"GC: total: 1',"); /* not the same quote */
	assert_says("[1, 2]", "[1, 2]");
	assert_says("it's", "it's");
}

/* A notebook whose cell evaluates to a list: Python's quotes within JSON's. */
UNIT_TEST(a_list_in_a_notebook)
{
	assert_says("       \"['stack: 428 out of 15360',\\n\",", "stack: 428 out of 15360");
	assert_says("       \" 'GC: total: 173056, used: 2880, free: 170176',\\n\",",
		    "GC: total: 173056, used: 2880, free: 170176");
	assert_says("       \" '       (166 lines all free)']\"", "(166 lines all free)");
	assert_says("\" \\\"\\\\tIt\\\\'s\\\",\\n\",", "It's"); /* escaped twice */
	assert_says("\"'\\\"three\\\"',\\n\",", "\"three\"");
}

UNIT_TEST(margins)
{
	assert_says("# GC: total: 1", "GC: total: 1");
	assert_says("    #     (3 lines all free)", "(3 lines all free)");
	assert_says("// GC: total: 1", "GC: total: 1");
	assert_says(" 0> GC: total: 1", "GC: total: 1"); /* SEGGER's RTT viewer */
	assert_says("00> GC: total: 1", "GC: total: 1");
	assert_says(" 0> ", "");
	assert_says("#GC", "#GC");
	assert_says("0>x", "0>x");
	assert_says("100> x", "100> x");
}

/* ---- stamps ---- */

/* The stamp is the terminal program's: what stands around the line comes before or behind it. */
UNIT_TEST(stamps_and_what_is_around_them)
{
	assert_says("[07:09:41.325] >x", ">x");
	assert_says("[07:09:41.325]x", "x");
	assert_typed("[07:09:41.325] >>> gc.mem_free()", "gc.mem_free()");
	assert_says("[07:09:41.325]        (29 lines all free)", "(29 lines all free)");
	assert_says("> [07:09:41.325] x", "x");
	assert_says("\x1b[2m[07:09:41.325]\x1b[0m x", "x");
	assert_says("Nov 20 07:09:41  No. of", "No. of");
	assert_true(taken_apart("[07:09:41] x", 12).stamp.set);
	assert_false(taken_apart("00000000: h", 11).stamp.set);
}

/* The first is the terminal program's; what looks like another is the board's. */
UNIT_TEST(only_one_stamp_is_taken) { assert_says("[07:09:41] [07:09:42] x", "[07:09:42] x"); }

/* ---- anything ---- */

/* Cut at every byte: no read past the end, and nothing longer than what came in. */
UNIT_TEST(cut_anywhere)
{
	FOR_PARTS(part,
		  "> [2026-11-20T07:09:41.325Z] &gt;&gt;&gt; gc\b\b\x1b[32mx\x1b]0;t\x1b\\&quot; |"
		  "[07:09:41.325] ... \t|=== \b\b|\x1b]|&amp;&lt|['\\u001b[32mx\\'\\r\\n']|"
		  " 0> # // \"\\t\\\\\",")
		for (size_t n = 0; n <= strlen(part); n++)
			assert_true(taken_apart(part, n).n_bytes <= n);
}

UNIT_TEST(any_bytes)
{
	static const char alphabet[] = "[]0123456789:-.TZ >=\b\x1b&gtamp;lquo\t\a\\x\"'#,nu";
	uint32_t random = 795;
	char bytes[80];

	for (int round = 0; round < 50000; round++) {
		size_t n = next_random(&random) % sizeof(bytes);
		for (size_t i = 0; i < n; i++)
			bytes[i] = alphabet[next_random(&random) % (sizeof(alphabet) - 1)];
		struct plain_line line = taken_apart(bytes, n);
		assert_true(line.n_bytes <= n);
		assert_null(memchr(line.text, '\b', line.n_bytes));
		if (line.n_bytes > 0)
			assert_true(line.text[line.n_bytes - 1] != ' ');
	}
}

/* What loggers, tables and web pages put around a line. */
UNIT_TEST(dresses)
{
	assert_says("`free: 5`", "free: 5");
	assert_says("<p>free: 5</p>", "free: 5");
	assert_says("free: 5<br/>", "free: 5");
	assert_says("<span class=\"x\">free</span>: 5", "free: 5");
	assert_says("<module> free <5>", "<module> free <5>");
	assert_says(
		"\xc2\xa0"
		"free:&nbsp;5",
		"free: 5");
	assert_says("{\"t\":3,\"line\":\"free: \\\"5\\\"\"}", "free: \"5\"");
	assert_says("{\"msg\": \"free: 5\", \"t\": 3}", "free: 5");
	assert_says("{\"free\": 5}", "{\"free\": 5}");
	assert_says("12:32:05.708 -> free: 5", "free: 5");
	assert_says("-> free: 5", "-> free: 5");
	assert_says("Nov 20 07:09:41 pi cat[123]: free: 5", "free: 5");
	assert_says("Nov 20 07:09:41 a b: free: 5", "a b: free: 5");
	assert_says("2024-06-29,14:42:25,\"free: 5\"", "free: 5");
}

/* A board's own stamp; its tag stays. */
UNIT_TEST(stamps_of_the_board)
{
	static const struct {
		const char *text, *says;
		uint64_t uptime_us;
	} rows[] = {
		{ "I (1234) wifi: free 5", "wifi: free 5", 1234000 },
		{ "[ 61000][I][a.c:5] f(): free 5", "[a.c:5] f(): free 5", 61000000 },
		{ "A (1234) x", "A (1234) x", NOT_KNOWN },
		{ "I (12x) x", "I (12x) x", NOT_KNOWN },
		{ "[61000] x", "[61000] x", NOT_KNOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_says(rows[i].text, rows[i].says);
		assert_u64_equal(taken_apart(rows[i].text, strlen(rows[i].text)).uptime_us, rows[i].uptime_us);
	}
}
