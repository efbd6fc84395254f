#include "agent/frame_finder.h"

#include "agent_tx.h"
#include "memprof/base/text.h"
#include "unit.h"

static struct crc32 crc;

static int set_up(void **state)
{
	(void)state;
	crc32_init(&crc);
	return 0;
}

/* "text[type:payload]text", with zeros as \x00; texts that come in pieces are one. */
static void take(struct frame_finder *f, struct strbuf *ret)
{
	struct finder_item found;
	int what;

	while ((what = frame_finder_next(f, &found)) != FINDER_MORE) {
		if (what == FINDER_FRAME)
			strbuf_printf(ret, "[%u:", found.bytes[0]);
		text_visible(ret, found.bytes + (what == FINDER_FRAME ? WIRE_HEAD_BYTES : 0),
			     found.n_bytes - (what == FINDER_FRAME ? WIRE_HEAD_BYTES : 0), false);
		if (what == FINDER_FRAME)
			strbuf_putc(ret, ']');
	}
}

static void find(const char *bytes, size_t n_bytes, size_t first, size_t step, struct strbuf *ret)
{
	struct frame_finder f = { .crc = &crc };

	for (size_t at = 0, n; at < n_bytes; at += n) {
		n = at == 0 && first ? first : step ? step : n_bytes;
		n = MIN(n, n_bytes - at);
		char *copy = exact_copy(bytes + at, n);
		frame_finder_feed(&f, copy, n);
		take(&f, ret);
		free(copy);
	}
	frame_finder_flush(&f);
	take(&f, ret);
	assert_false(frame_finder_holds(&f));
}

/* However it is cut. */
static void assert_found(const struct strbuf *in, const char *expected)
{
	for (size_t first = 0; first <= in->n_bytes; first++) {
		for (size_t step = 0; step < 3; step++) {
			CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
			find(strbuf_text(in), in->n_bytes, first, step, &out);
			assert_string_equal(strbuf_text(&out), expected);
		}
	}
}

static void assert_text(const char *bytes, size_t n_bytes)
{
	CLEANUP(strbuf_deinit) struct strbuf in = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf expected = STRBUF_INIT;

	strbuf_add(&in, bytes, n_bytes);
	text_visible(&expected, bytes, n_bytes, false);
	assert_found(&in, strbuf_text(&expected));
}
#define ASSERT_TEXT(literal) assert_text(literal, sizeof(literal) - 1)

UNIT_GROUP(set_up, NULL)

UNIT_TEST(what_is_no_frame_is_text)
{
	ASSERT_TEXT("hello");
	ASSERT_TEXT("\0");
	ASSERT_TEXT("\0\0\0\0");
	ASSERT_TEXT("a\0b\0c");
	ASSERT_TEXT("\0\1\0\2\0\3\1\1\1\0\x7f\0");
	ASSERT_TEXT("\0\x0a\1\2\3\4\5\6\7\x08\x09\0"); /* COBS of nine bytes, and no CRC */
	ASSERT_TEXT("m mp mp$ mp$mp$ mp$$ mp$QUJD$ mp$ABCDABCDABCD$ mp");
	ASSERT_TEXT("mp$ABCDABCDABCD\0mp$ABCDABCDABCDmp$");
	ASSERT_TEXT("\0mp$AAAA\0mp$\0");
}

UNIT_TEST(much_text_without_a_zero)
{
	CLEANUP(strbuf_deinit) struct strbuf in = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf expected = STRBUF_INIT;

	strbuf_add(&in, "\0\x40", 2);
	strbuf_repeat(&in, "x", 300);
	strbuf_puts(&in, "mp$");
	strbuf_repeat(&in, "A", 300);
	text_visible(&expected, in.text, in.n_bytes, false);
	assert_found(&in, strbuf_text(&expected));
}

/* Each byte that begins no frame costs the same, however much stands behind it: else this takes hours. */
UNIT_TEST(what_looks_like_frames_all_the_time)
{
	CLEANUP(strbuf_deinit) struct strbuf in = STRBUF_INIT;
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;

	strbuf_repeat(&in, "mp$", 4 << 20);
	find(strbuf_text(&in), in.n_bytes, 0, 0, &out);
	assert_int_equal(out.n_bytes, in.n_bytes);
	assert_memory_equal(strbuf_text(&out), strbuf_text(&in), in.n_bytes);
}

/* A frame is found wherever it begins, also around the end of a piece that is looked at at a time. */
UNIT_TEST(a_text_frame_behind_much_text)
{
	for (size_t n_before = 0; n_before < 600; n_before++) {
		CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
		CLEANUP(strbuf_deinit) struct strbuf expected = STRBUF_INIT;
		struct tx tx = { .session = 1, .as_text = true };
		strbuf_repeat(&tx.out, "x", n_before);
		strbuf_repeat(&expected, "x", n_before);
		tx_frame(&tx, 4, "def", 3);
		strbuf_puts(&expected, "[4:def]\\x0a");
		find(strbuf_text(&tx.out), tx.out.n_bytes, 0, 0, &out);
		assert_string_equal(strbuf_text(&out), strbuf_text(&expected));
		strbuf_deinit(&tx.out);
	}
}

