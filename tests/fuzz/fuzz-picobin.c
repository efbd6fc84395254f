/* Any bytes as flash of an RP2350, and with a block's two marks around them. */
#include "fuzz.h"
#include "memprof/image/picobin.h"

static void must_hold(const uint8_t *bytes, size_t n_bytes)
{
	struct picobin_table t;
	struct diag diag = { .text = "" };
	int r = picobin_find(&t, "fuzz", bytes, n_bytes, &diag);

	MUST(r == 0 || r == PICOBIN_NONE || (r == -EINVAL && diag.text[0]));
	if (r != 0)
		return;
	MUST(t.found_at < n_bytes && t.n_partitions <= PICOBIN_PARTITIONS_MAX);
	for (uint32_t i = 0; i < t.n_partitions; i++) {
		const struct picobin_partition *p = &t.partitions[i];
		MUST(p->first_sector <= p->last_sector && p->last_sector < 8192);
		MUST(memchr(p->name, '\0', sizeof(p->name)));
	}
}

FUZZ(data, size)
{
	static const uint8_t start[] = { 0xd3, 0xde, 0xff, 0xff }, end[] = { 0x79, 0x35, 0x12, 0xab };
	uint8_t block[PICOBIN_BLOCK_MAX_BYTES];
	size_t n_words = size / 4 > 128 ? 128 : size / 4, n = 4 + 4 * n_words;

	must_hold(data, size);
	memcpy(block, start, 4);
	if (n_words)
		memcpy(block + 4, data, 4 * n_words);
	memcpy(block + n, (uint8_t[]){ 0xff, (uint8_t)n_words, 0, 0, 0, 0, 0, 0 }, 8);
	memcpy(block + n + 8, end, 4);
	must_hold(block, n + 12);
}
