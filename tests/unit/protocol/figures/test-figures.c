#include "memprof/protocol/figures.h"

#include "figures/pattern.h"
#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/protocol/decoder.h"
#include "unit.h"

/* ---- one line ---- */

static void write_reading(const struct figures_reading *r, struct strbuf *out)
{
	static const char *const names[N_FIGURE_BYTES] = {
		"free", "used", "size", "least", "most", "largest", "block"
	};

	for (int i = 0; i < N_FIGURE_BYTES; i++)
		if (r->value[i] != NOT_KNOWN)
			strbuf_printf(out, "%s %" PRIu64 " ", names[i], r->value[i]);
	if (r->uptime_us != NOT_KNOWN)
		strbuf_printf(out, "at %" PRIu64 " ", r->uptime_us);
	if (r->pool[0])
		strbuf_printf(out, "of %s ", r->pool);
	if (r->stamp.set)
		strbuf_printf(out, "stamp %" PRIu64 " ", r->stamp.at_us);
}

static const struct {
	const char *pattern, *line, *expected; /* NULL: does not match */
} rows[] = {
	{ "free {free}", "free 12", "free 12 " },
	{ "free {free}", "I (1) x: free   12, and more", "free 12 " },
	{ "free {free}", "Free 12", NULL },
	{ "free {free}", "free: 12", NULL },
	{ "free {free}", "free -12", NULL },
	{ "free {free}", "free ", NULL },
	{ "free={free}", "free=  800", "free 800 " }, /* padded, where memory gets short */
	{ "{s}s free={free}", "t=   12.5s free= 800", "free 800 at 12500000 " },
	{ "free {free}", "", NULL },
	{ "{free}/{size}", "81234/327680 bytes", "free 81234 size 327680 " },
	{ "{free}/{size}", "a1/2", NULL }, /* no number begins in a word, or after a point */
	{ "{free}/{size}", "1.1/2", NULL },
	{ "{free}/{size}", "-1/2", NULL },
	{ "{free}", "none, none, 7", "free 7 " },
	/* units */
	{ "free {free}", "free 12 KB", "free 12288 " },
	{ "free {free}", "free 12K", "free 12288 " },
	{ "free {free}", "free 12 Kilometers", "free 12 " },
	{ "free {free}", "free 1.5 MiB", "free 1572864 " },
	{ "free {free}", "free 81.3KiB.", "free 83251 " },
	{ "free {free}", "free 5.00000 B", "free 5 " },
	{ "free {free}", "free 5.0", NULL },
	{ "free {free}", "free 1,234", NULL },
	{ "free {free}", "free 1,2345", "free 1 " },
	{ "{free},{used}", "1,234", "free 1 used 234 " },
	{ "free {free}", "free 1'234", NULL },
	{ "free {free}", "free 1_000", NULL },
	{ "free {free}", "free 100.000", NULL },
	{ "free {free}", "free 1e6", NULL },
	{ "free {free}", "free 3f4a", NULL },
	{ "free {free}", "free 0xZZ", NULL },
	{ "free {free}", "free 12 Kbytes", "free 12288 " },
	{ "free {free}", "free 12 K=5", "free 12 " },
	{ "free {free:K}", "free 20480 bytes", "free 20480 " },
	{ "free {free:K}", "free 1.5", "free 1536 " },
	{ "^{free}$", "12", "free 12 " },
	{ "^{free}$", "12 C", NULL },
	{ "^{free}$", "a 12", NULL },
	{ "^free*{free}$", "free x 1 2", "free 2 " },
	{ "^^ {free} $$", "a ^ 1 $ b", "free 1 " },
	{ "{free} of {size:block} * {block}", "16 of 4 x 8", "free 16 size 4 block 8 " },
	{ "free {free}", "free 5.5", NULL },
	{ "free {free}", "free 55.", "free 55 " },
	{ "free {free}", "free 55%", NULL },
	{ "free {free}", "free 55 %", NULL },
	{ "free {free}", "free 0x1f40, 12", "free 8000 " },
	{ "free {free:hex}", "free 1f40", "free 8000 " },
	{ "free {free:hex}", "free 0x1f40", "free 8000 " },
	{ "free {free:K}", "free 12", "free 12288 " },
	{ "free {free:KiB}, {used:B}", "free 12, 13", "free 12288 used 13 " },
	{ "free {free}K, {used} kB", "free 12K, 13 kB", "free 12288 used 13312 " },
	{ "free {free} KB", "free 12 MB", NULL },
	{ "free {free} bytes", "free 12 bytes", "free 12 " },
	{ "{free} Memory", "12 Memory", "free 12 " },
	{ "free {free}", "free 18446744073709551614", "free 18446744073709551614 " },
	{ "free {free}", "free 18446744073709551615", NULL },
	{ "free {free}", "free 111111111111111111111111111111", NULL },
	{ "free {free}", "free 18014398509481984 K", NULL }, /* 2^64 */
	/* stars, blanks, braces */
	{ "min*{least}*max*{largest}", "min is 1 2, max is 3", "least 1 largest 3 " },
	{ "*{free}*", "x 1 y", "free 1 " },
	{ "a*b {free}", "a b b 1", "free 1 " },
	{ "a*b {free}", "b 1 a", NULL },
	{ "{{ {free} }", "{ 5 }", "free 5 " },
	{ "{{\"free\":{free},", "x{\"free\":5,\"y\":6", "free 5 " },
	{ "** {free}", "** 5", "free 5 " },
	{ "free\t{free}", "free \t 5", "free 5 " },
	{ "free  {free}", "free 5", "free 5 " },
	/* the others */
	{ "[{pool}] {free}", "[D][psram 1] 5", "free 5 of psram_1 " },
	{ "heap {pool} {free}",
	  "heap int\x1b"
	  "ernal-memory-of-all 5",
	  "free 5 of int_ernal-me~3f " },
	{ "{pool}: {free}", ": 5", NULL },
	{ "{free} of {pool}", "5 of dma", "free 5 of dma " },
	{ "({ms}) free {free}", "I (1312) x: free 5", NULL },
	{ "({ms}) * free {free}", "I (1312) x: free 5", "free 5 at 1312000 " },
	{ "{s}s {free}", "12.5s 5", "free 5 at 12500000 " },
	{ "{time},{free}", "2026-11-20 10:00:01,5", "free 5 stamp 1795168801000000 " },
	{ "{time}|{free}", "yesterday|5", NULL },
};

