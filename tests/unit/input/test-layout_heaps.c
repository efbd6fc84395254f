/* The heaps of a log for the layout table: the last complete one, and every other pool. */
#include "memprof/input/layout_heaps.h"

#include "scratch.h"
#include "tests_dir.h"
#include "unit.h"

#define DATA TESTS_DIR "/data/"

static int read_log(const char *path, struct diag *diag)
{
	struct layout_heaps h;

	layout_heaps_init(&h);
	int r = layout_heaps_read(&h, path, diag);
	layout_heaps_deinit(&h);
	return r;
}

UNIT_GROUP(scratch_make, scratch_remove)

UNIT_TEST(heaps_of_logs)
{
	static const struct {
		const char *name;
		int result;
		bool any, whole;
		size_t n_pools;
		uint64_t used_bytes;
		const char *part; /* of the message; "": none */
	} rows[] = {
		{ DATA "dumps/rp2-1.25.0-fresh.txt", 0, true, true, 0, 9712, "" },
		{ DATA "synthetic/cut-second.txt", 0, true, true, 0, 1536, "" }, /* the first stays */
		{ DATA "synthetic/cut-in-row.txt", LAYOUT_HEAPS_CUT, true, false, 0, 1536, "no dump in it is whole: " },
		{ DATA "synthetic/caps.txt", 0, false, false, 8, 0, "" },
		{ DATA "synthetic/caps-and-dump.txt", 0, true, true, 2, 1536, "" },
		{ DATA "synthetic/hello.txt", -EINVAL, false, false, 0, 0, "no heap dump in it" },
		{ DATA "synthetic/empty.txt", -EINVAL, false, false, 0, 0, "it is empty" },
		{ DATA "synthetic/elf.bin", -EINVAL, false, false, 0, 0, "this is an ELF file; memprof map reads it" },
	};

	scratch_check_unreadable(read_log);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct layout_heaps h;
		struct diag diag = { .text = "" };
		layout_heaps_init(&h);
		int r = layout_heaps_read(&h, rows[i].name, &diag);
		uint64_t used_bytes = h.any ? h.heap.pools[0].reported.used_bytes : 0;
		if (r != rows[i].result || h.any != rows[i].any || h.whole != rows[i].whole ||
		    h.n_pools != rows[i].n_pools || used_bytes != rows[i].used_bytes ||
		    !strstr(diag.text, rows[i].part) || !*rows[i].part != !*diag.text)
			fail_msg("%s: %d '%s', any %d, whole %d, %zu pools, %llu bytes used", rows[i].name, r,
				 diag.text, h.any, h.whole, h.n_pools, (unsigned long long)used_bytes);
		if (r == LAYOUT_HEAPS_CUT)
			assert_true(diag.at.line > 0 && strcmp(diag.at.file, rows[i].name) == 0);
		layout_heaps_deinit(&h);
		layout_heaps_deinit(&h);
	}
}

UNIT_TEST(a_pool_is_kept_as_it_was_reported_last)
{
	struct layout_heaps h;
	struct heap_pool pool = { .kind = POOL_CAPS };

	layout_heaps_init(&h);
	for (uint64_t i = 0; i < 2 * LAYOUT_HEAPS_POOLS_MAX + 10; i++) {
		snprintf(pool.name, sizeof(pool.name), "idf.%u", (unsigned)(i % (LAYOUT_HEAPS_POOLS_MAX + 1)));
		pool.reported.used_bytes = i;
		struct event event = { .kind = EVENT_POOL, .pool = pool };
		assert_int_equal(layout_heaps_event(&h, &event), 0);
	}
	assert_int_equal(h.n_pools, LAYOUT_HEAPS_POOLS_MAX); /* the one too many is left out */
	assert_string_equal(h.pools[0].name, "idf.0");
	assert_u64_equal(h.pools[0].reported.used_bytes, 2 * (LAYOUT_HEAPS_POOLS_MAX + 1));
	assert_string_equal(h.pools[31].name, "idf.31");
	assert_u64_equal(h.pools[31].reported.used_bytes, LAYOUT_HEAPS_POOLS_MAX + 1 + 31);
	layout_heaps_deinit(&h);
}

UNIT_TEST(a_sample_is_kept)
{
	struct layout_heaps h;
	struct event event = { .kind = EVENT_SAMPLE };

	layout_heaps_init(&h);
	assert_false(h.has_sample);
	event.pool.reported.used_bytes = 1234;
	assert_int_equal(layout_heaps_event(&h, &event), 0);
	event.kind = EVENT_BANNER;
	assert_int_equal(layout_heaps_event(&h, &event), 0);
	assert_true(h.has_sample && !h.any);
	assert_u64_equal(h.sample.pool.reported.used_bytes, 1234);
	layout_heaps_deinit(&h);
}

static size_t spans_at(const struct layout *l, uint64_t start, enum span_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n_spans; i++)
		n += l->spans[i].start == start && l->spans[i].kind == kind;
	return n;
}

UNIT_TEST(what_is_kept_is_claimed)
{
	struct layout_heaps h;
	struct layout l = { .n_spans = 0 };

	layout_heaps_init(&h);
	layout_heaps_claim(&h, &l, "a.log");
	assert_int_equal(l.n_spans, 0);
	assert_int_equal(layout_heaps_read(&h, DATA "synthetic/cut-second.txt", NULL), 0);
	assert_int_equal(layout_heaps_read(&h, DATA "synthetic/caps.txt", NULL), 0);
	layout_heaps_claim(&h, &l, "a.log");
	assert_int_equal(spans_at(&l, 0x20003e80, SPAN_HEAP), 1);
	assert_int_equal(spans_at(&l, 0x3ffae6e0, SPAN_POOL), 1);
	assert_int_equal(spans_at(&l, 0x3ffe4350, SPAN_POOL), 1);
	layout_deinit(&l);
	layout_heaps_deinit(&h);
}
