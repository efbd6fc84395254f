/* A firmware as it is flashed: an image for an ESP's ROM, a UF2, or plain bytes. */
#ifndef MEMPROF_FIRMWARE_FILE_H
#define MEMPROF_FIRMWARE_FILE_H

#include <stdint.h>

#include "memprof/image_rooms.h"
#include "memprof/esp_chip.h"

struct firmware_file {
	const char *name;       /* borrowed */
	const char *format;     /* "esp-image", "uf2", "bin" */
	uint64_t size_bytes;    /* what a partition must have for it */
	const struct esp_chip *chip;    /* that an esp-image is for; NULL: not known */
};

/* 0, perhaps after warnings; -EINVAL after a message. */
int firmware_file_read(struct firmware_file *ret, const char *name);

/* Warns if plain bytes are not what that image stores with the firmware: fewer, or more than padding explains. */
void firmware_file_compare(const struct firmware_file *file, const struct image *image, const struct image_rooms *rooms);

#endif