UNIT_TEST(lines_match_patterns)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf found = STRBUF_INIT;
		struct figures *f = figures_new();
		struct figures_reading reading = FIGURES_READING_NOTHING;
		struct diag diag = { 0 };
		if (figures_add(f, rows[i].pattern, POOL_OTHER, &diag) < 0)
			fail_msg("%s: %s", rows[i].pattern, diag.text);
		bool matches = figures_match(f->patterns[0], 0, rows[i].line, strlen(rows[i].line), &reading);
		if (matches != (rows[i].expected != NULL))
			fail_msg("%s: %s: %d", rows[i].pattern, rows[i].line, matches);
		write_reading(&reading, &found);
		if (strcmp(strbuf_text(&found), matches ? rows[i].expected : "") != 0)
			fail_msg("%s: %s: %s", rows[i].pattern, rows[i].line, strbuf_text(&found));
		figures_free(f);
	}
	figures_free(NULL);
}

UNIT_TEST(wrong_patterns_say_why)
{
	static const struct {
		const char *pattern, *why;
	} wrong[] = {
		{ "", "a line of it is empty" },
		{ "free\n", "a line of it is empty" },
		{ "\nfree {free}", "a line of it is empty" },
		{ "free", "it has none of {free}, {used}, {largest} and {least}" },
		{ "{size}", "it has none of {free}, {used}, {largest} and {least}" },
		{ "{fre}",
		  "there is no figure {fre}; there are free, used, size, least, most, largest, block, pool, ms, s and time" },
		{ "{}",
		  "there is no figure {}; there are free, used, size, least, most, largest, block, pool, ms, s and time" },
		{ "{free} {free}", "{free} is in it twice" },
		{ "{free}\n{free}", "{free} is in it twice" },
		{ "{free}{used}", "nothing stands between {used} and what is before it" },
		{ "{free", "a { has no }; two of them stand for one" },
		{ "{free:x}", "{free:x} has no such unit; there are B, K, KiB, M, MiB, hex, block and a number" },
		{ "{free:block}", "a figure is in blocks, and no {block} tells their size" },
		{ "{ms:K} {free}", "{ms:K} has no such unit; there are B, K, KiB, M, MiB, hex, block and a number" },
		{ "*{pool} {free}", "* before {pool} leaves open where the name begins" },
		{ "{pool}* {free}", "* behind {pool} leaves open where the name ends" },
		{ "a\na\na\na\na\na\na\na\n{free}", "it has more than 8 lines" },
	};
	char longest[FIGURES_PATTERN_MAX_BYTES + 2];
	struct figures *f = figures_new();
	struct diag diag = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(figures_add(f, wrong[i].pattern, POOL_OTHER, &diag), -EINVAL);
		assert_string_equal(diag.text, wrong[i].why);
	}
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "{free}", 6);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(figures_add(f, longest, POOL_OTHER, &diag), -EINVAL);
	longest[sizeof(longest) - 2] = '\0';
	for (int i = 0; i < FIGURES_PATTERNS_MAX; i++)
		assert_int_equal(figures_add(f, longest, POOL_OTHER, &diag), 0);
	assert_int_equal(figures_add(f, longest, POOL_OTHER, &diag), -E2BIG);
	figures_free(f);
}

