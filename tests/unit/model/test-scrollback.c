#include "memprof/model/scrollback.h"

#include "unit.h"

static void assert_lines(const struct console *c, const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf lines = STRBUF_INIT;

	for (size_t i = 0; i < console_n_lines(c); i++) {
		size_t n;
		const char *line = console_line(c, i, &n);
		if (i)
			strbuf_putc(&lines, '|');
		strbuf_add(&lines, line, n);
	}
	assert_string_equal(strbuf_text(&lines), expected);
}

static const struct {
	const char *bytes, *lines;
} rows[] = {
	{ "", "" },
	{ "a\nb", "a|b" },
	{ "a\r\nb\n", "a|b|" },
	{ "a\r\r\nb", "a|b" },
	{ " 1 %\r 20 %\r 100 %", " 100 %" },
	{ "done\r", "done" },
	{ "done\r\x1b[K\n", "done|" },
	{ "long\rx\ny", "x|y" },
	{ "ab\bc", "ac" },
	{ "ab\b \bc", "ac" },
	{ "\b\b\ba\b\b\bb", "b" },
	{ "a\n\bb", "a|b" },
	{ "a\xc3\xa9\xe2\x82\xac\b\bb", "ab" },
	{ "\x1b[31mred\x1b[0m", "red" },
	{ "a\x1b[2J\x1b[1;1H\x1b[?25l\x1b[38:2::1:2:3mb", "ab" },
	{ "a\x1b[1 qb", "ab" },
	{ "a\x1b(Bb\x1b=c\x1b#8d\x1b(Pe", "abcde" },
	{ "a\x1b]0;title\ab\x1b]52;c;AAAA\x1b\\c", "abc" },
	{ "a\x1bPq#0\x1b\\b\x1b^x\x1b\\c\x1b_y\x1b\\d\x1bXz\x1b\\e", "abcde" },
	/* A sequence that is none, or has no end, ends where it cannot go on, at the end of the line at the latest. */
	{ "a\x1b]0;no end\nb", "a|b" },
	{ "a\x1b]0;no end\r\nb", "a|b" },
	{ "a\x1b[12\nb", "a|b" },
	{ "a\x1b\nb", "a|b" },
	{ "a\x1b(\nb", "a|b" },
	{ "a\x1b[12\x1b[1mb", "ab" },
	{ "a\x1b\x1b[1mb", "ab" },
	{ "a\x1b]x\x1b[1mb", "ab" },
	{ "a\x1b]x\x1b]y\ab", "ab" },
	{ "a\x1b[12\x18"
	  "b\x1b]x\x1a"
	  "c",
	  "abc" },
	{ "a\x1b[1\xc3\xa9", "a\xc3\xa9" },
	/* A board's bytes all the same: the second byte of a letter may be a C1 control. */
	{ "\xc4\x9b\x9b"
	  "1m\xff\x7f\x01",
	  "\xc4\x9b\x9b"
	  "1m\xff\x7f\x01" },
	{ "a\tb\n\tc\n1234567\t8\n12345678\t9", "a       b|        c|1234567 8|12345678        9" },
	{ "\xc3\xa9\tb\r\tc", "        c" },
};

UNIT_TEST(lines_are_as_a_terminal_has_them)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t n = strlen(rows[i].bytes);
		for (size_t cut = 0; cut <= n; cut++) {
			struct console *c = console_new();
			console_add(c, rows[i].bytes, cut);
			for (size_t k = cut; k < n; k++) /* and the rest one by one */
				console_add(c, rows[i].bytes + k, 1);
			assert_lines(c, rows[i].lines);
			console_free(c);
		}
	}
	console_free(NULL);
}

/* Lines of many lengths, none among them: what is kept is what was printed last, whole. */
UNIT_TEST(the_oldest_lines_go)
{
	static const struct {
		uint32_t n_lines, n_bytes_max;
	} runs[] = { { 3 * CONSOLE_LINES_MAX + 7, 1 }, { 20000, 1500 }, { 150000, 70 }, { 3, 1024 } };

	for (size_t k = 0; k < ARRAY_SIZE(runs); k++) {
		struct console *c = console_new();
		uint32_t random = 1, n_dropped;
		size_t *lengths = calloc(runs[k].n_lines, sizeof(*lengths)), n_bytes = 0;
		char line[1501];
		for (uint32_t i = 0; i < runs[k].n_lines; i++) {
			lengths[i] = next_random(&random) % (runs[k].n_bytes_max + 1);
			memset(line, (int)('a' + i % 26), lengths[i]);
			line[lengths[i]] = '\n';
			console_add(c, line, lengths[i] + 1);
			lengths[i] = MIN(lengths[i], (size_t)CONSOLE_LINE_BYTES);
		}
		assert_u64_equal(console_n_all(c), runs[k].n_lines);
		assert_true(console_n_lines(c) <= CONSOLE_LINES_MAX + 1);
		n_dropped = runs[k].n_lines + 1 - (uint32_t)console_n_lines(c);
		for (uint32_t i = n_dropped; i < runs[k].n_lines; i++) {
			size_t n;
			const char *kept = console_line(c, i - n_dropped, &n);
			assert_int_equal(n, lengths[i]);
			assert_true(n == 0 || (kept[0] == (char)('a' + i % 26) && kept[n - 1] == kept[0]));
			n_bytes += n + 1;
		}
		bool full = console_n_lines(c) == CONSOLE_LINES_MAX + 1 ||
			    n_bytes > CONSOLE_BYTES - 3 * CONSOLE_LINE_BYTES;
		assert_true(full || n_dropped == 0);
		console_free(c);
		free(lengths);
	}
}

