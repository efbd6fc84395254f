/* CRC-32 as in Ethernet and zlib (reflected, polynomial 0x04C11DB7, start and final xor 0xFFFFFFFF), eight bytes a
 * step: of the agent's frames and tables, at some GB/s where zlib's takes rows of 32 bytes one by one. */
#ifndef MEMPROF_CRC32_H
#define MEMPROF_CRC32_H

#include <stddef.h>
#include <stdint.h>

struct crc32 {
	uint32_t tables[8][256];
};

void crc32_init(struct crc32 *c);

/* The CRC of what had the CRC crc (0: of nothing) and these bytes behind it. */
uint32_t crc32_add(const struct crc32 *c, uint32_t crc, const void *bytes, size_t n_bytes);

#endif