UNIT_TEST(frames_between_text)
{
	struct tx tx = { .session = 1 };

	strbuf_puts(&tx.out, "one ");
	tx_frame(&tx, 1, "", 0);
	strbuf_puts(&tx.out, "two ");
	tx_frame(&tx, 2, "a", 1);
	tx_frame(&tx, 0x7f, "bc", 2);
	tx.as_text = true;
	tx_frame(&tx, 4, "def", 3);
	strbuf_puts(&tx.out, "mp");
	tx_frame(&tx, 5, "gh", 2);
	tx.as_text = false;
	tx_frame(&tx, 6, "i\0j", 3);
	assert_found(&tx.out, "one [1:]two [2:a][127:bc][4:def]\\x0amp[5:gh]\\x0a[6:i\\x00j]");
	strbuf_deinit(&tx.out);
}

UNIT_TEST(the_longest_frame)
{
	char payload[WIRE_PAYLOAD_MAX_BYTES], expected[WIRE_PAYLOAD_MAX_BYTES * 2 + 20];
	struct tx tx = { .session = 0xff, .sequence = 0xffff };

	memset(payload, 'x', sizeof(payload));
	tx_frame(&tx, 5, payload, sizeof(payload));
	assert_int_equal(tx.out.n_bytes, WIRE_FRAME_MAX_BYTES);
	tx.as_text = true;
	tx_frame(&tx, 5, payload, sizeof(payload));
	snprintf(expected, sizeof(expected), "[5:%.117s][5:%.117s]\\x0a", payload, payload);
	assert_found(&tx.out, expected);
	strbuf_deinit(&tx.out);
}

/* A damaged delimiter, or a zero between two frames, costs the frame that it belongs to, not the next. */
UNIT_TEST(a_frame_behind_damage_is_found)
{
	struct tx tx = { .session = 1 };

	tx_frame(&tx, 5, "a", 1);
	size_t n_first = tx.out.n_bytes;
	tx_frame(&tx, 6, "b", 1);
	for (size_t i = 0; i < n_first; i++) {
		CLEANUP(strbuf_deinit) struct strbuf in = STRBUF_INIT;
		CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
		strbuf_add(&in, tx.out.text, tx.out.n_bytes);
		in.text[i] = (char)(in.text[i] ^ 0x20);
		find(in.text, in.n_bytes, 0, 1, &out);
		assert_null(strstr(strbuf_text(&out), "[5:"));
		assert_non_null(strstr(strbuf_text(&out), "[6:b]"));
		strbuf_reset(&in);
		strbuf_add(&in, tx.out.text, i);
		strbuf_add(&in, tx.out.text + i + 1, tx.out.n_bytes - i - 1);
		strbuf_reset(&out);
		find(in.text, in.n_bytes, 0, 1, &out);
		/* Without its last zero the first frame takes the next one's: they share none. */
		assert_non_null(strstr(strbuf_text(&out), i + 1 < n_first ? "[6:b]" : "[5:a]"));
	}
	strbuf_deinit(&tx.out);
}

/* Frames whose bytes have LFs, through a terminal that puts a CR before each; and with other damage. */
UNIT_TEST(what_a_terminal_did_is_found_out)
{
	static const char *const inserted[] = { "\r", "", "x" };

	for (size_t i = 0; i < ARRAY_SIZE(inserted); i++) {
		struct frame_finder f = { .crc = &crc };
		CLEANUP(strbuf_deinit) struct strbuf in = STRBUF_INIT, out = STRBUF_INIT;
		struct tx tx = { .session = 1 };
		tx_frame(&tx, 5, "a\nb\n\r\nc", 8);
		for (size_t k = 0; k < tx.out.n_bytes; k++) {
			if (tx.out.text[k] == '\n')
				strbuf_puts(&in, inserted[i]);
			strbuf_putc(&in, tx.out.text[k]);
		}
		frame_finder_feed(&f, in.text, in.n_bytes);
		take(&f, &out);
		frame_finder_flush(&f);
		take(&f, &out);
		assert_int_equal(f.is_cooked, i == 0);
		assert_int_equal(strstr(strbuf_text(&out), "[5:") != NULL, i == 1);
		strbuf_deinit(&tx.out);
	}
}

/* What is held back: only what may be the beginning of a frame, and only until somebody says that it is none. */
UNIT_TEST(what_is_held)
{
	static const struct {
		const char *bytes;
		size_t n;
		bool held;
	} rows[] = {
#define ROW(text, held) { text, sizeof(text) - 1, held }
		ROW("x", false),
		ROW("x\0", true),
		ROW("x\0\1", false),
		ROW("x\0\x7f", false),
		ROW("x\0\xff", true),
		ROW("x\0\xff\1", false),
		ROW("x\0\5", true),
		ROW("x\0\xff\xfa\xbe", true),
		ROW("x\0\xff\xfa\xfe", false),
		ROW("x\0\5\x80", false),
		ROW("x\0\5\1", true),
		ROW("x\0\0", true),
		ROW("m", true),
		ROW("mx", false),
		ROW("mp", true),
		ROW("mp$", true),
		ROW("mp$AZaz09+/=", true),
		ROW("mp$A ", false),
		ROW("mp$A$", false),
		ROW("mm", true),
		ROW("$", false),
#undef ROW
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
		struct frame_finder f = { .crc = &crc };
		frame_finder_feed(&f, rows[i].bytes, rows[i].n);
		take(&f, &out);
		assert_int_equal(frame_finder_holds(&f), rows[i].held);
		frame_finder_flush(&f);
		take(&f, &out);
		assert_false(frame_finder_holds(&f));
		frame_finder_feed(&f, "end", 3);
		take(&f, &out);
		assert_non_null(strstr(strbuf_text(&out), "end"));
	}
}