UNIT_TEST(an_endless_line_is_cut)
{
	struct console *c = console_new();
	size_t n;

	for (int i = 0; i < 100000; i++)
		console_add(c, "abcdefgh", 8);
	assert_int_equal(memcmp(console_line(c, 0, &n), "abcdefghabcdefgh", 16), 0);
	assert_int_equal(n, CONSOLE_LINE_BYTES);
	/* What did not fit is taken back first. */
	for (int i = 0; i < 100000 * 8 - CONSOLE_LINE_BYTES; i++)
		console_add(c, "\b", 1);
	console_line(c, 0, &n);
	assert_int_equal(n, CONSOLE_LINE_BYTES);
	console_add(c, "\b\b", 2);
	console_line(c, 0, &n);
	assert_int_equal(n, CONSOLE_LINE_BYTES - 2);
	console_free(c);
}

/* The same said in another way: sequences are taken out of a whole text first. */
static size_t sequence_at(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *at = p + 1;

	if (at < end && strchr("]PX^_", *at) && *at) {
		for (at++; at < end; at++) {
			if (*at == '\a' || *at == 0x18 || *at == 0x1a)
				return (size_t)(at + 1 - p);
			if (*at == '\r' || *at == '\n')
				return (size_t)(at - p);
			if (*at == 0x1b)
				return (size_t)(at + (at + 1 < end && at[1] == '\\' ? 2 : 0) - p);
		}
		return (size_t)(at - p);
	}
	bool control = at < end && *at == '[';
	at += control;
	while (at < end && *at >= 0x20 && *at <= (control ? 0x3f : 0x2f))
		at++;
	if (at < end && ((*at >= (control ? 0x40 : 0x30) && *at <= 0x7e) || *at == 0x18 || *at == 0x1a))
		at++;
	return (size_t)(at - p);
}

static void model(const uint8_t *p, const uint8_t *end, struct strbuf *ret)
{
	CLEANUP(strbuf_deinit) struct strbuf line = STRBUF_INIT;
	bool cr = false;

	for (size_t n; p < end; p += n) {
		n = 1;
		if (*p == 0x1b) {
			n = sequence_at(p, end);
		} else if (*p == '\n') {
			strbuf_add(ret, strbuf_text(&line), line.n_bytes);
			strbuf_putc(ret, '\n');
			strbuf_reset(&line);
			cr = false;
		} else if (*p == '\r') {
			cr = true;
		} else {
			if (cr)
				strbuf_reset(&line);
			cr = false;
			if (*p != '\b') {
				strbuf_add(&line, p, 1);
				continue;
			}
			while (line.n_bytes && ((uint8_t)line.text[line.n_bytes - 1] & 0xc0) == 0x80)
				line.n_bytes--;
			line.n_bytes -= line.n_bytes > 0;
		}
	}
	strbuf_add(ret, strbuf_text(&line), line.n_bytes);
}

UNIT_TEST(any_bytes_agree_with_the_model)
{
	static const char pieces[] =
		"\x1b\x1b\x1b[]P\\;1m \a\b\r\n\x18\x9b\xc3\xa9"
		"ab\0(";
	uint32_t random = 12345;

	for (int k = 0; k < 5000; k++) {
		CLEANUP(strbuf_deinit) struct strbuf expected = STRBUF_INIT;
		CLEANUP(strbuf_deinit) struct strbuf found = STRBUF_INIT;
		uint8_t bytes[60];
		size_t n = next_random(&random) % sizeof(bytes);
		struct console *c = console_new();
		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)pieces[next_random(&random) % (sizeof(pieces) - 1)];
		size_t cut = n ? next_random(&random) % n : 0;
		console_add(c, (char *)bytes, cut);
		console_add(c, (char *)bytes + cut, n - cut);
		model(bytes, bytes + n, &expected);
		for (size_t i = 0; i < console_n_lines(c); i++) {
			size_t n_line;
			const char *line = console_line(c, i, &n_line);
			strbuf_add(&found, line, n_line);
			if (i + 1 < console_n_lines(c))
				strbuf_putc(&found, '\n');
		}
		assert_int_equal(found.n_bytes, expected.n_bytes);
		if (found.n_bytes)
			assert_memory_equal(found.text, expected.text, found.n_bytes);
		console_free(c);
	}
}
