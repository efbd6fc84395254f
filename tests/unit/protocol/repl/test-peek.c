#include "memprof/protocol/peek.h"

#include "unit.h"

static const struct peek_way *way(const char *module)
{
	for (size_t i = 0; i < n_peek_ways; i++)
		if (strcmp(peek_ways[i].module, module) == 0)
			return &peek_ways[i];
	fail_msg("no way %s", module);
	return NULL;
}

static int read_with(const char *module, const char *text, uint8_t *ret, size_t n)
{
	struct diag diag = { 0 };
	int r = way(module)->read(text, strlen(text), ret, n, &diag);

	assert_int_equal(r < 0, diag.text[0] != '\0');
	return r;
}

UNIT_TEST(what_python_prints_for_bytes)
{
	static const struct {
		const char *text, *bytes;
		size_t n;
	} good[] = {
		{ "b'MPY:'\r\n", "MPY:", 4 },
		{ "bytearray(b'MPY:')\r\n", "MPY:", 4 },
		{ "b'\\x00\\xff\\n\\r\\t\\\\'", "\0\xff\n\r\t\\", 6 },
		{ "b'it\\'s \"'", "it's \"", 6 },
		{ "b\"it's\"", "it's", 4 },
		{ "  b'a'  ", "a", 1 },
		{ "bytearray(b')')", ")", 1 },
		{ "bytearray(b'b\\'')", "b'", 2 },
	};
	static const struct {
		const char *text;
		size_t n;
	} bad[] = {
		{ "", 1 },
		{ "\r\n", 1 },
		{ "b'", 1 },
		{ "b''", 1 },
		{ "b'ab'", 1 },
		{ "b'a'", 2 },
		{ "b'a", 1 },
		{ "'a'", 1 },
		{ "b'a\"", 1 },
		{ "bytearray(b'a'", 1 },
		{ "bytearray(b'a'))", 1 },
		{ "b'\\x0'", 1 },
		{ "b'\\x0g'", 1 },
		{ "b'\\q'", 1 },
		{ "b'\\'", 1 },
		{ "b'\xff'", 1 },
		{ "b'a'b'", 3 },
		{ "b'a'\r\nhello", 1 },
		{ "hello\r\nb'a'", 1 },
		{ "b'a\nb'", 3 },
		{ "bytearray(", 1 },
		{ "b'\\x", 1 },
	};
	uint8_t bytes[PEEK_MAX_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		memset(bytes, 0xaa, sizeof(bytes));
		if (read_with("uctypes", good[i].text, bytes, good[i].n) < 0)
			fail_msg("%s is not read", good[i].text);
		assert_memory_equal(bytes, good[i].bytes, good[i].n);
		assert_int_equal(bytes[good[i].n], 0xaa);
	}
	memset(bytes, 0xaa, sizeof(bytes));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (read_with("machine.mem8", bad[i].text, bytes, bad[i].n) == 0)
			fail_msg("%s is read", bad[i].text);
		assert_int_equal(bytes[0], 0xaa);
	}
}

UNIT_TEST(words_of_mem32)
{
	static const char *const bad[] = {
		"",      "[]",    "[1]",    "[1, 2, 3]", "[1, 4294967296]", "[1, -2147483649]",
		"[1,2]", "[1, 2", "[1, x]", "1, 2]",     "[1, 2] 3",        "[1, -]"
	};
	uint8_t bytes[8];

	assert_int_equal(read_with("machine.mem32", "[67305985, -2]\r\n", bytes, 8), 0);
	assert_memory_equal(bytes, "\1\2\3\4\xfe\xff\xff\xff", 8);
	assert_int_equal(read_with("machine.mem32", "[4294967295, -2147483648]", bytes, 8), 0);
	assert_memory_equal(bytes, "\xff\xff\xff\xff\0\0\0\x80", 8);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(bytes, 0xaa, sizeof(bytes));
		if (read_with("machine.mem32", bad[i], bytes, 8) == 0)
			fail_msg("%s is read", bad[i]);
		assert_int_equal(bytes[0], 0xaa);
	}
}