/* ---- logs ---- */

static void write_number(struct strbuf *out, uint64_t n, char before)
{
	strbuf_putc(out, before);
	if (n == NOT_KNOWN)
		strbuf_putc(out, '-');
	else
		strbuf_printf(out, "%" PRIu64, n);
}

/* "heap 2 1000: NAME size/used/free largest least, NAME ...": its line, and its time. */
static void write_event(const struct event *event, struct strbuf *out)
{
	strbuf_printf(out, "%s %" PRIu64,
		      event->kind == EVENT_SNAPSHOT ? "heap" :
		      event->kind == EVENT_RESET    ? "reset" :
		      event->kind == EVENT_SAMPLE   ? "sample" :
						      "failed",
		      event->line);
	write_number(out, event->at_us, ' ');
	if (event->time[0])
		strbuf_printf(out, " [%s]", event->time);
	for (uint32_t i = 0; event->kind == EVENT_SNAPSHOT && i < event->snapshot.heap->n_pools; i++) {
		const struct heap_pool *pool = &event->snapshot.heap->pools[i];
		strbuf_printf(out, "%s %s", i == 0 ? ":" : ",", pool->name);
		write_number(out, pool->reported.total_bytes, ' ');
		write_number(out, pool->reported.used_bytes, '/');
		write_number(out, pool->reported.free_bytes, '/');
		write_number(out, pool->reported.largest_free_bytes, ' ');
		write_number(out, pool->reported.least_free_bytes, ' ');
		assert_true(pool->kind == POOL_CAPS || pool->kind == POOL_OTHER);
	}
	strbuf_putc(out, '\n');
}

static void drain(void *state, struct strbuf *out)
{
	struct diag diag = { 0 };
	struct event event;

	while (decoder_mem_info.next_event(state, &event, &diag) == DECODER_EVENT) {
		if (event.kind == EVENT_SNAPSHOT) {
			assert_int_equal(heap_check(event.snapshot.heap), 0);
			assert_string_equal(event.snapshot.reported.format, "figures");
		}
		write_event(&event, out);
	}
}

static void assert_events_of(const struct decoder_options *options, const char *log, size_t step, const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;
	void *state = calloc(1, decoder_mem_info.state_bytes);
	size_t n = strlen(log);

	decoder_mem_info.set(state, options);
	for (size_t at = 0; at < n; at += step) {
		decoder_mem_info.feed(state, (const uint8_t *)log + at, MIN(step, n - at), NOT_KNOWN);
		drain(state, &events);
	}
	decoder_mem_info.finish(state);
	drain(state, &events);
	decoder_mem_info.deinit(state);
	free(state);
	assert_string_equal(strbuf_text(&events), expected);
}

static void assert_events_in(const struct figures *f, const char *log, size_t step, const char *expected)
{
	const struct decoder_options options = { .figures = f };

	assert_events_of(&options, log, step, expected);
}

