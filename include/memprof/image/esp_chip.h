/* Chips of the ESP family: how they are called, which number their images carry, where their ROM looks for
 * the boot loader. Pure. */
#ifndef MEMPROF_ESP_CHIP_H
#define MEMPROF_ESP_CHIP_H

#include <stdint.h>

struct esp_chip {
	const char *name;           /* as ESP-IDF calls the target: "esp32s3" */
	const char *title;          /* as people do: "ESP32-S3" */
	uint16_t image_id;          /* in images (ESP-IDF, esp_app_format.h: esp_chip_id_t) */
	uint32_t bootloader_offset; /* in flash */
};

/* Either spelling, any case, with or without the dash. NULL: none is called so. */
const struct esp_chip *esp_chip_by_name(const char *name);
const struct esp_chip *esp_chip_by_image_id(uint32_t image_id); /* or NULL */

#endif
