/* Images for the ROM of ESP chips, which esptool makes from an ELF: the .bin that must fit an app partition. Layout:
 * docs.espressif.com, esptool, "Firmware Image Format", and ESP-IDF, "App Image Format". Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/diag.h"
#include "memprof/base/number.h"
#include "memprof/image/esp_chip.h"

enum {
	ESP_IMAGE_MAGIC = 0xe9,
	ESP8266_V2_MAGIC = 0xea,     /* a part that runs in place, then a 0xe9 image */
	ESP_IMAGE_SEGMENTS_MAX = 16, /* ESP_IMAGE_MAX_SEGMENTS */
	ESP_IMAGE_TEXT_BYTES = 33,
};

enum esp_image_kind { ESP_IMAGE_ESP32, ESP_IMAGE_ESP8266, ESP_IMAGE_ESP8266_V2 };

struct esp_image_segment {
	uint32_t load_address, size_bytes;
	uint64_t file_offset; /* of its data */
};

struct esp_image {
	enum esp_image_kind kind;
	const struct esp_chip *chip; /* NULL: an ESP8266, or an unknown number */
	uint32_t entry;
	uint64_t flash_bytes; /* by the header; NOT_KNOWN */
	uint32_t n_segments;
	struct esp_image_segment segments[ESP_IMAGE_SEGMENTS_MAX + 1]; /* one more: ESP8266's part in place */
	/* Header, segments, padding, checksum, hash. */
	uint64_t image_bytes;
	/* The room it needs in a partition: image_bytes and a signature (Secure Boot). */
	uint64_t slot_bytes;
	bool checksum_good;
	bool hashed, hash_good; /* SHA-256; hash_good without one */
	/* From esp_app_desc_t, "" without one. Untrusted. */
	char project[ESP_IMAGE_TEXT_BYTES], version[ESP_IMAGE_TEXT_BYTES], idf_version[ESP_IMAGE_TEXT_BYTES];
};

/* By the first byte and the number of segments. */
bool esp_image_is(const uint8_t *bytes, size_t n_bytes);

/* 0, also with a wrong checksum or hash; -EINVAL: not an image, with *ret untouched, or truncated: *ret then has what
 * its header says. O(n_bytes). */
int esp_image_read(struct esp_image *ret, const char *name, const uint8_t *bytes, size_t n_bytes, struct diag *diag);
