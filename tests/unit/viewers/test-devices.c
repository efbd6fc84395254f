/* What devices prints, as text and as JSON: what devices and boards call themselves is theirs.
 * MEMPROF_BLESS=1 writes tests/data/views/devices.json anew, which a check holds to its schema. */

#include "memprof/base/text.h"
#include "memprof/viewers/device_view.h"
#include "memprof/viewers/ticker_view.h"
#include "memprof/viewers/view.h"
#include "sample.h"
#include "tests_dir.h"
#include "unit.h"

static const struct text_style plain = { .columns = 80 };

/* A Pico that was probed, an ESP32 that somebody holds, and a port that is none of USB. */
static void fill(struct device_info ret[3])
{
	static const struct board_info pico = {
		.known = true, .firmware = "MicroPython", .version = "1.25.0",
		.machine = "Raspberry Pi Pico\x1b]0;with RP2040", .platform = "rp2", .build = "RPI_PICO",
		.unique_id = "e660583883724a32", .freq_hz = 125000000,
		.gc = BOARD_GC_ON, .gc_threshold_bytes = BOARD_NO_THRESHOLD, .pystack_used_bytes = 64,
		.flash_bytes = 2 << 20, .flash_user_start = 0xa0000,
		.n_device_blocks = 352, .device_block_bytes = 4096,
		.filesystems_known = true, .n_filesystems = 2, .filesystems = {
			{ "/", "littlefs2", 352 * 4096, 349 * 4096 },
			{ "/sd\n", "", UINT64_C(32) << 30, 0 },
		},
		.n_partitions = 1, .partitions = { { "factory\x1b", 0, 16, 0x10000, 0x170000, true } },
		.modules = "_boot\ngc\n\x07rude\n", .n_modules = 3,
	};

	ret[0] = (struct device_info){
		.path = "/dev/ttyACM0",
		.usb = true,
		.vid = 0x2e8a,
		.pid = 5,
		.serial = "e660583883724a32",
		.product = "Board in FS\x1b[2J mode",
		.manufacturer = "Micro\x9bPython",
		.by_id = "/dev/serial/by-id/usb-MicroPython_Board-if00",
		.location = "1-1.4",
		.name = "MicroPython on RP2",
		.kind = "micropython",
		.speaks = "repl",
		.board = pico,
	};
	ret[1] = (struct device_info){
		.path = "/dev/ttyUSB0",
		.usb = true,
		.vid = 0x10c4,
		.pid = 0xea60,
		.interface = 1,
		.serial = "",
		.product = "CP2102",
		.busy = "tho\nnny (4711)",
		.missing =
			"it belongs to group dialout, and you are not in it: sudo usermod -aG dialout"
			" somebody, then log in again; or install the rule that memprof devices --udev"
			" prints",
		.speaks = "unknown",
	};
	ret[2] = (struct device_info){ .path = "/dev/ttyS0" };
}

UNIT_TEST(as_text)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct device_info devices[3];

	fill(devices);
	devices[0].board = (struct board_info){
		/* what one question tells */
		.known = true,
		.firmware = "MicroPython",
		.version = "1.25.0",
		.machine = "Raspberry Pi Pico\x1b]0;with RP2040",
		.freq_hz = NOT_KNOWN,
		.gc_threshold_bytes = NOT_KNOWN,
		.pystack_used_bytes = NOT_KNOWN,
		.flash_bytes = NOT_KNOWN,
		.flash_user_start = NOT_KNOWN,
		.n_device_blocks = NOT_KNOWN,
		.device_block_bytes = NOT_KNOWN,
	};
	struct document d;
	doc_init(&d, "connected boards");
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		document_device(&d, &devices[i]);
	document_devices_end(&d, ARRAY_SIZE(devices), true);
	print_text(&s, &d, &plain);
	doc_deinit(&d);
	assert_string_equal(strbuf_text(&s),
			    "3 serial ports\n"
			    "\n"
			    "/dev/ttyACM0: MicroPython on RP2\n"
			    "  USB id: 2e8a:0005\n"
			    "  product: Board in FS\\x1b[2J mode\n"
			    "  serial number: e660583883724a32\n"
			    "  stable name: /dev/serial/by-id/usb-MicroPython_Board-if00\n"
			    "  protocol: MicroPython prompt\n"
			    "  firmware: MicroPython 1.25.0, Raspberry Pi Pico\\x1b]0;with RP2040\n"
			    "\n"
			    "/dev/ttyUSB0: CP2102\n"
			    "  USB id: 10c4:ea60\n"
			    "  in use by: tho\\x0anny (4711)\n"
			    "  no access: it belongs to group dialout, and you are not in it: sudo usermod\n"
			    "    -aG dialout somebody, then log in again; or install the rule that memprof\n"
			    "    devices --udev prints\n"
			    "  protocol: none that memprof knows\n"
			    "\n"
			    "/dev/ttyS0\n");
}

UNIT_TEST(a_name_that_is_copied_is_whole)
{
	static const char name[] =
		"/dev/serial/by-id/usb-Espressif_USB_JTAG_serial_debug_unit_68:B6:B3:2B:AA:BB-if00-port0";
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct document d;

	doc_init(&d, "connected boards");
	document_device(&d, &(struct device_info){ .path = "/dev/ttyACM0", .by_id = name });
	print_text(&s, &d, &plain);
	doc_deinit(&d);
	assert_non_null(strstr(strbuf_text(&s), name));
}

UNIT_TEST(a_board_keeps_to_80_columns)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct device_info devices[3];

	fill(devices);
	text_ticker_board(&s, &devices[0].board, &plain);
	assert_string_equal(strbuf_text(&s),
			    "        -- MicroPython 1.25.0, Raspberry Pi Pico\\x1b]0;with RP2040; gc on; no\n"
			    "           gc.threshold; 125 MHz; pystack 64 B; id e660583883724a32; 3 modules;\n"
			    "           flash of 2.0 MiB; 1 partition; flash device: 352 blocks of 4096 B,\n"
			    "           1.4 MiB; / littlefs2: 1.4 MiB, 1.4 MiB free; /sd\\x0a: 32.0 GiB, 0 B\n"
			    "           free\n");
	strbuf_reset(&s);
	devices[0].board.gc = BOARD_GC_OFF;
	devices[0].board.gc_threshold_bytes = NOT_KNOWN - 2;
	devices[0].board.freq_hz = devices[0].board.pystack_used_bytes = NOT_KNOWN - 1;
	text_ticker_board(&s, &devices[0].board, &plain);
	for (const char *p = strbuf_text(&s); *p; p += strcspn(p, "\n") + 1)
		assert_true(strcspn(p, "\n") <= 80);
}

UNIT_TEST(as_json)
{
	CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
	struct device_info devices[3];
	struct sample expected;
	struct json j;

	fill(devices);
	json_devices(&j, &s);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		json_device(&j, &devices[i]);
	json_devices_end(&j);
	if (getenv("MEMPROF_BLESS")) {
		FILE *file = fopen(TESTS_DIR "/data/views/devices.json", "w");
		assert_non_null(file);
		fputs(strbuf_text(&s), file);
		fclose(file);
	}
	sample_read("views/devices.json", &expected);
	if (expected.n_bytes != s.n_bytes || memcmp(expected.bytes, s.text, s.n_bytes) != 0)
		fail_msg("tests/data/views/devices.json is not what is printed");
	sample_free(&expected);
}