static void assert_events(const char *const *patterns, const char *log, const char *expected)
{
	struct figures *f = figures_new();
	struct diag diag = { 0 };

	figures_narrow(f);
	for (size_t i = 0; patterns[i]; i++)
		assert_int_equal(figures_add(f, patterns[i], POOL_CAPS, &diag), 0);
	assert_events_in(f, log, 1, expected);
	assert_events_in(f, log, 7, expected);
	assert_events_in(f, log, strlen(log), expected);
	figures_free(f);
}
#define PATTERNS(...) ((const char *const[]){ __VA_ARGS__, NULL })

UNIT_TEST(a_line_is_a_heap)
{
	assert_events(PATTERNS("free {free} of {size}, largest {largest}"),
		      "boot\nfree 10 of 30, largest 5\nnoise\nfree 9 of 30, largest 5\n",
		      "heap 2 -: heap 30/20/10 5 -\nheap 4 -: heap 30/21/9 5 -\n");
	/* The first pattern that matches counts. */
	assert_events(PATTERNS("free {free} of", "free {used} of"), "free 10 of\n", "heap 1 -: heap -/-/10 - -\n");
}

UNIT_TEST(pools_of_one_moment)
{
	assert_events(PATTERNS("{pool}: {free}"), "int: 10\npsram: 20\nint: 9\nx\npsram: 19\nint: 8\n",
		      "heap 1 -: int -/-/10 - -, psram -/-/20 - -\n"
		      "heap 3 -: int -/-/9 - -, psram -/-/19 - -\nheap 6 -: int -/-/8 - -\n");
	/* Far from each other: not of one moment. */
	assert_events(PATTERNS("{pool}: {free}"), "a: 1\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\nb: 2\n",
		      "heap 1 -: a -/-/1 - -\nheap 19 -: b -/-/2 - -\n");
}

UNIT_TEST(lines_that_belong_together)
{
	assert_events(PATTERNS("Free: {free}\nLargest: {largest}"),
		      "Free: 1\nx\nLargest: 2\nLargest: 3\nFree: 4\nFree: 5\nLargest: 6\n",
		      "heap 3 -: heap -/-/1 2 -\nheap 7 -: heap -/-/5 6 -\n");
	assert_events(
		PATTERNS("Free: {free}\nLargest: {largest}"),
		"Free: 1\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nLargest: 2\n",
		"");
}

/* The board's own clock; where it falls, the board was reset. */
UNIT_TEST(uptimes)
{
	assert_events(PATTERNS("({ms}) free {free}"),
		      "(1000) free 5\n(9000) free 4\n(8990) free 4\n(500) free 5\n(1500) free 4\n",
		      "heap 1 0: heap -/-/5 - -\nheap 2 8000000: heap -/-/4 - -\nheap 3 8000000: heap -/-/4 - -\n"
		      "reset 4 8500000\nheap 4 8500000: heap -/-/5 - -\nheap 5 9500000: heap -/-/4 - -\n");
	/* Stamps of the log are those of a clock that goes on. */
	assert_events(PATTERNS("({ms}) free {free}"), "[10:00:00] (9000) free 5\n[10:00:09] (500) free 4\n",
		      "heap 1 0 [10:00:00]: heap -/-/5 - -\nreset 2 9000000 [10:00:09]\n"
		      "heap 2 9000000 [10:00:09]: heap -/-/4 - -\n");
}

UNIT_TEST(among_dumps)
{
	assert_events(PATTERNS("Free: {free}"), "Free: 7\nMemoryError: \nFree: 6\n",
		      "heap 1 -: heap -/-/7 - -\nfailed 2 -\nheap 3 -: heap -/-/6 - -\n");
}

/* ---- without patterns ---- */

/* The whole lines in the head of a log show what prints. */
static void assert_words(const char *head, const char *log, const char *expected)
{
	const struct decoder_options options = { .head = head, .n_head_bytes = strlen(head) };

	for (size_t step = 1; step < 40; step += 13)
		assert_events_of(&options, log, step, expected);
}

