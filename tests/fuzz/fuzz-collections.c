/* Any bytes of a board on which the hook of collections is, cut anywhere: a lot of 1 to 64 bytes after its length. */
#include <string.h>

#include "fuzz.h"
#include "memprof/base/number.h"
#include "memprof/protocol/collection_hook.h"

enum { N_BLOCKS = 24, TABLE_BYTES = N_BLOCKS / 4 };

static struct collection_hook hook_of(uint8_t how)
{
	struct collection_hook hook = { .word_bytes = how & 1 ? 8 : 4, .grows = how & 2, .n_crs = how >> 2 & 3 };

	hook.areas.n_areas = 1 + (how >> 4 & 1);
	for (size_t i = 0; i < hook.areas.n_areas; i++)
		hook.areas.areas[i] = (struct gc_area){ .table = 0x1000 * (i + 1),
							.n_table_bytes = TABLE_BYTES,
							.finalisers = 0x1000 * (i + 1) + TABLE_BYTES + 1,
							.block_bytes = 16,
							.n_blocks = N_BLOCKS };
	return hook;
}

static void check_tables(const struct collection_filter *f)
{
	uint8_t before[2 * N_BLOCKS], after[2 * N_BLOCKS];
	size_t n = f->hook->areas.n_areas * N_BLOCKS;

	if (collection_frame_tables(f->hook, &f->frame, f->tables, before, after) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		MUST(before[i] == BLOCK_FREE || before[i] == BLOCK_HEAD || before[i] == BLOCK_TAIL);
		MUST(after[i] == before[i] || after[i] == BLOCK_FREE);
		MUST(after[i] != BLOCK_TAIL || (i % N_BLOCKS > 0 && after[i - 1] != BLOCK_FREE));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;
	struct collection_hook hook = hook_of(size > 0 ? data[0] : 0);
	uint8_t tables[2 * TABLE_BYTES + 8 + 1];
	struct collection_filter f = { .hook = &hook, .tables = tables };
	char out[64 + COLLECTION_HEAD_BYTES], held[COLLECTION_BYTES_MAX];
	size_t n_in = 0, n_out = 0;
	uint64_t now_us = 1;

	MUST(collection_hook_fits(&hook) && collection_frame_bytes(&hook) <= sizeof(tables));
	for (at += size > 0; at < end;) {
		size_t n = MIN((size_t)(*at & 63) + 1, (size_t)(end - at - 1));
		const char *p = ++at, *stop = at + n;
		bool frame;
		now_us += n == 7 ? COLLECTION_SILENCE_US : 1;
		n_out += collection_filter_release(&f, now_us, held);
		while (p < stop) {
			const char *before = p;
			size_t n_text = collection_filter_read(&f, &p, stop, now_us, out, &frame);
			MUST((p > before || frame) && p <= stop); /* a frame may end in a CR that was held */
			MUST(n_text <= (size_t)(p - before) + COLLECTION_HEAD_BYTES);
			n_out += n_text;
			if (frame)
				check_tables(&f);
		}
		n_in += n;
		at += n;
	}
	MUST(n_out <= n_in);
	MUST((collection_filter_deadline(&f) == NOT_KNOWN) == (f.n_head == 0));
	return 0;
}
