#include "memprof/image/esp_memory.h"

#include <stddef.h>

#include "memprof/base/number.h"

struct range {
	uint64_t start, end;
};

/* By chips whose internal RAM for code lies alike. ESP-IDF, components/soc/CHIP/include/soc/soc.h: SOC_IRAM_LOW (ESP32:
 * with the caches, SOC_CACHE_PRO_LOW), SOC_DROM_LOW, SOC_IROM_LOW. */
static const struct esp_memory {
	struct range ram, flash[2];
} memories[] = {
	/* ESP32; the last is where its caches end, as Zephyr gives the window the length of the flash */
	{ { 0x40070000, 0x400c0000 }, { { 0x3f400000, 0x3f800000 }, { 0x400d0000, 0x40c00000 } } },
	/* ESP32-S2 */
	{ { 0x40020000, 0x40070000 }, { { 0x3f000000, 0x3ff80000 }, { 0x40080000, 0x40800000 } } },
	/* ESP32-S3, C3, C2 */
	{ { 0x40370000, 0x403e0000 }, { { 0x3c000000, 0x3e000000 }, { 0x42000000, 0x44000000 } } },
	/* ESP32-C5, C6, C61, H2, H21, H4 */
	{ { 0x40800000, 0x40880000 }, { { 0x42000000, 0x44000000 } } },
	/* ESP32-P4 */
	{ { 0x4ff00000, 0x4ffc0000 }, { { 0x40000000, 0x44000000 } } },
	/* ESP32-S31 */
	{ { 0x2f000000, 0x2f080000 }, { { 0x40000000, 0x44000000 } } },
};

static bool lies_in(const struct range *range, uint64_t origin, uint64_t length_bytes)
{
	return origin >= range->start && origin < range->end && length_bytes > 0 && length_bytes <= range->end - origin;
}

const struct esp_memory *esp_memory_of_ram(uint64_t origin, uint64_t length_bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(memories); i++)
		if (lies_in(&memories[i].ram, origin, length_bytes))
			return &memories[i];
	return NULL;
}

/* A region to write to is external RAM in the same range. Its length is that of the chip, unless it reaches to the end
 * of the range (ESP-IDF's extern_ram_seg). */
bool esp_memory_is_window(const struct esp_memory *memory, uint64_t origin, uint64_t length_bytes, bool writable)
{
	for (size_t i = 0; memory && i < ARRAY_SIZE(memory->flash); i++) {
		const struct range *flash = &memory->flash[i];
		if (lies_in(flash, origin, length_bytes))
			return !writable || origin + length_bytes == flash->end;
	}
	return false;
}
