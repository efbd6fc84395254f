/* Numbers at any address, little-endian unless big. The caller has checked that they are there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint16_t bytes_u16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

static inline uint32_t bytes_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t bytes_number(const uint8_t *p, size_t n_bytes, bool big)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n_bytes; i++)
		value = value << 8 | p[big ? i : n_bytes - 1 - i];
	return value;
}

/* The value of a digit up to 'f', of either case; 16: no digit. */
static inline unsigned digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}
