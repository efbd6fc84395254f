/* A firmware as it is flashed: an image for an ESP's ROM, a UF2, or plain bytes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "memprof/analysis/image_headroom.h"
#include "memprof/image/esp_chip.h"
#include "memprof/io/blob.h"

struct firmware_file {
	const char *name;            /* borrowed */
	const char *format;          /* "esp-image", "uf2", "bin" */
	const char *chip_title;      /* of an esp-image: "ESP32-S3", "ESP8266"; NULL: not known */
	uint64_t size_bytes;         /* what a partition must have for it */
	const struct esp_chip *chip; /* that an esp-image is for; NULL: not known */
	uint64_t flash_bytes;        /* that an esp-image is made for; NOT_KNOWN */
	bool is_python;              /* MicroPython or CircuitPython, or it does not say */
};

/* for_partitions: it is to go into an app partition, and so must be an ESP image. 0, perhaps after warnings; negative
 * with diag; *ret has no format then, but of an esp-image that is truncated its chip and its flash. */
int firmware_file_read(struct firmware_file *ret, const char *name, bool for_partitions,
		       const struct notice_sink *notices, struct diag *diag);
/* The same of what is read already. */
int firmware_file_of(struct firmware_file *ret, const struct blob *blob, bool for_partitions,
		     const struct notice_sink *notices, struct diag *diag);

/* Whether it is for another chip than this one ("esp32s3", "ESP32-S3", "RP2040"; NULL: not known). */
bool firmware_file_contradicts(const struct firmware_file *file, const char *chip);

/* Warns if it is for another chip than that image, or plain bytes are not what the image stores with the firmware:
 * fewer, or more than padding explains. */
void firmware_file_compare(const struct firmware_file *file, const struct image *image, const struct image_rooms *rooms,
			   const struct notice_sink *notices);
