/* Of FatFs what boards/ reads. */
#pragma once

#include <stdint.h>

typedef struct {
	uint16_t csize;     /* sectors of a cluster */
	uint32_t n_fatent;  /* clusters, and 2 */
	uint32_t free_clst; /* 0xffffffff: not counted yet */
} FATFS;
