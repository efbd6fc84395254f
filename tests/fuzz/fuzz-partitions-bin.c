/* Any bytes as a binary table: alone, with its sum mended, and in a dump of flash with images behind it. */
#include <md5.h>

#include "fuzz.h"
#include "partitions.h"

static const struct partition_options anywhere = PARTITION_OPTIONS_INIT;

/* A sum is not to be guessed: without this only tables that have none would get further. */
static void mend_sum(uint8_t *table, size_t n_bytes)
{
	for (size_t i = 0; i + 32 <= n_bytes; i += 32)
		if (table[i] == 0xeb && table[i + 1] == 0xeb) {
			MD5_CTX md5;
			MD5Init(&md5);
			MD5Update(&md5, table, i);
			MD5Final(table + i + 16, &md5);
			return;
		}
}

FUZZ(data, size)
{
	static uint8_t flash[0x40000];

	partitions_must_hold(data, size, &anywhere);
	if (!size)
		return;
	unsigned way = *data++;
	size = size > 0x8000 ? 0x8000 : size - 1;
	memset(flash, 0xff, sizeof(flash));
	memcpy(flash + 0x8000, data, size);
	mend_sum(flash + 0x8000, size);
	partitions_must_hold(flash + 0x8000, size, &anywhere);
	for (size_t at = 0x10000; at < sizeof(flash); at += 0x10000)
		memcpy(flash + at, data, size);
	partitions_must_hold(flash, way % 2 ? sizeof(flash) : 0x10000 + size, &anywhere);
}
