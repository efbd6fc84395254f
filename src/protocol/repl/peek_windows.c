/* Readable addresses by chip. Only memory that is always present and not changed by reading: memory that can be
 * switched off, translated or used as a cache (PSRAM, the RP2350's flash window, FlexRAM) is left out. */
#include "memprof/base/glob.h"
#include "memprof/base/number.h"
#include "memprof/protocol/peek.h"

enum { KIB = 1024, MIB = 1024 * KIB };

/* RP2040 datasheet, 2.2 (address map) and 2.6.3: a flash window of 16 MiB, in which a smaller chip is mirrored. */
static const struct peek_window rp2040[] = {
	{ 0x00000000, 16 * KIB, "ROM", false },
	{ 0x10000000, 16 * MIB, "flash", false },
	{ 0x20000000, 264 * KIB, "SRAM", false },
};
/* RP2350 datasheet, 2.2. */
static const struct peek_window rp2350[] = {
	{ 0x00000000, 32 * KIB, "ROM", false },
	{ 0x20000000, 520 * KIB, "SRAM", false },
};
/* micropython ports/esp8266/boards/esp8266_common.ld, eagle.rom.addr.v6.ld; the window shows the first MiB of flash. */
static const struct peek_window esp8266[] = {
	{ 0x3ffe8000, 80 * KIB, "DRAM", false }, { 0x3fffc000, 16 * KIB, "DRAM of the ROM", false },
	{ 0x40000000, 64 * KIB, "ROM", true },   { 0x40100000, 32 * KIB, "IRAM", true },
	{ 0x40200000, 1 * MIB, "flash", true },
};
/* ESP-IDF components/soc/CHIP/include/soc/soc.h, SOC_DRAM_LOW and SOC_DRAM_HIGH, without what may be data cache.
 * ESP-IDF's memory protection forbids reading code as data, but MicroPython builds without it
 * (ports/esp32/boards/sdkconfig.base). */
static const struct peek_window esp32[] = {
	{ 0x3ffae000, 328 * KIB, "DRAM", false },
	{ 0x40080000, 128 * KIB, "IRAM", true },
};
static const struct peek_window esp32s3[] = { { 0x3fc88000, 416 * KIB, "DRAM", false } };
static const struct peek_window esp32c3[] = { { 0x3fc80000, 384 * KIB, "DRAM", false } };
/* ST RM0090 2.3, RM0383 2.3, and the letter for the size of the flash. */
static const struct peek_window stm32f40x[] = {
	{ 0x08000000, 1 * MIB, "flash", false },
	{ 0x10000000, 64 * KIB, "CCM", false },
	{ 0x20000000, 128 * KIB, "SRAM", false },
};
static const struct peek_window stm32f411[] = {
	{ 0x08000000, 512 * KIB, "flash", false },
	{ 0x20000000, 128 * KIB, "SRAM", false },
};
/* Nordic product specifications, 4.2 (memory). */
static const struct peek_window nrf52832[] = {
	/* the smaller of its two variants, QFAB */
	{ 0x00000000, 256 * KIB, "flash", false },
	{ 0x20000000, 32 * KIB, "RAM", false },
};
static const struct peek_window nrf52840[] = {
	{ 0x00000000, 1 * MIB, "flash", false },
	{ 0x20000000, 256 * KIB, "RAM", false },
};
/* Microchip data sheets DS40001882 and DS60001507, physical memory map. */
static const struct peek_window samd21x18[] = {
	{ 0x00000000, 256 * KIB, "flash", false },
	{ 0x20000000, 32 * KIB, "SRAM", false },
};
static const struct peek_window samd51x19[] = {
	{ 0x00000000, 512 * KIB, "flash", false },
	{ 0x20000000, 192 * KIB, "SRAM", false },
};
static const struct peek_window samd51x20[] = {
	{ 0x00000000, 1 * MIB, "flash", false },
	{ 0x20000000, 256 * KIB, "SRAM", false },
};
/* qemu hw/arm/mps2.c: ssram1, and ssram23 */
static const struct peek_window mps2_an385[] = {
	{ 0x00000000, 4 * MIB, "SSRAM1", false },
	{ 0x20000000, 4 * MIB, "SSRAM2", false },
};

#define WINDOWS(array) array, ARRAY_SIZE(array)
static const struct {
	const char *platform, *machine; /* sys.platform; the machine is a pattern */
	const struct peek_window *windows;
	size_t n_windows;
} chips[] = {
	{ "rp2", "*RP2040*", WINDOWS(rp2040) },
	{ "rp2", "*RP2350*", WINDOWS(rp2350) },
	{ "esp8266", "*", WINDOWS(esp8266) },
	{ "esp32", "*with ESP32", WINDOWS(esp32) },
	{ "esp32", "*with ESP32S3", WINDOWS(esp32s3) },
	{ "esp32", "*with ESP32C3", WINDOWS(esp32c3) },
	{ "pyboard", "*STM32F40[57]?G*", WINDOWS(stm32f40x) },
	{ "pyboard", "*STM32F411?E*", WINDOWS(stm32f411) },
	{ "nrf52", "*NRF52832*", WINDOWS(nrf52832) },
	{ "nrf52", "*NRF52840*", WINDOWS(nrf52840) },
	{ "samd", "*SAMD21?18*", WINDOWS(samd21x18) },
	{ "samd", "*SAMD51?19*", WINDOWS(samd51x19) },
	{ "samd", "*SAMD51?20*", WINDOWS(samd51x20) },
	{ "qemu", "mps2-an385*", WINDOWS(mps2_an385) },
};

const struct peek_window *peek_windows(const struct board_info *board, size_t *ret_n)
{
	for (size_t i = 0; board->known && i < ARRAY_SIZE(chips); i++) {
		if (!glob_match(chips[i].platform, board->platform) || !glob_match(chips[i].machine, board->machine))
			continue;
		*ret_n = chips[i].n_windows;
		return chips[i].windows;
	}
	*ret_n = 0;
	return NULL;
}
