/* Little-endian numbers at any address. The caller has checked that they are there. */
#ifndef IMAGE_BYTES_H
#define IMAGE_BYTES_H

#include <stdint.h>

static inline uint16_t bytes_u16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

static inline uint32_t bytes_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

#endif
