/* Any bytes of a board on which the hook of collections is, cut anywhere: a lot of 1 to 64 bytes after its length. */
#include "fuzz.h"
#include "memprof/base/number.h"
#include "memprof/protocol/collection_hook.h"

enum { BYTES_MAX = 40 }; /* more than areas */

static struct collection_hook hook_of(uint8_t how)
{
	return (struct collection_hook){
		.layout = { .word_bytes = how & 1 ? 8 : 4,
			    .block_bytes = 16,
			    .n_tables = 2 + (how >> 4 & 1),
			    .chained = how & 2 },
		.bytes_max = BYTES_MAX,
		.n_crs = how >> 2 & 3,
	};
}

static void check_tables(const struct collection_filter *f)
{
	uint8_t before[4 * BYTES_MAX], after[4 * BYTES_MAX];
	const struct gc_areas *areas = &f->frame.areas;
	size_t n = 0;

	MUST(f->n_tables <= collection_filter_room(f->hook));
	if (collection_frame_tables(f->hook, &f->frame, f->tables, before, after) < 0)
		return;
	for (size_t i = 0; i < areas->n_areas; i++) {
		for (size_t k = n; k < n + areas->areas[i].n_blocks; k++) {
			MUST(before[k] == BLOCK_FREE || before[k] == BLOCK_HEAD || before[k] == BLOCK_TAIL);
			MUST(after[k] == before[k] || after[k] == BLOCK_FREE);
			MUST(after[k] != BLOCK_TAIL || (k > n && after[k - 1] != BLOCK_FREE));
		}
		n += areas->areas[i].n_blocks;
	}
	MUST(n <= 4 * BYTES_MAX);
}

FUZZ(data, size)
{
	const char *at = (const char *)data, *end = at + size;
	struct collection_hook hook = hook_of(size > 0 ? data[0] : 0);
	uint8_t *tables = malloc(collection_filter_room(&hook)); /* exactly: ASan sees one byte more */
	struct collection_filter f = { .hook = &hook, .tables = tables };
	char out[64 + COLLECTION_HEAD_BYTES];
	const char *held;
	size_t n_in = 0, n_out = 0;
	uint64_t now_us = 1;

	MUST(tables);
	for (at += size > 0; at < end;) {
		size_t n = MIN((size_t)(*at & 63) + 1, (size_t)(end - at - 1));
		const char *p = ++at, *stop = at + n;
		bool frame;
		now_us += n == 7 ? COLLECTION_SILENCE_US : 1;
		n_out += collection_filter_release(&f, now_us, &held);
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
	n_out += collection_filter_release(&f, NOT_KNOWN, &held);
	MUST(n_out <= n_in && f.n_head == 0);
	free(tables);
}
