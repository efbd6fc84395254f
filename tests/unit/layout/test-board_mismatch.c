/* What cannot be of the board that was named. */
#include "memprof/layout/board_file.h"
#include "memprof/layout/layout.h"
#include "memprof/model/board.h"

#include "unit.h"

static struct layout l;
static struct board_file *board;

UNIT_AFTER(end)
{
	layout_deinit(&l);
	board_file_free(board);
	board = NULL;
}

/* With a flash of 2 MiB that is seen at 0x10000000, and 256 KiB of SRAM in which the linker places a heap. */
static void make_board(const char *mcu)
{
	char text[1500];
	struct diag diag = { .text = "" };

	snprintf(
		text, sizeof(text),
		"{\"schema\": \"memprof.board/1\", \"name\": \"b\", \"title\": \"B\", \"maker\": \"M\", \"mcu\": \"%s\","
		"\"firmware\": \"micropython\", \"port\": \"p\","
		"\"source\": [{\"repository\": \"a/b\", \"path\": \"c\", \"says\": \"all\"}],"
		"\"memories\": [{\"name\": \"flash\", \"kind\": \"flash\", \"space\": \"flash\", \"start\": \"0x0\", \"size\": \"2M\"},"
		"{\"name\": \"SRAM\", \"kind\": \"sram\", \"space\": \"cpu\", \"start\": \"0x20000000\", \"size\": \"256K\","
		"\"spans\": [{\"name\": \"GC heap\", \"kind\": \"heap\", \"size\": \"128K\"}]}],"
		"\"mappings\": [{\"space\": \"cpu\", \"start\": \"0x10000000\", \"size\": \"2M\", \"to_space\": \"flash\","
		" \"to_start\": \"0x0\"}]}",
		mcu);
	if (board_file_read(text, strlen(text), "b.json", &board, &diag) != 0)
		fail_msg("%llu:%llu: %s", (unsigned long long)diag.at.line, (unsigned long long)diag.at.col, diag.text);
	layout_board(&l, board, NOT_KNOWN);
}

static void claim(enum span_kind kind, const char *name, uint64_t start, uint64_t size_bytes, const char *from)
{
	layout_claim(&l, &(struct layout_claim){ "cpu", start, size_bytes, name, kind, NOT_KNOWN, NOT_KNOWN, from });
}

UNIT_TEST(what_is_on_the_board_is_no_conflict)
{
	make_board("RP2040");
	claim(SPAN_SECTION, ".text", 0x10000000, 0x1000, "a.map");
	claim(SPAN_SECTION, ".bss", 0x20000000, 0x1000, "a.map");
	claim(SPAN_HEAP, "gc.0", 0x20001000, 0x1000, "a.log");
	claim(SPAN_REGION, "AXI", 0x24000000, 0x1000, "a.map"); /* of a larger chip; nothing is in it */
	layout_map(&l, &(struct layout_mapping){ "cpu", "cpu", 0x40000000, 0x2000, 0x20000000 });
	claim(SPAN_SECTION, ".iram", 0x40000000, 0x1000, "a.map"); /* the SRAM's other address */
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 0);
}

UNIT_TEST(each_input_of_another_board_is_one_conflict)
{
	make_board("RP2040");
	claim(SPAN_SECTION, ".isr", 0x8000000, 0x100, "build/nucleo.map");
	claim(SPAN_SECTION, ".text", 0x8000100, 0x1000, "build/nucleo.map");
	claim(SPAN_SECTION, ".bss", 0x20000000, 0x1000, "build/nucleo.map");
	claim(SPAN_HEAP, "gc.0", 0x30000000, 0x1000, "exec:qemu -kernel a/b");
	claim(SPAN_REGION, "ROM", 0x60000000, 0x1000, "a.ld:4");
	claim(SPAN_REGION, "RAM", 0x70000000, 0x1000, "a.ld:5");
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 3);
	assert_string_equal(l.conflicts[0].what,
			    "section .text and 1 more of nucleo.map lie in no memory of board b: is it"
			    " for this board?");
	assert_u64_equal(l.conflicts[0].start, 0x8000100);
	assert_string_equal(l.conflicts[1].what,
			    "heap gc.0 of exec:qemu -kernel a/b lies in no memory of board b: is it for"
			    " this board?");
	assert_string_equal(l.conflicts[2].what,
			    "region ROM and 1 more of a.ld lie in no memory of board b: is it for this"
			    " board?");
}

