#include "memprof/model/board.h"
#include "unit.h"

static struct board_info board_of(const char *banner)
{
	struct event_text text = { .bytes = banner, .n_bytes = strlen(banner) };
	struct board_info board = { .known = false };

	board_from_banner(&text, &board);
	return board;
}

static void assert_board(const char *banner, const char *firmware, const char *version, const char *machine)
{
	struct board_info board = board_of(banner);

	assert_true(board.known);
	assert_string_equal(board.firmware, firmware);
	assert_string_equal(board.version, version);
	assert_string_equal(board.machine, machine);
}

UNIT_TEST(banners_are_taken_apart)
{
	assert_board("MicroPython v1.25.0 on 2026-11-20; Raspberry Pi Pico with RP2040", "MicroPython", "1.25.0",
		     "Raspberry Pi Pico with RP2040");
	assert_board("MicroPython v1.25.0 on 2026-11-20; linux [GCC 12.2.0] version", "MicroPython", "1.25.0",
		     "linux [GCC 12.2.0] version");
	assert_board("MicroPython v1.24.0-preview.12.gabcdef-dirty on 2024-08-01; X; Y with Z", "MicroPython",
		     "1.24.0-preview.12.gabcdef-dirty", "X; Y with Z");
	assert_board("Adafruit CircuitPython 9.2.1 on 2024-11-20; Adafruit Feather M4 with samd51j19",
		     "Adafruit CircuitPython", "9.2.1", "Adafruit Feather M4 with samd51j19");
}

UNIT_TEST(what_is_no_banner_leaves_the_board_as_it_was)
{
	static const char *const texts[] = {
		"",
		"MicroPython v1.25.0",
		"MicroPython v1.25.0 on 2026-11-20",
		"MicroPython; x on y",
	};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_false(board_of(texts[i]).known);
}

/* A banner alone has only some of the facts, and a second one, after a reset, removes none. */
UNIT_TEST(what_a_banner_does_not_say)
{
	static const char banner[] = "MicroPython v1.26.0 on 2026-11-20; Other Board with RP2350";
	struct event_text text = { .bytes = banner, .n_bytes = sizeof(banner) - 1 };
	struct board_info board = board_of("MicroPython v1.25.0 on 2026-11-20; Raspberry Pi Pico with RP2040");

	assert_string_equal(board.platform, "");
	assert_u64_equal(board.freq_hz, NOT_KNOWN);
	assert_u64_equal(board.gc_threshold_bytes, NOT_KNOWN);
	assert_u64_equal(board.pystack_used_bytes, NOT_KNOWN);
	assert_u64_equal(board.flash_bytes, NOT_KNOWN);
	assert_u64_equal(board.flash_user_start, NOT_KNOWN);
	assert_u64_equal(board.n_device_blocks, NOT_KNOWN);
	assert_u64_equal(board.device_block_bytes, NOT_KNOWN);
	assert_int_equal(board.gc, BOARD_GC_NOT_KNOWN);
	assert_false(board.filesystems_known);
	board.freq_hz = 125000000;
	strcpy(board.platform, "rp2");
	board_from_banner(&text, &board);
	assert_string_equal(board.version, "1.26.0");
	assert_string_equal(board.machine, "Other Board with RP2350");
	assert_string_equal(board.platform, "rp2");
	assert_u64_equal(board.freq_hz, 125000000);
}

UNIT_TEST(long_names_are_cut)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;

	strbuf_repeat(&s, "Long", 100);
	strbuf_puts(&s, " v");
	strbuf_repeat(&s, "1.", 100);
	strbuf_puts(&s, " on x; ");
	strbuf_repeat(&s, "Board", 100);
	struct board_info board = board_of(strbuf_text(&s));
	assert_int_equal(strlen(board.firmware), sizeof(board.firmware) - 1);
	assert_int_equal(strlen(board.version), sizeof(board.version) - 1);
	assert_int_equal(strlen(board.machine), sizeof(board.machine) - 1);
}
