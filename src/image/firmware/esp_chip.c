#include "memprof/image/esp_chip.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>

#include "memprof/base/number.h"

/* Offsets: ESP-IDF 6 (CONFIG_BOOTLOADER_OFFSET_IN_FLASH by target). */
static const struct esp_chip chips[] = {
	{ "esp32", "ESP32", 0x00, 0x1000 },        { "esp32s2", "ESP32-S2", 0x02, 0x1000 },
	{ "esp32c3", "ESP32-C3", 0x05, 0x0 },      { "esp32s3", "ESP32-S3", 0x09, 0x0 },
	{ "esp32c2", "ESP32-C2", 0x0c, 0x0 },      { "esp32c6", "ESP32-C6", 0x0d, 0x0 },
	{ "esp32h2", "ESP32-H2", 0x10, 0x0 },      { "esp32p4", "ESP32-P4", 0x12, 0x2000 },
	{ "esp32c61", "ESP32-C61", 0x14, 0x0 },    { "esp32c5", "ESP32-C5", 0x17, 0x2000 },
	{ "esp32h21", "ESP32-H21", 0x19, 0x0 },    { "esp32h4", "ESP32-H4", 0x1c, 0x2000 },
	{ "esp32s31", "ESP32-S31", 0x20, 0x2000 },
};

static bool same_name(const char *a, const char *b)
{
	while (*a || *b) {
		if (*a == '-') {
			a++;
			continue;
		}
		if (tolower((unsigned char)*a) != *b)
			return false;
		a++;
		b++;
	}
	return true;
}

const struct esp_chip *esp_chip_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(chips); i++)
		if (same_name(name, chips[i].name))
			return &chips[i];
	return NULL;
}

const struct esp_chip *esp_chip_by_image_id(uint32_t image_id)
{
	for (size_t i = 0; i < ARRAY_SIZE(chips); i++)
		if (chips[i].image_id == image_id)
			return &chips[i];
	return NULL;
}