UNIT_TEST(lines_that_complete_each_other)
{
	static const char *const two =
		"Free heap: 1000\nnoise\nLargest block: 600\n"
		"Free heap: 900\nnoise\nLargest block: 500\n";

	assert_words("rst:0x1 (POWERON_RESET)\n", two, "heap 1 -: heap -/-/1000 600 -\nheap 4 -: heap -/-/900 500 -\n");
	/* Python's heap has the same words, and is a sample. */
	assert_words(">>> \n", "free heap: 1000\nused heap: 500\nfree heap: 900\nused heap: 600\n",
		     "sample 1 -\nsample 3 -\n");
	/* One line is enough, once it was seen to be: the next is there at once, and before what follows it. */
	assert_words(
		"rst:0x1 (POWERON_RESET)\n", "Free heap: 1000\nFree heap: 900\nE:M 5000\nFree heap: 800\n",
		"heap 1 -: heap -/-/1000 - -\nheap 2 -: heap -/-/900 - -\nfailed 3 -\nheap 4 -: heap -/-/800 - -\n");
	/* By the clock two lines are not of one moment. */
	assert_words("rst:0x1 (POWERON_RESET)\n",
		     "10:00:00 Free heap: 1000\n10:00:05 Largest block: 600\n10:00:10 Free heap: 900\n",
		     "heap 1 0 [10:00:00]: heap -/-/1000 - -\nheap 2 5000000 [10:00:05]: heap -/-/- 600 -\n"
		     "heap 3 10000000 [10:00:10]: heap -/-/900 - -\n");
	/* The size alone is no moment. */
	assert_words("rst:0x1 (POWERON_RESET)\n", "Total heap: 5000\n", "");
	assert_words("rst:0x1 (POWERON_RESET)\n", "Total heap: 5000\nFree heap: 900\n",
		     "heap 1 -: heap 5000/4100/900 - -\n");
	assert_words("rst:0x1 (POWERON_RESET)\n", "Total heap: 5000\nFree heap: 9000\n",
		     "heap 2 -: heap -/-/9000 - -\n");
	/* Labels above their numbers. */
	assert_words("rst:0x1 (POWERON_RESET)\n", "Free heap:\n5000\nFree heap:\nx\n7\n",
		     "heap 2 -: heap -/-/5000 - -\n");
	/* The board's own stamps. */
	assert_words("I (1) x\n",
		     "I (1000) a: free heap: 9000\nI (9000) a: free heap: 8000\nI (500) a: free heap: 9100\n",
		     "heap 1 0: heap -/-/9000 - -\nheap 2 8000000: heap -/-/8000 - -\nreset 3 8500000\n"
		     "heap 3 8500000: heap -/-/9100 - -\n");
}

/* What prints, by the head; without, by the first figures. */
UNIT_TEST(dialects)
{
	static const struct {
		const char *head, *log, *expected;
	} logs[] = {
		{ "", "free heap: 500\n", "heap 1 -: heap -/-/500 - -\n" },
		{ "", "free memory: 500\n", "sample 1 -\n" },
		{ "", "free heap: 500, largest 400\n", "heap 1 -: heap -/-/500 400 -\n" },
		{ "", "gc_free=500\n", "sample 1 -\n" },
		{ "x\nTraceback (most recent call last):\n", "free heap: 500\n", "sample 1 -\n" },
		{ "code.py output:\n", "free heap: 500\n", "sample 1 -\n" },
		{ "MPY: soft reboot\n", "free heap: 500\n", "sample 1 -\n" },
		/* MicroPython on an ESP32 has a prompt behind the lines of ESP-IDF. */
		{ "rst:0x1 (POWERON_RESET)\nI (1) boot: x\n>>> \n", "free heap: 500\n", "sample 1 -\n" },
		{ "[D][sensor:094]: x\n", "free heap: 500\n", "heap 1 -: heap -/-/500 - -\n" },
		{ "NuttShell (NSH) NuttX-12.5.1\n", "free heap: 500\n", "heap 1 -: heap -/-/500 - -\n" },
		{ "nsh> free\n", "free heap: 500\n", "heap 1 -: heap -/-/500 - -\n" },
		{ "I (1) x: y\n", "gc_free=500\n", "sample 1 -\n" },
		/* Another memory than Python's heap is no sample of that. */
		{ ">>> \n", "Free PSRAM: 500000\n", "" },
		{ ">>> \n", "stack: 540 out of 7936\nFree PSRAM: 500000\n", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(logs); i++)
		assert_words(logs[i].head, logs[i].log, logs[i].expected);
}