/* Every byte, as MicroPython and as CPython print it (which escapes no other quote, and no DEL otherwise). */
UNIT_TEST(every_byte_comes_back)
{
	struct strbuf s = STRBUF_INIT;
	uint8_t bytes[256];

	strbuf_puts(&s, "bytearray(b'");
	for (unsigned i = 0; i < 256; i++) {
		if (i == '\'' || i == '\\')
			strbuf_printf(&s, "\\%c", (char)i);
		else if (i >= 0x20 && i < 0x7f)
			strbuf_putc(&s, (char)i);
		else
			strbuf_printf(&s, "\\x%02x", i);
	}
	strbuf_puts(&s, "')");
	assert_int_equal(read_with("uctypes", strbuf_text(&s), bytes, 256), 0);
	for (unsigned i = 0; i < 256; i++)
		assert_int_equal(bytes[i], i);
	for (size_t n = 0; n < s.n_bytes; n++) {
		struct diag diag = { 0 };
		assert_int_equal(way("uctypes")->read(s.text, n, bytes, 256, &diag), -EINVAL);
	}
	strbuf_deinit(&s);
}

UNIT_TEST(the_ways)
{
	for (size_t i = 0; i < n_peek_ways; i++) {
		const struct peek_way *w = &peek_ways[i];
		struct strbuf code = STRBUF_INIT;
		assert_true(w->max_bytes > 0 && w->max_bytes <= PEEK_MAX_BYTES);
		assert_int_equal(w->max_bytes % w->step_bytes, 0);
		w->ask(&code, 0xfffffff0, w->max_bytes);
		assert_int_equal(strbuf_error(&code), 0);
		assert_non_null(strstr(code.text, "0xfffffff0"));
		assert_null(strchr(code.text, '\n'));
		assert_null(strstr(code.text, "import ")); /* that would leave a name */
		assert_null(strstr(code.text, " = "));
		strbuf_deinit(&code);
	}
}

static const struct peek_window *windows_of(const char *platform, const char *machine, size_t *n)
{
	static struct board_info board;

	board_init(&board);
	snprintf(board.platform, sizeof(board.platform), "%s", platform);
	snprintf(board.machine, sizeof(board.machine), "%s", machine);
	return peek_windows(&board, n);
}

UNIT_TEST(windows_of_boards)
{
	static const struct {
		const char *platform, *machine;
		size_t n;
	} boards[] = {
		{ "rp2", "Raspberry Pi Pico with RP2040", 3 },
		{ "rp2", "Raspberry Pi Pico2 with RP2350", 2 },
		{ "rp2", "Raspberry Pi Pico", 0 },
		{ "esp32", "Generic ESP32 module with ESP32", 2 },
		{ "esp32", "Generic ESP32S3 module with ESP32S3", 1 },
		{ "esp32", "Generic ESP32C6 module with ESP32C6", 0 },
		{ "esp8266", "ESP module with ESP8266", 5 },
		{ "pyboard", "PYBv1.1 with STM32F405RG", 3 },
		{ "pyboard", "NUCLEO-H743ZI with STM32H743ZI", 0 },
		{ "samd", "Seeed Xiao with SAMD21G18A", 2 },
		{ "samd", "ItsyBitsy M4 Express with SAMD51G19A", 2 },
		{ "qemu", "mps2-an385 with Cortex-M3", 2 },
		{ "qemu", "microbit with Cortex-M0", 0 },
		{ "linux", "linux [GCC 12.2.0] version", 0 },
		{ "", "", 0 },
	};
	struct board_info nothing = { .known = false };
	size_t n = 5;

	for (size_t i = 0; i < ARRAY_SIZE(boards); i++) {
		const struct peek_window *w = windows_of(boards[i].platform, boards[i].machine, &n);
		if (n != boards[i].n)
			fail_msg("%s: %zu windows", boards[i].machine, n);
		assert_int_equal(w == NULL, n == 0);
		for (size_t k = 0; k < n; k++) {
			assert_true(w[k].n_bytes > 0 && w[k].name[0]);
			assert_int_equal((w[k].start | w[k].n_bytes) % 4, 0);
			assert_true(w[k].start + w[k].n_bytes <= UINT64_C(1) << 32);
			if (k > 0)
				assert_true(w[k - 1].start + w[k - 1].n_bytes <= w[k].start);
			/* no registers: those of Cortex-M chips and of the ESPs */
			assert_false(w[k].start < 0x60000000 && w[k].start + w[k].n_bytes > 0x50000000);
		}
	}
	assert_null(peek_windows(&nothing, &n));
	assert_int_equal(n, 0);
}

/* Behind the end of a chip's flash is a bus fault: where the name leaves the size open, the least counts. */
UNIT_TEST(of_two_variants_the_smaller)
{
	size_t n;
	const struct peek_window *w = windows_of("nrf52", "PCA10040 with NRF52832", &n);

	assert_int_equal(n, 2);
	assert_u64_equal(w[0].n_bytes, 256 << 10);
	assert_u64_equal(w[1].n_bytes, 32 << 10);
}
