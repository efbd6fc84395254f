/* Chips of the ESP family: names, the number in their images, the offset at which their ROM expects the bootloader.
 * Pure. */
#pragma once

#include <stdint.h>

struct esp_chip {
	const char *name;           /* of the target in ESP-IDF: "esp32s3" */
	const char *title;          /* "ESP32-S3" */
	uint16_t image_id;          /* in images (ESP-IDF, esp_app_format.h: esp_chip_id_t) */
	uint32_t bootloader_offset; /* in flash */
};

/* An ESP8266 is none of these: the first MiB of its flash appears at this address. */
enum { ESP8266_WINDOW = 0x40200000, ESP8266_WINDOW_BYTES = 1 << 20 };

/* Any case, with or without the dash. NULL: unknown. */
const struct esp_chip *esp_chip_by_name(const char *name);
const struct esp_chip *esp_chip_by_image_id(uint32_t image_id); /* or NULL */
