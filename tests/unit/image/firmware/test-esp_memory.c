/* Windows onto flash of each of Espressif's chips, in the regions that each system gives them. */
#include "memprof/image/esp_memory.h"

#include "memprof/base/number.h"
#include "unit.h"

/* Zephyr: soc/espressif/CHIP/default.ld. NuttX: boards/xtensa/CHIP/common/scripts/flat_memory.ld. ESP-IDF, of which
 * Arduino has the scripts: components/esp_system/ld/CHIP/memory.ld.in. */
static const struct {
	const char *system;
	uint64_t ram, ram_bytes;
	struct {
		uint64_t origin, length_bytes;
		bool writable, window;
	} regions[4];
} links[] = {
	{ "Zephyr, ESP32",
	  0x40080000,
	  0x20000,
	  { { 0x400d0000, 0x330000, false, true },
	    { 0x3f400000, 0x400000, false, true },
	    { 0x3f800000, 0x200000, true, false },
	    { 0, 0x3fff00, false, false } } },
	{ "Zephyr, ESP32", 0x40080000, 0x20000, { { 0x400d0020, 0x3fffe0, false, true } } },
	{ "NuttX, ESP32-S3",
	  0x40374000,
	  0x46000,
	  { { 0x42000020, 0x7fffe0, false, true },
	    { 0x3c000020, 0x7fffe0, false, true },
	    { 0x3fc88000, 0x41700, true, false } } },
	{ "Zephyr with PSRAM, ESP32-S3",
	  0x40378000,
	  0x48000,
	  { { 0x3c000000, 0x2000000, false, true }, { 0x3c000000, 0x800000, true, false } } },
	{ "ESP-IDF, ESP32-S3: a window of PSRAM",
	  0x40374000,
	  0x57700,
	  { { 0x42000020, 0x7fffe0, false, true }, { 0x3c000020, 0x1ffffe0, true, true } } },
	{ "ESP-IDF, ESP32-S2",
	  0x40024000,
	  0x4b000,
	  { { 0x40080020, 0x77ffe0, false, true }, { 0x3f000020, 0x3effe0, false, true } } },
	{ "ESP-IDF, ESP32-C3",
	  0x40380000,
	  0x4e710,
	  { { 0x42000020, 0x7fffe0, false, true }, { 0x3c000020, 0x7fffe0, false, true } } },
	{ "Zephyr, ESP32-C6",
	  0x40800000,
	  0x77610,
	  { { 0x42000000, 0x400000, false, true },
	    { 0x50000000, 0x3cf8, true, false },
	    { 0x80, 0x3fff80, false, false } } },
	{ "ESP-IDF, ESP32-P4",
	  0x4ff40000,
	  0x60000,
	  { { 0x40000020, 0x3ffffe0, false, true }, { 0x48000020, 0x3ffffe0, true, false } } },
	{ "ESP-IDF, ESP32-S31", 0x2f000000, 0x60000, { { 0x40000020, 0x3ffffe0, false, true } } },
};

UNIT_TEST(windows_are_told_by_chip_and_address)
{
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		const struct esp_memory *memory = esp_memory_of_ram(links[i].ram, links[i].ram_bytes);
		if (!memory)
			fail_msg("%s: the chip is not known", links[i].system);
		assert_false(esp_memory_is_window(memory, links[i].ram, links[i].ram_bytes, false));
		for (size_t k = 0; k < ARRAY_SIZE(links[i].regions) && links[i].regions[k].length_bytes; k++)
			if (esp_memory_is_window(memory, links[i].regions[k].origin, links[i].regions[k].length_bytes,
						 links[i].regions[k].writable) != links[i].regions[k].window)
				fail_msg("%s: region %zu", links[i].system, k);
	}
}

UNIT_TEST(other_chips_have_none)
{
	static const struct {
		uint64_t origin, length_bytes;
	} regions[] = {
		{ 0x40100000, 0x8000 },           /* ESP8266: its flash has the length that the script gives it */
		{ 0x20000000, 0x40000 },          /* RP2040 */
		{ 0x40000000, 0x8000000 },        /* QEMU's virt: RAM around what is a window elsewhere */
		{ 0x40080000, 0 },                /* nothing */
		{ NOT_KNOWN, 0x1000 },            /* no address */
		{ 0x40080000, NOT_KNOWN },        /* no length */
		{ UINT64_MAX - 0xfff, 0x100000 }, /* around the end */
	};

	for (size_t i = 0; i < ARRAY_SIZE(regions); i++)
		assert_null(esp_memory_of_ram(regions[i].origin, regions[i].length_bytes));
	assert_false(esp_memory_is_window(NULL, 0x42000020, 0x7fffe0, false));
	const struct esp_memory *c3 = esp_memory_of_ram(0x40380000, 0x1000);
	assert_false(esp_memory_is_window(c3, 0x42000020, 0x2000000, false)); /* more than the window has */
	assert_false(esp_memory_is_window(c3, 0x42000020, NOT_KNOWN, false));
}