UNIT_TEST(without_a_board_anything_goes)
{
	claim(SPAN_SECTION, ".text", 0x8000100, 0x1000, "a.map");
	layout_chip(&l, "esp32c3", "a.map");
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 0);
}

/* Windows through which an ESP32 shows its flash are not in the board's data. */
UNIT_TEST(windows_of_esp_chips_are_on_the_board)
{
	make_board("ESP32");
	claim(SPAN_SECTION, ".flash.rodata", 0x3f400020, 0x1000, "a.map");
	claim(SPAN_SECTION, ".flash.text", 0x400d0020, 0x1000, "a.map");
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 0);
	layout_deinit(&l);
	board_file_free(board);
	make_board("ESP32");
	claim(SPAN_SECTION, ".flash.text", 0x42000020, 0x1000, "a.map"); /* of an ESP32-C3 */
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 1);
}

UNIT_TEST(chips_are_compared_as_far_as_names_tell)
{
	static const struct {
		const char *mcu, *told;
		bool conflict;
	} cases[] = {
		{ "ESP32", "esp32", false },           { "ESP32", "esp32c3", true },
		{ "ESP32-S3", "ESP32S3", false },      { "ESP32-S3", "ESP32-S3FH4R2", false },
		{ "ESP32", "ESP32-D0WD-V3", false },   { "ESP32-C3", "ESP32", true },
		{ "RP2040", "RP2350", true },          { "RP2350", "RP2350A", false },
		{ "STM32F401", "STM32F401xE", false }, { "STM32F405", "STM32F40x", false },
		{ "STM32F401", "STM32F405RG", true },  { "RP2040", "ESP32", true },
		{ "ESP8266", "ESP32", true },          { "MIMXRT1062", "MIMXRT1062DVJ6A", false },
		{ "Cortex-M3", "RP2040", false },      { "Alif E3", "AE302F80F55D5", false },
		{ "nRF52840", "NRF52840", false },     { "RP2040", "", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		make_board(cases[i].mcu);
		layout_chip(&l, cases[i].told, "x.map");
		assert_int_equal(layout_resolve(&l), 0);
		if ((l.n_conflicts == 1) != cases[i].conflict)
			fail_msg("%s, %s", cases[i].mcu, cases[i].told);
		layout_deinit(&l);
		board_file_free(board);
		board = NULL;
	}
	make_board("ESP32");
	layout_chip(&l, "esp32c3", "build/app.map");
	assert_int_equal(layout_resolve(&l), 0);
	assert_string_equal(l.conflicts[0].what, "app.map is for ESP32-C3, board b has ESP32");
}

UNIT_TEST(a_live_board_tells_its_chip)
{
	static struct board_info info = {
		.known = true,
		.machine = "Pico with a hat with RP2040",
		.flash_bytes = NOT_KNOWN,
		.flash_user_start = NOT_KNOWN,
		.n_device_blocks = NOT_KNOWN,
		.device_block_bytes = NOT_KNOWN,
	};

	make_board("RP2350");
	layout_live(&l, &info, "/dev/ttyACM0");
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 1);
	assert_string_equal(l.conflicts[0].what, "ttyACM0 is for RP2040, board b has RP2350");
}

/* Once something tells where the heap is, that the linker places it somewhere is no news. */
UNIT_TEST(what_is_placed_needs_no_note)
{
	make_board("RP2040");
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_notes, 1);
	assert_string_equal(l.notes[0], "board b: the linker places GC heap, 128.0 KiB, somewhere in SRAM");
	layout_deinit(&l);
	board_file_free(board);
	make_board("RP2040");
	claim(SPAN_HEAP, "gc.0", 0x20001000, 0x1000, "a.log");
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_notes, 0);
}

/* --flash-size stands for the board's, and what shows all of it shows all. */
UNIT_TEST(a_flash_of_another_size_is_the_only_one)
{
	make_board("RP2040");
	layout_deinit(&l);
	layout_flash(&l, 4 << 20, "--flash-size");
	layout_board(&l, board, 4 << 20);
	assert_int_equal(layout_resolve(&l), 0);
	assert_int_equal(l.n_conflicts, 0);
	assert_string_equal(l.spans[0].from[0], "--flash-size");
	assert_string_equal(l.spans[1].space, "cpu");
	assert_u64_equal(l.mappings[0].size_bytes, 4 << 20);
}
