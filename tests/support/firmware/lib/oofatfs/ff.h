/* Of FatFs what boards/ reads. */
#ifndef TESTS_FIRMWARE_FF_H
#define TESTS_FIRMWARE_FF_H

#include <stdint.h>

typedef struct {
	uint16_t csize;     /* sectors of a cluster */
	uint32_t n_fatent;  /* clusters, and 2 */
	uint32_t free_clst; /* 0xffffffff: not counted yet */
} FATFS;

#endif
