/* Any bytes as partitions.csv, for boards of several kinds (the first byte says which). */
#include "fuzz.h"
#include "partitions.h"

FUZZ(data, size)
{
	static const struct partition_options ways[] = {
		PARTITION_OPTIONS_INIT,
		{ 0x8000, 0x1000, 4 << 20 },
		{ 0x10000, 0, NOT_KNOWN },
		{ 0xfffff000, NOT_KNOWN, NOT_KNOWN },
	};

	if (size)
		partitions_must_hold(data + 1, size - 1, &ways[data[0] % ARRAY_SIZE(ways)]);
}
