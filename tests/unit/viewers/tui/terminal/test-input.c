#include "tui/terminal/input.h"

#include "unit.h"

/* What a text of bytes becomes, added whole or one by one, as words: "61 1b <press 3,4>". The sequences that
 * ncurses would know are codes already: '<' after Esc [ is one, the rest of the report its bytes. */
static void decode(struct terminal_input *in, const int *codes, size_t n, bool whole, struct strbuf *ret)
{
	static const char *const buttons[] = { "press", "drag", "release", "up", "down" };
	struct tui_input input;

	for (size_t i = 0; i < n; i++) {
		terminal_input_add(in, codes[i]);
		while ((!whole || i + 1 == n) && terminal_input_next(in, whole, &input))
			if (input.kind == TUI_INPUT_MOUSE)
				strbuf_printf(ret, "<%s %d,%d>", buttons[input.button], input.x, input.y);
			else
				strbuf_printf(ret, "<%x>", (unsigned)input.key);
	}
	while (terminal_input_next(in, true, &input))
		strbuf_printf(ret, "<%x>", (unsigned)input.key);
}

static int code_of(const char *bytes)
{
	for (size_t i = 0; i < n_terminal_sequences; i++)
		if (strcmp(terminal_sequences[i].bytes, bytes) == 0)
			return terminal_sequences[i].code;
	fail_msg("nothing is known of it");
	return 0;
}

/* In texts, '\1' stands for the code of a report, '\2' for that of an old one, '\3' for the arrow up. */
static size_t to_codes(const char *text, int *ret)
{
	const int codes[] = { 0, code_of("\033[<"), code_of("\033[M"), code_of("\033[A") };
	size_t n = 0;

	for (; text[n]; n++)
		ret[n] = text[n] > 0 && text[n] <= 3 ? codes[(int)text[n]] : (uint8_t)text[n];
	return n;
}

static void assert_decodes(const char *text, bool utf8, const char *expected)
{
	int codes[TERMINAL_INPUT_MAX];
	size_t n = to_codes(text, codes);

	for (int whole = 0; whole < 2; whole++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		struct terminal_input in = { .utf8 = utf8 };
		decode(&in, codes, n, whole, &s);
		if (strcmp(strbuf_text(&s), expected) != 0)
			fail_msg("%s, whole %d: %s", expected, whole, strbuf_text(&s));
	}
}

UNIT_TEST(keys_are_what_was_typed)
{
	assert_decodes("aZ ~\r\t", true, "<61><5a><20><7e><d><9>");
	assert_decodes("\b\x7f\x03", true, "<200008><200008><200000>");
	assert_decodes("\u00f6\u20ac\U0001f40d", true, "<f6><20ac><1f40d>");
	assert_decodes("\u00f6x", false, "<78>");
	assert_decodes(
		"\xff\x80"
		"a\xe2\x82"
		"b\xc3\xc3\xb6",
		true, "<61><62><f6>");
	assert_decodes("\033", true, "<1b>");
	assert_decodes("\033a", true, "<1b><61>");
}

UNIT_TEST(reports_of_the_mouse)
{
	assert_decodes("\0010;4;5M", true, "<press 3,4>");
	assert_decodes("\0010;4;5m", true, "<release 3,4>");
	assert_decodes("\00132;400;120M", true, "<drag 399,119>");
	assert_decodes("\00164;1;1M\00165;1;1M", true, "<up 0,0><down 0,0>");
	assert_decodes("\00116;4;5M", true, "<press 3,4>");                                 /* with Ctrl */
	assert_decodes("\0011;4;5M\0012;4;5m\00135;4;5M\00166;1;1M\001128;1;1M", true, ""); /* not ours */
	assert_decodes("\0010;0;5M\0010;5;0M", true, "");
	assert_decodes("\0010;4M", true, "<4d>"); /* none, and what ends it is by itself */
	assert_decodes("\0010;4;5;6M", true, "<3b><36><4d>");
	assert_decodes("\00199999999999;1;1M", true, "<39><39><39><39><39><39><3b><31><3b><31><4d>");
	assert_decodes("\001\003", true, "<200000>");
	assert_decodes("\002 $%\002#$%", true, "<press 3,4><release 3,4>");
	assert_decodes("\002 \003", true, "<200000>");
}

/* Given whole, as only what came together is one. */
UNIT_TEST(unknown_sequences_are_left_out)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "\033[1;7Rx", "<78>" }, { "\033[?62;cx", "<78>" },
		{ "\033[Ix", "<78>" },    { "\033Ozx", "<78>" },
		{ "\033[", "<1b><5b>" },  { "\033[1;\003", "<1b><5b><31><3b><200000>" },
		{ "\033O", "<1b><4f>" },  { "\033[1;7\033", "<1b><5b><31><3b><37><1b>" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		struct terminal_input in = { .utf8 = true };
		int codes[TERMINAL_INPUT_MAX];
		decode(&in, codes, to_codes(rows[i].text, codes), true, &s);
		assert_string_equal(strbuf_text(&s), rows[i].expected);
	}
}

/* Whatever comes in, the next key is heard, and a key is a point or one of ours. */
UNIT_TEST(anything_ends)
{
	static const int of_note[] = { 27,   '[',  'O',  ';',    'M',    'm', '0', 0xc3,
				       0xa4, 0xe2, 0xf0, 0x4000, 0x4001, 259, 300 };
	uint32_t random = 0x6b657973;

	for (int round = 0; round < 20000; round++) {
		struct terminal_input in = { .utf8 = round % 2 };
		struct tui_input input = { .key = 0 };
		bool whole = round % 3;
		for (int i = 0; i < 100; i++) {
			int code = next_random(&random) % 4 ? of_note[next_random(&random) % ARRAY_SIZE(of_note)] :
							      (int)(next_random(&random) % 600);
			terminal_input_add(&in, code);
			while (terminal_input_next(&in, whole, &input))
				if (input.kind == TUI_INPUT_KEY)
					assert_true(input.key <= 0x10ffff ||
						    (input.key >= TUI_KEY_UP && input.key <= TUI_KEY_SHIFT_RIGHT));
				else
					assert_true(input.x >= 0 && input.y >= 0);
			assert_true(in.n_codes < TERMINAL_INPUT_MAX);
		}
		for (int i = 0; i < 5; i++) /* what is held is given up at the latest */
			terminal_input_add(&in, 'x');
		while (terminal_input_next(&in, true, &input))
			;
		assert_int_equal(input.key, 'x');
	}
}

UNIT_TEST(every_key_has_a_sequence_of_its_own)
{
	for (size_t i = 0; i < n_terminal_sequences; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(terminal_sequences[i].bytes, terminal_sequences[j].bytes);
}
